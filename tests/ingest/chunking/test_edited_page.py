"""Editing a page of a long document embeds a few chunks anew, not the rest of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.maintenance.audit import audit_library
from tests.support.library import Home

PAGES = 200


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.close()


def pages(*, chinese: bool, headed: bool) -> list[str]:
    chance = random.Random(7)
    words = (
        "水泵阀门转子传感器政策电池" if chinese else ["pump", "valve", "rotor", "sensor", "policy"]
    )
    made = []
    for number in range(PAGES):
        parts = [f"# Chapter {number}"] if headed and number % 10 == 0 else []
        for _ in range(4):
            chosen = chance.choices(words, k=chance.randint(8, 20))
            parts.append(("" if chinese else " ").join(chosen) + ("。" if chinese else "."))
        made.append("\n\n".join(parts))
    return made


@pytest.mark.parametrize(("chinese", "headed"), [(False, True), (True, False)])
def test_a_page_of_two_hundred_costs_three_percent_at_most(
    home: Home, chinese: bool, headed: bool
) -> None:
    collection, text = home.collection(), pages(chinese=chinese, headed=headed)
    home.add("\f".join(text), "long.txt", collection)
    home.work()
    whole = len(home.embedder.texts)
    assert whole > PAGES
    text[87] = "New words, and more of them than there were.\n\n" + text[87].upper() + "\n\nEnd."
    replaced = home.add("\f".join(text), "long.txt", collection)
    assert replaced.outcome == "replaced"
    home.work()
    assert home.unsigned(replaced.document.id) == []
    again = len(home.embedder.texts) - whole
    assert 0 < again <= 0.03 * whole
    assert audit_library(home.library) == []
