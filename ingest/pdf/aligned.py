"""Tables by alignment: words that stand under each other in columns, between rules or without.

Rows are the lines of text; columns are the white strips that (nearly) no row crosses. A line that
only continues cells of the row above is joined to it.

Limits: without rules a table needs three rows of short cells; lists, contents pages, author blocks
and running text in columns are refused; cells that span rows are not recognised here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.pdf.content import Line, Rect, Word, around, merge_rows
from ingest.pdf.grid import Grid, GridCell, bounds, word_rows

_CELL_GAP = 0.85
"""A gap of this many font sizes ends a cell."""
_SAME_EDGE = 8.0
_WIDE_CELL = 16.0
"""Cells of a table without rules are seldom wider than this many font sizes."""
_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}")
_MARKER = re.compile(r"[•◦▪·●○■□–—*-]|[(（\[]?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)）\]]|[①-⑳]")
_NUMERIC = re.compile(r"[-–+(]?[\d.,%€$£¥ ]*\d[\d.,%€$£¥)* ]*|[-–—]|n/?a|\.\.")


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring words of a row: (a part of) one cell."""

    words: tuple[Word, ...]
    rect: Rect

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def between_rules(lines: Sequence[Line], across: Sequence[Rect]) -> list[Grid]:
    """Return the tables that stand between horizontal rules of one width."""
    found: list[Grid] = []
    used: set[int] = set()
    for chain in _chains(across):
        for first, last in _stretches(lines, chain):
            inside = _held(lines, chain[first], chain[last])
            inside = [line for line in inside if id(line) not in used]
            inner = [rule.middle for rule in chain[first + 1 : last]]
            grid = _aligned(inside, inner, ruled=True)
            if grid is not None:
                found.append(grid)
                used.update(id(line) for line in inside)
    return found


def find_unruled(rows: Sequence[Sequence[Line]]) -> list[tuple[int, int, Grid]]:
    """Return tables among the rows of a region: (first row, end row, table)."""
    runs = [_runs(row) for row in rows]
    found: list[tuple[int, int, Grid]] = []
    at = 0
    while at < len(rows):
        end = _tabular_until(rows, runs, at)
        if end - at >= 3:
            lines = [line for row in rows[at:end] for line in row]
            grid = _aligned(lines, [], ruled=False)
            if grid is not None and not _refused(grid, runs[at:end]):
                found.append((at, end, grid))
        at = max(end, at + 1)
    return found


def _chains(across: Sequence[Rect]) -> list[list[Rect]]:
    """Group rules of the same extent, top to bottom; a chain has two or more."""
    groups: list[list[Rect]] = []
    for rule in sorted(across, key=lambda rule: rule.middle):
        for group in groups:
            same = (
                abs(group[0].x0 - rule.x0) < _SAME_EDGE and abs(group[0].x1 - rule.x1) < _SAME_EDGE
            )
            if same:
                if rule.middle - group[-1].middle > 2:
                    group.append(rule)
                break
        else:
            groups.append([rule])
    return [group for group in groups if len(group) > 1]


def _held(lines: Sequence[Line], top: Rect, bottom: Rect) -> list[Line]:
    area = Rect(min(top.x0, bottom.x0), top.y0, max(top.x1, bottom.x1), bottom.y1)
    return [line for line in lines if area.holds(line.rect, 1.0)]


def _stretches(lines: Sequence[Line], chain: list[Rect]) -> list[tuple[int, int]]:
    """Return runs (first, last) of rules of a chain between which the text is tabular."""
    flags: list[bool] = []
    for top, bottom in pairwise(chain):
        rows = merge_rows(_held(lines, top, bottom))
        several = sum(len(_runs(row)) > 1 for row in rows)
        flags.append(bool(rows) and several >= 0.5 * len(rows) and not _is_text(rows))
    stretches: list[tuple[int, int]] = []
    start: int | None = None
    for at, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = at
        elif not flag and start is not None:
            stretches.append((start, at))
            start = None
    return stretches


def _is_text(rows: list[list[Line]]) -> bool:
    """Whether rows are running text in columns: long lines, one beside the other."""
    if len(rows) < 4:
        return False
    widths = [run.rect.width / max(run.rect.height, 1) for row in rows for run in _runs(row)]
    return median(widths) > _WIDE_CELL and median(len(_runs(row)) for row in rows) <= 2


def _runs(row: Sequence[Line]) -> list[_Run]:
    """Return the cells (or parts) of a row: words with less than a cell gap between them."""
    words = sorted((w for line in row for w in line.words), key=lambda word: word.rect.x0)
    parts: list[list[Word]] = []
    for word in words:
        if parts:
            gap = word.rect.x0 - parts[-1][-1].rect.x1
            if gap < _CELL_GAP * max(word.style.size, 4.0):
                parts[-1].append(word)
                continue
        parts.append([word])
    return [_Run(tuple(part), around(word.rect for word in part)) for part in parts]


def _tabular_until(rows: Sequence[Sequence[Line]], runs: list[list[_Run]], at: int) -> int:
    """Return the end of the stretch of rows, from `at`, that all have two cells or more.

    A single row with one cell may stand between (a cell that goes on, a group's heading).
    """
    if len(runs[at]) < 2:
        return at + 1
    end = at + 1
    while end < len(rows):
        gap = bounds(rows[end]).y0 - bounds(rows[end - 1]).y1
        if gap > 2.2 * max(bounds(rows[end]).height, 6.0):
            break
        if len(runs[end]) < 2:
            narrow = runs[end][0].rect.width < _WIDE_CELL * runs[end][0].rect.height
            if not narrow or end + 1 >= len(rows) or len(runs[end + 1]) < 2:
                break
        end += 1
    return end


