from __future__ import annotations

import pytest

from rag.tables.look_up import split_options
from tests.rag.tables.tables import ERRORS, FILMS, METERS, RACE, REVENUE, list_answers, make_view

GAMES = [
    ["Date", "Winning team", "Losing team"],
    ["May 3, 1993", "Dallas", "Ottawa"],
    ["May 9, 1993", "Boston", "Dallas"],
]
INCOME = [
    ["", "2019", "2018"],
    ["Operating income (1)", "200", "112"],
    ["Adjusted operating income", "237", "142"],
    ["Current", "", ""],
    ["Other payables", "5", "4"],
    ["Accruals", "7", "6"],
    ["Non-current", "", ""],
    ["Other payables", "1", "2"],
]


@pytest.mark.parametrize(
    ("rows", "question", "said"),
    [
        (ERRORS, "What must I do if the machine overheats?", ["Switch off, cool for 30 minutes"]),
        (GAMES, "Did Dallas or Ottawa win the game of May 3, 1993?", ["Dallas"]),
        (GAMES, "Did Boston or Dallas win the game of May 9, 1993?", ["Boston"]),
        (RACE, "Was Ann Lee or Dee Orr in the Honda?", ["Dee Orr"]),
        (FILMS, "Blue Door was made in 2012, but who directed Red Roof?", ["Bob Ray"]),
        (FILMS, "What other film did the director of Blue Door, Ann Lee, make?", ["Green Gate"]),
        (INCOME, "What was the operating income in 2018?", ["112"]),
        (INCOME, "What was the adjusted operating income in 2018?", ["142"]),
        (METERS, "Which meters have a reading over 220?", ["M13", "M14"]),
    ],
)
def test_a_row_and_a_column_are_bound(
    rows: list[list[str]], question: str, said: list[str]
) -> None:
    assert list_answers(make_view(rows), question) == said


def test_the_rows_of_a_section_are_listed_alone() -> None:
    said = list_answers(make_view(INCOME), "List all the items under Current")
    assert said == ["Other payables", "Accruals"]


def test_both_years_are_said_in_the_order_asked() -> None:
    question = "What was the product revenue in 2019 and 2018 respectively?"
    assert list_answers(make_view(REVENUE, 0), question) == ["2,660", "2,797"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Is M05 leaking?", ["Yes"]),
        ("Is M01 leaking?", ["No"]),
        ("M05 是 leaking 吗？", ["是"]),
        ("Is M05 painted?", []),
        ("Is M99 leaking?", []),
    ],
)
def test_yes_and_no_are_said_of_what_cells_say(question: str, said: list[str]) -> None:
    assert list_answers(make_view(METERS), question) == said


def test_without_a_row_the_total_is_meant() -> None:
    rows = [
        ["Assets", "Cost 2019", "Cost 2018"],
        ["Brands", "100", "90"],
        ["Patents", "50", "40"],
        ["", "150", "130"],
    ]
    view = make_view(rows)
    assert list_answers(view, "What was the cost in 2018?") == ["130"]
    assert list_answers(view, "What was the cost in 2018 and 2019, respectively?") == ["130", "150"]


def test_the_halves_of_a_choice() -> None:
    assert split_options("Was it Ann or Bob?") == [" was it ann ", " bob "]
    assert split_options("Who was it?") == []
