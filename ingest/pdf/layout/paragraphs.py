"""Lines of a region become paragraphs, list items, captions, footnotes and code.

A paragraph ends at a wide gap, a change of type, an indented or hanging line, a list marker, or
where the next word would have fitted on the line before. Limits: one column at a time: what goes
on in the next one is joined in `ingest.pdf.layout.continuations`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Literal, TypeAlias, TypeVar

from ingest.pdf.page.compose import ends_in_cut_word
from ingest.pdf.page.content import Numbered, Rect, Word, bounding_rect_of
from ingest.pdf.page.markers import (
    compute_nesting_depths,
    find_note_mark,
    is_bullet,
    is_caption,
    is_dash,
    marker_of,
    without_bullet,
)
from ingest.pdf.page.rows import (
    TextRow,
    ends_sentence,
    find_hanging_rows,
    had_room,
    is_contents_entry,
)

T = TypeVar("T")
ParagraphKind: TypeAlias = Literal["text", "list", "caption", "footnote", "code", "formula"]

_SMALL = 0.93
"""Footnotes are set in type of at most this share of the text's size."""


@dataclass(frozen=True, slots=True)
class Paragraph(Numbered):
    """Rows of words of one kind; `level` is the nesting depth of a list item.

    `column` is the left and right edge of the column it stands in; `marker` is what a list item
    began with (a bullet is taken out of its words, a number stays) and `edge` where that stood;
    `mark` is what ties a footnote to the text.
    """

    kind: ParagraphKind
    rows: tuple[tuple[Word, ...], ...]
    level: int = 0
    column: tuple[float, float] = (0.0, 0.0)
    marker: str = ""
    edge: float = 0.0
    mark: str = ""

    @property
    def rect(self) -> Rect:
        """The rectangle around all words."""
        return bounding_rect_of(word.rect for row in self.rows for word in row)

    @property
    def words(self) -> list[Word]:
        """All words, line by line."""
        return [word for row in self.rows for word in row]


@dataclass(frozen=True, slots=True)
class PageTextStyle:
    """How running text is set in this document and page."""

    size: float
    bold: bool
    mono: bool
    page_height: float


def paragraphs_of(
    rows: Sequence[TextRow], setting: PageTextStyle, formulas: Sequence[tuple[int, int]] = ()
) -> list[Paragraph]:
    """Return the paragraphs of one region, in order; `formulas` are stretches of rows that are."""
    if not rows:
        return []
    column = Rect(min(row.rect.x0 for row in rows), 0, max(row.rect.x1 for row in rows), 0)
    pitch = _measure_line_pitch(rows)
    entries = find_hanging_rows(rows, column.x1)
    stretch = {at: start for start, end in formulas for at in range(start, end)}
    groups: list[list[TextRow]] = [[rows[0]]]
    starts = [0]
    for at, row in enumerate(rows[1:], start=1):
        begins = _is_paragraph_start(groups[-1], row, column, pitch, setting)
        if (
            at in entries
            and at - 1 in entries
            and not _is_too_far_below(groups[-1][-1], row, pitch)
        ):
            begins = entries[at]
        if at in stretch or at - 1 in stretch:
            begins = stretch.get(at) != stretch.get(at - 1)
        if begins:
            groups.append([row])
            starts.append(at)
        else:
            groups[-1].append(row)
    return [
        _build_paragraph(group, column, setting, formula=start in stretch)
        for start, group in zip(starts, groups, strict=True)
    ]


def set_nesting_levels(items: Sequence[Paragraph | T]) -> list[Paragraph | T]:
    """Return the items of a page with the nesting depth of every list item set.

    A list goes on until something else than an item stands between.
    """
    done = list(items)
    start = 0
    while start < len(done):
        end = start
        run: list[Paragraph] = []
        while end < len(done) and isinstance(item := done[end], Paragraph) and item.kind == "list":
            run.append(item)
            end += 1
        for at, level in enumerate(
            compute_nesting_depths([_describe_list_item(item) for item in run]), start=start
        ):
            done[at] = replace(run[at - start], level=level)
        start = end + 1
    return done


def _describe_list_item(item: Paragraph) -> tuple[str, float, float]:
    """Return marker, indent and size of a list item; a bullet taken out stood further left."""
    first = item.rows[0][0]
    return item.marker, item.edge - item.column[0], first.style.size


def _is_too_far_below(before: TextRow, row: TextRow, pitch: float) -> bool:
    """Whether a row stands too far below the one before to be part of the same entry."""
    step = (row.rect.y1 - before.rect.y1) / max(row.rect.height, 1.0)
    return step > pitch + 0.5


def _measure_line_pitch(rows: Sequence[TextRow]) -> float:
    """Return the usual distance of neighbouring lines, in line heights."""
    steps = [
        (below.rect.y1 - above.rect.y1) / max(below.rect.height, 1.0)
        for above, below in pairwise(rows)
        if abs(above.size - below.size) < 0.6
    ]
    close = [step for step in steps if 0.7 < step < 2.2]
    return min(median(close), 1.9) if close else 1.3


