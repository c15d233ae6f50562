"""What a question demands, and which passages meet it."""

from __future__ import annotations

import pytest

from rag.question.demands import parse_demands


def test_phrases_and_exclusions_are_read() -> None:
    asked = parse_demands('What does +"force majeure" cover -insurance -war?')
    assert asked.required == ("force majeure",)
    assert asked.excluded == ("insurance", "war")
    assert "insurance" not in asked.text
    assert parse_demands("“不可抗力”").required == ("不可抗力",)
    assert parse_demands("合同 +“不可抗力” +Steel").required == ("不可抗力", "Steel")
    assert parse_demands('"force majeure" -war').required == ("force majeure",)


@pytest.mark.parametrize(
    "question",
    ["at -5 °C", "state-of-the-art", "-only", '"" empty', "a – b", 'Who wrote "It"?', "a + b"],
)
def test_what_is_no_demand(question: str) -> None:
    assert not parse_demands(question).has_conditions


def test_met_by_compares_terms_in_a_row() -> None:
    asked = parse_demands('+"force majeure" contract -insurance')
    assert asked.met_by("Events of Force Majeure end it.")
    assert not asked.met_by("A majeure of force.")
    assert not asked.met_by("Force majeure is no insurance.")
    assert parse_demands("“不可抗力”").met_by("因不可抗力而终止")
    assert not parse_demands("“不可抗力”").met_by("可以抗力")
