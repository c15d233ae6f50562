"""Finds tables without rules among the text rows of a region.

Limits: three rows of short cells at least; lists, contents pages, author blocks, formulas and
running text in columns are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.page.content import Line
from ingest.pdf.tables.aligned import Rulings, build_aligned_grid
from ingest.pdf.tables.cell_runs import WordRun, runs_of, words_of_row
from ingest.pdf.tables.grid import Grid, bounds_of_lines
from ingest.pdf.tables.horizontal_rules import CAPTION
from ingest.pdf.tables.not_tables import is_no_table

_BULLET = re.compile(r"[•◦▪●○■□](?:\s|$)")


@dataclass(frozen=True, slots=True)
class UnruledTableThresholds:
    """When rows of text can be a table without rules. All values were set by hand."""

    fewest_rows: int = 3
    """A table has at least so many rows."""
    wide_cell: float = 16.0
    """A row with one cell that is wider than this many line heights ends a table."""
    row_gap: float = 2.2
    """White of more than this many row heights between two rows ends a table."""
    least_height: float = 6.0
    """Points; lower rows count as this high when that white is measured."""


UNRULED_TABLES = UnruledTableThresholds()


def find_unruled(
    rows: Sequence[Sequence[Line]], limits: UnruledTableThresholds = UNRULED_TABLES
) -> list[tuple[int, int, Grid]]:
    """Return tables among the rows of a region: (first row, end row, table)."""
    runs = [runs_of(words_of_row(row)) for row in rows]
    found: list[tuple[int, int, Grid]] = []
    at = 0
    while at < len(rows):
        end = _find_tabular_end(rows, runs, at, limits)
        if end - at >= limits.fewest_rows:
            lines = [line for row in rows[at:end] for line in row]
            grid = build_aligned_grid(lines, Rulings())
            if grid is not None and not is_no_table(grid, rows[at:end], runs[at:end]):
                found.append((at, end, grid))
        at = max(end, at + 1)
    return found


def _find_tabular_end(
    rows: Sequence[Sequence[Line]],
    runs: Sequence[Sequence[WordRun]],
    at: int,
    limits: UnruledTableThresholds,
) -> int:
    """Return the end of the stretch of rows, from `at`, that all have two cells or more.

    A single row with one cell may stand between (a cell that continues, the heading of a group).
    """
    if not _can_be_table_row(runs[at]) or len(runs[at]) < 2:
        return at + 1
    end = at + 1
    while end < len(rows) and _can_be_table_row(runs[end]):
        gap = bounds_of_lines(rows[end]).y0 - bounds_of_lines(rows[end - 1]).y1
        height = max(bounds_of_lines(rows[end]).height, limits.least_height)
        if gap > limits.row_gap * height:
            break
        if len(runs[end]) < 2:
            if end + 1 >= len(rows) or len(runs[end + 1]) < 2:
                break
            if runs[end][0].rect.width >= limits.wide_cell * runs[end][0].rect.height:
                break
        end += 1
    return end


def _can_be_table_row(row: Sequence[WordRun]) -> bool:
    """Whether a row is no list item and no caption."""
    return bool(row) and not _BULLET.match(row[0].text) and not CAPTION.match(row[0].text)
