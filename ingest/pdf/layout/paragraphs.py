"""Groups the lines of a region into paragraphs, list items, captions, footnotes and code.

A paragraph ends at a wide gap, a change of type, an indented or hanging line, a list marker, or
where the next word would have fitted on the line before. Limits: one column at a time; a paragraph
that continues in the next column is joined in `ingest.pdf.layout.continuations`.
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

_HEADING_NUMBER = re.compile(r"(?:\d+(?:\.\d+)*\.?|[IVX]+\.|第.{1,4}[章节條条])$")


@dataclass(frozen=True, slots=True)
class ParagraphThresholds:
    """Where a paragraph ends and what kind it is. All values were set by hand.

    Steps (from line to line) and the pitch (the usual step) are in heights of the lower line,
    places and indents in font sizes unless a field says otherwise.
    """

    least_height: float = 1.0
    """Points; lower lines and smaller type count as this large."""

    pitch_same_size: float = 0.6
    """Points: lines whose sizes differ by less show the pitch."""
    pitch_shortest: float = 0.7
    """Steps no longer than this are not from line to line."""
    pitch_longest: float = 2.2
    """Steps at least as long as this are from paragraph to paragraph."""
    pitch_most: float = 1.9
    """The pitch is at most this."""
    pitch_default: float = 1.3
    """The pitch of a region without such lines."""

    step: float = 0.28
    """A step longer than the pitch by more than this begins a paragraph."""
    heading_step: float = 0.2
    """The same in the type of headings."""
    entry_step: float = 0.5
    """The same between the lines of an entry that hangs."""
    cut_word_step: float = 0.6
    """The end of a cut word stands lower by less than the pitch and this."""
    code_step: float = 2.5
    """A longer step between lines of code begins another block."""
    step_up: float = 0.5
    """A line higher than the one before by more than this begins a paragraph."""

    same_size: float = 0.08
    """Share by which the font sizes of lines in one paragraph differ at most."""
    other_color_scale: float = 1.05
    """Type of another colour and more than this times the text's size begins a paragraph."""
    heading_scale: float = 1.12
    """Type of more than this times the text's size is that of a heading."""

    aligned: float = 0.3
    """Lines that begin less than this apart are aligned."""
    hang: float = 0.5
    """A line of a list item begins at most this far left of the item's text."""
    indent: float = 0.8
    """The first line of a paragraph is indented by more than this."""
    widest_indent: float = 6.0
    """It is indented by less than this."""
    reach: float = 0.3
    """The line before it reaches beyond this share of the column."""
    outdent: float = 8.0
    """A line further left than the one before by more than this begins a paragraph."""
    centred: float = 0.02
    """The middle of a centred line misses that of its column by less than this share of the
    column's width and `centred_slack` points."""
    centred_slack: float = 2.0
    """See `centred`, in points."""
    centred_inset: float = 2.0
    """Points: a centred line begins further right in its column than this."""

    footnote_size: float = 0.93
    """Footnotes are set in type of less than this share of the text's size."""
    footnote_height: float = 0.6
    """They stand below this share of the page's height."""


PARAGRAPHS = ParagraphThresholds()


@dataclass(frozen=True, slots=True)
class Paragraph(Numbered):
    """Rows of words of one kind; `level` is the nesting depth of a list item.

    `column` is the left and right edge of the column it stands in; `marker` is what a list item
    began with (a bullet is taken out of its words, a number stays) and `edge` where that stood;
    `mark` is the mark of a footnote, by which it is found from the text.
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
    rows: Sequence[TextRow],
    style: PageTextStyle,
    formulas: Sequence[tuple[int, int]] = (),
    limits: ParagraphThresholds = PARAGRAPHS,
) -> list[Paragraph]:
    """Return the paragraphs of one region, in order.

    `formulas` are the stretches `[start, end)` of rows that are display formulas.
    """
    if not rows:
        return []
    column = Rect(min(row.rect.x0 for row in rows), 0, max(row.rect.x1 for row in rows), 0)
    pitch = _measure_line_pitch(rows, limits)
    entries = find_hanging_rows(rows, column.x1)
    stretch = {at: start for start, end in formulas for at in range(start, end)}
    groups: list[list[TextRow]] = [[rows[0]]]
    starts = [0]
    for at, row in enumerate(rows[1:], start=1):
        begins = _is_paragraph_start(groups[-1], row, column, pitch, style, limits)
        in_entries = at in entries and at - 1 in entries
        if in_entries and not _is_too_far_below(groups[-1][-1], row, pitch, limits):
            begins = entries[at]
        if at in stretch or at - 1 in stretch:
            begins = stretch.get(at) != stretch.get(at - 1)
        if begins:
            groups.append([row])
            starts.append(at)
        else:
            groups[-1].append(row)
    return [
        _build_paragraph(group, column, style, limits, formula=start in stretch)
        for start, group in zip(starts, groups, strict=True)
    ]


def set_nesting_levels(items: Sequence[Paragraph | T]) -> list[Paragraph | T]:
    """Return the items of a page with the nesting depth of every list item set.

    A list ends where something else than an item follows.
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


