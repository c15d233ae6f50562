from __future__ import annotations

import pytest

from tests.rag.tables.tables import ERRORS, FILMS, RACE, ask, list_answers, make_view


@pytest.mark.parametrize(
    ("rows", "question", "said"),
    [
        (RACE, "Who came after Bob Ray?", ["Cy Fox"]),
        (RACE, "Who finished before Bob Ray?", ["Ann Lee"]),
        (RACE, "Which driver is listed next after Cy Fox?", ["Dee Orr"]),
        (ERRORS, "Which code comes after E05?", ["E07"]),
        (ERRORS, "E05 的下一个代码是什么？", ["E07"]),
    ],
)
def test_the_row_beside_a_named_one(rows: list[list[str]], question: str, said: list[str]) -> None:
    assert list_answers(make_view(rows), question) == said


def test_before_and_after_are_meant_in_time_where_the_table_goes_back() -> None:
    view = make_view(FILMS)
    assert list_answers(view, "Which film came after Red Roof?") == ["Blue Door"]
    assert list_answers(view, "Which film is listed after Red Roof?") == ["Green Gate"]


def test_nothing_comes_after_the_last_row() -> None:
    found = ask(make_view(RACE), "Who came after Dee Orr?")
    assert found is None or found.binding.question.operation == "order"
    assert found is None or found.values != ("Cy Fox",)
