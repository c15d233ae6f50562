from __future__ import annotations

import pytest

from rag.tables.count_rows import split_items
from tests.rag.tables.tables import FILMS, LODGING, METERS, RACE, list_answers, make_view


@pytest.mark.parametrize(
    ("rows", "question", "said"),
    [
        (METERS, "How many meters leak?", "5"),
        (METERS, "How many meters are in room R3 or R4?", "2"),
        (METERS, "How many meters are there?", "14"),
        (METERS, "How many meters have a reading below 130?", "2"),
        (RACE, "How many drivers finished in the top 3?", "3"),
        (RACE, "How many drivers had more points than Cy Fox?", "2"),
        (FILMS, "How many films did Ann Lee make?", "2"),
        (FILMS, "How many films were made after 2009?", "2"),
        (FILMS, "How many different directors are there?", "3"),
        (FILMS, "How many films have no awards?", "2"),
        (FILMS, "How many awards did Red Roof win?", "2"),
        (LODGING, "有几类城市？", "3"),
    ],
)
def test_how_many(rows: list[list[str]], question: str, said: str) -> None:
    assert list_answers(make_view(rows), question) == [said]


def test_a_number_that_stands_there_is_not_counted() -> None:
    assert list_answers(make_view(RACE), "How many points did Cy Fox get?") == ["6"]


def test_what_no_cell_says_is_not_counted() -> None:
    assert list_answers(make_view(RACE), "How many Japanese drivers were there?") == []


def test_items_of_a_cell() -> None:
    assert split_items("Oslo, Rome and Bern") == ["Oslo", " Rome ", " Bern"]
    assert split_items("甲、乙") == ["甲", "乙"]
