"""What a run remembers, in words."""

from __future__ import annotations

import pytest

from eval.runs.format_values import pages_text, readable, worded


def test_pages_are_counted() -> None:
    assert (pages_text([3]), pages_text([3, 4])) == ("page 3", "pages 3, 4")


def test_times_are_told_in_utc() -> None:
    assert readable("2026-11-28T15:25:25+00:00") == "2026-11-28 15:25 UTC"
    assert readable("2026-11-28T16:25:25+01:00") == "2026-11-28 15:25 UTC"
    assert readable("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "not set"),
        (True, "yes"),
        (False, "no"),
        ([], "none"),
        (["en", "zh"], "en, zh"),
        ("", "empty"),
        (0.5, "0.5"),
    ],
)
def test_values_have_no_words_of_python(value: object, words: str) -> None:
    assert worded(value) == words
