"""OpenAI's API, spoken with the real client over a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from pydantic import SecretStr

from rag.models.scripted import ScriptedChatModel
from rag.settings import ServerSettings

QUESTION = "What is the diameter of the rotor?"
REPLY = "The rotor has a diameter of 1.20 m [1]."
ASKED: list[Any] = [
    {"role": "system", "content": "Answer like a pirate."},
    {"role": "user", "content": QUESTION},
]


def speaker(url: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)


@pytest.fixture
def model() -> ScriptedChatModel:
    return ScriptedChatModel([REPLY])


@pytest.fixture
def client(make_docchat: Any, serve: Any, model: ScriptedChatModel) -> Iterator[openai.OpenAI]:
    with serve(make_docchat(filled=True, model=model)) as (url, _), speaker(url) as made:
        yield made


def test_collections_are_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["docchat", "samples"]
    assert client.models.retrieve("samples").owned_by == "docchat"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("missing")


@pytest.mark.parametrize("name", ["docchat", "samples"])
def test_an_answer_comes_whole(client: openai.OpenAI, name: str) -> None:
    answer = client.chat.completions.create(
        model=name, messages=ASKED, temperature=0.7, max_tokens=100, user="me"
    )
    assert answer.choices[0].message.content == REPLY
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == name
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.completion_tokens > 0
    evidence = (answer.model_extra or {})["docchat"]
    assert evidence["citations"][0]["document_name"] == "tidal-turbines.pdf"
    assert evidence["grounding"]["score"] == 1.0
    assert evidence["refused"] is False


def test_an_answer_comes_in_pieces(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="samples", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    with_choice = [chunk for chunk in chunks if chunk.choices]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in with_choice)
    assert text == REPLY
    assert with_choice[0].choices[0].delta.role == "assistant"
    assert with_choice[-1].choices[0].finish_reason == "stop"
    assert (with_choice[-1].model_extra or {})["docchat"]["citations"]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


def test_earlier_messages_are_history(client: openai.OpenAI, model: ScriptedChatModel) -> None:
    messages: list[Any] = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": REPLY},
        {"role": "user", "content": [{"type": "text", "text": "And how many blades?"}]},
    ]
    client.chat.completions.create(model="docchat", messages=messages)
    said = "\n".join(message.content for call in model.calls for message in call)
    assert QUESTION in said
    assert "And how many blades?" in said
    assert "pirate" not in said


def test_an_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-5", messages=ASKED)
    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "system", "content": "only rules"}],
        [{"role": "user", "content": " "}],
        [{"role": "tool", "content": "x", "tool_call_id": "1"}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
    ],
)
def test_what_is_no_question_is_refused(client: openai.OpenAI, messages: list[Any]) -> None:
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="docchat", messages=messages)


def test_a_refusal_is_an_answer_too(make_docchat: Any, serve: Any) -> None:
    asked: list[Any] = [{"role": "user", "content": "Who won at chess in 1972?"}]
    with serve(make_docchat(filled=True)) as (url, _), speaker(url) as client:
        whole = client.chat.completions.create(model="docchat", messages=asked)
        pieces = client.chat.completions.create(model="docchat", messages=asked, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in pieces)
    assert (whole.model_extra or {})["docchat"]["refused"] is True
    assert text == whole.choices[0].message.content
    assert text


def test_a_model_that_fails_is_told_in_both_ways(make_docchat: Any, serve: Any) -> None:
    failing = ScriptedChatModel([REPLY], fail_after=2)
    with serve(make_docchat(filled=True, model=failing)) as (url, _), speaker(url) as client:
        with pytest.raises(openai.InternalServerError) as caught:
            client.chat.completions.create(model="docchat", messages=ASKED)
        stream = client.chat.completions.create(model="docchat", messages=ASKED, stream=True)
        with pytest.raises(openai.APIError, match="scripted model fails"):
            list(stream)
    assert caught.value.status_code == 502
    assert caught.value.code == "model_unavailable"


def test_the_key_is_the_clients_api_key(make_docchat: Any, serve: Any) -> None:
    docchat = make_docchat(filled=True, server=ServerSettings(api_key=SecretStr("secret")))
    with serve(docchat) as (url, _):
        with speaker(url, "secret") as client:
            assert len(list(client.models.list())) == 2
        with speaker(url, "wrong") as client, pytest.raises(openai.AuthenticationError) as caught:
            client.models.list()
    assert caught.value.code == "unauthorized"


def test_nothing_is_kept_as_a_conversation(make_docchat: Any, api: Any) -> None:
    docchat = make_docchat(filled=True, model=ScriptedChatModel([REPLY]))
    docchat.library.create_collection("docchat")
    with api(docchat) as client:
        models = client.get("/v1/models").json()["data"]
        assert [model["id"] for model in models] == ["docchat", "samples"]
        body = {"model": "docchat", "messages": ASKED}
        assert client.post("/v1/chat/completions", json=body).status_code == 200
        assert client.get("/api/conversations").json()["items"] == []
