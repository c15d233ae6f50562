from __future__ import annotations

import pytest

from rag.question.periods import Periods, find_periods


@pytest.mark.parametrize(
    ("text", "years", "quarters", "months"),
    [
        ("visitors in April 2023", {2023}, set(), {4}),
        ("三月份和2021年12月", {2021}, set(), {3, 12}),
        ("FY18 and the third quarter of 2019", {2018, 2019}, {3}, set()),
        ("from 2017 to 2019", {2017, 2018, 2019}, set(), set()),
        ("2017-19", {2017, 2018, 2019}, set(), set()),
        ("第二季度", set(), {2}, set()),
        ("It may cost $2,019 or 2019 km.", set(), set(), set()),
    ],
)
def test_periods_are_found(
    text: str, years: set[int], quarters: set[int], months: set[int]
) -> None:
    assert find_periods(text) == Periods(frozenset(years), frozenset(quarters), frozenset(months))


def test_another_month_is_a_conflict_and_no_month_is_none() -> None:
    april = find_periods("How many visitors came in April?")
    assert april.conflicts_with(find_periods("In March there were 1,200 visitors."))
    assert not april.conflicts_with(find_periods("There were 1,200 visitors."))
    assert not april.conflicts_with(find_periods("March: 1,200, April: 1,300."))
