"""What every ChatModel keeps to, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.errors import ModelError, ModelNotConfigured, ModelRefused, ModelTimeout, ModelUnavailable
from rag.models.base import ChatModel, Message
from rag.models.failures import model_error
from rag.models.huggingface import HuggingFaceChatModel
from rag.models.langchain import LangChainChatModel
from rag.models.openai import OpenAIChatModel
from rag.models.scripted import ScriptedChatModel
from tests.rag.models.tiny_model import save_model
from tests.support.chat_server import KEY, ChatServer, chat_server

MESSAGES = [
    Message("system", "Answer briefly."),
    Message("user", "Which voltage?"),
    Message("assistant", "Which pump?"),
    Message("user", "泵的功率？"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("tiny"))


def openai_model(server: ChatServer, folder: Path) -> ChatModel:
    return OpenAIChatModel("ok", server.base_url, KEY, context_tokens=256)


def huggingface_model(server: ChatServer, folder: Path) -> ChatModel:
    return HuggingFaceChatModel(folder, device="cpu", context_tokens=256)


def langchain_model(server: ChatServer, folder: Path) -> ChatModel:
    options = {"base_url": server.base_url, "api_key": KEY}
    return LangChainChatModel("openai:ok", context_tokens=256, options=options)


def scripted_model(server: ChatServer, folder: Path) -> ChatModel:
    return ScriptedChatModel(["The pump needs 230 V [1]。"], context_tokens=256)


MAKERS = [openai_model, huggingface_model, langchain_model, scripted_model]


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def model(request: pytest.FixtureRequest, server: ChatServer, folder: Path) -> ChatModel:
    make: Callable[[ChatServer, Path], ChatModel] = request.param
    return make(server, folder)


def test_it_has_a_name_and_a_window(model: ChatModel) -> None:
    assert model.name
    assert model.context_tokens == 256


def test_it_streams_text_in_pieces_that_are_not_empty(model: ChatModel) -> None:
    pieces = list(model.stream(MESSAGES, max_tokens=40))
    assert len(pieces) > 1
    assert all(pieces)


def test_asked_the_same_it_says_the_same_at_temperature_zero(model: ChatModel) -> None:
    first = "".join(model.stream(MESSAGES, max_tokens=20))
    assert first == "".join(model.stream(MESSAGES, max_tokens=20, temperature=0.0))


def test_a_higher_temperature_is_taken(model: ChatModel) -> None:
    assert "".join(model.stream(MESSAGES, max_tokens=20, temperature=0.8))


def test_it_can_be_closed_early_and_asked_again(model: ChatModel) -> None:
    pieces = model.stream(MESSAGES, max_tokens=40)
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert list(pieces) == []
    assert "".join(model.stream(MESSAGES, max_tokens=40))


class ReadTimeout(Exception):  # noqa: N818 - named as libraries name theirs
    """What a library might raise."""


class StatusError(Exception):
    """An HTTP error as most clients have it."""

    def __init__(self, status_code: int, text: str = "no") -> None:
        super().__init__(text)
        self.status_code = status_code


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (StatusError(401), ModelRefused, "key"),
        (StatusError(404), ModelRefused, "not there"),
        (StatusError(400, "maximum context length is 10"), ModelRefused, "longer than"),
        (StatusError(400), ModelRefused, "refuses"),
        (StatusError(429), ModelUnavailable, "429"),
        (StatusError(429, "insufficient_quota"), ModelRefused, "quota"),
        (StatusError(503), ModelUnavailable, "503"),
        (ReadTimeout("x"), ModelTimeout, "in time"),
        (TimeoutError(), ModelTimeout, "in time"),
        (ConnectionError("refused"), ModelUnavailable, "refused"),
        (KeyError(), ModelUnavailable, "KeyError"),
        (ModelNotConfigured("as it is"), ModelNotConfigured, "as it is"),
    ],
)
def test_library_errors_become_ours(raised: Exception, kind: type[ModelError], said: str) -> None:
    error = model_error(raised, "openai:m")
    assert type(error) is kind
    assert said in error.message


def test_the_cause_is_told_and_the_message_kept_short() -> None:
    error = RuntimeError("Connection error.")
    error.__cause__ = OSError("certificate verify failed")
    assert "Connection error: certificate verify failed" in model_error(error, "m").message
    assert len(model_error(RuntimeError("x" * 5_000), "m").message) < 400
