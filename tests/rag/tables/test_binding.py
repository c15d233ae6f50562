from __future__ import annotations

import pytest

from rag.tables.binding import Binding, build_phrase, has_phrase
from rag.tables.table_question import read_table_question
from tests.rag.tables.tables import METERS, RACE, make_view


@pytest.mark.parametrize(
    ("text", "phrase", "there"),
    [
        ("a tally of 2-2", "2–2", True),
        ("the operating income (GAAP)", "Operating income (GAAP) (1)", True),
        ("what did Ann Leeds say", "Ann Lee", False),
        ("二类城市的住宿费", "二类城市", True),
        ("the accruals of 2018", "Accruals1", True),
    ],
)
def test_words_are_compared_in_order(text: str, phrase: str, there: bool) -> None:
    assert has_phrase(build_phrase(text), build_phrase(phrase)) is there


def test_a_clause_that_only_leads_to_the_question_counts_less() -> None:
    view = make_view(RACE)
    question = read_table_question("Ann Lee was first, but who drove for Honda?")
    binding = Binding(question, view)
    best = max(view.rows, key=binding.score_row)
    assert best.cells[1] == "Dee Orr"


def test_a_name_that_stands_nowhere_lowers_the_coverage() -> None:
    view = make_view(METERS)
    known, unknown = (
        Binding(read_table_question(f"What is the reading of {name}?"), view)
        for name in ("M02", "Xanadu")
    )
    assert known.measure_coverage(view.rows[1:2], [3], frozenset()) > 0.9
    assert unknown.measure_coverage(view.rows[1:2], [3], frozenset()) < 0.7
