"""Finds the tables of a sheet: rectangles of filled cells with blank rows or columns between.

Limits: a table with a blank row inside is two; two tables that touch are one. A blank column only
divides when both sides have two columns or more, so that a label stays with its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_LEAST_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """The filled cells of one row by column, in order; `numbers` are the columns of numbers.

    `spans` are the rows and columns that merged cells take, by column; others take one of each.
    """

    index: int
    cells: dict[int, str]
    numbers: frozenset[int] = frozenset()
    spans: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def regions(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the regions from top to bottom, side by side from left to right."""
    for band in _bands(rows):
        groups = _column_groups(band)
        if len(groups) == 1:
            yield band
            continue
        for low, high in groups:
            part = [_within(row, low, high) for row in band]
            yield from regions([row for row in part if row.cells])


def _bands(rows: Sequence[Row]) -> Iterator[list[Row]]:
    band: list[Row] = []
    for row in rows:
        if band and row.index > band[-1].index + 1:
            yield band
            band = []
        band.append(row)
    if band:
        yield band


def _column_groups(band: Sequence[Row]) -> list[tuple[int, int]]:
    """Return the ranges of columns (both ends included) that blank columns divide."""
    used = sorted({column for row in band for column in row.cells})
    runs = [[used[0], used[0]]]
    for column in used[1:]:
        if column > runs[-1][1] + 1:
            runs.append([column, column])
        else:
            runs[-1][1] = column
    groups = [runs[0]]
    for run in runs[1:]:
        if _is_wide(groups[-1], used) and _is_wide(run, used):
            groups.append(run)
        else:
            groups[-1][1] = run[1]
    return [(low, high) for low, high in groups]


def _is_wide(run: Sequence[int], used: Sequence[int]) -> bool:
    return sum(run[0] <= column <= run[1] for column in used) >= _LEAST_COLUMNS


def _within(row: Row, low: int, high: int) -> Row:
    cells = {column: text for column, text in row.cells.items() if low <= column <= high}
    spans = {column: span for column, span in row.spans.items() if column in cells}
    return Row(row.index, cells, row.numbers & cells.keys(), spans)
