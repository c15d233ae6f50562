"""Computes how certain a figure is: bootstrap intervals and the paired randomisation test.

Intervals are percentile bootstraps of 95 % (Efron 1979), over cases. The paired randomisation test
(Fisher 1935; Smucker, Allan & Carterette 2007 found it the best of the tests used in information
retrieval) decides whether two rows differ: if they did not, each difference could as well have the
other sign. Both by scipy, with a fixed seed, so the same cases give the same figures.

Limits: cases are treated as independent, but questions on one document are not quite so. Many
comparisons at once find some difference by chance: at p < 0.05 one of twenty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
RESAMPLES = 2_000
PERMUTATIONS = 9_999
SEED = 20_260_101
SIGNIFICANT = 0.05

Floats = NDArray[np.float64]
Statistic = Callable[..., float]
"""Takes one array for each value that it needs (cases in the same order), returns a number."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The range in which the figure lies with 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one row is above another on the cases both have; `p`: of no real difference."""

    mean: float
    interval: Interval | None
    p: float
    cases: int
    better: int
    worse: int

    @property
    def is_significant(self) -> bool:
        """Whether so large a difference is unlikely to be chance."""
        return self.p < SIGNIFICANT


def mean_of(values: Floats) -> float:
    """Return the arithmetic mean."""
    return float(values.mean())


def compute_interval(columns: Sequence[Floats], statistic: Statistic = mean_of) -> Interval | None:
    """Return the interval of `statistic` over cases; None for fewer than two cases.

    `columns` are arrays of the same length; the values of a case have the same place in all.
    A resample on which the statistic is not defined (no positive case) is left out.
    """
    size = len(columns[0])
    if size < 2:
        return None
    if all(float(column.min()) == float(column.max()) for column in columns):
        value = statistic(*columns)
        return None if np.isnan(value) else Interval(value, value)
    if statistic is mean_of:
        low, high = _bootstrap_mean_bounds(columns[0])
        return Interval(low, high)
    from numpy.random import default_rng

    rng = default_rng(SEED)
    draws = (rng.integers(0, size, size) for _ in range(RESAMPLES // 2))
    found = np.asarray([statistic(*(column[draw] for column in columns)) for draw in draws])
    known = found[~np.isnan(found)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))


def _bootstrap_mean_bounds(values: Floats) -> tuple[float, float]:
    from scipy.stats import bootstrap

    found = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(SEED),
        batch=max(1, 4_000_000 // len(values)),
    ).confidence_interval
    return float(found.low), float(found.high)


def compute_difference(ours: Floats, theirs: Floats) -> Difference | None:
    """Return how far `ours` is above `theirs`, paired by place; None where there are no cases."""
    if not len(ours):
        return None
    gaps = ours - theirs
    changed = gaps[np.abs(gaps) > 1e-12]  # a smaller gap is rounding, not a difference
    return Difference(
        mean=float(gaps.mean()),
        interval=compute_interval([gaps]),
        p=_compute_p_value(changed),
        cases=len(gaps),
        better=int((changed > 0).sum()),
        worse=int((changed < 0).sum()),
    )


def _compute_p_value(changed: Floats) -> float:
    """Return p, two-sided; differences of 0 have no sign to change and count for nothing."""
    if len(changed) < 2:
        return 1.0  # one difference is as large with either sign
    from scipy.stats import permutation_test

    found = permutation_test(
        (changed,),
        _sum_along_axis,
        permutation_type="samples",
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=max(1, 4_000_000 // len(changed)),
        rng=np.random.default_rng(SEED),
    )
    return float(found.pvalue)


def _sum_along_axis(values: Floats, axis: int = -1) -> Floats:
    total: Floats = np.sum(values, axis=axis)
    return total
