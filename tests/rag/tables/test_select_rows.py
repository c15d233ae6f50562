from __future__ import annotations

from decimal import Decimal

import pytest

from rag.tables.binding import Binding
from rag.tables.select_rows import read_year, says_amount, select_rows
from rag.tables.table_question import read_table_question
from tests.rag.tables.tables import FILMS, METERS, RACE, make_view, no_meaning


@pytest.mark.parametrize(
    ("cell", "year"),
    [("December 31, 2019", 2019), ("2009–10", 2009), ("2006年3月1日", 2006), ("12.5", None)],
)
def test_the_year_of_a_cell(cell: str, year: int | None) -> None:
    assert read_year(cell) == (None if year is None else Decimal(year))


@pytest.mark.parametrize(
    ("rows", "question", "names"),
    [
        (METERS, "Which meters are leaking and have a reading over 200?", ["M11", "M14"]),
        (FILMS, "Which films did Ann Lee make before 2010?", ["2009"]),
        (RACE, "Which drivers had fewer points than Bob Ray?", ["3", "4"]),
        (METERS, "Which meters are in room R3 or R4?", ["M03", "M04"]),
    ],
)
def test_every_condition_holds(rows: list[list[str]], question: str, names: list[str]) -> None:
    view = make_view(rows)
    found = select_rows(Binding(read_table_question(question), view), view.rows, no_meaning)
    assert found is not None
    assert [row.cells[0] for row in found[0]] == names


def test_headings_that_say_which_way() -> None:
    assert says_amount("Net loss")
    assert not says_amount("Revenue")
