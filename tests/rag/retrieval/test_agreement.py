"""Likeness to the best passages."""

from __future__ import annotations

from rag.retrieval.agreement import score_agreement


def test_what_is_like_the_best_is_above_what_is_not() -> None:
    best = "The pump needs a new seal every year."
    like, unlike = "A seal of the pump lasts a year.", "Dividends are paid in May."
    scores = score_agreement([best, unlike, like, unlike + " Always."])
    assert scores[2] > scores[1]
    assert all(0 <= score <= 1 for score in scores)


def test_few_or_empty_texts() -> None:
    assert score_agreement([]) == []
    assert score_agreement(["one"]) == [0.0]
    assert score_agreement(["", ""]) == [0.0, 0.0]