def _strips(rows: list[list[_Run]], ruled: bool) -> list[float]:
    """Return the x of the white strips that separate columns.

    A strip may be crossed by one row in eight (headings that span columns).
    """
    several = [row for row in rows if len(row) > 1]
    if not several:
        return []
    events: list[tuple[float, int]] = []
    for row in several:
        for run in row:
            events += [(run.rect.x0, 1), (run.rect.x1, -1)]
    events.sort()
    allowed = len(several) // (8 if len(several) >= 8 else 4) if ruled or len(several) > 5 else 0
    em = median(run.rect.height for row in several for run in row)
    strips: list[float] = []
    covering = 0
    opened: float | None = None
    for x, step in events:
        covering += step
        if covering > allowed:
            if opened is not None and x - opened > 0.35 * em:
                strips.append((opened + x) / 2)
            opened = None
        elif step < 0 and covering == allowed:
            opened = x
    return strips


def _aligned(lines: Sequence[Line], inner: list[float], *, ruled: bool) -> Grid | None:
    """Return the table these lines make, or None where they make none."""
    if not lines:
        return None
    rows = [_runs(row) for row in merge_rows(lines)]
    strips = _strips(rows, ruled)
    if not strips or len(rows) < 2:
        return None
    area = bounds(lines)
    xs = [area.x0, *strips, area.x1]
    placed = [[_place(run, xs) for run in row] for row in rows]
    groups = _joined(placed, rows, inner)
    if len(groups) < 2:
        return None
    head = _header_rows(groups, rows, inner)
    cells = [
        cell
        for number, group in enumerate(groups)
        for cell in _cells(number, group, placed, rows, number < head)
    ]
    if len({cell.column for cell in cells}) < 2:
        return None
    return Grid(area, len(groups), len(xs) - 1, tuple(cells), tuple(lines))


def _place(run: _Run, xs: list[float]) -> tuple[int, int]:
    """Return the (first column, end column) that a run covers."""
    inside = run.rect
    slack = 0.15 * inside.width
    first = bisect_right(xs, inside.x0 + slack) - 1
    last = bisect_right(xs, inside.x1 - slack) - 1
    limit = len(xs) - 2
    first, last = min(max(first, 0), limit), min(max(last, 0), limit)
    return first, max(first, last) + 1


def _joined(
    placed: list[list[tuple[int, int]]], rows: list[list[_Run]], inner: list[float]
) -> list[list[int]]:
    """Group text rows into table rows: a row that only continues the one above is joined."""
    groups: list[list[int]] = []
    steps = [_extent(below)[0] - _extent(above)[1] for above, below in pairwise(rows)]
    usual = median(steps) if steps else 0.0
    dense = len(inner) + 1 >= max(3, 0.4 * len(rows))
    for at in range(len(rows)):
        above, below = (_extent(rows[at - 1]) if at else (0.0, 0.0)), _extent(rows[at])
        between = any(above[1] - 3 <= y <= below[0] + 3 for y in inner)
        if not groups or between:
            groups.append([at])
            continue
        before = {c for i in groups[-1] for a, b in placed[i] for c in range(a, b)}
        here = {c for a, b in placed[at] for c in range(a, b)}
        words = " ".join(run.text for run in rows[at])
        goes_on = (
            here <= before
            and 0 not in here
            and not _NUMERIC.fullmatch(words)
            and steps[at - 1] <= usual + 1.0
        )
        if goes_on or (dense and here <= before and not _NUMERIC.fullmatch(words)):
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _extent(row: list[_Run]) -> tuple[float, float]:
    return min(run.rect.y0 for run in row), max(run.rect.y1 for run in row)


def _header_rows(groups: list[list[int]], rows: list[list[_Run]], inner: list[float]) -> int:
    """Return how many rows stand above the first inner rule, else 1."""
    if not inner:
        return 1
    above = sum(_extent(rows[group[-1]])[1] <= inner[0] + 3 for group in groups)
    return above if 0 < above <= max(1, len(groups) // 2) else 1


def _cells(
    number: int,
    group: list[int],
    placed: list[list[tuple[int, int]]],
    rows: list[list[_Run]],
    header: bool,
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
        rect = around(word.rect for word in words)
        cells.append(
            GridCell(number, column, rect, word_rows(words), 1, max(1, end - column), header)
        )
    return cells


def _refused(grid: Grid, rows: list[list[_Run]]) -> bool:
    """Whether an alignment without rules is something other than a table."""
    text = " ".join(run.text for row in rows for run in row)
    if _LEADER.search(text) or "@" in text:
        return True
    first = [row[0].text for row in rows if row]
    if sum(bool(_MARKER.fullmatch(t)) for t in first) > 0.5 * len(first):
        return True
    widths = [run.rect.width / max(run.rect.height, 1.0) for row in rows for run in row]
    if median(widths) > 10 or sum(w > _WIDE_CELL for w in widths) > 0.25 * len(widths):
        return True
    filled = len(grid.cells) / (grid.rows * grid.columns)
    numeric = sum(bool(_NUMERIC.fullmatch(run.text)) for row in rows for run in row)
    if grid.columns == 2 and numeric < 0.3 * len(grid.cells):
        return True
    return filled < 0.55 or grid.rows < 3
