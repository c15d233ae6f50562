"""Builds the cells of a table's head from its heading lines, with the columns they span.

Lines of one column that stand below each other are one heading; a heading over several columns,
by its own width or by a rule below it, is a level of its own. Limits: a heading centred over the
gap between two columns is put over both only where each of them has a heading below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.pdf.page.content import Rect, Word
from ingest.pdf.tables.cell_runs import WordRun


@dataclass(frozen=True, slots=True)
class TableHeadThresholds:
    """Which columns a heading stands over. All values were set by hand."""

    below: float = 0.9
    """A rule under a heading is at most this many line heights below it."""
    covered: float = 0.3
    """A heading spans a column when it covers this share of the narrower of the two."""
    rule_overhang: float = 3.0
    """Points by which the middle of a column may miss the rule above it."""
    rule_touch: float = 2.0
    """Points by which a heading may reach over the rule below it."""
    line_gap: float = 0.5
    """Lines of one heading over several columns are less than this many line heights apart."""
    same_left: float = 2.0
    """Points by which less the left ends of such lines differ."""


TABLE_HEADS = TableHeadThresholds()


@dataclass(frozen=True, slots=True)
class Column:
    """Where a column's text stands (`x0` to `x1`) within its room (`left` to `right`)."""

    x0: float
    x1: float
    left: float
    right: float


@dataclass(slots=True)
class HeadCell:
    """A heading: columns `[first, end)`, lines of words and, once known, its levels."""

    first: int
    end: int
    lines: list[WordRun] = field(default_factory=list)
    level: int = 0
    end_level: int = 0

    @property
    def words(self) -> list[Word]:
        """All words, line after line."""
        return [word for line in self.lines for word in line.words]

    @property
    def bottom(self) -> float:
        """The lower edge of the last line."""
        return self.lines[-1].rect.y1


def compose_head(
    rows: Sequence[Sequence[WordRun]],
    columns: Sequence[Column],
    partial: Sequence[Rect],
    limits: TableHeadThresholds = TABLE_HEADS,
) -> tuple[list[HeadCell], int]:
    """Return the heading cells of these rows and the number of levels they make.

    `partial` are the horizontal rules among them that cover some columns only.
    """
    cells: list[HeadCell] = []
    lowest: dict[int, HeadCell] = {}
    for row in rows:
        placed = [(*_columns_of(run, columns, partial, limits), run) for run in row]
        for first, end, run in _separate_headings(placed, lowest):
            above = lowest.get(first)
            if above is not None and _is_heading_continued(
                above, first, end, run, placed, partial, limits
            ):
                above.lines.append(run)
                continue
            cell = HeadCell(first, end, [run])
            cells.append(cell)
            for column in range(first, end):
                lowest[column] = cell
    return cells, _set_heading_levels(cells)


def _columns_of(
    run: WordRun,
    columns: Sequence[Column],
    partial: Sequence[Rect],
    limits: TableHeadThresholds,
) -> tuple[int, int]:
    """Return the columns `[first, end)` that a heading stands over."""
    rect = run.rect
    centre = (rect.x0 + rect.x1) / 2
    lowest, overhang = rect.y1 + limits.below * rect.height, limits.rule_overhang
    for rule in partial:
        below = rect.middle < rule.middle <= lowest
        if below and rule.x0 <= centre <= rule.x1:
            under = [
                at
                for at, column in enumerate(columns)
                if rule.x0 - overhang <= (column.x0 + column.x1) / 2 <= rule.x1 + overhang
            ]
            if under:
                return under[0], under[-1] + 1
    share = limits.covered
    covered = [at for at, column in enumerate(columns) if _is_over_column(rect, column, share)]
    if covered:
        return covered[0], covered[-1] + 1
    at = next((at for at, column in enumerate(columns) if centre < column.right), len(columns) - 1)
    return at, at + 1


def _is_over_column(rect: Rect, column: Column, share: float) -> bool:
    common = min(rect.x1, column.x1) - max(rect.x0, column.x0)
    return common > share * min(rect.width, column.x1 - column.x0)


def _separate_headings(
    placed: Sequence[tuple[int, int, WordRun]], lowest: dict[int, HeadCell]
) -> list[tuple[int, int, WordRun]]:
    """Make the headings of one row stand over different columns.

    Where two stand over the same column, the left one is cut short if it spans several, else the
    right one begins later; if that leaves it no column, the two are one heading.
    """
    result: list[tuple[int, int, WordRun]] = []
    for first, end, run in placed:
        if result and first < result[-1][1]:
            before_first, before_end, before = result[-1]
            if before_end - before_first > 1:
                result[-1] = (before_first, max(before_first + 1, first), before)
            first = max(first, result[-1][1])
            if first >= end:
                merged = WordRun.from_words([*before.words, *run.words])
                result[-1] = (result[-1][0], result[-1][1], merged)
                continue
        result.append((first, end, run))
    return result


def _is_heading_continued(
    above: HeadCell,
    first: int,
    end: int,
    run: WordRun,
    row: Sequence[tuple[int, int, WordRun]],
    partial: Sequence[Rect],
    limits: TableHeadThresholds,
) -> bool:
    """Whether a line continues the heading above it."""
    for rule in partial:
        between = above.bottom - limits.rule_touch <= rule.middle <= run.rect.middle
        if between and rule.x0 <= (run.rect.x0 + run.rect.x1) / 2 <= rule.x1:
            return False
    if (above.first, above.end) == (first, end):
        return True
    if above.end - above.first < 2 or end > above.end:
        return False
    beside = [
        other for a, b, other in row if other is not run and a < above.end and b > above.first
    ]
    if beside or run.rect.y0 - above.bottom >= limits.line_gap * run.rect.height:
        return False
    return abs(above.lines[0].rect.x0 - run.rect.x0) < limits.same_left


def _set_heading_levels(cells: Sequence[HeadCell]) -> int:
    """Give every heading its first and end level; return the number of levels."""
    lowest: dict[int, HeadCell] = {}
    for cell in cells:
        over = [lowest[at] for at in range(cell.first, cell.end) if at in lowest]
        cell.level = 1 + max((c.level for c in over), default=-1)
        for at in range(cell.first, cell.end):
            lowest[at] = cell
    count = 1 + max((cell.level for cell in cells), default=-1)
    next_level: dict[int, int] = {}
    for cell in reversed(cells):
        span = range(cell.first, cell.end)
        cell.end_level = min((next_level.get(at, count) for at in span), default=count)
        for at in span:
            next_level[at] = cell.level
    for cell in cells:
        cell.end_level = max(cell.end_level, cell.level + 1)
    return count
