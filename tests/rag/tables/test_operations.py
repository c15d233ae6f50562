from __future__ import annotations

import pytest

from rag.tables.table_view import turn_table
from tests.rag.tables.tables import (
    ERRORS,
    LODGING,
    METERS,
    RACE,
    REVENUE,
    ask,
    list_answers,
    make_view,
)


@pytest.mark.parametrize(
    ("rows", "question", "said"),
    [
        (ERRORS, "What is the remedy for E07?", ["Close the door"]),
        (
            ERRORS,
            "What does the remedy say if the machine overheats?",
            ["Switch off, cool for 30 minutes"],
        ),
        (METERS, "How many meters are leaking?", ["5"]),
        (METERS, "How many meters have a reading of at least 200?", ["5"]),
        (METERS, "Which meter has the highest reading?", ["M14"]),
        (METERS, "Which meter has the lowest reading?", ["M01"]),
        (ERRORS, "List all codes", ["E03", "E05", "E07", "E11"]),
        (RACE, "How many drivers drove a Ferrari?", ["2"]),
        (RACE, "How long did Bob Ray take?", ["1:36:40.7"]),
        (RACE, "Who was the fastest driver?", ["Ann Lee"]),
        (RACE, "Who had more points, Cy Fox or Dee Orr?", ["Cy Fox"]),
        (RACE, "Was Ann Lee or Dee Orr in the Honda?", ["Dee Orr"]),
        (RACE, "Who had the second highest points?", ["Bob Ray"]),
        (LODGING, "二类城市的住宿费上限是多少？", ["400元"]),
        (LODGING, "一类城市的伙食补助是多少？", ["120元"]),
        (LODGING, "住宿费的上限是多少？", ["500元", "400元", "300元"]),
        (LODGING, "哪类城市的住宿费上限最高？", ["一类城市"]),
    ],
)  # fmt: skip
def test_what_cells_answer(rows: list[list[str]], question: str, said: list[str]) -> None:
    assert list_answers(make_view(rows), question) == said


def test_figures_by_year() -> None:
    view = make_view(REVENUE, 0)
    assert list_answers(view, "What was the service revenue in 2018?") == ["6,269"]
    both = "What was the product revenue in 2019 and 2018 respectively?"
    assert list_answers(view, both) == ["2,660", "2,797"]
    turned = turn_table(view)
    assert list_answers(turned, "In which year was product revenue higher?") == ["2018"]
    assert list_answers(turned, "How many years did service revenue exceed $6,300 million?") == [
        "1"
    ]


def test_a_count_says_over_how_many_rows() -> None:
    found = ask(make_view(METERS), "How many meters are leaking?")
    assert found is not None
    assert (len(found.rows), found.counted, found.computed) == (5, 14, True)


def test_what_the_table_does_not_name_is_not_bound_for_sure() -> None:
    found = ask(make_view(ERRORS), "What is the capital of France?")
    assert found is None or found.sureness < 0.2
