from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.errors import ModelError, ModelNotConfigured, ModelRefused, ModelTimeout, ModelUnavailable
from rag.models.base import Message
from rag.models.langchain import LangChainChatModel
from tests.support.chat_server import KEY, REPLY, ChatServer, chat_server

MESSAGES = [Message("system", "Be brief."), Message("user", "功率是多少？")]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def ask(server: ChatServer, model: str, timeout_s: float = 5.0) -> Iterator[str]:
    options = {"base_url": server.base_url, "api_key": KEY}
    chat = LangChainChatModel(f"openai:{model}", timeout_s, options=options)
    return chat.stream(MESSAGES, max_tokens=10, temperature=0.3)


def test_the_answer_streams_and_the_request_is_as_asked(server: ChatServer) -> None:
    assert tuple(ask(server, "ok")) == REPLY
    (sent,) = server.requests
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert sent["messages"][1]["content"] == "功率是多少？"
    assert sent["temperature"] == 0.3
    assert 10 in (sent.get("max_tokens"), sent.get("max_completion_tokens"))


@pytest.mark.parametrize(
    ("model", "kind"),
    [("missing", ModelRefused), ("broken", ModelUnavailable), ("garbage", ModelUnavailable)],
)
def test_failures_are_typed(server: ChatServer, model: str, kind: type[ModelError]) -> None:
    with pytest.raises(ModelError) as caught:
        list(ask(server, model))
    assert type(caught.value) is kind


def test_no_token_in_time_is_a_timeout(server: ChatServer) -> None:
    with pytest.raises(ModelTimeout):
        list(ask(server, "hangs", timeout_s=0.1))


def test_a_provider_whose_package_is_missing_is_named() -> None:
    with pytest.raises(ModelNotConfigured, match="langchain-anthropic") as caught:
        LangChainChatModel("anthropic:claude-sonnet-4-5")
    assert "pip install langchain-anthropic" in caught.value.advice


@pytest.mark.parametrize("spec", ["", "gpt-5", "openai:", ":gpt-5", "nobody:model"])
def test_a_name_that_means_no_model_is_said(spec: str) -> None:
    with pytest.raises(ModelNotConfigured):
        LangChainChatModel(spec)


def test_a_missing_key_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelNotConfigured, match="api_key"):
        LangChainChatModel("openai:gpt-5")
