"""Rows of tables as sentences."""

from ingest.document.table_sentences import row_sentences
from ingest.types import Cell, Table

_HEAD = (
    Cell(0, 0, "Country", row_span=2, header=True),
    Cell(0, 1, "2007", column_span=2, header=True),
    Cell(1, 1, "N", header=True),
    Cell(1, 2, "% Pos", header=True),
)


def test_headings_of_all_levels_are_said() -> None:
    cells = (*_HEAD, Cell(2, 0, "Austria", header=True), Cell(2, 1, "109"), Cell(2, 2, "0.9"))
    assert row_sentences(Table(3, 3, cells)) == ["Austria: 2007 N 109; 2007 % Pos 0.9."]


def test_chinese_rows_have_chinese_punctuation() -> None:
    cells = (
        Cell(0, 0, "城市", header=True),
        Cell(0, 1, "数量", header=True),
        Cell(0, 2, "占比", header=True),
        Cell(1, 0, "北京", row_span=2),
        Cell(1, 1, "12"),
        Cell(1, 2, "3%"),
        Cell(2, 1, "15"),
    )
    assert row_sentences(Table(3, 3, cells)) == ["北京：数量 12；占比 3%。", "北京：数量 15。"]


def test_cells_without_heading_or_label_are_said_bare() -> None:
    cells = (Cell(0, 0, "a"), Cell(0, 1, "b\nc"), Cell(1, 1, "d."))
    assert row_sentences(Table(2, 2, cells)) == ["a: b c.", "d."]


def test_empty_rows_say_nothing() -> None:
    assert row_sentences(Table(0, 0, ())) == []
    assert row_sentences(Table(3, 1, (Cell(1, 0, "x"),))) == ["x."]
