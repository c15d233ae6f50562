from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.errors import ModelError, ModelNotConfigured, ModelRefused, ModelTimeout, ModelUnavailable
from rag.models.base import Message
from rag.models.openai import OpenAIChatModel
from tests.support.chat_server import KEY, REPLY, ChatServer, chat_server

MESSAGES = [Message("system", "Be brief."), Message("user", "功率是多少？")]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def ask(server: ChatServer, model: str, key: str = "", timeout_s: float = 5.0) -> Iterator[str]:
    chat = OpenAIChatModel(model, server.base_url, key, timeout_s)
    return chat.stream(MESSAGES, max_tokens=10, temperature=0.3)


def test_the_answer_streams_and_the_request_is_as_asked(server: ChatServer) -> None:
    assert tuple(ask(server, "ok", KEY)) == REPLY
    (sent,) = server.requests
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "功率是多少？"},
    ]
    assert (sent["stream"], sent["max_tokens"], sent["temperature"]) == (True, 10, 0.3)
    assert sent["authorization"] == f"Bearer {KEY}"


def test_a_local_server_needs_no_key(server: ChatServer) -> None:
    assert "".join(ask(server, "ok")) == "".join(REPLY)


def test_reasoning_empty_choices_and_usage_are_passed_over(server: ChatServer) -> None:
    assert list(ask(server, "reasoning")) == ["42"]


def test_parameters_that_a_model_does_not_take_are_mended(server: ChatServer) -> None:
    assert tuple(ask(server, "picky")) == REPLY
    assert server.requests[-1]["max_completion_tokens"] == 10
    assert "temperature" not in server.requests[-1]


@pytest.mark.parametrize(
    ("model", "kind", "said"),
    [
        ("locked", ModelRefused, "key"),
        ("missing", ModelRefused, "does not exist"),
        ("too-long", ModelRefused, "longer than the model takes"),
        ("no-quota", ModelRefused, "quota"),
        ("broken", ModelUnavailable, "500"),
        ("busy", ModelUnavailable, "no more requests for now"),
        ("all-thought", ModelRefused, "before the answer began"),
        ("filtered", ModelRefused, "content filter"),
        ("drops", ModelUnavailable, "openai:drops"),
        ("ends-early", ModelUnavailable, "broke off"),
        ("garbage", ModelUnavailable, "openai:garbage"),
        ("page", ModelUnavailable, "no chat completion"),
    ],
)
def test_failures_are_typed(
    server: ChatServer, model: str, kind: type[ModelError], said: str
) -> None:
    with pytest.raises(ModelError) as caught:
        list(ask(server, model))
    assert type(caught.value) is kind
    assert said in caught.value.message
    assert caught.value.advice


def test_what_came_before_a_drop_is_given(server: ChatServer) -> None:
    pieces = ask(server, "drops")
    assert next(pieces) == "The pump"
    with pytest.raises(ModelUnavailable):
        next(pieces)


def test_no_first_token_in_time_is_a_timeout(server: ChatServer) -> None:
    with pytest.raises(ModelTimeout):
        next(ask(server, "hangs", timeout_s=0.1))


def test_no_next_token_in_time_is_a_timeout(server: ChatServer) -> None:
    pieces = ask(server, "stalls", timeout_s=0.3)
    assert next(pieces) == "The"
    with pytest.raises(ModelTimeout):
        next(pieces)


def test_an_answer_that_was_cut_off_shows_it(server: ChatServer) -> None:
    assert list(ask(server, "cut")) == ["The pump needs", " …"]


def test_the_server_is_asked_whether_it_is_there(server: ChatServer) -> None:
    host = server.base_url.removeprefix("http://").removesuffix("/v1")
    assert OpenAIChatModel("ok", server.base_url).reach() == f"{host} answers and has ok"
    assert "other is not among the 1" in OpenAIChatModel("other", server.base_url).reach()
    bare = OpenAIChatModel("ok", server.base_url.replace("/v1", "/bare/v1"))
    assert "does not list" in bare.reach()
    with pytest.raises(ModelRefused, match="key"):
        OpenAIChatModel("ok", server.base_url, "wrong-key").reach()
    with pytest.raises(ModelUnavailable):
        OpenAIChatModel("ok", "http://127.0.0.1:9/v1").reach()
    assert server.requests == [], "nothing was asked of a model"


def test_closing_hangs_up(server: ChatServer) -> None:
    pieces = ask(server, "endless")
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert server.gone.wait(10)


def test_a_server_that_is_not_there(server: ChatServer) -> None:
    with chat_server() as other:
        address = other.base_url
    with pytest.raises(ModelUnavailable, match="could not be used"):
        list(OpenAIChatModel("ok", address).stream(MESSAGES, max_tokens=5))


def test_loopback_is_reached_past_a_proxy(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert tuple(ask(server, "ok")) == REPLY


def test_what_is_not_configured_is_said() -> None:
    with pytest.raises(ModelNotConfigured, match="No model"):
        OpenAIChatModel("", "http://127.0.0.1:1/v1")
    with pytest.raises(ModelNotConfigured, match="base_url"):
        OpenAIChatModel("m", "localhost")
