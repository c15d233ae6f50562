"""Ruled cells that hold several: rows in which the rules between the columns are left out.

Where a wide cell's words stand apart, each within the columns that rules show elsewhere, it is
taken apart at those. A grid of few columns whose columns hold columns again, row by row, is not
to be read by its rules alone: `is_coarse` says so. Limits: a wide cell is taken apart only when
half of its columns have text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Line, Rect, merge_rows
from ingest.pdf.tables.cell_runs import Run, runs_of, words_of
from ingest.pdf.tables.grid import Grid, GridCell
from ingest.pdf.tables.white_strips import between_numbers, strips_of

_SLACK = 0.15


def split_wide(grid: Grid, xs: Sequence[float]) -> Grid:
    """Return the grid with its wide cells taken apart; `xs` are the edges of its columns."""
    made: list[GridCell] = []
    for cell in grid.cells:
        made += _taken_apart(cell, xs) if cell.column_span > 1 and cell.row else [cell]
    return replace(grid, cells=tuple(made)) if len(made) > len(grid.cells) else grid


def _taken_apart(cell: GridCell, xs: Sequence[float]) -> list[GridCell]:
    if len(cell.words) != 1:
        return [cell]
    runs = runs_of(sorted(cell.words[0], key=lambda word: word.rect.x0))
    places = [_place(run, xs) for run in runs]
    apart = all(before[1] <= after[0] for before, after in pairwise(places))
    if not apart or 2 * len(runs) < cell.column_span or len(runs) < 2:
        return [cell]
    return [
        replace(
            cell,
            column=first,
            column_span=end - first,
            rect=Rect(xs[first], cell.rect.y0, xs[end], cell.rect.y1),
            words=(run.words,),
        )
        for (first, end), run in zip(places, runs, strict=True)
    ]


def _place(run: Run, xs: Sequence[float]) -> tuple[int, int]:
    slack = _SLACK * run.rect.width
    limit = len(xs) - 2
    first = min(max(bisect_right(xs, run.rect.x0 + slack) - 1, 0), limit)
    last = min(max(bisect_right(xs, run.rect.x1 - slack) - 1, 0), limit)
    return first, max(first, last) + 1


def is_coarse(lines: Sequence[Line], xs: Sequence[float]) -> bool:
    """Whether a column between two of these edges holds several columns, in most of its rows."""
    rows = [words_of(row) for row in merge_rows(lines)]
    for left, right in pairwise(xs):
        inside = [
            [word for word in row if left <= (word.rect.x0 + word.rect.x1) / 2 < right]
            for row in rows
        ]
        runs = [runs_of(row) for row in inside if row]
        several = [row for row in runs if len(row) > 1]
        if len(several) >= max(3, 0.5 * len(runs)):
            em = median(run.words[0].style.size for row in several for run in row)
            if any(s.x1 - s.x0 > em or between_numbers(s, several) for s in strips_of(several)):
                return True
    return False
