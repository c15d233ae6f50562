"""Removes the reasoning that a model writes into its answer from the stream.

Servers that know a reasoning model send its thoughts separately; others send `<think>...</think>`
as the start of the text. Only a block at the very start is removed: later it may be what was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_OPEN = "<think>"
_CLOSE = "</think>"


def without_thinking(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces without a leading `<think>` block and the white space around it."""
    source = iter(pieces)
    buffer = ""
    for piece in source:
        buffer = (buffer + piece).lstrip()
        if buffer.startswith(_OPEN):
            buffer = _skip_block(source, buffer[len(_OPEN) :])
            break
        if not _OPEN.startswith(buffer):
            break
    if buffer:
        yield buffer
    yield from source


def _skip_block(source: Iterator[str], buffer: str) -> str:
    """Consume up to the block's end; return the first text after it ("" when none comes)."""
    while _CLOSE not in buffer:
        piece = next(source, None)
        if piece is None:
            return ""
        buffer = buffer[-len(_CLOSE) :] + piece
    buffer = buffer.partition(_CLOSE)[2].lstrip()
    while not buffer:
        piece = next(source, None)
        if piece is None:
            return ""
        buffer = piece.lstrip()
    return buffer
