"""Words that the page sets apart although no blank stands between them.

The library ends a word at a blank, and it sees none between Chinese columns or table cells, nor in
a justified line whose blanks were squeezed. Where a word is wider than its characters can be, or
longer than words are, its glyphs decide. Limits: left-to-right text only; a page of squeezed lines
without one very long word is taken as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from ingest.pdf.page.content import Rect, Word, bounding_rect_of
from ingest.text.scripts import is_wide

Glyph: TypeAlias = tuple[str, Rect]

_GAP = 0.6
"""A gap of this many font sizes inside a word parts it."""

_WIDE_GAP = 1.5
"""A gap of this many font sizes inside a line of the library makes two lines of it."""
_RUN_ON = re.compile(r"[A-Za-z]{18}")
"""So many letters without a blank are seldom one word."""
_SQUEEZED = 0.125
"""In a word set solid a gap of this many font sizes is a squeezed blank."""
_SOLID = 0.03


def is_run_on(text: str) -> bool:
    """Whether a word is so long that the blanks of its page should be looked at."""
    return bool(_RUN_ON.search(text.partition("://")[0]))


def is_gapped(word: Word) -> bool:
    """Whether a word with Chinese in it is wider than its characters set solid."""
    if word.text.isascii():  # nearly every word of an English page
        return False
    wide = sum(is_wide(letter) for letter in word.text)
    solid = wide + 0.5 * (len(word.text) - wide)  # in font sizes; narrow letters count half
    return wide > 0 and word.rect.width > (solid + _GAP) * word.style.size


def split_gapped_words(words: Sequence[Word], glyphs: Sequence[Glyph]) -> list[Word]:
    """Return the words of a line, the gapped ones parted; `glyphs` are those of the line."""
    letters = "".join(letter[:1] or " " for letter, _ in glyphs)
    parted: list[Word] = []
    position = 0
    for word in words:
        found = letters.find(word.text, position)
        if found < 0:
            parted.append(word)
            continue
        position = found + len(word.text)
        parted.extend(_split_word(word, glyphs[found:position]))
    return parted


def _split_word(word: Word, glyphs: Sequence[Glyph]) -> list[Word]:
    size = max(word.style.size, 1.0)
    gaps = [(after.x0 - before.x1) / size for (_, before), (_, after) in pairwise(glyphs)]
    least = _GAP if is_gapped(word) else _SQUEEZED
    cuts = [at for at, gap in enumerate(gaps, start=1) if gap > least]
    solid = sum(gap < _SOLID for gap in gaps)
    if not cuts or (least == _SQUEEZED and solid < len(gaps) - len(cuts) - 0.1 * len(gaps)):
        return [word]  # set solid, or wide-set from end to end
    edges = [0, *cuts, len(glyphs)]
    if least == _SQUEEZED and len(cuts) > 0.5 * len(gaps):
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


def split_at_gaps(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Split a line of the library where tabs or cells left a wide gap, or it jumps back."""
    part = [words[0]]
    for before, word in pairwise(words):
        gap = word.rect.x0 - before.rect.x1
        size = max(before.style.size, word.style.size)
        if gap > _WIDE_GAP * size or gap < -2 * size:
            yield part
            part = []
        part.append(word)
    yield part
