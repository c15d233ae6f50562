from __future__ import annotations

from ingest.types import Cell, Table
from rag.tables.table_view import extract_table_terms, turn_table, view_table
from tests.rag.tables.tables import METERS, REVENUE, make_view


def test_headings_of_two_levels_are_one_path_though_they_are_not_marked() -> None:
    view = make_view(REVENUE, 0)
    assert [column.heading for column in view.columns] == [
        "(in millions)",
        "Year ended December 31, · 2019",
        "2018",
    ]
    assert [row.cells[0] for row in view.rows] == ["Service revenue", "Product revenue", "Total"]
    assert [row.cells[0] for row in view.body] == ["Service revenue", "Product revenue"]
    assert view.has_periods


def test_a_spanning_heading_is_over_all_its_columns() -> None:
    cells = (
        Cell(0, 0, "", header=True),
        Cell(0, 1, "Second half", column_span=2, header=True),
        Cell(1, 0, "Part", header=True),
        Cell(1, 1, "Plan", header=True),
        Cell(1, 2, "Actual", header=True),
        Cell(2, 0, "Pumps"),
        Cell(2, 1, "110"),
        Cell(2, 2, "120"),
    )
    view = view_table(Table(3, 3, cells), 0, ())
    assert view.columns[2].heading == "Second half · Actual"


def test_a_row_of_one_cell_is_the_section_of_those_below() -> None:
    view = make_view([["", "2023", "2022"], ["Space", "", ""], ["Margin", "9.5%", "8.1%"]])
    assert (view.rows[0].section, view.rows[0].cells) == ("Space", ("Margin", "9.5%", "8.1%"))


def test_periods_become_rows_when_the_table_is_turned() -> None:
    turned = turn_table(make_view(REVENUE, 0))
    assert [row.cells[0] for row in turned.rows] == ["2019", "2018"]
    assert [column.heading for column in turned.columns][1] == "Service revenue"


def test_rows_are_called_by_the_first_column_that_tells_them_apart() -> None:
    assert make_view(METERS).label_column == 0
    ranked = [["Rank", "Team", "Points"], ["1", "Ann", "9"], ["2", "Bob", "7"], ["3", "Cy", "5"]]
    assert make_view(ranked).label_column == 1


def test_percent_signs_and_notes_do_not_hide_words() -> None:
    assert extract_table_terms("% change") == extract_table_terms("percentage change")
    assert extract_table_terms("Accruals1") == extract_table_terms("Accruals")
