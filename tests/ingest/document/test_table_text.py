from __future__ import annotations

from ingest.document.table_text import (
    build_separator_line,
    cell_ranges,
    count_header_rows,
    row_lines,
    row_ranges,
    table_markdown,
)
from ingest.types import Cell, Table


def plain(rows: list[list[str]]) -> Table:
    cells = tuple(Cell(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row))
    return Table(len(rows), max(map(len, rows), default=0), cells)


MERGED = Table(
    4,
    3,
    (
        Cell(0, 0, "Region", row_span=2, header=True),
        Cell(0, 1, "2024", column_span=2, header=True),
        Cell(1, 1, "Q1", header=True),
        Cell(1, 2, "Q2", header=True),
        Cell(2, 0, "北部", row_span=2),
        Cell(2, 1, "10"),
        Cell(2, 2, "20"),
        Cell(3, 1, "see note", column_span=2),
    ),
)


def test_first_row_becomes_the_header() -> None:
    table = plain([["Year", "Profit"], ["2024", "30"]])
    assert table_markdown(table) == "| Year | Profit |\n| --- | --- |\n| 2024 | 30 |"


def test_pipes_are_escaped_and_line_breaks_resolved() -> None:
    table = plain([["a|b", "two\nlines", "两\n行"]])
    assert row_lines(table) == ["| a\\|b | two lines | 两行 |"]


def test_spanned_rows_and_header_columns_are_repeated_but_body_columns_are_not() -> None:
    assert row_lines(MERGED) == [
        "| Region | 2024 | 2024 |",
        "| Region | Q1 | Q2 |",
        "| 北部 | 10 | 20 |",
        "| 北部 | see note |  |",
    ]


def test_cell_ranges_point_at_the_cells_text() -> None:
    markdown = table_markdown(MERGED)
    ranges = cell_ranges(MERGED)
    assert len(ranges) == 12
    for cell in MERGED.cells:
        start, end = ranges[cell.row, cell.column]
        assert markdown[start:end] == cell.text
    start, end = ranges[3, 2]
    assert start == end
    repeated = ranges[3, 0]
    assert markdown[slice(*repeated)] == "北部"
    assert repeated != ranges[2, 0]


def test_row_ranges_point_at_the_lines() -> None:
    markdown = table_markdown(MERGED)
    assert [markdown[s:e] for s, e in row_ranges(MERGED)] == row_lines(MERGED)
    assert build_separator_line(MERGED) in markdown


def test_header_rows() -> None:
    assert count_header_rows(MERGED) == 2
    assert count_header_rows(plain([["a"], ["b"]])) == 1
    assert count_header_rows(Table(1, 1, (Cell(0, 0, "all", header=True),))) == 1
    assert count_header_rows(Table(0, 0, ())) == 0


def test_empty_table_is_empty_text() -> None:
    empty = Table(0, 0, ())
    assert table_markdown(empty) == ""
    assert cell_ranges(empty) == {}


def test_cells_outside_the_grid_are_left_out() -> None:
    table = Table(1, 1, (Cell(0, 0, "in", row_span=5, column_span=5), Cell(7, 7, "out")))
    assert row_lines(table) == ["| in |"]
