"""Builds a table from words that stand under each other in columns, between rules or without.

Rows are the lines of text; columns are white strips (`ingest.pdf.tables.white_strips`) and what
vertical rules there are. A line that only continues cells of the row above is joined to it; the
lines of the head are put together by `ingest.pdf.tables.head`.

Limits: cells that span rows are recognised in the head only.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Line, Rect, Word, bounding_rect_of, merge_rows
from ingest.pdf.tables.cell_runs import WordRun, gap_between, is_cell_boundary, words_of_row
from ingest.pdf.tables.grid import Grid, GridCell, bounds_of_lines, word_rows
from ingest.pdf.tables.head import Column, compose_head
from ingest.pdf.tables.white_strips import WhiteStrip, find_white_strips

_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class AlignedTableThresholds:
    """How words in columns are made a table. All values were set by hand."""

    head_gap: float = 0.45
    """White of this many font sizes on a strip separates two headings."""
    most_head_rows: int = 8
    """A head above the first rule has at most so many rows of text."""
    data_share: float = 0.5
    """A head that ends at the first row of numbers needs this share of all rows to be numbers."""
    numbers_share: float = 0.5
    """A row is data when at least this share of its cells, the first apart, is numbers."""
    fewest_body_rows: int = 3
    """The body alone shows the columns when so many of its rows have several cells."""
    overhang: float = 0.15
    """A cell may reach into the next column by this share of its width."""
    wall_touch: float = 2.0
    """Points by which words or strips may reach over a vertical rule."""
    strip_touch: float = 1.0
    """Points by which the white between two headings may miss a strip."""
    rule_touch: float = 3.0
    """Points by which text may reach over a horizontal rule."""
    ruled_share: float = 0.4
    """With rules for this share of the rows of text, every row of the table has its own rule."""
    fewest_ruled: int = 3
    """So many rows of the table there must be for that."""
    step_slack: float = 1.0
    """A line continues the one above when it is no further below than usual plus so many points."""


ALIGNED_TABLES = AlignedTableThresholds()


@dataclass(frozen=True, slots=True)
class Rulings:
    """The rules within a table: `inner` are the heights of those from edge to edge.

    `partial` are horizontal rules below some columns only; `walls` are vertical rules.
    """

    inner: tuple[float, ...] = ()
    partial: tuple[Rect, ...] = ()
    walls: tuple[Rect, ...] = ()


def build_aligned_grid(
    lines: Sequence[Line],
    rulings: Rulings = Rulings(),
    limits: AlignedTableThresholds = ALIGNED_TABLES,
) -> Grid | None:
    """Return the table these lines make, or None where they make none."""
    words = [row for row in map(words_of_row, merge_rows(lines)) if row]
    if len(words) < 2:
        return None
    rows = [_split_at_walls(row, rulings.walls, limits.wall_touch) for row in words]
    head = _count_head_rows(rows, rulings.inner, limits)
    strips = _find_column_strips(rows, head, rulings, limits)
    if not strips:
        return None
    rows[:head] = [
        [part for run in row for part in _split_heading(run, strips, limits)] for row in rows[:head]
    ]
    area = bounds_of_lines(lines)
    columns = _build_columns(rows[head:], strips, area, limits.overhang)
    cells, top = _head_cells(rows[:head], columns, rulings.partial)
    rights = [column.right for column in columns]
    body, count = _body_cells(rows[head:], rights, rulings.inner, top, limits)
    cells += body
    if count < 2 or len({cell.column for cell in cells}) < 2:
        return None
    return Grid(area, count, len(columns), tuple(cells), tuple(lines))


def _split_at_walls(row: Sequence[Word], walls: Sequence[Rect], touch: float) -> list[WordRun]:
    parts: list[list[Word]] = [[row[0]]]
    for before, word in pairwise(row):
        crossed = any(
            before.rect.x1 - touch <= wall.x0
            and wall.x1 <= word.rect.x0 + touch
            and wall.y0 <= word.rect.middle <= wall.y1
            for wall in walls
        )
        if crossed or is_cell_boundary(before, word):
            parts.append([])
        parts[-1].append(word)
    return [WordRun.from_words(part) for part in parts]


def _count_head_rows(
    rows: Sequence[Sequence[WordRun]],
    inner: Sequence[float],
    limits: AlignedTableThresholds,
) -> int:
    """Return how many rows of text are headings: those above the first rule, or without numbers."""
    if inner:
        bottom = inner[0] + limits.rule_touch
        above = sum(_vertical_extent_of(row)[1] <= bottom for row in rows)
        if 0 < above <= max(1, min(limits.most_head_rows, len(rows) // 2)):
            return above
    data = [_is_data(row, limits.numbers_share) for row in rows]
    plain = next((at for at, numeric in enumerate(data) if numeric), 0)
    enough = sum(data) >= limits.data_share * len(rows)
    if plain and enough and plain <= max(1, len(rows) // 4):
        return plain
    return 1


def _is_data(row: Sequence[WordRun], share: float) -> bool:
    """Whether this share of a row, its first cell apart, is numbers that are no years."""
    cells = row[1:] if len(row) > 1 else ()
    numbers = sum(run.is_number and not _YEAR.fullmatch(run.text) for run in cells)
    return bool(cells) and numbers >= share * len(cells)


def _find_column_strips(
    rows: Sequence[Sequence[WordRun]],
    head: int,
    rulings: Rulings,
    limits: AlignedTableThresholds,
) -> list[WhiteStrip]:
    """Return the strips between columns: of the body, where it has enough rows; and the walls."""
    body = rows[head:]
    several = sum(len(row) > 1 for row in body)
    strips = find_white_strips(body if several >= limits.fewest_body_rows else rows)
    touch = limits.wall_touch
    for wall in rulings.walls:
        if not any(strip.x0 - touch <= wall.x0 and wall.x1 <= strip.x1 + touch for strip in strips):
            strips.append(WhiteStrip(wall.x0, wall.x1))
    return sorted(strips, key=lambda strip: strip.middle)


def _split_heading(
    run: WordRun, strips: Sequence[WhiteStrip], limits: AlignedTableThresholds
) -> list[WordRun]:
    """Split headings that stand close to each other, at strips where the white is wide."""
    if len(run.words) < 2:
        return [run]
    touch = limits.strip_touch
    parts: list[list[Word]] = [[run.words[0]]]
    for before, word in pairwise(run.words):
        x0, x1 = before.rect.x1, word.rect.x0
        on_strip = any(x0 < strip.x1 + touch and strip.x0 - touch < x1 for strip in strips)
        if on_strip and gap_between(before, word) >= limits.head_gap:
            parts.append([])
        parts[-1].append(word)
    return [WordRun.from_words(part) for part in parts]


def _build_columns(
    rows: Sequence[Sequence[WordRun]],
    strips: Sequence[WhiteStrip],
    area: Rect,
    overhang: float,
) -> list[Column]:
    edges = [area.x0, *(strip.middle for strip in strips), area.x1]
    found: list[list[WordRun]] = [[] for _ in edges[1:]]
    for row in rows:
        for run in row:
            first, end = _find_covered_columns(run, edges, overhang)
            if end - first == 1:
                found[first].append(run)
    columns: list[Column] = []
    for (left, right), runs in zip(pairwise(edges), found, strict=True):
        x0 = min((run.rect.x0 for run in runs), default=left)
        x1 = max((run.rect.x1 for run in runs), default=right)
        columns.append(Column(x0, x1, left, right))
    return columns


def _find_covered_columns(run: WordRun, edges: Sequence[float], overhang: float) -> tuple[int, int]:
    """Return the columns `[first, end)` that a run covers."""
    slack = overhang * run.rect.width
    limit = len(edges) - 2
    first = min(max(bisect_right(edges, run.rect.x0 + slack) - 1, 0), limit)
    last = min(max(bisect_right(edges, run.rect.x1 - slack) - 1, 0), limit)
    return first, max(first, last) + 1


def _head_cells(
    rows: Sequence[Sequence[WordRun]], columns: Sequence[Column], partial: Sequence[Rect]
) -> tuple[list[GridCell], int]:
    found, levels = compose_head(rows, columns, partial)
    cells = [
        GridCell(
            cell.level,
            cell.first,
            bounding_rect_of(word.rect for word in cell.words),
            tuple(run.words for run in cell.lines),
            cell.end_level - cell.level,
            cell.end - cell.first,
            header=True,
        )
        for cell in found
    ]
    return cells, levels


def _body_cells(
    rows: Sequence[Sequence[WordRun]],
    rights: Sequence[float],
    inner: Sequence[float],
    top: int,
    limits: AlignedTableThresholds,
) -> tuple[list[GridCell], int]:
    """Return the cells of the body, whose first row is number `top`, and the table's row count."""
    edges = [float("-inf"), *rights]
    overhang = limits.overhang
    ranges = [[_find_covered_columns(run, edges, overhang) for run in row] for row in rows]
    groups = _group_table_rows(ranges, rows, inner, limits)
    cells = [
        cell
        for number, group in enumerate(groups, start=top)
        for cell in _row_cells(number, group, ranges, rows)
    ]
    return cells, top + len(groups)


