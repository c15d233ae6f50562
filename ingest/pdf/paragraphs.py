"""Lines of a region become paragraphs, list items, captions, footnotes and code.

A paragraph ends at a wide gap, a change of type, an indented or hanging line, a list marker, or
where the next word would have fitted on the line before. Limits: paragraphs are not continued
over pages; nesting of lists is judged by indentation within one column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal, TypeAlias

from ingest.pdf.compose import is_wide
from ingest.pdf.content import Line, Rect, Word, around

Kind: TypeAlias = Literal["text", "list", "caption", "footnote", "code"]

_BULLET = re.compile(r"[•◦▪▫‣⁃●○■□◆◇➢➤►▶✓✔∙·\uf0b7\uf0a7\uf0d8\uf076\uf0fc*–—-]")
_ORDERED = re.compile(
    r"(?:[(（]\s?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})\s?[)）]|(?:\d{1,2}|[a-zA-Z]|[ivx]{1,5})[.)）])$"
)
_WIDE_ORDERED = re.compile(
    r"[（(][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|[①-⑳]|[（(]\d{1,2}[）)]"
    r"|\d{1,2}[、）)]"
)
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|chart|exhibit|scheme|plate|algorithm|listing|box|map)\s*"
    r"(?:\d+|[IVX]+\b|(?-i:[A-Z])(?![a-z]))(?:[.\-–]\d+)*[a-z]?\s*(?P<end>[.:：|–—)]|\s|$)",
    re.IGNORECASE,
)
_WIDE_CAPTION = re.compile(r"[图圖表]\s?[\d一二三四五六七八九十]+(?:[-.–—]\d+)*[\s:：.、]?")
_NOTE_MARK = re.compile(r"(?:\d{1,3}|[*†‡§¶]|[①-⑳]|注)[.)、:：]?")
_ENDS_SENTENCE = re.compile(r"[.!?。！？;；:：][\"'”’)）]*$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Rows of words of one kind; `level` is the nesting depth of a list item.

    `bullet` is the marker taken out of the words of an unordered item.
    """

    kind: Kind
    rows: tuple[tuple[Word, ...], ...]
    level: int = 0

    @property
    def rect(self) -> Rect:
        """The rectangle around all words."""
        return around(word.rect for row in self.rows for word in row)

    @property
    def words(self) -> list[Word]:
        """All words, line by line."""
        return [word for row in self.rows for word in row]


