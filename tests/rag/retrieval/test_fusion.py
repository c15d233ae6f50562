"""Fusion: order, scale-freedom, absent chunks and degenerate legs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.fusion import (
    ENOUGH_MATCHED,
    fuse_convex,
    fuse_reciprocal_ranks,
    measure_matched_share,
    weigh_dense_leg,
)

ids = st.text("abcdefgh", min_size=1, max_size=2)
legs = st.dictionaries(ids, st.integers(-1000, 1000).map(lambda n: n / 8), max_size=12)
weights = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


def ranked(scores: dict[str, float]) -> list[str]:
    return sorted(scores, key=lambda each: (-round(scores[each], 9), each))


@given(legs, legs, weights)
def test_every_candidate_of_either_leg_is_scored_and_nothing_else(
    lexical: dict[str, float], dense: dict[str, float], weight: float
) -> None:
    assert set(fuse_convex(lexical, dense, weight)) == set(lexical) | set(dense)
    assert set(fuse_reciprocal_ranks(lexical, dense, weight)) == set(lexical) | set(dense)


@given(legs, legs, weights)
def test_convex_does_not_see_the_scale_of_a_leg(
    lexical: dict[str, float], dense: dict[str, float], weight: float
) -> None:
    stretched = {key: 4 * value + 32 for key, value in lexical.items()}
    before, after = fuse_convex(lexical, dense, weight), fuse_convex(stretched, dense, weight)
    assert after == pytest.approx(before, abs=1e-6)


@given(legs, legs, weights)
def test_swapping_legs_and_weight_changes_nothing(
    lexical: dict[str, float], dense: dict[str, float], weight: float
) -> None:
    swapped = fuse_convex(dense, lexical, 1 - weight)
    assert swapped == pytest.approx(fuse_convex(lexical, dense, weight), abs=1e-9)


@given(legs, legs, st.sampled_from([0.25, 0.5, 0.75]))
def test_a_chunk_better_in_both_legs_is_never_below(
    lexical: dict[str, float], dense: dict[str, float], weight: float
) -> None:
    for fused in (
        fuse_convex(lexical, dense, weight),
        fuse_reciprocal_ranks(lexical, dense, weight),
    ):
        both = [key for key in lexical if key in dense]
        for one in both:
            for other in both:
                if lexical[one] > lexical[other] and dense[one] > dense[other]:
                    assert fused[one] > fused[other]


@given(legs, weights)
def test_being_found_never_ranks_below_being_absent(leg: dict[str, float], weight: float) -> None:
    other = {"z": 1.0}
    fused = fuse_convex({key: abs(value) for key, value in leg.items()}, other, weight)
    worst_found = min((fused[key] for key in leg if key != "z"), default=None)
    if worst_found is not None and weight == 0.0:
        assert worst_found >= fused["z"] - 1e-9


def test_weight_chooses_the_leg() -> None:
    lexical, dense = {"a": 9.0, "b": 1.0}, {"a": 0.1, "b": 0.9}
    assert ranked(fuse_convex(lexical, dense, 0.0))[0] == "a"
    assert ranked(fuse_convex(lexical, dense, 1.0))[0] == "b"


def test_absent_chunk_gets_the_least_z_of_the_leg() -> None:
    fused = fuse_convex({"a": 3.0, "b": 1.0}, {"c": 0.5}, 0.0)
    assert fused == pytest.approx({"a": 1.0, "b": -1.0, "c": -1.0})


def test_found_by_a_single_candidate_leg_counts() -> None:
    fused = fuse_convex({"a": 7.0}, {"b": 0.8, "c": 0.8}, 0.5)
    assert fused["a"] == pytest.approx(-0.5)
    assert fused["b"] == fused["c"] == pytest.approx(-0.5)
    assert ranked(fuse_convex({"c": 7.0}, {"b": 0.8, "c": 0.8}, 0.5))[0] == "c"


def test_empty_legs() -> None:
    assert fuse_convex({}, {}, 0.5) == {}
    assert fuse_reciprocal_ranks({}, {}) == {}
    assert ranked(fuse_convex({}, {"a": 0.1, "b": 0.2}, 0.5)) == ["b", "a"]


def test_equal_scores_are_not_divided_by_rounding_noise() -> None:
    noisy = {"a": 0.1 + 0.2, "b": 0.3, "c": 0.3}
    assert fuse_convex(noisy, {}, 0.0) == {"a": 0.0, "b": 0.0, "c": 0.0}


def test_rrf_is_that_of_the_paper() -> None:
    fused = fuse_reciprocal_ranks({"a": 9.0, "b": 5.0}, {"b": 0.9, "c": 0.8}, k=60)
    assert fused == pytest.approx({"a": 0.5 / 61, "b": 0.5 / 62 + 0.5 / 61, "c": 0.5 / 62})
    assert ranked(fused) == ["b", "a", "c"]


TEXTS = ["the pump weighs 38 kg", "a valve of brass", "pumps and valves", "水泵重三十八公斤"]


def test_the_whole_question_may_be_matched_or_nothing_of_it() -> None:
    assert measure_matched_share("pump weighs 38 kg", TEXTS) == pytest.approx(1)
    assert measure_matched_share("dragon", TEXTS) == 0
    assert 0 < measure_matched_share("what does the dragon weigh", TEXTS) < 0.7


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    texts = ["pump one", "pump two", "pump three", "valve"]
    assert measure_matched_share("pump valve", texts[:3]) < 0.5
    assert measure_matched_share("pump valve", [*texts[3:], *texts[:2]]) > 0.4


@pytest.mark.parametrize(("question", "texts"), [("", TEXTS), ("pump", []), ("？", ["？"])])
def test_where_there_is_nothing_to_match_nothing_is_matched(
    question: str, texts: list[str]
) -> None:
    assert measure_matched_share(question, texts) == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_vectors_get_what_words_lose_and_never_less_than_set(weight: float, share: float) -> None:
    found = weigh_dense_leg(weight, share)
    assert weight - 1e-9 <= found <= 1
    assert weigh_dense_leg(weight, 0) == pytest.approx(1)
    assert weigh_dense_leg(weight, ENOUGH_MATCHED) == pytest.approx(weight)
