"""Intervals and tests against what is known without them."""

from __future__ import annotations

import numpy as np
import pytest

from eval.measures.row_figures import (
    balanced_accuracy,
    compute_auroc,
    compute_f1,
    compute_precision,
    compute_recall,
)
from eval.measures.statistics import compute_difference, compute_interval, mean_of


def test_the_interval_of_a_mean_is_about_two_standard_errors() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.2, 400)
    found = compute_interval([values])
    assert found is not None
    error = values.std(ddof=1) / 20
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=error / 4)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=error / 4)


def test_the_same_values_give_the_same_interval() -> None:
    values = np.random.default_rng(4).random(50)
    assert compute_interval([values]) == compute_interval([values])


def test_one_case_has_no_interval_and_equal_cases_a_point() -> None:
    assert compute_interval([np.array([0.5])]) is None
    found = compute_interval([np.full(9, 0.25)])
    assert found is not None
    assert (found.low, found.high) == (0.25, 0.25)


def test_the_interval_of_another_statistic_leaves_out_where_it_is_not_defined() -> None:
    label, alarm = np.array([1.0, 0.0, 0.0]), np.array([1.0, 0.0, 1.0])
    found = compute_interval([label, alarm], balanced_accuracy)
    assert found is not None
    assert 0.5 <= found.low <= balanced_accuracy(label, alarm) <= found.high <= 1.0


def test_few_differences_are_tested_exactly() -> None:
    ours, theirs = np.array([1.0, 1.0, 1.0, 0.5]), np.array([0.0, 0.0, 0.0, 0.5])
    found = compute_difference(ours, theirs)
    assert found is not None
    # All of 2 ** 3 assignments of signs: two are as extreme.
    assert found.p == pytest.approx(2 / 8)
    assert (found.mean, found.better, found.worse, found.cases) == (0.75, 3, 0, 4)
    assert not found.is_significant


def test_a_large_difference_is_significant_and_none_is_not() -> None:
    rng = np.random.default_rng(5)
    theirs = rng.random(300)
    up = compute_difference(theirs + rng.normal(0.05, 0.1, 300), theirs)
    assert up is not None
    assert up.is_significant
    same = compute_difference(theirs, theirs)
    assert same is not None
    assert (same.p, same.mean, same.better) == (1.0, 0.0, 0)
    noise = compute_difference(theirs + rng.choice([-0.1, 0.1], 300), theirs)
    assert noise is not None
    assert noise.p > 0.01
    one = compute_difference(np.array([1.0, 0.5]), np.array([0.0, 0.5]))
    assert one is not None
    assert one.p == 1.0
    assert compute_difference(np.array([]), np.array([])) is None


def test_figures_of_alarms_are_those_worked_out_by_hand() -> None:
    label = np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    alarm = np.array([1.0, 1.0, 0.0, 1.0, 0.0])
    assert compute_precision(label, alarm) == pytest.approx(2 / 3)
    assert compute_recall(label, alarm) == pytest.approx(2 / 3)
    assert compute_f1(label, alarm) == pytest.approx(2 / 3)
    assert balanced_accuracy(label, alarm) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert compute_auroc(label, np.array([0.9, 0.8, 0.3, 0.3, 0.1])) == pytest.approx(5.5 / 6)


def test_figures_that_are_not_defined_are_no_numbers() -> None:
    none, some = np.zeros(3), np.ones(3)
    for value in (
        compute_recall(none, some),
        compute_precision(some, none),
        compute_f1(none, none),
    ):
        assert np.isnan(value)
    assert np.isnan(balanced_accuracy(some, some))
    assert np.isnan(compute_auroc(none, some))
    assert mean_of(some) == 1.0
