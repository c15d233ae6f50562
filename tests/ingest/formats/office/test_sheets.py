from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import CorruptFile, EmptyFile, LimitExceeded
from ingest.formats.office.sheet_tables import SheetRow, find_regions
from ingest.formats.office.sheets import format_cell_value, parse_xlsx
from ingest.options import ParseOptions
from ingest.types import Document


def parsed(workbook: Any, options: ParseOptions | None = None) -> Document:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return parse_xlsx(buffer.getvalue(), "a.xlsx", options or ParseOptions())


def book(rows: Sequence[Sequence[object]], title: str = "Sheet") -> Any:
    workbook = openpyxl.Workbook()
    sheet: Any = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return workbook


def told(document: Document, page: int = 1) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.pages[page - 1].blocks]


def test_a_sheet_is_a_page_with_its_name() -> None:
    workbook = book([["产品", "Price"], ["茶", 12.5]], "价格")
    workbook.create_sheet("Empty")
    second = workbook.create_sheet("More")
    second["C3"] = "only"
    document = parsed(workbook)
    assert [(page.number, page.label) for page in document.pages] == [
        (1, "价格"),
        (2, "Empty"),
        (3, "More"),
    ]
    assert told(document) == [
        ("heading", "价格"),
        ("table", "| 产品 | Price |\n| --- | --- |\n| 茶 | 12.5 |"),
    ]
    assert told(document, 3) == [("heading", "More"), ("text", "only")]
    assert [(e.title, e.page) for e in document.outline] == [("价格", 1), ("More", 3)]


def test_regions_by_blank_rows_and_columns_with_captions() -> None:
    rows: list[list[object]] = [
        ["Sales 2024"],
        ["Region", "Q1", None, "Name", "Role"],
        ["North", 10, None, "Li", "Lead"],
        [],
        ["Total", None, 99],
    ]
    assert told(parsed(book(rows)))[1:] == [
        ("caption", "Sales 2024"),
        ("table", "| Region | Q1 |\n| --- | --- |\n| North | 10 |"),
        ("table", "| Name | Role |\n| --- | --- |\n| Li | Lead |"),
        ("table", "| Total | 99 |\n| --- | --- |"),
    ]


def test_long_tables_repeat_their_header() -> None:
    document = parsed(book([["Number", "Square"], *([n, n * n] for n in range(1, 1201))]))
    tables = [block for block in document.blocks if block.kind == "table"]
    assert len(tables) == 3
    assert all(block.text.startswith("| Number | Square |\n| --- | --- |\n") for block in tables)
    assert tables[2].text.endswith("| 1200 | 1440000 |")
    assert all(block.table and block.table.cells[0].header for block in tables)


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.256, "0.0%", "25.6%"),
        (1, "0%", "100%"),
        (1234.5, "#,##0.00", "1234.50"),
        (-3.14159, "0.00", "-3.14"),
        (1200, "[$¥-804]#,##0", "¥1200"),
        (-5, '"$"0.0', "-$5.0"),
        (0.1 + 0.2, "General", "0.3"),
        (1e20, "General", "1e+20"),
        (7, "@", "7"),
        (12, '0" pcs"', "12"),
        (True, "General", "TRUE"),
        (dt.datetime(2024, 3, 1), "yyyy-mm-dd", "2024-03-01"),
        (dt.datetime(2024, 3, 1, 14, 30), "General", "2024-03-01 14:30"),
        (dt.time(9, 5), "General", "09:05:00"),
        (dt.timedelta(hours=30), "[h]:mm", "1 day, 6:00:00"),
        ("#N/A", "General", "#N/A"),
        (5, None, "5"),
    ],
)
def test_values_as_shown(value: object, number_format: str | None, text: str) -> None:
    assert format_cell_value(value, number_format) == text


def test_formats_reach_the_text() -> None:
    workbook = book([["Rate", "Day"], [0.5, dt.date(2024, 2, 29)]])
    workbook.active["A2"].number_format = "0%"
    assert "| 50% | 2024-02-29 |" in parsed(workbook).text


def test_formulas_without_values_are_told() -> None:
    workbook = book([["a", 1], ["b", "=B1*2"]])
    document = parsed(workbook)
    assert [warning.code for warning in document.warnings] == ["formula_without_value"]
    assert parsed(book([["a", 1]])).warnings == ()


def test_nothing_in_it_too_many_and_damaged() -> None:
    with pytest.raises(EmptyFile):
        parsed(book([]))
    workbook = book([["x"]])
    workbook.create_sheet("two")
    with pytest.raises(LimitExceeded):
        parsed(workbook, ParseOptions(max_pages=1))
    with pytest.raises(CorruptFile):
        parse_xlsx(b"PK\x03\x04 damaged", "a.xlsx", ParseOptions())


@given(st.dictionaries(st.tuples(st.integers(1, 12), st.integers(1, 9)), st.just("x"), max_size=40))
def test_regions_hold_every_cell_once(cells: dict[tuple[int, int], str]) -> None:
    rows: dict[int, dict[int, str]] = {}
    for row, column in sorted(cells):
        rows.setdefault(row, {})[column] = "x"
    given_rows = [SheetRow(index, columns) for index, columns in rows.items()]
    found = [
        (row.index, column)
        for region in find_regions(given_rows)
        for row in region
        for column in row.cells
    ]
    assert sorted(found) == sorted(cells)
