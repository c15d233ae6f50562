"""Text that is made to be slow to read: questions, passages and answers come from anybody.

Nothing is timed: with the work growing as a power of the length, these would not end.
"""

from __future__ import annotations

import pytest

from rag.analysis.facts import Quantity, quantities
from rag.analysis.markers import Markers, MarkerScanner
from rag.grounding.citations import cited_text
from rag.question.expected_answer import expected, fits
from rag.question.understand import MAX_QUESTION_CHARACTERS

LONG = MAX_QUESTION_CHARACTERS


@pytest.mark.parametrize("unit", ["a", "二", "1", "a-", "一二三", "百", "-"])
def test_a_long_row_of_characters_in_a_question_is_read_quickly(unit: str) -> None:
    row = (unit * LONG)[:LONG]
    assert expected(f"what is {row} b c d e") == "anything"
    assert isinstance(quantities(row), frozenset)
    assert fits("time", f"{row} x", "when?") is not None


def test_what_the_patterns_were_made_for_is_still_found() -> None:
    assert expected("What is a flow meter?") == "definition"
    assert expected("what is grounding") == "definition"
    assert expected("What is the colour of the lid?") == "anything"
    assert Quantity("3000", "W") in quantities("功率为三千瓦")
    assert Quantity("30000", "CNY") in quantities("罚款三万元")
    assert fits("time", "有效期为十五个月", "多久？")
    assert fits("time", "deadline in 120 天", "when?")


def test_an_opened_bracket_with_much_space_after_it_is_read_quickly() -> None:
    text = "said [" + " " * LONG + "and so on [ 1 ]."
    scanner = MarkerScanner()
    parts = [*scanner.feed(text), *scanner.finish()]
    assert [part.numbers for part in parts if isinstance(part, Markers)] == [(1,)]
    assert cited_text("[" + " " * LONG, ()) == ("[" + " " * LONG, ())
