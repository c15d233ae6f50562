"""Defines the figures of a row and computes them from the values of its cases.

Most figures are means of one value over the cases that have it. A figure that is no mean (F1, area
under the curve) names the values it needs and the function that computes it. The first figure that
a dataset has values for is its main figure: plots, tests and sorting use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.measures.cases import Case
from eval.measures.metrics import PAGE_DEPTHS, RANKING_METRICS
from eval.measures.statistics import Floats, Statistic, mean_of

LABEL, ALARM, DOUBT = "_unsupported", "_alarm", "_doubt"
RIGHT, PROBABILITY = "_right", "_probability"
"""Values that are no figures by themselves: the truth, the verdict, and how sure it is."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: its name, the values of a case that it needs, and the statistic of these.

    `statistic` returns NaN where it is not defined. A `detail` is left out of the terminal's
    tables, which are narrow.
    """

    name: str
    needs: tuple[str, ...] = ()
    statistic: Statistic = mean_of
    detail: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The names of the values needed: its own name unless `needs` names others."""
        return self.needs or (self.name,)

    def build_columns(self, cases: Iterable[Case]) -> list[Floats]:
        """Return an array by needed value, over the cases that have them all."""
        rows = [
            [case.values[name] for name in self.values]
            for case in cases
            if case.failure is None and all(name in case.values for name in self.values)
        ]
        return [np.asarray(column, dtype=np.float64) for column in zip(*rows, strict=True)]


_BINS = 10


def compute_median(values: Floats) -> float:
    """Return the median."""
    return float(np.median(values)) if len(values) else float("nan")


def compute_f1(label: Floats, alarm: Floats) -> float:
    """Return the F1 of alarms."""
    hits = float((label * alarm).sum())
    total = float(label.sum() + alarm.sum())
    return 2 * hits / total if total else float("nan")


def compute_precision(label: Floats, alarm: Floats) -> float:
    """Return the share of alarms that are right."""
    return float((label * alarm).sum() / alarm.sum()) if alarm.any() else float("nan")


def compute_recall(label: Floats, alarm: Floats) -> float:
    """Return the share of unsupported cases that raised an alarm."""
    return float((label * alarm).sum() / label.sum()) if label.any() else float("nan")


def balanced_accuracy(label: Floats, alarm: Floats) -> float:
    """Return the mean of the recalls of both classes."""
    if not label.any() or label.all():
        return float("nan")
    quiet = float(((1 - label) * (1 - alarm)).sum() / (1 - label).sum())
    return (compute_recall(label, alarm) + quiet) / 2


def compute_brier_score(right: Floats, probability: Floats) -> float:
    """Return the mean squared distance of a probability to what came true (Brier, 1950)."""
    return float(((probability - right) ** 2).mean()) if len(right) else float("nan")


def compute_calibration_error(right: Floats, probability: Floats) -> float:
    """Return the expected calibration error over ten bins (Guo et al., ICML 2017)."""
    if not len(right):
        return float("nan")
    bins = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    gaps = [
        np.sum(bins == each) * abs(right[bins == each].mean() - probability[bins == each].mean())
        for each in range(_BINS)
        if np.any(bins == each)
    ]
    return float(np.sum(gaps) / len(right))


def compute_auroc(label: Floats, doubt: Floats) -> float:
    """Return the probability that an unsupported case is doubted more than a supported one."""
    if not label.any() or label.all():
        return float("nan")
    from scipy.stats import rankdata

    # The rank-sum form (Mann-Whitney U): `above` counts the pairs of an unsupported and a supported
    # case in which the first is doubted more, ties as one half.
    ranks = rankdata(doubt)
    positive = float(label.sum())
    above = float(ranks[label > 0].sum()) - positive * (positive + 1) / 2
    return above / (positive * (len(label) - positive))


RETRIEVAL: Sequence[Measure] = (
    *(Measure(name, detail=name == "recall@10") for name in RANKING_METRICS),
    *(
        Measure(f"page@{depth}", detail=depth == 3)
        for depth in sorted(PAGE_DEPTHS, key=lambda depth: depth != 5)
    ),
    Measure("page MRR@10"),
    *(Measure(f"passage@{depth}", detail=depth != 5) for depth in PAGE_DEPTHS),
)
ANSWERS: Sequence[Measure] = (
    Measure("correct"),
    Measure("F1"),
    Measure("exact", detail=True),
    Measure("F1 of all", detail=True),
    Measure("items"),
    Measure("words", ("words",), compute_median),
    Measure("page@5"),
    Measure("citation precision", detail=True),
    Measure("citation recall", detail=True),
    Measure("false refusals"),
    Measure("refusal precision", detail=True),
    Measure("refusal recall"),
    Measure("groundedness"),
    Measure("Brier", (RIGHT, PROBABILITY), compute_brier_score, detail=True),
    Measure("calibration error", (RIGHT, PROBABILITY), compute_calibration_error, detail=True),
)
GROUNDING: Sequence[Measure] = (
    Measure("balanced accuracy", (LABEL, ALARM), balanced_accuracy),
    Measure("AUROC", (LABEL, DOUBT), compute_auroc),
    Measure("F1", (LABEL, ALARM), compute_f1),
    Measure("precision", (LABEL, ALARM), compute_precision),
    Measure("recall", (LABEL, ALARM), compute_recall),
)
SUITES: dict[str, Sequence[Measure]] = {
    "retrieval": RETRIEVAL,
    "answers": ANSWERS,
    "grounding": GROUNDING,
}

_DECISIVE = ("nDCG@10", "correct", "refusal recall", "page@5")


def is_missed(case: Case) -> bool:
    """Say whether a case is wrong: nothing right was found, a wrong answer, a wrong verdict."""
    values = case.values
    if LABEL in values:
        return values[LABEL] != values[ALARM]
    decisive = next((values[name] for name in _DECISIVE if name in values), 1.0)
    return decisive == 0 or values.get("refusal precision") == 0
