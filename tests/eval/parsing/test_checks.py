from __future__ import annotations

from typing import Any

import pytest

from eval.parsing.checks import find_starts, normalise_text, passes_test

PAGE = """The **quick** fox — it jumps.

| year | sales | cost |
|------|-------|------|
| 2023 | 10    | 7    |
| 2024 | 12    | 9    |

And then it “rests”."""
HTML = (
    "<table><thead><tr><td></td><td colspan=2>money</td></tr></thead>"
    "<tr><td>2023</td><td>10</td><td>7</td></tr></table>"
)


def test_typographic_variants_are_one() -> None:
    assert normalise_text("“a”—**b**<br/>_c_  d") == '"a"-b c d'


@pytest.mark.parametrize(
    ("test", "passed"),
    [
        ({"type": "present", "text": "quick fox - it"}, True),
        ({"type": "present", "text": "quick cat"}, False),
        ({"type": "present", "text": "quicc fox", "max_diffs": 1}, True),
        ({"type": "present", "text": "THE QUICK"}, False),
        ({"type": "present", "text": "THE QUICK", "case_sensitive": False}, True),
        ({"type": "present", "text": "quick", "last_n": 20}, False),
        ({"type": "absent", "text": "quick", "last_n": 20}, True),
        ({"type": "absent", "text": "quick", "first_n": 20}, False),
        ({"type": "order", "before": "quick", "after": "rests"}, True),
        ({"type": "order", "before": "rests", "after": "quick"}, False),
        ({"type": "order", "before": "nowhere", "after": "quick"}, False),
        ({"type": "table", "cell": "12", "left": "2024", "right": "9", "up": "10"}, True),
        ({"type": "table", "cell": "12", "up": "7"}, False),
        ({"type": "table", "cell": "12", "top_heading": "sales", "left_heading": "2024"}, True),
        ({"type": "table", "cell": "10", "down": "12"}, True),
        ({"type": "table", "cell": "99"}, False),
    ],
)
def test_tests_pass_and_fail(test: dict[str, Any], passed: bool) -> None:
    assert passes_test(test, PAGE) is passed


def test_cells_of_html_tables_are_found() -> None:
    assert passes_test({"type": "table", "cell": "7", "top_heading": "money"}, HTML)
    assert not passes_test({"type": "table", "cell": "2023", "top_heading": "money"}, HTML)


def test_starts_allow_differences() -> None:
    text = "say hallo and hello"
    assert find_starts("hello", text, 0) == [14]
    assert 4 in find_starts("hello", text, 1)
    assert find_starts("goodbye", text, 1) == []
