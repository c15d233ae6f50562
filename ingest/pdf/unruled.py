"""Tables without rules around them, among the text rows of a region.

Limits: three rows of short cells at least; lists, contents pages, author blocks, formulas and
running text in columns are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from ingest.pdf.aligned import Rulings, aligned
from ingest.pdf.content import Line
from ingest.pdf.grid import Grid, bounds
from ingest.pdf.horizontals import CAPTION
from ingest.pdf.runs import Run, runs_of, words_of

_WIDE_CELL = 16.0
"""Cells of a table without rules are seldom wider than this many font sizes."""
_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}")
_BULLET = re.compile(r"[•◦▪●○■□](?:\s|$)")
_MARKER = re.compile(r"[•◦▪·●○■□–—*-]|[(（\[]?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)）\]]|[①-⑳]")

_EQUATION = re.compile(r"[(（]\d{1,3}(?:[.-]\d{1,3})*[a-z]?[)）]")


def find_unruled(rows: Sequence[Sequence[Line]]) -> list[tuple[int, int, Grid]]:
    """Return tables among the rows of a region: (first row, end row, table)."""
    runs = [runs_of(words_of(row)) for row in rows]
    found: list[tuple[int, int, Grid]] = []
    at = 0
    while at < len(rows):
        end = _tabular_until(rows, runs, at)
        if end - at >= 3:
            lines = [line for row in rows[at:end] for line in row]
            grid = aligned(lines, Rulings())
            if grid is not None and not _refused(grid, rows[at:end], runs[at:end]):
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
        gap = bounds(rows[end]).y0 - bounds(rows[end - 1]).y1
        if gap > 2.2 * max(bounds(rows[end]).height, 6.0):
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


def _refused(grid: Grid, lines: Sequence[Sequence[Line]], rows: Sequence[Sequence[Run]]) -> bool:
    """Whether an alignment without rules is something other than a table."""
    text = " ".join(line.text for row in lines for line in row)
    if _LEADER.search(text) or "@" in text:
        return True
    last = [row[-1].text for row in rows if row]
    if sum(bool(_EQUATION.fullmatch(t)) for t in last) > 0.5 * len(last):
        return True
    first = [row[0].text for row in rows if row]
    if sum(bool(_MARKER.fullmatch(t)) for t in first) > 0.5 * len(first):
        return True
    widths = [run.rect.width / max(run.rect.height, 1.0) for row in rows for run in row]
    if median(widths) > 10 or sum(w > _WIDE_CELL for w in widths) > 0.25 * len(widths):
        return True
    filled = len(grid.cells) / (grid.rows * grid.columns)
    numeric = sum(run.numeric for row in rows for run in row)
    if grid.columns == 2 and numeric < 0.3 * len(grid.cells):
        return True
    return filled < 0.55 or grid.rows < 3
