"""Takes superscripts out of the words they are glued to: marks of notes, and exponents.

"10" with a raised 6 is not 106: it becomes "10^6", and so does a unit or a variable with its power.
A mark behind a word ("results" and a raised 1) becomes a word of its own that is `raised`. Limits:
text from left to right; a power behind a number looks the same as the mark of a note there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.pdf.page.content import Rect, Word

_POWER = re.compile(r"[-−–+]?\d{1,3}")
_LEAST_WIDTH = 0.1
"""Points: a word counts as at least this wide where a place in it is estimated."""
_BASE = re.compile(r"(?:.*\d|[A-Za-z]|(?:.*[\W\d_])?(?:[cdkmµμ]?m|ft|in|s|Hz))")


def split_off_superscripts(words: Sequence[Word], marks: Sequence[tuple[str, Rect]]) -> list[Word]:
    """Return the words of a line, split where a mark is glued to one.

    `marks` are the raised runs of the line, text and place, in its order.
    """
    result: list[Word] = []
    at = 0
    for word in words:
        rest = word
        while at < len(marks) and _horizontal_centre_of(marks[at][1]) <= word.rect.x1:
            text, rect = marks[at]
            at += 1
            found = _find_mark_in_word(rest, text, rect)
            if found >= 0 and rest.text != text:
                before, rest = _cut_word_at_mark(rest, text, rect, found)
                result += before
        if rest.text:
            result.append(rest)
    return result


def _horizontal_centre_of(rect: Rect) -> float:
    return (rect.x0 + rect.x1) / 2


def _find_mark_in_word(word: Word, text: str, rect: Rect) -> int:
    """Return where in the word's text the mark stands, -1 where it does not."""
    if not text or not word.rect.x0 <= _horizontal_centre_of(rect) <= word.rect.x1:
        return -1
    guess = (rect.x0 - word.rect.x0) / max(word.rect.width, _LEAST_WIDTH) * len(word.text)
    places = [at for at in range(len(word.text)) if word.text.startswith(text, at)]
    return min(places, key=lambda at: abs(at - guess), default=-1)


def _cut_word_at_mark(word: Word, text: str, rect: Rect, at: int) -> tuple[list[Word], Word]:
    """Return what stands before a mark and the mark, and what is left of the word behind it."""
    x0, y0, x1, y1 = word.rect
    left, right = max(x0, min(rect.x0, x1)), max(x0, min(rect.x1, x1))
    base, tail = word.text[:at], word.text[at + len(text) :]
    parts: list[Word] = []
    if base:
        parts.append(replace(word, text=base, rect=Rect(x0, y0, left, y1), raised=False))
    shown = f"^{text}" if _POWER.fullmatch(text) and _BASE.fullmatch(base) else text
    parts.append(replace(word, text=shown, rect=Rect(left, y0, right, y1), raised=True))
    return parts, replace(word, text=tail, rect=Rect(right, y0, x1, y1), raised=False)
