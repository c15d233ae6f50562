"""Reasoning that a model writes into its answer, taken out of the stream.

Servers that know a reasoning model send its thoughts apart; others pass on `<think>...</think>` as
the start of the text. Only a block at the very start is taken out: later it may be what was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_OPEN = "<think>"
_CLOSE = "</think>"


def without_thinking(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces without a leading `<think>` block and the white space round it."""
    source = iter(pieces)
    held = ""
    for piece in source:
        held = (held + piece).lstrip()
        if held.startswith(_OPEN):
            held = _skip_block(source, held[len(_OPEN) :])
            break
        if not _OPEN.startswith(held):
            break
    if held:
        yield held
    yield from source


def _skip_block(source: Iterator[str], held: str) -> str:
    """Consume up to the block's end; return the first text after it ("" when none comes)."""
    while _CLOSE not in held:
        piece = next(source, None)
        if piece is None:
            return ""
        held = held[-len(_CLOSE) :] + piece
    held = held.partition(_CLOSE)[2].lstrip()
    while not held:
        piece = next(source, None)
        if piece is None:
            return ""
        held = piece.lstrip()
    return held
