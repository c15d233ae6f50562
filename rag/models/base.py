"""Defines language models (`ChatModel`): messages in, pieces of text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat. `picture` is PNG bytes shown after the text, b"" for none.

    Of the models here only OpenAIChatModel sends pictures.
    """

    role: Literal["system", "user", "assistant"]
    content: str
    picture: bytes = b""


class ChatModel(Protocol):
    """A language model that streams.

    Closing the returned iterator (or dropping it) stops the generation. Implementations raise
    ModelError and nothing else of their own libraries.
    """

    @property
    def name(self) -> str:
        """Return a name a person recognises: "openai:gpt-5", "huggingface:/models/qwen"."""
        ...

    @property
    def context_tokens(self) -> int:
        """Return how many tokens prompt and answer may have together."""
        ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0
    ) -> Iterator[str]:
        """Yield the answer piece by piece. Raises ModelError, before or between pieces."""
        ...


@runtime_checkable
class CountsTokens(Protocol):
    """A ChatModel that has its own tokenizer at hand; for others tokens are estimated."""

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model makes of `text`."""
        ...


@runtime_checkable
class HasServer(Protocol):
    """A ChatModel behind a server that can be asked, without cost, whether it is there."""

    def reach(self, timeout_s: float = 5.0) -> str:
        """Return what the server says of itself, for people. Raises ModelError."""
        ...