def _measure_step(above: TextRow, below: TextRow, least_height: float) -> float:
    """Return how far one row stands below another, in heights of the lower one."""
    return (below.rect.y1 - above.rect.y1) / max(below.rect.height, least_height)


def _is_too_far_below(
    before: TextRow, row: TextRow, pitch: float, limits: ParagraphThresholds
) -> bool:
    """Whether a row stands too far below the one before to be part of the same entry."""
    step = _measure_step(before, row, limits.least_height)
    return step > pitch + limits.entry_step


def _measure_line_pitch(rows: Sequence[TextRow], limits: ParagraphThresholds) -> float:
    """Return the usual distance of neighbouring lines, in line heights."""
    steps = [
        _measure_step(above, below, limits.least_height)
        for above, below in pairwise(rows)
        if abs(above.size - below.size) < limits.pitch_same_size
    ]
    shortest, longest = limits.pitch_shortest, limits.pitch_longest
    close = [step for step in steps if shortest < step < longest]
    return min(median(close), limits.pitch_most) if close else limits.pitch_default


def _is_paragraph_start(
    group: list[TextRow],
    row: TextRow,
    column: Rect,
    pitch: float,
    style: PageTextStyle,
    limits: ParagraphThresholds,
) -> bool:
    """Whether `row` begins a new paragraph after the rows of `group`."""
    before = group[-1]
    step = _measure_step(before, row, limits.least_height)
    if row.mono != before.mono or is_contents_entry(before.text):
        return True
    if row.mono and not style.mono:
        return step > limits.code_step
    if _is_set_differently(before, row, style, limits):
        return True
    near = -limits.step_up < step < pitch + limits.cut_word_step
    if near and row.text[:1].islower() and ends_in_cut_word(before.text):
        return False
    if step > pitch + limits.step or step < -limits.step_up:
        return True
    if marker_of(row.words) and not _is_inside_sentence(group, row, column, limits.aligned):
        return True
    if marker_of(group[0].words):
        return _leaves_item(group, row, column, limits.hang)
    if (row.bold and not style.bold) or row.size > limits.heading_scale * style.size:
        return _has_heading_number(row) or step > pitch + limits.heading_step
    if _is_indented_first_line(group, row, column, limits):
        return True
    return _would_have_fitted(before, row, column)


def _is_set_differently(
    before: TextRow, row: TextRow, style: PageTextStyle, limits: ParagraphThresholds
) -> bool:
    """Whether a row is set in other type than the one before, or begins a note."""
    larger = max(row.size, before.size)
    if abs(row.size - before.size) > limits.same_size * larger:
        return True
    if row.bold != before.bold and len(row.text) > 1:
        return True
    large = row.size > style.size * limits.other_color_scale
    if row.color != before.color and (row.bold or large):
        return True
    small = row.size < limits.footnote_size * style.size
    return row.words[0].raised and small and bool(find_note_mark(row.words))


def _has_heading_number(row: TextRow) -> bool:
    """Whether a line begins with the number of a heading."""
    return len(row.words) > 1 and bool(_HEADING_NUMBER.match(row.words[0].text))


