"""What a run remembers, in words."""

from __future__ import annotations

import pytest

from eval.runs.format_values import format_pages, format_time, format_value


def test_pages_are_counted() -> None:
    assert (format_pages([3]), format_pages([3, 4])) == ("page 3", "pages 3, 4")


def test_times_are_told_in_utc() -> None:
    assert format_time("2026-11-28T15:25:25+00:00") == "2026-11-28 15:25 UTC"
    assert format_time("2026-11-28T16:25:25+01:00") == "2026-11-28 15:25 UTC"
    assert format_time("yesterday") == "yesterday"


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
    assert format_value(value) == words
