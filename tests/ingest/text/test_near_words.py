"""Words are near by few edits; how many are forgiven depends on their length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.near_words import find_nearest, measure_edits


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("time", "time", 0),
        ("tiem", "time", 1),
        ("tme", "time", 1),
        ("timee", "time", 1),
        ("tide", "time", 1),
        ("tiedm", "time", 3),
        ("ab", "abcdef", 3),
    ],
)
def test_edits(one: str, other: str, edits: int) -> None:
    assert measure_edits(one, other, 2) == edits


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_way_back_is_as_long(one: str, other: str) -> None:
    assert measure_edits(one, other, 6) == measure_edits(other, one, 6)


@pytest.mark.parametrize(
    ("word", "most", "nearest"),
    [
        ("tiem", 1, "time"),
        ("presure", 1, "pressure"),
        ("maintanence", 2, "maintenance"),
        ("maintanence", 1, ""),
        ("pumpe", 1, "pump"),
        ("boiler", 2, ""),
        ("p4", 2, ""),  # what has digits is no word
    ],
)
def test_the_nearest_word_is_found(word: str, most: int, nearest: str) -> None:
    known = [("time", 3), ("tide", 1), ("pressure", 2), ("maintenance", 1), ("pump", 4), ("p3", 9)]
    assert find_nearest(word, known, most) == nearest


def test_of_words_as_near_the_commonest_is_taken() -> None:
    assert find_nearest("tize", [("tile", 1), ("time", 3), ("tire", 2)], 1) == "time"
