from __future__ import annotations

import pytest

from ingest.text.sentences import split_sentences
from tests.rag.tables.tables import LODGING, METERS, RACE, REVENUE, ask, list_answers, make_view


@pytest.mark.parametrize(
    ("rows", "question", "said"),
    [
        (METERS, "What is the sum of the readings of all meters that are leaking?", "910"),
        (METERS, "What is the average reading of the leaking meters?", "182"),
        (METERS, "What is the difference in reading between M02 and M05?", "30"),
        (METERS, "How much higher is the reading of M05 than that of M02?", "30"),
        (METERS, "What is the ratio of the reading of M14 to M02?", "2"),
        (RACE, "How many more points did Ann Lee have than Cy Fox?", "4"),
        (LODGING, "一类城市和二类城市的住宿费上限相差多少？", "100元"),
        (LODGING, "三类城市的伙食补助占一类城市的百分之几？", "66.67%"),
    ],
)
def test_cells_are_calculated_with_exactly(rows: list[list[str]], question: str, said: str) -> None:
    assert list_answers(make_view(rows), question) == [said]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What was the difference in service revenue between 2019 and 2018?", "158"),
        ("What was the percentage change in service revenue between 2018 and 2019?", "2.52%"),
        ("What was the percentage change in product revenue from 2018 to 2019?", "-4.9%"),
        ("What was the average service revenue in 2018 and 2019?", "6,348"),
    ],
)
def test_the_periods_of_a_row_are_operands(question: str, said: str) -> None:
    assert list_answers(make_view(REVENUE, 0), question) == [said]


def test_the_working_has_the_cells_as_they_stand() -> None:
    view = make_view(REVENUE, 0)
    found = ask(view, "What was the difference in service revenue between 2019 and 2018?")
    assert found is not None
    assert found.working == "6,427 − 6,269 = 158"
    assert found.computed


def test_what_has_no_number_is_not_calculated_with() -> None:
    rows = [["Code", "Remedy"], ["E05", "Cool down"], ["E07", "Close the door"]]
    found = ask(make_view(rows), "What is the difference between E05 and E07?")
    assert found is None or not found.working


def test_many_operands_are_shortened_within_one_sentence() -> None:
    found = ask(make_view(METERS), "What is the sum of all readings?")
    assert found is not None
    assert found.values == ("2,450",)
    assert found.working == "110 + 120 + 130 + 140 + 150 + 160 + 170 + ⋯ + 240"
    assert len(split_sentences(f"2,450 — {found.working}.")) == 1
