"""Splits words that the page sets apart although no blank stands between them.

The library ends a word at a blank, and it sees none between Chinese columns or table cells, nor in
a justified line whose blanks were squeezed. Where a word is wider than its characters can be, or
longer than words are, its glyphs decide. Limits: left-to-right text only; a page of squeezed lines
without one very long word is taken as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from ingest.pdf.page.content import LEAST_SIZE, Rect, Word, bounding_rect_of
from ingest.text.scripts import is_wide

Glyph: TypeAlias = tuple[str, Rect]

_RUN_ON = re.compile(r"[A-Za-z]{18}")
"""So many letters without a blank are seldom one word."""


@dataclass(frozen=True, slots=True)
class WordGapThresholds:
    """Which gaps end a word or a line, in font sizes. Set by hand."""

    gap: float = 0.6
    """A wider gap inside a word splits it."""
    narrow_width: float = 0.5
    """A letter that is not Chinese counts as this wide."""
    squeezed: float = 0.125
    """In a word set solid a wider gap is a squeezed blank."""
    solid: float = 0.03
    """Letters with a smaller gap between them are set solid;"""
    loose_share: float = 0.1
    """at most this share of a word's gaps, the blanks aside, may be wider,"""
    blanks_share: float = 0.5
    """and at most this share of them may be squeezed blanks."""
    wide_gap: float = 1.5
    """A wider gap inside a line of the library makes two lines of it;"""
    jump_back: float = -2.0
    """so does a gap below this, where the line jumps back."""


WORD_GAPS = WordGapThresholds()


def is_run_on(text: str) -> bool:
    """Whether a word is so long that the blanks of its page should be looked at."""
    return bool(_RUN_ON.search(text.partition("://")[0]))


def is_gapped(word: Word, limits: WordGapThresholds = WORD_GAPS) -> bool:
    """Whether a word with Chinese in it is wider than its characters set solid."""
    if word.text.isascii():  # nearly every word of an English page
        return False
    wide = sum(is_wide(letter) for letter in word.text)
    solid = wide + limits.narrow_width * (len(word.text) - wide)
    return wide > 0 and word.rect.width > (solid + limits.gap) * word.style.size


def split_gapped_words(
    words: Sequence[Word], glyphs: Sequence[Glyph], limits: WordGapThresholds = WORD_GAPS
) -> list[Word]:
    """Return the words of a line, the gapped ones split; `glyphs` are those of the line."""
    letters = "".join(letter[:1] or " " for letter, _ in glyphs)
    result: list[Word] = []
    position = 0
    for word in words:
        found = letters.find(word.text, position)
        if found < 0:
            result.append(word)
            continue
        position = found + len(word.text)
        result.extend(_split_word(word, glyphs[found:position], limits))
    return result


def _split_word(word: Word, glyphs: Sequence[Glyph], limits: WordGapThresholds) -> list[Word]:
    size = max(word.style.size, LEAST_SIZE)
    gaps = [(after.x0 - before.x1) / size for (_, before), (_, after) in pairwise(glyphs)]
    gapped = is_gapped(word, limits)
    least = limits.gap if gapped else limits.squeezed
    cuts = [at for at, gap in enumerate(gaps, start=1) if gap > least]
    solid = sum(gap < limits.solid for gap in gaps)
    loose = solid < len(gaps) - len(cuts) - limits.loose_share * len(gaps)
    if not cuts or (not gapped and loose):
        return [word]  # set solid, or wide-set from end to end
    edges = [0, *cuts, len(glyphs)]
    if not gapped and len(cuts) > limits.blanks_share * len(gaps):
        return [word]
    return [
        Word(
            word.text[start:end],
            bounding_rect_of(rect for _, rect in glyphs[start:end]),
            word.style,
            word.raised,
        )
        for start, end in pairwise(edges)
    ]


def split_at_gaps(
    words: Sequence[Word], limits: WordGapThresholds = WORD_GAPS
) -> Iterator[list[Word]]:
    """Split a line of the library where tabs or cells left a wide gap, or it jumps back."""
    part = [words[0]]
    for before, word in pairwise(words):
        gap = word.rect.x0 - before.rect.x1
        size = max(before.style.size, word.style.size)
        if gap > limits.wide_gap * size or gap < limits.jump_back * size:
            yield part
            part = []
        part.append(word)
    yield part
