"""Words that the page sets apart although no blank stands between them.

The library ends a word at a blank, and it sees none between Chinese columns or table cells. Where
a word is wider than its characters can be, its glyphs decide. Limits: left-to-right text only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from ingest.pdf.compose import is_wide
from ingest.pdf.content import Rect, Word, around

Glyph: TypeAlias = tuple[str, Rect]

_GAP = 0.6
"""A gap of this many font sizes inside a word parts it."""


def is_gapped(word: Word) -> bool:
    """Whether a word with Chinese in it is wider than its characters set solid."""
    if word.text.isascii():  # nearly every word of an English page
        return False
    wide = sum(is_wide(letter) for letter in word.text)
    solid = wide + 0.5 * (len(word.text) - wide)  # in font sizes; narrow letters count half
    return wide > 0 and word.rect.width > (solid + _GAP) * word.style.size


def part_words(words: Sequence[Word], glyphs: Sequence[Glyph]) -> list[Word]:
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
        parted.extend(_parts(word, glyphs[found:position]) if is_gapped(word) else [word])
    return parted


def _parts(word: Word, glyphs: Sequence[Glyph]) -> list[Word]:
    cuts = [
        at
        for at, ((_, before), (_, after)) in enumerate(pairwise(glyphs), start=1)
        if after.x0 - before.x1 > _GAP * word.style.size
    ]
    edges = [0, *cuts, len(glyphs)]
    return [
        Word(
            word.text[start:end],
            around(rect for _, rect in glyphs[start:end]),
            word.style,
            word.raised,
        )
        for start, end in pairwise(edges)
    ]
