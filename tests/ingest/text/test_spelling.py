"""Spellings that must meet, and words that must stay apart."""

from __future__ import annotations

import pytest

from ingest.text.spelling import to_american_spelling, to_simplified_chinese


@pytest.mark.parametrize(
    ("british", "us"),
    [
        ("colour", "color"),
        ("neighbouring", "neighboring"),
        ("centre", "center"),
        ("kilometres", "kilometers"),
        ("organisation", "organization"),
        ("analyse", "analyze"),
        ("catalogue", "catalog"),
        ("defence", "defense"),
        ("haemoglobin", "hemoglobin"),
        ("anaemia", "anemia"),
        ("ischaemic", "ischemic"),
        ("oestrogen", "estrogen"),
        ("programme", "program"),
        ("sulphur", "sulfur"),
    ],
)
def test_british_and_american_meet(british: str, us: str) -> None:
    assert to_american_spelling(british) == to_american_spelling(us)


@pytest.mark.parametrize(
    "word", ["four", "hour", "source", "there", "core", "fence", "this", "aeon"]
)
def test_what_only_looks_british_stays(word: str) -> None:
    assert to_american_spelling(word) == word


def test_traditional_becomes_simplified_one_for_one() -> None:
    assert to_simplified_chinese("軟體開發") == "软体开发"
    assert to_simplified_chinese("软体开发 ABC カ") == "软体开发 ABC カ"
    text = "頭髮和發展，後來"
    assert len(to_simplified_chinese(text)) == len(text)
