"""Finds display formulas: lines set apart from the running text that are mathematics.

A line is one when it is indented or centred and is mostly mathematical: letters of
mathematical fonts, mathematical characters, lone letters beside a relation; or when it has a
relation and ends in an equation number at the right edge. In a region without a word nothing need
be indented. Short lines above, between and below (numerators, limits of sums) belong to it.

Limits: a formula without a relation needs mathematical fonts; one at the left edge of its column is
taken for text; nothing is turned into LaTeX, the text is what the file has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.page.content import Rect, Word, join_words
from ingest.pdf.page.markers import marker_of
from ingest.pdf.page.rows import TextRow
from ingest.text.scripts import HAN_LETTER

_MATH_FONT = re.compile(
    r"(?:.{6}\+)?(?:cm(?:mi|sy|ex|bsy|mib)|ms[ab]m|eu[fsr][bm]|rsfs|lasy|wasy|esint|[tp]x(?:sy|mi|ex)"
    r"|symbol|mt-?extra|mtmi|mtsy|mathematicalpi|euclid|.{0,40}math)",
    re.I,
)
_RELATION = re.compile(r"[=≈≡≅≃≠≤≥≪≫∼∝→⇒⇔↦∈⊂⊆:]=|[=≈≡≅≃≠≤≥≪≫∝⇒⇔↦∈⊂⊆<>＝]")
_SIGN = re.compile(r"[=<>+|×÷±·＝＋－\u0391-\u03ff\u2190-\u22ff\u27e8\u27e9\U0001d400-\U0001d7ff]")
"""Operators, arrows, Greek, mathematical letters."""
_NUMBER = re.compile(r"[(（［\[]\d{1,3}(?:[.\-–]\d{1,3}){0,2}[a-z]?[)）］\]]$")
_WORD = re.compile(r"[^\W\d_]{3,}")
_STOP = re.compile(r"[。；！？]|[.!?;:]$|[.!?;:] ")
_NAMES = re.compile(
    r"(?:arc)?(?:sin|cos|tan)h?|cot|sec|csc|log|exp|lim(?:sup|inf)?|(?:arg)?(?:min|max)|sup|inf|det"
    r"|dim|ker|deg|gcd|mod|diag|rank|var|cov|sgn|sign|softmax|const|for|and|all|where|otherwise"
    r"|with|subject",
    re.I,
)
"""Functions, and the few words that stand inside formulas."""


@dataclass(frozen=True, slots=True)
class FormulaThresholds:
    """When a row of text is a display formula. All values were set by hand."""

    math_share: float = 0.6
    """This share of what is written must be mathematical."""
    indent: float = 1.5
    """A formula is indented by this many sizes of the running text."""
    number_gap: float = 0.8
    """An equation number stands this many sizes away: more than the words of a justified line."""
    far_number_gap: float = 3.0
    """Before a number as many sizes away as this a formula need not be indented."""
    near: float = 0.6
    """Parts of a formula stand within this many line heights of it."""
    fewest_signs: int = 3
    """Fewer mathematical characters are a stray sign."""
    least_size: float = 1.0
    """Points; smaller running text counts as this large."""


FORMULAS = FormulaThresholds()


def formula_rows(
    rows: Sequence[TextRow], body_size: float, limits: FormulaThresholds = FORMULAS
) -> list[tuple[int, int]]:
    """Return the stretches `[start, end)` of rows of a region that are display formulas.

    `body_size` is that of running text, in points. Linear: every row is looked at a few times.
    """
    if not rows:
        return []
    column = Rect(min(row.rect.x0 for row in rows), 0, max(row.rect.x1 for row in rows), 0)
    size = max(body_size, limits.least_size)
    near = limits.near
    wordless = all(_is_wordless(row) for row in rows)
    apart = [
        not row.mono and (wordless or _is_set_apart(row, column, size, limits)) for row in rows
    ]
    cores = [apart[at] and _is_formula(row, column, size, limits) for at, row in enumerate(rows)]
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(rows):
        if not cores[at]:
            at += 1
            continue
        start, end = at, at + 1
        low = found[-1][1] if found else 0
        while (
            start > low
            and apart[start - 1]
            and _is_formula_part(rows[start - 1], rows[start], near)
        ):
            start -= 1
        while (
            end < len(rows)
            and apart[end]
            and (cores[end] or _is_formula_part(rows[end], rows[end - 1], near))
        ):
            if not _is_near_row(rows[end], rows[end - 1], near):
                break
            end += 1
        found.append((start, end))
        at = end
    return found


def _is_set_apart(row: TextRow, column: Rect, size: float, limits: FormulaThresholds) -> bool:
    """Whether a row is indented and does not fill its column but for an equation number."""
    number = _find_equation_number(row, column, size, limits)
    far, indent = limits.far_number_gap * size, limits.indent * size
    if number is not None and number.rect.x0 - row.words[-2].rect.x1 > far:
        return True
    if row.rect.x0 - column.x0 < indent:
        return False
    return number is not None or column.x1 - row.rect.x1 > indent


def _find_equation_number(
    row: TextRow, column: Rect, size: float, limits: FormulaThresholds
) -> Word | None:
    """Return the equation number that stands at the right edge, apart from what it numbers."""
    if len(row.words) < 2:
        return None
    before, last = row.words[-2:]
    aside = last.rect.x0 - before.rect.x1 > limits.number_gap * size
    at_edge = column.x1 - last.rect.x1 < limits.indent * size
    return last if aside and at_edge and _NUMBER.fullmatch(last.text) else None


def _is_formula(row: TextRow, column: Rect, size: float, limits: FormulaThresholds) -> bool:
    """Whether a row that is set apart is mathematics."""
    number = _find_equation_number(row, column, size, limits)
    words = row.words[:-1] if number else row.words
    text = join_words(words)
    related = bool(_RELATION.search(text))
    if number and related and not _STOP.search(text.rstrip(" .,")):
        return True
    if marker_of(row.words) and not _SIGN.match(text):
        return False
    math, plain = _count_math_and_plain(words, related=related)
    fonts = sum(len(word.text) for word in words if _MATH_FONT.match(word.style.font))
    fewest = limits.fewest_signs
    if math < fewest or math < limits.math_share * (math + plain):
        return False
    return related or fonts >= fewest


def _count_math_and_plain(words: Sequence[Word], *, related: bool) -> tuple[int, int]:
    """Return how many characters are mathematical and how many are plain words.

    Digits, brackets and names of functions are neither; lone letters count beside a relation.
    """
    math = plain = 0
    for word in words:
        text = word.text
        if _MATH_FONT.match(word.style.font):
            math += len(text)
            continue
        math += len(_SIGN.findall(text))
        wide = len(HAN_LETTER.findall(text))
        letters = sum(len(found) for found in _WORD.findall(text) if not _NAMES.fullmatch(found))
        plain += max(wide, letters)
        if related and not wide and not letters:
            math += sum(letter.isalpha() for letter in text)
    return math, plain


def _is_formula_part(row: TextRow, neighbour: TextRow, near: float) -> bool:
    """Whether a row next to a formula is a part of it: near, and without words."""
    return _is_near_row(row, neighbour, near) and _is_wordless(row)


def _is_wordless(row: TextRow) -> bool:
    """Whether a row has no words but those of formulas, and is no list item."""
    text = " ".join(word.text for word in row.words if not _MATH_FONT.match(word.style.font))
    if HAN_LETTER.search(text) or (marker_of(row.words) and not _SIGN.match(row.text)):
        return False
    return all(_NAMES.fullmatch(found) for found in _WORD.findall(text))


def _is_near_row(row: TextRow, neighbour: TextRow, near: float) -> bool:
    """Whether at most `near` line heights of white are between two rows."""
    gap = max(row.rect.y0 - neighbour.rect.y1, neighbour.rect.y0 - row.rect.y1)
    return gap < near * max(row.rect.height, neighbour.rect.height)