@dataclass(frozen=True, slots=True)
class Row:
    """A whole line of a region: its words left to right and how most of them are set."""

    words: tuple[Word, ...]
    rect: Rect
    size: float
    bold: bool
    mono: bool
    color: int

    @staticmethod
    def of(lines: Sequence[Line]) -> Row:
        """Return the row that these lines side by side make."""
        words = tuple(word for line in lines for word in line.words)
        line = lines[0] if len(lines) == 1 else Line.of(words)
        colors = [word.style.color for word in words]
        return Row(
            words,
            line.rect,
            line.size,
            line.share("bold") > 0.75,
            line.share("mono") > 0.8,
            max(set(colors), key=colors.count),
        )

    @property
    def text(self) -> str:
        """The words with blanks between them."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Setting:
    """How running text is set in this document and page."""

    size: float
    bold: bool
    mono: bool
    page_height: float


def paragraphs_of(rows: Sequence[Row], setting: Setting) -> list[Paragraph]:
    """Return the paragraphs of one region, in order."""
    if not rows:
        return []
    right = max(row.rect.x1 for row in rows)
    left = min(row.rect.x0 for row in rows)
    pitch = _pitch(rows)
    groups: list[list[Row]] = [[rows[0]]]
    for row in rows[1:]:
        if _begins(groups[-1], row, Rect(left, 0, right, 0), pitch, setting):
            groups.append([row])
        else:
            groups[-1].append(row)
    return [_paragraph(group, left, setting) for group in groups]


def _pitch(rows: Sequence[Row]) -> float:
    """Return the usual distance of neighbouring lines, in line heights."""
    steps = [
        (below.rect.y1 - above.rect.y1) / max(below.rect.height, 1.0)
        for above, below in pairwise(rows)
        if abs(above.size - below.size) < 0.6
    ]
    close = [step for step in steps if 0.7 < step < 2.2]
    return min(median(close), 1.9) if close else 1.3


def _begins(group: list[Row], row: Row, column: Rect, pitch: float, setting: Setting) -> bool:
    """Whether `row` begins a new paragraph after the rows of `group`."""
    before = group[-1]
    height = max(row.rect.height, 1.0)
    step = (row.rect.y1 - before.rect.y1) / height
    if row.mono != before.mono:
        return True
    if row.mono and not setting.mono:
        return step > 2.5
    larger = max(row.size, before.size)
    if abs(row.size - before.size) > 0.08 * larger or (
        row.bold != before.bold and len(row.text) > 1
    ):
        return True
    if row.color != before.color and (row.bold or row.size > setting.size * 1.05):
        return True
    if step > pitch + 0.28 or step < -0.5:
        return True
    if marker_of(row) and not _in_sentence(group, row):
        return True
    if marker_of(group[0]):
        return _leaves_item(group, row, column)
    if (row.bold and not setting.bold) or row.size > 1.12 * setting.size:
        return _second_heading(row, step, pitch)
    return _indented(group, row, column) or _would_have_fitted(before, row, column)


def _second_heading(row: Row, step: float, pitch: float) -> bool:
    """Whether a line of heading type begins a heading of its own: numbered, or further away."""
    numbered = re.match(r"(?:\d+(?:\.\d+)*\.?|[IVX]+\.|第.{1,4}[章节條条])$", row.words[0].text)
    return bool(numbered and len(row.words) > 1) or step > pitch + 0.2


def marker_of(row: Row) -> str:
    """Return the list marker that a row begins with, or ""."""
    first = row.words[0].text
    if len(row.words) > 1 and (_BULLET.fullmatch(first) or _ORDERED.match(first)):
        return first
    if len(first) > 1 and re.match(r"[•◦▪●○■□◆➢➤►✓∙·\uf0b7\uf0a7]", first):
        return first[0]
    wide = _WIDE_ORDERED.match(first)
    return wide[0] if wide and (len(first) > len(wide[0]) or len(row.words) > 1) else ""


def _in_sentence(group: list[Row], row: Row) -> bool:
    """Whether what looks like a marker is the middle of a sentence ("see chapter / 3. Then")."""
    before = group[-1]
    if _BULLET.fullmatch(row.words[0].text) and row.words[0].text not in "-–—*":
        return False
    aligned = abs(row.rect.x0 - before.rect.x0) < 0.3 * row.size
    return aligned and not marker_of(group[0]) and not _ENDS_SENTENCE.search(before.text)


def _leaves_item(group: list[Row], row: Row, column: Rect) -> bool:
    """Whether a row without marker is no longer part of the list item above it."""
    first = group[0]
    hanging = first.words[1].rect.x0 if len(first.words) > 1 else first.rect.x0
    if row.rect.x0 < first.rect.x0 - 0.5 * row.size:
        return True
    outdented = row.rect.x0 < hanging - 0.5 * row.size
    flush = len(group) > 1 and abs(group[-1].rect.x0 - row.rect.x0) < 0.5 * row.size
    if outdented and not flush and _ENDS_SENTENCE.search(group[-1].text):
        return True
    return False if not outdented else _would_have_fitted(group[-1], row, column)


def _indented(group: list[Row], row: Row, column: Rect) -> bool:
    """Whether the row is set in, as the first line of a paragraph is."""
    before = group[-1]
    shift = row.rect.x0 - before.rect.x0
    size = max(row.size, 1.0)
    if 0.8 * size < shift < 6 * size and before.rect.x1 > column.x0 + 0.3 * column.width:
        return len(group) > 1 or (
            row.rect.x0 - column.x0 > 0.8 * size and not _centred(before, row, column)
        )
    return shift < -8 * size and not _centred(before, row, column)


def _centred(before: Row, row: Row, column: Rect) -> bool:
    middle = (column.x0 + column.x1) / 2
    return all(
        abs((r.rect.x0 + r.rect.x1) / 2 - middle) < 0.02 * column.width + 2
        and r.rect.x0 > column.x0 + 2
        for r in (before, row)
    )


def _would_have_fitted(before: Row, row: Row, column: Rect) -> bool:
    """Whether the first word of `row` had room on the line before: a break that is meant."""
    room = column.x1 - before.rect.x1
    first = row.words[0]
    size = max(row.size, 1.0)
    if is_wide(first.text):
        return (room > 2.2 * size and bool(_ENDS_SENTENCE.search(before.text))) or room > 6 * size
    needed = first.rect.width + 0.35 * size
    if _ENDS_SENTENCE.search(before.text) and not row.text[:1].islower():
        return room > needed + 0.2 * size
    return room > needed + 0.25 * column.width


def _paragraph(group: list[Row], left: float, setting: Setting) -> Paragraph:
    rows = tuple(row.words for row in group)
    first = group[0]
    text = first.text
    if all(row.mono for row in group) and not setting.mono:
        return Paragraph("code", rows)
    if is_caption(text, len(group), bold=first.words[0].style.bold):
        return Paragraph("caption", rows)
    if _is_footnote(group, setting):
        return Paragraph("footnote", rows)
    marker = marker_of(first)
    if marker:
        depth = round(max(0.0, first.rect.x0 - left) / (2.2 * max(first.size, 1.0)))
        return Paragraph("list", _without_bullet(rows), min(depth, 5))
    return Paragraph("text", rows)


def is_caption(text: str, lines: int, *, bold: bool = False) -> bool:
    """Whether a paragraph that begins so is the caption of a figure or table."""
    wide = _WIDE_CAPTION.match(text)
    if wide:
        rest = text[wide.end() :]
        return (
            lines <= 3
            and len(text) <= 80
            and not rest.startswith(("所", "中", "是", "为", "显示", "给"))
        )
    match = _CAPTION.match(text)
    if not match or lines > 12:
        return False
    rest = text[match.end() :].lstrip()
    return match["end"] in ".:：|–—" or bold or not rest or (lines < 3 and rest[:1].isupper())


def _is_footnote(group: list[Row], setting: Setting) -> bool:
    first = group[0]
    low = first.rect.y0 > 0.6 * setting.page_height
    small = first.size < 0.93 * setting.size
    marked = first.words[0].raised or _NOTE_MARK.match(first.words[0].text)
    return bool(low and small and marked)


def _without_bullet(rows: tuple[tuple[Word, ...], ...]) -> tuple[tuple[Word, ...], ...]:
    """Take a bullet off an item: it is drawing, not text. Numbers and letters stay."""
    first, *rest = rows[0]
    if rest and _BULLET.fullmatch(first.text):
        return (tuple(rest), *rows[1:])
    if len(first.text) > 1 and re.match(r"[•◦▪●○■□◆➢➤►✓∙·\uf0b7\uf0a7]", first.text):
        bare = Word(first.text[1:], first.rect, first.style, first.raised)
        return ((bare, *rest), *rows[1:])
    return rows