def _group_table_rows(
    ranges: Sequence[Sequence[tuple[int, int]]],
    rows: Sequence[Sequence[WordRun]],
    inner: Sequence[float],
    limits: AlignedTableThresholds,
) -> list[list[int]]:
    """Group text rows into table rows: a row that only continues the one above is joined."""
    groups: list[list[int]] = []
    extents = [_vertical_extent_of(row) for row in rows]
    steps = [below[0] - above[1] for above, below in pairwise(extents)]
    widest = (median(steps) if steps else 0) + limits.step_slack
    fewest = max(limits.fewest_ruled, limits.ruled_share * len(rows))
    dense = len(inner) + 1 >= fewest
    for at, row in enumerate(rows):
        bottom = extents[at - 1][1] - limits.rule_touch
        top = extents[at][0] + limits.rule_touch
        if not groups or any(bottom <= y <= top for y in inner):
            groups.append([at])
            continue
        before = {c for i in groups[-1] for a, b in ranges[i] for c in range(a, b)}
        here = {c for a, b in ranges[at] for c in range(a, b)}
        words_only = not any(run.is_number for run in row)
        goes_on = here <= before and 0 not in here and steps[at - 1] <= widest
        if words_only and (goes_on or (dense and here <= before)):
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _vertical_extent_of(row: Sequence[WordRun]) -> tuple[float, float]:
    return min(run.rect.y0 for run in row), max(run.rect.y1 for run in row)


def _row_cells(
    number: int,
    group: Sequence[int],
    ranges: Sequence[Sequence[tuple[int, int]]],
    rows: Sequence[Sequence[WordRun]],
) -> list[GridCell]:
    column_words: dict[int, tuple[int, list[Word]]] = {}
    for i in group:
        for (first, end), run in zip(ranges[i], rows[i], strict=True):
            column = next((c for c, (e, _) in column_words.items() if c <= first < e), first)
            old_end, words = column_words.get(column, (end, []))
            column_words[column] = (max(end, old_end), [*words, *run.words])
    cells: list[GridCell] = []
    columns = sorted(column_words)
    for at, column in enumerate(columns):
        end, words = column_words[column]
        if at + 1 < len(columns):
            end = min(end, columns[at + 1])
        rect = bounding_rect_of(word.rect for word in words)
        cells.append(GridCell(number, column, rect, word_rows(words), 1, max(1, end - column)))
    return cells
