"""Splits rows of words into runs, each of which may be one cell, and tells numbers from words.

A gap of nearly a font size ends a run; between two numbers half of that does, for two numbers
stand in one cell only as "12 345" (a group of three digits) or as text. Limits: a table whose
columns of words stand closer than that is seen by its rules only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.pdf.page.content import Line, Rect, Word, bounding_rect_of, join_words

_NUMERIC = re.compile(
    r"[-–−+±<>≤≥~(\[]*(?:[$€£¥￥]|US\$)?\s?[-–−+]?\d[\d.,:%‰–−/-]*"
    r"(?:\s\d{3})*\s?[%‰$€£¥)\]*†‡§a-d]{0,3}|[-–—]|n/?a|\.\.|\*+"
)
_DIGITS = re.compile(r"\d")
_GROUP = re.compile(r"\d{3}(?:[.,]\d+)?")
_HEAD_OF_GROUP = re.compile(r"[-–−+]?\d{1,3}")
_CURRENCY = re.compile(r"[(\[]?(?:[$€£¥￥]|US\$|EUR|RMB)")
_BULLET = re.compile(r"[•◦▪●○■□▶►➢✓✔–-]")
_LEADER = re.compile(r"[.·…]{4,}")


@dataclass(frozen=True, slots=True)
class CellRunThresholds:
    """When a gap between two words ends a cell. Gaps are in font sizes; values were set by hand."""

    cell_gap: float = 0.85
    """A gap of this size ends a cell."""
    number_gap: float = 0.4
    """Between two numbers this is enough: a blank is a quarter to a third of the font size."""
    bullet_gap: float = 3.0
    """Between a bullet and its text a gap of this size ends a cell."""
    many_words: int = 6
    """A justified line of text has at least so many words."""
    even_factor: float = 1.5
    """The widest gap of a justified line is at most this many times its narrowest one."""
    even_slack: float = 0.1
    """The widest gap may be wider by this much more."""
    widest_even_gap: float = 1.7
    """No gap of a justified line is wider: twice `cell_gap`."""
    numbers_share: float = 0.3
    """A justified line has numbers for less than this share of its words."""
    least_size: float = 4.0
    """Points; smaller type counts as this large when gaps are measured."""


CELL_RUNS = CellRunThresholds()


@dataclass(frozen=True, slots=True)
class WordRun:
    """Neighbouring words of a row: (a part of) one cell."""

    words: tuple[Word, ...]
    rect: Rect

    @staticmethod
    def from_words(words: Sequence[Word]) -> WordRun:
        """Return the run of these words; there must be at least one."""
        return WordRun(tuple(words), bounding_rect_of(word.rect for word in words))

    @property
    def text(self) -> str:
        """The words with a blank between them: for comparing, not for showing."""
        return join_words(self.words)

    @property
    def is_number(self) -> bool:
        """Whether the run is a number, an amount or a sign that stands for none."""
        return is_numeric(self.text)


def is_numeric(text: str) -> bool:
    """Whether a text is a number, an amount, a percentage, or a sign for a missing one."""
    return _NUMERIC.fullmatch(text) is not None


def words_of_row(row: Sequence[Line]) -> list[Word]:
    """Return the words of a row left to right, without the dots that lead to a page number."""
    words = [word for line in row for word in line.words if not _LEADER.fullmatch(word.text)]
    return sorted(words, key=lambda word: word.rect.x0)


def runs_of(words: Sequence[Word], limits: CellRunThresholds = CELL_RUNS) -> list[WordRun]:
    """Return the runs of a row of words that is sorted from left to right."""
    if is_justified(words, limits):
        return [WordRun.from_words(words)]
    parts: list[list[Word]] = [[words[0]]] if words else []
    for before, word in pairwise(words):
        if is_cell_boundary(before, word, limits):
            parts.append([])
        parts[-1].append(word)
    return [WordRun.from_words(part) for part in parts]


def is_justified(words: Sequence[Word], limits: CellRunThresholds = CELL_RUNS) -> bool:
    """Whether a row is a line of text spread to the margin: many words, one wide blank between."""
    if len(words) < limits.many_words:
        return False
    gaps = [gap_between(before, word, limits) for before, word in pairwise(words)]
    widest = limits.even_factor * min(gaps) + limits.even_slack
    if max(gaps) > min(limits.widest_even_gap, widest):
        return False
    return sum(is_numeric(word.text) for word in words) < limits.numbers_share * len(words)


def gap_between(before: Word, word: Word, limits: CellRunThresholds = CELL_RUNS) -> float:
    """Return the white between two neighbours of a row, in font sizes."""
    return (word.rect.x0 - before.rect.x1) / max(word.style.size, limits.least_size)


def is_cell_boundary(before: Word, word: Word, limits: CellRunThresholds = CELL_RUNS) -> bool:
    """Whether two neighbours of a row cannot stand in one cell."""
    gap = gap_between(before, word, limits)
    if _CURRENCY.fullmatch(before.text) and is_numeric(word.text):
        return False
    if _BULLET.fullmatch(before.text) and word.text[:1].isalpha():
        return gap >= limits.bullet_gap
    if gap >= limits.cell_gap or gap < limits.number_gap:
        return gap >= limits.cell_gap
    if _HEAD_OF_GROUP.fullmatch(before.text) and _GROUP.fullmatch(word.text):
        return False
    both = (before.text, word.text)
    return all(_DIGITS.search(text) and is_numeric(text) for text in both)
