"""A table from alignment: words that stand under each other in columns, between rules or without.

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
from ingest.pdf.tables.cell_runs import Run, gap_between, parted, words_of
from ingest.pdf.tables.grid import Grid, GridCell, bounds_of_lines, word_rows
from ingest.pdf.tables.head import Column, compose_head
from ingest.pdf.tables.white_strips import Strip, strips_of

_HEAD_GAP = 0.45
"""White of this many font sizes on a strip parts two headings."""
_MOST_HEAD_ROWS = 8
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Rulings:
    """The rules within a table: `inner` are the heights of those from edge to edge.

    `partial` are horizontal rules below some columns only; `walls` are vertical rules.
    """

    inner: tuple[float, ...] = ()
    partial: tuple[Rect, ...] = ()
    walls: tuple[Rect, ...] = ()


def build_aligned_grid(lines: Sequence[Line], rulings: Rulings = Rulings()) -> Grid | None:
    """Return the table these lines make, or None where they make none."""
    words = [row for row in map(words_of, merge_rows(lines)) if row]
    if len(words) < 2:
        return None
    rows = [_split_at_walls(row, rulings.walls) for row in words]
    head = _count_head_rows(rows, rulings.inner)
    strips = _find_column_strips(rows, head, rulings)
    if not strips:
        return None
    rows = [
        [part for run in row for part in _split_heading(run, strips, head=at < head)]
        for at, row in enumerate(rows)
    ]
    area = bounds_of_lines(lines)
    columns = _build_columns(rows[head:], strips, area)
    cells, top = _head_cells(rows[:head], columns, rulings.partial)
    body, count = _body_cells(rows[head:], [column.right for column in columns], rulings.inner, top)
    cells += body
    if count < 2 or len({cell.column for cell in cells}) < 2:
        return None
    return Grid(area, count, len(columns), tuple(cells), tuple(lines))


def _split_at_walls(row: Sequence[Word], walls: Sequence[Rect]) -> list[Run]:
    parts: list[list[Word]] = [[row[0]]]
    for before, word in pairwise(row):
        crossed = any(
            before.rect.x1 - 2 <= wall.x0
            and wall.x1 <= word.rect.x0 + 2
            and wall.y0 <= word.rect.middle <= wall.y1
            for wall in walls
        )
        if crossed or parted(before, word):
            parts.append([])
        parts[-1].append(word)
    return [Run.of(part) for part in parts]


def _count_head_rows(rows: Sequence[Sequence[Run]], inner: Sequence[float]) -> int:
    """Return how many rows of text are headings: those above the first rule, or without numbers."""
    if inner:
        above = sum(_vertical_extent_of(row)[1] <= inner[0] + 3 for row in rows)
        if 0 < above <= max(1, min(_MOST_HEAD_ROWS, len(rows) // 2)):
            return above
    plain = next((at for at, row in enumerate(rows) if _is_data(row)), 0)
    data = sum(_is_data(row) for row in rows)
    if plain and data >= 0.5 * len(rows) and plain <= max(1, len(rows) // 4):
        return plain
    return 1


def _is_data(row: Sequence[Run]) -> bool:
    """Whether most of a row, its first cell apart, is numbers that are no years."""
    cells = row[1:] if len(row) > 1 else ()
    numbers = sum(run.numeric and not _YEAR.fullmatch(run.text) for run in cells)
    return bool(cells) and numbers >= 0.5 * len(cells)


def _find_column_strips(rows: Sequence[Sequence[Run]], head: int, rulings: Rulings) -> list[Strip]:
    """Return the strips between columns: of the body, where it has enough rows; and the walls."""
    body = rows[head:]
    several = sum(len(row) > 1 for row in body)
    strips = strips_of(body if several >= 3 else rows)
    for wall in rulings.walls:
        if not any(strip.x0 - 2 <= wall.x0 and wall.x1 <= strip.x1 + 2 for strip in strips):
            strips.append(Strip(wall.x0, wall.x1))
    return sorted(strips, key=lambda strip: strip.middle)


def _split_heading(run: Run, strips: Sequence[Strip], *, head: bool) -> list[Run]:
    """Part a heading that is several, standing close: at strips where the white is wide."""
    if not head or len(run.words) < 2:
        return [run]
    parts: list[list[Word]] = [[run.words[0]]]
    for before, word in pairwise(run.words):
        x0, x1 = before.rect.x1, word.rect.x0
        on_strip = any(x0 < strip.x1 + 1 and strip.x0 - 1 < x1 for strip in strips)
        if on_strip and gap_between(before, word) >= _HEAD_GAP:
            parts.append([])
        parts[-1].append(word)
    return [Run.of(part) for part in parts]


def _build_columns(
    rows: Sequence[Sequence[Run]], strips: Sequence[Strip], area: Rect
) -> list[Column]:
    edges = [area.x0, *(strip.middle for strip in strips), area.x1]
    found: list[list[Run]] = [[] for _ in edges[1:]]
    for row in rows:
        for run in row:
            first, end = _find_covered_columns(run, edges)
            if end - first == 1:
                found[first].append(run)
    columns: list[Column] = []
    for (left, right), runs in zip(pairwise(edges), found, strict=True):
        x0 = min((run.rect.x0 for run in runs), default=left)
        x1 = max((run.rect.x1 for run in runs), default=right)
        columns.append(Column(x0, x1, left, right))
    return columns


def _find_covered_columns(run: Run, edges: Sequence[float]) -> tuple[int, int]:
    """Return the columns `[first, end)` that a run covers."""
    slack = 0.15 * run.rect.width
    limit = len(edges) - 2
    first = min(max(bisect_right(edges, run.rect.x0 + slack) - 1, 0), limit)
    last = min(max(bisect_right(edges, run.rect.x1 - slack) - 1, 0), limit)
    return first, max(first, last) + 1


def _head_cells(
    rows: Sequence[Sequence[Run]], columns: Sequence[Column], partial: Sequence[Rect]
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
    rows: Sequence[Sequence[Run]], rights: Sequence[float], inner: Sequence[float], top: int
) -> tuple[list[GridCell], int]:
    """Return the cells of the body, whose first row is number `top`, and the table's row count."""
    edges = [float("-inf"), *rights]
    placed = [[_find_covered_columns(run, edges) for run in row] for row in rows]
    groups = _group_table_rows(placed, rows, inner)
    cells = [
        cell
        for number, group in enumerate(groups, start=top)
        for cell in _row_cells(number, group, placed, rows)
    ]
    return cells, top + len(groups)


