from __future__ import annotations

import pytest

from tests.rag.tables.tables import FILMS, LODGING, METERS, RACE, ask, list_answers, make_view

LOSSES = [
    ["", "2019", "2018", "2017"],
    ["Net loss", "$(19,898)", "$(26,199)", "$(9,187)"],
    ["Shares", "71,005", "68,490", "66,252"],
]
BUILDINGS = [
    ["Building", "Built", "Speed of lift (km/h)"],
    ["Old Mill", "1880", "2"],
    ["Tower One", "1990", "9"],
    ["Town Hall", "1950", "5"],
]


@pytest.mark.parametrize(
    ("rows", "question", "said"),
    [
        (METERS, "Which meter has the highest reading?", ["M14"]),
        (METERS, "Which leaking meter has the lowest reading?", ["M02"]),
        (RACE, "Who finished last?", ["Dee Orr"]),
        (RACE, "Who had more points, Cy Fox or Dee Orr?", ["Cy Fox"]),
        (RACE, "Who placed higher, Dee Orr or Bob Ray?", ["Bob Ray"]),
        (RACE, "Who had more points than Bob Ray?", ["Ann Lee"]),
        (RACE, "Which team had the most drivers?", ["Ferrari"]),
        (FILMS, "Who directed the most films?", ["Ann Lee"]),
        (FILMS, "Which year had the most films?", ["2009"]),
        (BUILDINGS, "Which building is the oldest?", ["Old Mill"]),
        (BUILDINGS, "Which building has the fastest lift?", ["Tower One"]),
        (LODGING, "哪类城市的伙食补助最低？", ["三类城市"]),
    ],
)
def test_the_greatest_and_the_least(rows: list[list[str]], question: str, said: list[str]) -> None:
    assert list_answers(make_view(rows), question) == said


def test_at_most_asks_for_the_limits_themselves() -> None:
    view = make_view(LODGING)
    assert list_answers(view, "住酒店最多花多少钱？") == ["500元", "400元", "300元"]


def test_of_losses_the_amount_counts() -> None:
    from rag.tables.table_view import turn_table

    view = turn_table(make_view(LOSSES))
    assert list_answers(view, "In which year was the net loss highest?") == ["2018"]
    assert list_answers(view, "In which year was the net loss less than 10,000?") == ["2017"]


def test_it_says_how_many_rows_were_compared() -> None:
    found = ask(make_view(METERS), "Which meter has the highest reading?")
    assert found is not None
    assert (found.counted, found.computed) == (14, True)
