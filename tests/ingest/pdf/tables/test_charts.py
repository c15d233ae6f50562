"""Drawings that look like tables."""

from collections.abc import Sequence

import pytest

from ingest.pdf.page.content import Rect, Style, Word
from ingest.pdf.tables.grid import Grid, GridCell
from ingest.pdf.tables.not_tables import is_drawing, is_mostly_empty


def _cell(row: int, column: int, text: str, row_span: int = 1) -> GridCell:
    words = tuple(Word(part, Rect(0, 0, 5, 10), Style()) for part in text.split())
    rect = Rect(50 * column, 20 * row, 50 * column + 50, 20 * row + 20 * row_span)
    return GridCell(row, column, rect, (words,) if words else (), row_span)


def _grid(rows: Sequence[Sequence[str]]) -> Grid:
    cells = tuple(
        _cell(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row) if text
    )
    columns = max(len(row) for row in rows)
    return Grid(Rect(0, 0, 50 * columns, 20 * len(rows)), len(rows), columns, cells, ())


@pytest.mark.parametrize(
    "rows",
    [
        [["", "share of households", ""], ["0", ".2", ".4", ".6"]],
        [["1 2 3 4 5", "6", "7 8"], ["", "收入十分位", ""]],
        [["11", "17", "31"], ["4", "8", "9"]],
    ],
    ids=["axis", "axis in Chinese", "numbers only"],
)
def test_drawings(rows: list[list[str]]) -> None:
    assert is_drawing(_grid(rows))


@pytest.mark.parametrize(
    "rows",
    [
        [["", "2001", "2002", "2003", "2004"], ["Jobs", "29", "25", "33", "33"]],
        [["年份", "数量"], ["2001", "3"], ["2002", "4"]],
        [["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]],
    ],
    ids=["years", "Chinese", "a page of numbers"],
)
def test_tables(rows: list[list[str]]) -> None:
    assert not is_drawing(_grid(rows))


def test_bars_of_all_sizes_are_a_drawing() -> None:
    cells = tuple(_cell(0, column, str(10 * column), row_span=4 - column) for column in range(4))
    assert is_drawing(Grid(Rect(0, 0, 200, 80), 4, 4, cells, ()))


def test_hollow() -> None:
    assert is_mostly_empty([_cell(0, 0, "France"), _cell(1, 0, "", row_span=6)])
    assert not is_mostly_empty([_cell(0, 0, "France"), _cell(1, 0, "", row_span=2)])
