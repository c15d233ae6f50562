"""Periods are read alike in both languages; codes are what carries digits and is no period."""

from __future__ import annotations

import pytest

from rag.question.constraints import Period, find_constraints, find_periods


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("the margin of Orbital in Q1 2023", [Period(2023, 1)]),
        ("Orbital 2023年第一季度的利润率", [Period(2023, 1)]),
        ("revenue of the second quarter of 2022", [Period(2022, 2)]),
        ("visitors in April", [Period(month=4)]),
        ("四月的访客人数", [Period(month=4)]),
        ("On 3 May 2021, how many came?", [Period(2021, month=5, day=3)]),
        ("On May 3, 2021, how many came?", [Period(2021, month=5, day=3)]),
        ("2021年5月3日来了多少人？", [Period(2021, month=5, day=3)]),
        ("2021-05-03", [Period(2021, month=5, day=3)]),
        ("二〇二一年十二月", [Period(2021, month=12)]),
        ("from 2019 to 2021", [Period(2019), Period(2021)]),
        ("FY 2022 and 2022", [Period(2022)]),
        ("What may I bring?", []),
        ("三个月的保修", []),
        ("7741 的压力", []),
    ],
)
def test_periods(text: str, periods: list[Period]) -> None:
    assert list(find_periods(text)) == periods


def test_a_period_contains_what_lies_in_it() -> None:
    assert Period(2023, 1).contains(Period(2023, month=3))
    assert not Period(2023, 1).contains(Period(2023, month=4))
    assert not Period(month=4).contains(Period(2023, month=3))
    assert Period(2023).contains(Period(2023, month=3, day=1))


def test_codes_are_no_periods() -> None:
    found = find_constraints("Compare E05, P-200 and 7741 of 2023 at 6.5 bar and 15%")
    assert found.codes == ("E05", "P-200", "7741")
    assert found.periods == (Period(2023),)
