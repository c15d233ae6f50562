"""Cuts text into the pieces that chunks are packed from: sentences, table rows, parts of long ones.

The tokens of each piece are counted once, and those of the white space between two pieces once per
kind, so that packing need not count a growing text again and again.

Limits: sizes of pieces are added up, which is exact for tokenizers that split at white space
(WordPiece) and close for others; the packer counts each finished chunk once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ingest.chunking.sections import PlacedBlock
from ingest.document.table_text import count_header_rows
from ingest.text.sentences import split_sentences

_CHARACTERS_PER_TOKEN = 16
"""A piece counts as at least one token per this many characters: a tokenizer that gives a single
"unknown" token for a kilobyte of base64 must not make a chunk of a megabyte."""
_SHRINK = 0.8
_SENTENCE_END = re.compile(r"[。！？]|[.!?]\s+")
_CLAUSE_END = re.compile(r"[，；：、。！？）」』”—…]+\s*|[,;:)]\s+|\s[|]\s")
_WORD_END = re.compile(r"\s+")
_PROBE = "a"


@dataclass(frozen=True, slots=True)
class Piece:
    """A range of the document's text that is not cut any further.

    `header` is the range of the table header to be repeated in front, when the piece continues a
    table; `tokens` includes it.
    """

    start: int
    end: int
    tokens: int
    kind: Literal["text", "caption", "table"] = "text"
    header: tuple[int, int] | None = None


class TokenCounter:
    """Counts tokens of ranges of one text."""

    def __init__(self, text: str, count_tokens: Callable[[str], int]) -> None:
        self.text = text
        self._count = count_tokens
        self._gaps: dict[str, int] = {}
        self._probe = count_tokens(_PROBE)

    def count(self, text: str) -> int:
        """Return how many tokens the tokenizer makes of any string."""
        return self._count(text)

    def count_range(self, start: int, end: int) -> int:
        """Return the tokens of a range, or one per 16 characters where that is more."""
        return max(self._count(self.text[start:end]), -(-(end - start) // _CHARACTERS_PER_TOKEN))

    def count_gap(self, between: str) -> int:
        """Return the tokens of the white space between two pieces."""
        if between not in self._gaps:
            joined = self._count(_PROBE + between + _PROBE)
            self._gaps[between] = max(0, joined - 2 * self._probe) if between else 0
        return self._gaps[between]

    def count_with_gaps(self, pieces: Sequence[Piece]) -> int:
        """Return the tokens of consecutive pieces with what stands between them."""
        gaps = sum(
            self.count_gap(self.text[before.end : after.start])
            for before, after in pairwise(pieces)
        )
        return gaps + sum(piece.tokens for piece in pieces)


def text_pieces(
    measure: TokenCounter,
    start: int,
    end: int,
    limit: int,
    kind: Literal["text", "caption"] = "text",
) -> list[Piece]:
    """Return the sentences of a range; one above `limit` tokens is cut further."""
    pieces: list[Piece] = []
    for low, high in split_sentences(measure.text[start:end]):
        tokens = measure.count_range(start + low, start + high)
        if tokens <= limit:
            pieces.append(Piece(start + low, start + high, tokens, kind))
        else:
            for cut_low, cut_high in cut_range(measure, start + low, start + high, limit):
                pieces.append(
                    Piece(cut_low, cut_high, measure.count_range(cut_low, cut_high), kind)
                )
    return pieces


def cut_range(measure: TokenCounter, start: int, end: int, limit: int) -> list[tuple[int, int]]:
    """Cut a range into ranges of at most `limit` tokens; a single character may have more."""
    text = measure.text
    ranges: list[tuple[int, int]] = []
    length = end - start
    per_token = max(0.25, length / max(1, measure.count_range(start, end)))
    low = start
    while low < end:
        high = min(end, low + max(1, int(limit * per_token)))
        while high - low > 1 and measure.count_range(low, high) > limit:
            high = low + max(1, int((high - low) * _SHRINK))
        if high < end:
            high = _best_cut(text, low, high)
        stripped = text[low:high].rstrip()
        if stripped:
            ranges.append((low, low + len(stripped)))
        low = high
        while low < end and text[low].isspace():
            low += 1
    return ranges


def _best_cut(text: str, low: int, high: int) -> int:
    """Return the last end of sentence, clause or word in the second half of a range."""
    half = low + (high - low) // 2
    for pattern in (_SENTENCE_END, _CLAUSE_END, _WORD_END):
        ends = [match.end() for match in pattern.finditer(text, half, high)]
        if ends:
            return ends[-1]
    return high


def table_piece(measure: TokenCounter, placed: PlacedBlock) -> Piece:
    """Return a table as one piece."""
    return Piece(placed.start, placed.end, measure.count_range(placed.start, placed.end), "table")


def split_table_by_rows(
    measure: TokenCounter, placed: PlacedBlock, first_limit: int, limit: int
) -> list[Piece]:
    """Cut a table between rows; every piece after the first repeats the header.

    The first piece has at most `first_limit` tokens where its first row allows, the others
    `limit`. A row that does not fit is cut like a sentence. A header above half the limit is not
    repeated.
    """
    lines = _find_table_lines(placed)
    header_end = _header_end(placed, lines)
    header = (placed.start, header_end)
    header_tokens = measure.count_range(*header) if header_end > placed.start else 0
    if header_tokens == 0 or header_tokens > limit // 2:
        return _pack_lines(measure, lines, limit, None, 0)
    body = [line for line in lines if line[0] >= header_end]
    if not body:
        return [Piece(placed.start, placed.end, header_tokens, "table")]
    if measure.count_range(*body[0]) + header_tokens + measure.count_gap("\n") > first_limit:
        first_limit = limit
    pieces = _pack_lines(measure, body, limit, header, header_tokens, first_limit)
    first = pieces[0]
    return [Piece(placed.start, first.end, first.tokens, "table"), *pieces[1:]]


def _find_table_lines(placed: PlacedBlock) -> list[tuple[int, int]]:
    lines: list[tuple[int, int]] = []
    position = placed.start
    for line in placed.block.text.split("\n"):
        if line.strip():
            lines.append((position, position + len(line)))
        position += len(line) + 1
    return lines


def _header_end(placed: PlacedBlock, lines: Sequence[tuple[int, int]]) -> int:
    if len(lines) < 2:
        return placed.start
    low, high = lines[1]
    below_first = placed.block.text[low - placed.start : high - placed.start]
    if not below_first.startswith("| ---"):
        return placed.start
    rows = count_header_rows(placed.block.table) if placed.block.table else 1
    return lines[min(rows, len(lines) - 1)][1]


def _pack_lines(
    measure: TokenCounter,
    lines: Sequence[tuple[int, int]],
    limit: int,
    header: tuple[int, int] | None,
    header_tokens: int,
    first_limit: int = 0,
) -> list[Piece]:
    """Pack lines into pieces of at most `limit` tokens, header included."""
    pieces: list[Piece] = []
    room = max(1, (first_limit or limit) - header_tokens)
    start = end = size = 0

    def finish_piece() -> None:
        nonlocal size, room
        if size:
            pieces.append(Piece(start, end, size + header_tokens, "table", header))
        size, room = 0, max(1, limit - header_tokens)

    line_break = measure.count_gap("\n")
    for line in lines:
        tokens = measure.count_range(*line) + line_break
        if size + tokens > room:
            finish_piece()
        if tokens > room:
            for low, high in cut_range(measure, *line, max(1, room - line_break)):
                start, end, size = low, high, measure.count_range(low, high) + line_break
                finish_piece()
        else:
            start, end, size = (start if size else line[0]), line[1], size + tokens
    finish_piece()
    return pieces
