"""Finds the tables of a sheet: rectangles of filled cells, and the merged areas inside them.

Tables are divided by blank rows or columns. Merged areas are read from the sheet's XML as a
stream, because openpyxl does not give them when it streams.

Limits: a table with a blank row inside is two; two tables that touch are one. A blank column only
divides when both sides have two columns or more, so that a label stays with its value. A merged
area of a single cell is none; more than `MOST_AREAS` are not kept, so that a hostile sheet costs no
memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TypeAlias

_LEAST_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class SheetRow:
    """The filled cells of one row by column, in order; `numbers` are the columns of numbers.

    `spans` are the rows and columns that merged cells take, by column; others take one of each.
    """

    index: int
    cells: dict[int, str]
    numbers: frozenset[int] = frozenset()
    spans: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def find_regions(rows: Sequence[SheetRow]) -> Iterator[list[SheetRow]]:
    """Yield the regions from top to bottom, side by side from left to right."""
    for band in _split_into_bands(rows):
        groups = _column_groups(band)
        if len(groups) == 1:
            yield band
            continue
        for low, high in groups:
            part = [_clip_row_to_columns(row, low, high) for row in band]
            yield from find_regions([row for row in part if row.cells])


def _split_into_bands(rows: Sequence[SheetRow]) -> Iterator[list[SheetRow]]:
    band: list[SheetRow] = []
    for row in rows:
        if band and row.index > band[-1].index + 1:
            yield band
            band = []
        band.append(row)
    if band:
        yield band


def _column_groups(band: Sequence[SheetRow]) -> list[tuple[int, int]]:
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


def _clip_row_to_columns(row: SheetRow, low: int, high: int) -> SheetRow:
    cells = {column: text for column, text in row.cells.items() if low <= column <= high}
    spans = {column: span for column, span in row.spans.items() if column in cells}
    return SheetRow(row.index, cells, row.numbers & cells.keys(), spans)


MOST_AREAS = 200_000
_AREA = re.compile(
    rb'<(?:\w{1,20}:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"\s*/?>'
)
_OVERLAP = 128
_PIECE = 1 << 20

MergedAreas: TypeAlias = Mapping[tuple[int, int], tuple[int, int]]
"""Row and column of an area's upper left cell (from 1) to its rows and columns."""


def merged_areas(stream: IO[bytes]) -> MergedAreas:
    """Return the merged areas that a sheet's XML names."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for left, top, right, bottom in _find_area_references(stream):
        first, last = _parse_column_letters(left), _parse_column_letters(right)
        height, width = int(bottom) - int(top) + 1, last - first + 1
        if height >= 1 and width >= 1 and height * width > 1 and len(found) < MOST_AREAS:
            found[int(top), first] = (height, width)
    return found


def _find_area_references(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    tail = b""
    while piece := stream.read(_PIECE):
        text = tail + piece
        end = 0
        for match in _AREA.finditer(text):
            end = match.end()
            left, top, right, bottom = match.groups()
            yield left, top, right, bottom
        tail = text[max(end, len(text) - _OVERLAP) :]


def _parse_column_letters(letters: bytes) -> int:
    """Return the number of a column, from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
