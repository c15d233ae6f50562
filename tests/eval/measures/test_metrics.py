from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures.metrics import (
    RANKING_METRICS,
    answer_tokens,
    compute_mean,
    compute_percentile,
    contains_answer,
    hit_values,
    is_exact_match,
    measure_item_recall,
    measure_token_f1,
    ranking_values,
    reciprocal_rank,
)
from eval.measures.row_figures import compute_brier_score, compute_calibration_error


def test_ranking_values_are_those_worked_out_by_hand() -> None:
    found = ranking_values({"a": 1, "b": 2}, ["b", "z", "a"])
    ideal = 2 + 1 / math.log2(3)
    assert found["nDCG@10"] == pytest.approx((2 + 1 / math.log2(4)) / ideal)
    assert found["recall@5"] == found["recall@100"] == found["MRR@10"] == 1.0
    assert found["MAP@100"] == pytest.approx((1 + 2 / 3) / 2)
    assert tuple(found) == RANKING_METRICS


def test_cutoffs_cut() -> None:
    far = [f"n{rank}" for rank in range(10)] + ["c"]
    found = ranking_values({"c": 1}, far)
    assert found["recall@5"] == found["recall@10"] == found["MRR@10"] == found["nDCG@10"] == 0.0
    assert found["recall@100"] == 1.0


def test_the_order_given_counts_also_where_ids_would_sort_otherwise() -> None:
    assert ranking_values({"c": 1}, ["c", "z", "a"])["MRR@10"] == 1.0
    assert ranking_values({"c": 1}, ["z", "a", "c"])["MRR@10"] == pytest.approx(1 / 3)


def test_an_empty_ranking_found_nothing() -> None:
    assert ranking_values({"c": 1}, []) == dict.fromkeys(RANKING_METRICS, 0.0)


@pytest.mark.parametrize(
    ("answer", "gold", "contained"),
    [
        ("The load rose by 38% [1].", "38 %", True),
        ("The load rose by 38 per cent.", "38 %", True),
        ("The load rose by 138 %.", "38 %", False),
        ("It has a diameter of 1.20 m.", "1.20 m", True),
        ("It has a diameter of 1.20m.", "1.20 M", True),
        ("It weighs 1,200 kg.", "1200 kg", True),
        ("in 2010 and later", "10", False),
        ("10.5 watts", "10", False),
        ("Replace it every 24\nmonths[2]!", "24 months", True),
        ("It is harder than 8 °dH.", "harder than 8 °dH", True),
        ("months 24", "24 months", False),
        ("费用上限为６５０元。", "650", True),
        ("应在出差结束后十五日内提交[1]。", "十五日内", True),
        ("应在出差结束后 十五 日 内 提交。", "十五日内", True),
        ("应在十日内提交。", "十五日内", False),
        ("典型功耗为6.5瓦[3]。", "6.5 瓦", True),
        ("停水时间：2025年9月14日", "2025年9月14日", True),
        ("see [24] months", "24 months", False),
        ("", "yes", False),
        ("anything", "", False),
        ("anything", "...", False),
    ],
)
def test_gold_words_are_found_whatever_the_spelling(
    answer: str, gold: str, contained: bool
) -> None:
    assert contains_answer(answer, gold) is contained


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=60))
def test_an_answer_that_quotes_the_gold_contains_it(before: str, gold: str, after: str) -> None:
    assert contains_answer(f"{before}\n;{gold};\n{after}", gold) is bool(answer_tokens(gold))


def test_percentiles_and_means() -> None:
    assert compute_mean([]) is None
    assert compute_mean([True, False, True, True]) == 0.75
    assert compute_percentile([], 0.5) == 0.0
    assert compute_percentile([3.0], 0.99) == 3.0
    assert compute_percentile([1.0, 2.0, 3.0, 4.0, 5.0], 0.5) == 3.0


def test_hits_and_reciprocal_ranks_count_passages() -> None:
    right = [False, False, True, False, False, True]
    assert hit_values("page", right) == {"page@1": 0, "page@3": 1, "page@5": 1, "page@10": 1}
    assert reciprocal_rank(right) == pytest.approx(1 / 3)
    assert reciprocal_rank([False] * 10 + [True]) == 0.0
    assert hit_values("page", []) == {"page@1": 0, "page@3": 0, "page@5": 0, "page@10": 0}


def test_f1_ignores_articles_and_compares_chinese_by_characters() -> None:
    assert measure_token_f1("the Stadium of Light", ["Stadium of Light"]) == 1.0
    assert measure_token_f1("在北京市", ["北京"]) == pytest.approx(2 * 2 / 6)
    assert measure_token_f1("", ["Paris"]) == 0.0
    assert is_exact_match("The 1,200 visitors!", ["1200 visitors"])


def test_item_recall_is_the_share_of_points_said() -> None:
    assert measure_item_recall("Open the tap. Wait.", ["open the tap", "close it"]) == 0.5


def test_brier_and_calibration_error_by_hand() -> None:
    right, probability = np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.2, 0.5])
    assert compute_brier_score(right, probability) == pytest.approx((0.01 + 0.04 + 0.25) / 3)
    assert compute_calibration_error(right, probability) == pytest.approx((0.1 + 0.2 + 0.5) / 3)
