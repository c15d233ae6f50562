"""Titles named in the best passages, and who gains by it."""

from __future__ import annotations

import json

import pytest

from ingest.library import Passage
from rag.retrieval.title_links import find_title_links, gains_of

PASSAGES = {
    each.chunk_id: each
    for each in (
        Passage(key, document, f"{document}.md", "c", "text/plain", text, json.dumps(path))
        for key, document, path, text in (
            ("dice", "dice", ["Demon Dice"], "A game by Lester Smith."),
            ("more", "dice", ["Demon Dice"], "Lester Smith made more of them."),
            ("moon", "moon", ["The Moon"], "It has no air."),
            ("smith 1", "smith", ["Lester Smith"], "Born in 1960."),
            ("smith 2", "smith", ["Lester Smith"], "Lester Smith lives in Indiana."),
            ("plain", "plain", [], "Lester Smith without a heading."),
        )
    )
}


def gains(scores: dict[str, float], *holding: str) -> dict[str, float]:
    offers = find_title_links(scores, PASSAGES, 0.5)
    return gains_of(offers, [PASSAGES[key] for key in holding], scores, PASSAGES)


def test_a_document_named_gains_by_one_of_its_passages() -> None:
    scores = {"dice": 2.0, "more": 1.0, "moon": -1.0}
    assert gains(scores, "smith 2", "smith 1", "plain") == {"smith 2": 1.0}
    known = scores | {"smith 1": -2.0}
    assert gains(known, "smith 2", "smith 1") == {"smith 1": 1.0}, "the one that ranks already"


def test_who_is_named_stands_behind_who_names_at_most() -> None:
    scores = {"dice": 2.0, "smith 1": 1.5}
    assert gains(scores, "smith 1")["smith 1"] == pytest.approx(0.5, abs=1e-5)
    assert scores["smith 1"] + gains(scores, "smith 1")["smith 1"] < scores["dice"]
    assert gains({"smith 1": 3.0, "dice": 2.0}, "smith 1") == {}


def test_nobody_gains_by_their_own_words_or_by_what_is_below_the_mean() -> None:
    assert gains({"smith 2": 2.0}, "smith 1") == {}
    assert find_title_links({"dice": -0.1, "more": -1.0}, PASSAGES, 0.5) == []
    assert gains({"dice": 2.0}, "moon") == {}


def test_a_title_of_many_documents_is_no_name() -> None:
    many = [PASSAGES["smith 1"]._replace(chunk_id=f"s{n}", document_id=f"s{n}") for n in range(4)]
    scores = {"dice": 2.0, "moon": -1.0}
    offers = find_title_links(scores, PASSAGES, 0.5)
    assert gains_of(offers, many, scores, PASSAGES) == {}
    assert len(gains_of(offers, many[:3], scores, PASSAGES)) == 3
