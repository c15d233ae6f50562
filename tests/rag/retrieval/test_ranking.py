"""Orders of candidates: pure functions over scores."""

from __future__ import annotations

import pytest

from rag.retrieval.ranking import Ranking, blend_scores, group_duplicates, standardise_ranked_scores


def test_standing_is_measured_in_deviations_of_the_best() -> None:
    found = standardise_ranked_scores({"a": 3.0, "b": 1.0})
    assert found == {"a": 1.0, "b": -1.0}
    assert list(standardise_ranked_scores({str(n): -float(n) for n in range(60)})) == [
        str(n) for n in range(60)
    ]
    assert standardise_ranked_scores({"a": 2.0}) == {"a": 0.0}
    assert standardise_ranked_scores({}) == {}


def test_equals_are_ordered_by_the_legs_that_found_them_then_by_id() -> None:
    ranking = Ranking({}, lexical={"b": 1.0, "c": 1.0}, dense={"c": 1.0, "a": 1.0})
    assert list(ranking.sort_scores({"b": 1.0, "a": 1.0, "c": 1.0, "d": 2.0})) == [
        "d",
        "c",
        "a",
        "b",
    ]
    assert Ranking({"x": 2.0, "y": 1.0}).list_top_ids(1) == ["x"]


def test_the_second_stage_counts_by_its_weight() -> None:
    scores = {"a": 1.0, "b": 0.0, "c": -1.0}
    second = {"a": 0.1, "b": 0.9}
    assert list(blend_scores(scores, second, 0.0, 2)) == ["a", "b", "c"]
    assert list(blend_scores(scores, second, 1.0, 2)) == ["b", "a", "c"]
    assert blend_scores(scores, {}, 1.0, 2) == scores
    equal = blend_scores(scores, {"b": 5.0, "a": 5.0}, 1.0, 2)
    assert list(equal) == ["a", "b", "c"], "what the second stage finds equal stays as it was"


def test_what_could_not_be_judged_is_average_and_what_was_not_looked_at_least() -> None:
    scores = {"good": 1.0, "unread": 0.9, "bad": 0.8, "below": 0.7}
    blend = blend_scores(scores, {"good": 3.0, "bad": 1.0}, 1.0, 3)
    assert list(blend) == ["good", "unread", "bad", "below"]
    assert blend["below"] == blend["bad"] < blend["unread"] < blend["good"]


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["alpha beta", "alpha  beta\n", "gamma"], 2),
        (["第一章 总则", "第一章\n总则", "第二章 附则"], 2),
        (["the cat sat on a mat", "a cat sat on the mat", "dogs bark"], 2),
        (["—", "–"], 2),
    ],
)
def test_distinct(texts: list[str], kept: int) -> None:
    by_id = {str(number): text for number, text in enumerate(texts)}
    found = group_duplicates(by_id, by_id.__getitem__, 10, 0.9)
    assert len(found) == kept
    assert next(iter(found)) == "0"
    assert sum(1 + len(copies) for copies in found.values()) == len(texts)
    assert len(group_duplicates(by_id, by_id.__getitem__, 1, 0.9)) == 1