def _is_inside_sentence(group: list[TextRow], row: TextRow, column: Rect, same_left: float) -> bool:
    """Whether what looks like a marker is the middle of a sentence ("see chapter / 3. Then")."""
    before = group[-1]
    first = row.words[0].text
    if is_bullet(first) and not is_dash(first):
        return False
    if ends_sentence(before.text) or _would_have_fitted(before, row, column):
        return False
    if len(row.words) > 1 and row.words[1].text[:1].islower():
        return True
    aligned = abs(row.rect.x0 - before.rect.x0) < same_left * row.size
    return aligned and not marker_of(group[0].words)


def _leaves_item(group: list[TextRow], row: TextRow, column: Rect, sizes: float) -> bool:
    """Whether a row without marker is no longer part of the list item above it."""
    first, before = group[0], group[-1]
    slack = sizes * row.size
    hang = first.words[1].rect.x0 if len(first.words) > 1 else first.rect.x0
    if row.rect.x0 >= hang - slack:
        return False
    ended_early = _would_have_fitted(before, row, column)
    if row.rect.x0 < first.rect.x0 - slack:
        # Further left than the marker: only an item whose first line is indented goes on there.
        indented = len(group) == 1 or before.rect.x0 < first.rect.x0 - slack
        return ended_early or not indented or ends_sentence(before.text)
    flush = len(group) > 1 and abs(before.rect.x0 - row.rect.x0) < slack
    return ended_early or (not flush and ends_sentence(before.text))


def _is_indented_first_line(
    group: list[TextRow], row: TextRow, column: Rect, limits: ParagraphThresholds
) -> bool:
    """Whether the row is indented, as the first line of a paragraph is."""
    before = group[-1]
    shift = row.rect.x0 - before.rect.x0
    size = max(row.size, limits.least_height)
    indent, widest = limits.indent * size, limits.widest_indent * size
    if indent < shift < widest and before.rect.x1 > column.x0 + limits.reach * column.width:
        return len(group) > 1 or (
            row.rect.x0 - column.x0 > indent and not _are_rows_centred(before, row, column, limits)
        )
    outdent = limits.outdent * size
    return shift < -outdent and not _are_rows_centred(before, row, column, limits)


def _are_rows_centred(
    before: TextRow, row: TextRow, column: Rect, limits: ParagraphThresholds
) -> bool:
    middle = (column.x0 + column.x1) / 2
    slack = limits.centred * column.width + limits.centred_slack
    left = column.x0 + limits.centred_inset
    return all(
        abs((r.rect.x0 + r.rect.x1) / 2 - middle) < slack and r.rect.x0 > left
        for r in (before, row)
    )


def _would_have_fitted(before: TextRow, row: TextRow, column: Rect) -> bool:
    """Whether the first word of `row` had room on the line before: a break that is meant."""
    room = column.x1 - before.rect.x1
    return had_room(before.text, room, row.words[0], row.text, column.width)


def _build_paragraph(
    group: list[TextRow],
    column: Rect,
    style: PageTextStyle,
    limits: ParagraphThresholds,
    *,
    formula: bool = False,
) -> Paragraph:
    edges = (column.x0, column.x1)
    rows = tuple(row.words for row in group)
    if formula:
        return Paragraph("formula", rows, 0, edges)
    first = group[0]
    text = first.text
    if all(row.mono for row in group) and not style.mono:
        return Paragraph("code", rows, 0, edges)
    if is_caption(text, len(group), bold=first.words[0].style.bold):
        return Paragraph("caption", rows, 0, edges)
    small = _is_low_and_small(first, style, limits)
    if small and (mark := find_note_mark(first.words)):
        return Paragraph("footnote", rows, 0, edges, mark=mark)
    marker = marker_of(first.words)
    if marker:
        return Paragraph("list", without_bullet(rows), 0, edges, marker, first.rect.x0)
    return Paragraph("text", rows, 0, edges)


def _is_low_and_small(row: TextRow, style: PageTextStyle, limits: ParagraphThresholds) -> bool:
    """Whether a row stands where footnotes stand and is as small as they are."""
    low = row.rect.y0 > limits.footnote_height * style.page_height
    return low and row.size < limits.footnote_size * style.size