def _is_paragraph_start(
    group: list[TextRow], row: TextRow, column: Rect, pitch: float, setting: PageTextStyle
) -> bool:
    """Whether `row` begins a new paragraph after the rows of `group`."""
    before = group[-1]
    height = max(row.rect.height, 1.0)
    step = (row.rect.y1 - before.rect.y1) / height
    if row.mono != before.mono or is_contents_entry(before.text):
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
    if row.words[0].raised and row.size < _SMALL * setting.size and find_note_mark(row.words):
        return True
    if ends_in_cut_word(before.text) and row.text[:1].islower() and -0.5 < step < pitch + 0.6:
        return False
    if step > pitch + 0.28 or step < -0.5:
        return True
    if marker_of(row.words) and not _is_inside_sentence(group, row, column):
        return True
    if marker_of(group[0].words):
        return _leaves_item(group, row, column)
    if (row.bold and not setting.bold) or row.size > 1.12 * setting.size:
        return _is_second_heading(row, step, pitch)
    return _is_indented_first_line(group, row, column) or _would_have_fitted(before, row, column)


def _is_second_heading(row: TextRow, step: float, pitch: float) -> bool:
    """Whether a line of heading type begins a heading of its own: numbered, or further away."""
    numbered = re.match(r"(?:\d+(?:\.\d+)*\.?|[IVX]+\.|第.{1,4}[章节條条])$", row.words[0].text)
    return bool(numbered and len(row.words) > 1) or step > pitch + 0.2


def _is_inside_sentence(group: list[TextRow], row: TextRow, column: Rect) -> bool:
    """Whether what looks like a marker is the middle of a sentence ("see chapter / 3. Then")."""
    before = group[-1]
    first = row.words[0].text
    if is_bullet(first) and not is_dash(first):
        return False
    if ends_sentence(before.text) or _would_have_fitted(before, row, column):
        return False
    if len(row.words) > 1 and row.words[1].text[:1].islower():
        return True
    aligned = abs(row.rect.x0 - before.rect.x0) < 0.3 * row.size
    return aligned and not marker_of(group[0].words)


def _leaves_item(group: list[TextRow], row: TextRow, column: Rect) -> bool:
    """Whether a row without marker is no longer part of the list item above it."""
    first, before = group[0], group[-1]
    hang = first.words[1].rect.x0 if len(first.words) > 1 else first.rect.x0
    if row.rect.x0 >= hang - 0.5 * row.size:
        return False
    stopped = _would_have_fitted(before, row, column)
    if row.rect.x0 < first.rect.x0 - 0.5 * row.size:
        # Further out than the marker: only an indented first line goes on like this.
        indented = len(group) == 1 or before.rect.x0 < first.rect.x0 - 0.5 * row.size
        return stopped or not indented or ends_sentence(before.text)
    flush = len(group) > 1 and abs(before.rect.x0 - row.rect.x0) < 0.5 * row.size
    return stopped or (not flush and ends_sentence(before.text))


def _is_indented_first_line(group: list[TextRow], row: TextRow, column: Rect) -> bool:
    """Whether the row is set in, as the first line of a paragraph is."""
    before = group[-1]
    shift = row.rect.x0 - before.rect.x0
    size = max(row.size, 1.0)
    if 0.8 * size < shift < 6 * size and before.rect.x1 > column.x0 + 0.3 * column.width:
        return len(group) > 1 or (
            row.rect.x0 - column.x0 > 0.8 * size and not _are_rows_centred(before, row, column)
        )
    return shift < -8 * size and not _are_rows_centred(before, row, column)


def _are_rows_centred(before: TextRow, row: TextRow, column: Rect) -> bool:
    middle = (column.x0 + column.x1) / 2
    return all(
        abs((r.rect.x0 + r.rect.x1) / 2 - middle) < 0.02 * column.width + 2
        and r.rect.x0 > column.x0 + 2
        for r in (before, row)
    )


def _would_have_fitted(before: TextRow, row: TextRow, column: Rect) -> bool:
    """Whether the first word of `row` had room on the line before: a break that is meant."""
    room = column.x1 - before.rect.x1
    return had_room(before.text, room, row.words[0], row.text, column.width)


def _build_paragraph(
    group: list[TextRow], column: Rect, setting: PageTextStyle, *, formula: bool = False
) -> Paragraph:
    edges = (column.x0, column.x1)
    rows = tuple(row.words for row in group)
    if formula:
        return Paragraph("formula", rows, 0, edges)
    first = group[0]
    text = first.text
    if all(row.mono for row in group) and not setting.mono:
        return Paragraph("code", rows, 0, edges)
    if is_caption(text, len(group), bold=first.words[0].style.bold):
        return Paragraph("caption", rows, 0, edges)
    if _is_low_and_small(first, setting) and (mark := find_note_mark(first.words)):
        return Paragraph("footnote", rows, 0, edges, mark=mark)
    marker = marker_of(first.words)
    if marker:
        return Paragraph("list", without_bullet(rows), 0, edges, marker, first.rect.x0)
    return Paragraph("text", rows, 0, edges)


def _is_low_and_small(row: TextRow, setting: PageTextStyle) -> bool:
    """Whether a row stands where footnotes stand and is as small as they are."""
    return row.rect.y0 > 0.6 * setting.page_height and row.size < _SMALL * setting.size
