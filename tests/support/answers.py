"""The text of an answer, for tests that look at nothing else of it."""

from __future__ import annotations

from collections.abc import Iterable

from rag.types import Sureness


def join_text(pieces: Iterable[str | Sureness]) -> str:
    """Return the text of an answerer's pieces."""
    return "".join(piece for piece in pieces if isinstance(piece, str))
