"""Replies with given texts in place of a language model: for tests and demonstrations, offline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.errors import ModelUnavailable
from rag.models.base import Message


class ScriptedChatModel:
    """Gives `replies` in turn and then repeats the last, in pieces of `piece_size` characters.

    With `fail_after` it raises ModelUnavailable after that many pieces of every reply. `calls` are
    the messages it was given; `closed_early` counts generations that the caller stopped.
    """

    def __init__(
        self,
        replies: Sequence[str],
        piece_size: int = 4,
        fail_after: int | None = None,
        context_tokens: int = 8_192,
    ) -> None:
        if not replies or piece_size < 1:
            raise ValueError("ScriptedChatModel needs a reply and a piece size of at least 1")
        self._replies = tuple(replies)
        self._piece_size = piece_size
        self._fail_after = fail_after
        self._context_tokens = context_tokens
        self.calls: list[tuple[Message, ...]] = []
        self.closed_early = 0

    @property
    def name(self) -> str:
        """Return "scripted"."""
        return "scripted"

    @property
    def context_tokens(self) -> int:
        """Return the size given to the constructor."""
        return self._context_tokens

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0
    ) -> Iterator[str]:
        """Yield the next reply. `max_tokens` counts pieces here; `temperature` means nothing."""
        reply = self._replies[min(len(self.calls), len(self._replies) - 1)]
        self.calls.append(tuple(messages))
        return self._stream_pieces(reply, max_tokens)

    def _stream_pieces(self, reply: str, max_tokens: int) -> Iterator[str]:
        starts = range(0, len(reply), self._piece_size)
        try:
            for count, start in enumerate(starts[:max_tokens]):
                if count == self._fail_after:
                    raise ModelUnavailable("The scripted model fails here, as it was told to.")
                yield reply[start : start + self._piece_size]
            if self._fail_after is not None and self._fail_after >= len(starts):
                raise ModelUnavailable("The scripted model fails here, as it was told to.")
        except GeneratorExit:
            self.closed_early += 1
            raise
