"""Rows of words parted into runs: what may be one cell of a row, and what kind of text it is.

A gap of nearly a font size ends a run; between two numbers half of that does, for two numbers
stand in one cell only as "12 345" (a group of three digits) or as text. Limits: a table whose
columns of words stand closer than that is seen by its rules only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.pdf.page.content import Line, Rect, Word, bounding_rect_of

_CELL_GAP = 0.85
"""A gap of this many font sizes ends a cell."""
_NUMBER_GAP = 0.4
"""Between two numbers this is enough: a blank is a quarter to a third of the font size."""
_NUMERIC = re.compile(
    r"[-–−+±<>≤≥~(\[]*(?:[$€£¥￥]|US\$)?\s?[-–−+]?\d[\d.,:%‰–−/-]*"
    r"(?:\s\d{3})*\s?[%‰$€£¥)\]*†‡§a-d]{0,3}|[-–—]|n/?a|\.\.|\*+"
)
_DIGITS = re.compile(r"\d")
_GROUP = re.compile(r"\d{3}(?:[.,]\d+)?")
_HEAD_OF_GROUP = re.compile(r"[-–−+]?\d{1,3}")
_CURRENCY = re.compile(r"[(\[]?(?:[$€£¥￥]|US\$|EUR|RMB)")
_MANY_WORDS = 6
_BULLET = re.compile(r"[•◦▪●○■□▶►➢✓✔–-]")
_BULLET_GAP = 3.0
_LEADER = re.compile(r"[.·…]{4,}")


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words of a row: (a part of) one cell."""

    words: tuple[Word, ...]
    rect: Rect

    @staticmethod
    def of(words: Sequence[Word]) -> Run:
        """Return the run of these words; there must be at least one."""
        return Run(tuple(words), bounding_rect_of(word.rect for word in words))

    @property
    def text(self) -> str:
        """The words with a blank between them: for comparing, not for showing."""
        return " ".join(word.text for word in self.words)

    @property
    def numeric(self) -> bool:
        """Whether the run is a number, an amount or a sign that stands for none."""
        return is_numeric(self.text)


def is_numeric(text: str) -> bool:
    """Whether a text is a number, an amount, a percentage, or a sign for a missing one."""
    return _NUMERIC.fullmatch(text) is not None


def words_of(row: Sequence[Line]) -> list[Word]:
    """Return the words of a row left to right, without the dots that lead the eye."""
    words = [word for line in row for word in line.words if not _LEADER.fullmatch(word.text)]
    return sorted(words, key=lambda word: word.rect.x0)


def runs_of(words: Sequence[Word]) -> list[Run]:
    """Return the runs of a row of words that is sorted from left to right."""
    if is_justified(words):
        return [Run.of(words)]
    parts: list[list[Word]] = [[words[0]]] if words else []
    for before, word in pairwise(words):
        if parted(before, word):
            parts.append([])
        parts[-1].append(word)
    return [Run.of(part) for part in parts]


def is_justified(words: Sequence[Word]) -> bool:
    """Whether a row is a line of text spread to the margin: many words, one wide blank between."""
    if len(words) < _MANY_WORDS:
        return False
    gaps = [gap_between(before, word) for before, word in pairwise(words)]
    spread = max(gaps) <= min(2 * _CELL_GAP, 1.5 * min(gaps) + 0.1)
    return spread and sum(is_numeric(word.text) for word in words) < 0.3 * len(words)


def gap_between(before: Word, word: Word) -> float:
    """Return the white between two neighbours of a row, in font sizes."""
    return (word.rect.x0 - before.rect.x1) / max(word.style.size, 4.0)


def parted(before: Word, word: Word) -> bool:
    """Whether two neighbours of a row cannot stand in one cell."""
    gap = gap_between(before, word)
    if _CURRENCY.fullmatch(before.text) and is_numeric(word.text):
        return False
    if _BULLET.fullmatch(before.text) and word.text[:1].isalpha():
        return gap >= _BULLET_GAP
    if gap >= _CELL_GAP or gap < _NUMBER_GAP:
        return gap >= _CELL_GAP
    if _HEAD_OF_GROUP.fullmatch(before.text) and _GROUP.fullmatch(word.text):
        return False
    both = (before.text, word.text)
    return all(_DIGITS.search(text) and is_numeric(text) for text in both)