def _group_table_rows(
    placed: Sequence[Sequence[tuple[int, int]]],
    rows: Sequence[Sequence[Run]],
    inner: Sequence[float],
) -> list[list[int]]:
    """Group text rows into table rows: a row that only continues the one above is joined."""
    groups: list[list[int]] = []
    steps = [
        _vertical_extent_of(below)[0] - _vertical_extent_of(above)[1]
        for above, below in pairwise(rows)
    ]
    usual = median(steps) if steps else 0.0
    dense = len(inner) + 1 >= max(3, 0.4 * len(rows))
    for at, row in enumerate(rows):
        above, below = (
            (_vertical_extent_of(rows[at - 1]) if at else (0.0, 0.0)),
            _vertical_extent_of(row),
        )
        if not groups or any(above[1] - 3 <= y <= below[0] + 3 for y in inner):
            groups.append([at])
            continue
        before = {c for i in groups[-1] for a, b in placed[i] for c in range(a, b)}
        here = {c for a, b in placed[at] for c in range(a, b)}
        words_only = not any(run.numeric for run in row)
        goes_on = here <= before and 0 not in here and steps[at - 1] <= usual + 1.0
        if words_only and (goes_on or (dense and here <= before)):
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _vertical_extent_of(row: Sequence[Run]) -> tuple[float, float]:
    return min(run.rect.y0 for run in row), max(run.rect.y1 for run in row)


def _row_cells(
    number: int,
    group: Sequence[int],
    placed: Sequence[Sequence[tuple[int, int]]],
    rows: Sequence[Sequence[Run]],
) -> list[GridCell]:
    held: dict[int, tuple[int, list[Word]]] = {}
    for i in group:
        for (first, end), run in zip(placed[i], rows[i], strict=True):
            column = next((c for c, (e, _) in held.items() if c <= first < e), first)
            old_end, words = held.get(column, (end, []))
            held[column] = (max(end, old_end), [*words, *run.words])
    cells: list[GridCell] = []
    columns = sorted(held)
    for at, column in enumerate(columns):
        end, words = held[column]
        if at + 1 < len(columns):
            end = min(end, columns[at + 1])
        rect = bounding_rect_of(word.rect for word in words)
        cells.append(GridCell(number, column, rect, word_rows(words), 1, max(1, end - column)))
    return cells
