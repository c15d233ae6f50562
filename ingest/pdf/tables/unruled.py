"""Tables without rules around them, among the text rows of a region.

Limits: three rows of short cells at least; lists, contents pages, author blocks, formulas and
running text in columns are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.page.content import Line
from ingest.pdf.tables.aligned import Rulings, build_aligned_grid
from ingest.pdf.tables.cell_runs import Run, runs_of, words_of
from ingest.pdf.tables.grid import Grid, bounds_of_lines
from ingest.pdf.tables.horizontal_rules import CAPTION
from ingest.pdf.tables.not_tables import is_refused

_WIDE_CELL = 16.0
"""Cells of a table without rules are seldom wider than this many font sizes."""
_BULLET = re.compile(r"[•◦▪●○■□](?:\s|$)")


def find_unruled(rows: Sequence[Sequence[Line]]) -> list[tuple[int, int, Grid]]:
    """Return tables among the rows of a region: (first row, end row, table)."""
    runs = [runs_of(words_of(row)) for row in rows]
    found: list[tuple[int, int, Grid]] = []
    at = 0
    while at < len(rows):
        end = _tabular_until(rows, runs, at)
        if end - at >= 3:
            lines = [line for row in rows[at:end] for line in row]
            grid = build_aligned_grid(lines, Rulings())
            if grid is not None and not is_refused(grid, rows[at:end], runs[at:end]):
                found.append((at, end, grid))
        at = max(end, at + 1)
    return found


def _tabular_until(rows: Sequence[Sequence[Line]], runs: Sequence[Sequence[Run]], at: int) -> int:
    """Return the end of the stretch of rows, from `at`, that all have two cells or more.

    A single row with one cell may stand between (a cell that goes on, a group's heading).
    """
    if not _may_belong(runs[at]) or len(runs[at]) < 2:
        return at + 1
    end = at + 1
    while end < len(rows) and _may_belong(runs[end]):
        gap = bounds_of_lines(rows[end]).y0 - bounds_of_lines(rows[end - 1]).y1
        if gap > 2.2 * max(bounds_of_lines(rows[end]).height, 6.0):
            break
        if len(runs[end]) < 2:
            if end + 1 >= len(rows) or len(runs[end + 1]) < 2:
                break
            if runs[end][0].rect.width >= _WIDE_CELL * runs[end][0].rect.height:
                break
        end += 1
    return end


def _may_belong(row: Sequence[Run]) -> bool:
    """Whether a row is no list item and no caption."""
    return bool(row) and not _BULLET.match(row[0].text) and not CAPTION.match(row[0].text)
