"""Titles as keys, and the mentions that lead to them."""

from __future__ import annotations

import pytest

from ingest.text.titles import mentioned_keys, title_key


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Lester Smith", "a game created by Lester Smith (designer of others)"),
        ("Mercury (planet)", "It orbits nearer than Mercury does."),
        ("Schindler's List", "He directed Schindler’s List in 1993."),
        ("2010 FIFA World Cup", "the final of the 2010 FIFA World Cup"),
        ("战国无双3", "本作是《战国无双3》的续作"),
        ("戰國無雙", "本作是《战国无双》的续作"),
    ],
)
def test_a_title_is_found_where_it_is_mentioned(title: str, text: str) -> None:
    assert title_key(title) in mentioned_keys(text)


@pytest.mark.parametrize("title", ["", "(film)", "It", "12", "…", " ".join(["word"] * 9)])
def test_what_is_no_name_has_no_key(title: str) -> None:
    assert title_key(title) == ""


def test_lower_case_words_are_no_mention() -> None:
    assert "warranty" not in mentioned_keys("the warranty ends")
    assert "warranty" in mentioned_keys("see Warranty below")
    assert mentioned_keys("") == set()
