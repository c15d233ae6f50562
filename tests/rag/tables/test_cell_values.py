from __future__ import annotations

from decimal import Decimal

import pytest

from rag.tables.cell_values import is_empty_cell, read_cell_value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("6,269", "6269"),
        ("$ 6,269", "6269"),
        ("(1,234)", "-1234"),
        ("$(0.28)", "-0.28"),
        ("−5", "-5"),
        ("9.5 %", "9.5"),
        (".000", "0.000"),
        ("$34.7 billion", "34700000000"),
        ("1.2亿元", "120000000"),
        ("3万", "30000"),
        ("16:14.1", "974.1"),
        ("1:36:24.227", "5784.227"),
        ("2h28m50.8s", "8930.8"),
        ("170 cm (5 ft 7 in)", "170"),
        ("+1:20.9", "80.9"),
    ],
)
def test_numbers_and_times_are_read_exactly(text: str, number: str) -> None:
    assert read_cell_value(text).number == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "–", "n/a", "无", "Stadium of Light", "E05", "2nd-3rd place x"]
)
def test_other_cells_have_no_number(text: str) -> None:
    assert read_cell_value(text).number is None


def test_dates_are_ordered() -> None:
    dates = ["December 9, 1993", "17 September 2005", "2005-09-18", "2006年3月1日", "April 2007"]
    numbers = [read_cell_value(date) for date in dates]
    assert all(value.is_date for value in numbers)
    ordered = [value.number for value in numbers if value.number is not None]
    assert ordered == sorted(ordered)
    assert len(ordered) == len(dates)


def test_a_dash_says_nothing() -> None:
    assert is_empty_cell(" — ")
    assert not is_empty_cell("0")
