"""Computes the figures of a run by dataset and row, with intervals, latency and differences.

Pure functions. Every other row of a dataset is compared with its first row, case by case, on the
dataset's main figure. Limits: rows that failed on different cases are compared on the cases that
both have, while the mean of each row is over its own cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.measures.cases import Case, CaseFailure
from eval.measures.metrics import compute_percentile
from eval.measures.row_figures import SUITES, Measure
from eval.measures.statistics import Difference, Interval, compute_difference, compute_interval
from eval.runs.run_store import StoredRun

ALL = "all"
DOCUMENTS = "documents"
"""The row of files that could not be ingested; it has no question and is in no average."""


@dataclass(frozen=True, slots=True)
class FigureEstimate:
    """A figure over `cases` that it applies to."""

    value: float
    interval: Interval | None
    cases: int


@dataclass(frozen=True, slots=True)
class RowSummary:
    """One row on one dataset (and one language of it, or all).

    `against` is how far the row is above the first row of the dataset on the main figure; latency
    is milliseconds of `timed` cases, None where none was timed.
    """

    row: str
    group: str
    cases: int
    figures: dict[str, FigureEstimate]
    p50_ms: float | None
    p99_ms: float | None
    timed: int
    failures: tuple[CaseFailure, ...]
    against: Difference | None = None


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """All rows of a dataset; `main` is its main figure, `details` are shown on the page only."""

    dataset: str
    main: str
    measures: tuple[str, ...]
    details: frozenset[str]
    rows: tuple[RowSummary, ...]
    groups: tuple[RowSummary, ...] = ()
    documents: tuple[CaseFailure, ...] = ()

    @property
    def failure_count(self) -> int:
        """How many cases and documents failed."""
        return len(self.documents) + sum(len(row.failures) for row in self.rows)


def summarise_run(run: StoredRun) -> list[DatasetSummary]:
    """Return the summary of each dataset of a run: rows of docchat first, then its baselines."""
    order = (*run.info.rows, *run.info.baselines)
    return summarise_cases(run.cases, SUITES[run.info.suite], order)


def summarise_cases(
    cases: Sequence[Case], measures: Sequence[Measure], order: Sequence[str] = ()
) -> list[DatasetSummary]:
    """Return the summary of each dataset; rows in the order given, else as they first appear."""
    by_dataset: dict[str, list[Case]] = {}
    for case in cases:
        by_dataset.setdefault(case.dataset, []).append(case)
    return [
        _summarise_dataset(name, listed, measures, order) for name, listed in by_dataset.items()
    ]


def _summarise_dataset(
    name: str, cases: Sequence[Case], measures: Sequence[Measure], order: Sequence[str]
) -> DatasetSummary:
    known = {case.row for case in cases}
    rows: dict[str, list[Case]] = {row: [] for row in order if row in known}
    for case in cases:
        if case.row != DOCUMENTS:
            rows.setdefault(case.row, []).append(case)
    failures = [
        case.failure for case in cases if case.row == DOCUMENTS and case.failure is not None
    ]
    present = [each for each in measures if each.build_columns(cases)]
    main = present[0] if present else None
    first = next(iter(rows.values()), [])
    languages = sorted({case.group for case in cases if case.group})
    return DatasetSummary(
        dataset=name,
        main=main.name if main else "",
        measures=tuple(each.name for each in present),
        details=frozenset(each.name for each in present if each.detail),
        rows=tuple(
            _summarise_row(
                label,
                ALL,
                listed,
                present,
                None if listed is first else compare_paired_cases(listed, first, main),
            )
            for label, listed in rows.items()
        ),
        groups=tuple(
            _summarise_row(label, language, chosen, present, None)
            for label, listed in rows.items()
            for language in languages
            if (chosen := [case for case in listed if case.group == language])
        )
        if len(languages) > 1
        else (),
        documents=tuple(failures),
    )


def _summarise_row(
    label: str,
    group: str,
    cases: Sequence[Case],
    measures: Sequence[Measure],
    against: Difference | None,
) -> RowSummary:
    times = [case.ms for case in cases if case.ms is not None and case.failure is None]
    figures = {
        each.name: found for each in measures if (found := compute_figure(each, cases)) is not None
    }
    return RowSummary(
        row=label,
        group=group,
        cases=len(cases),
        figures=figures,
        p50_ms=compute_percentile(times, 0.5) if times else None,
        p99_ms=compute_percentile(times, 0.99) if times else None,
        timed=len(times),
        failures=tuple(case.failure for case in cases if case.failure is not None),
        against=against,
    )


def compute_figure(measure: Measure, cases: Sequence[Case]) -> FigureEstimate | None:
    """Return the figure with its interval, None where no case has what it needs."""
    columns = measure.build_columns(cases)
    if not columns:
        return None
    value = measure.statistic(*columns)
    if np.isnan(value):
        return None
    return FigureEstimate(value, compute_interval(columns, measure.statistic), len(columns[0]))


def compare_paired_cases(
    ours: Sequence[Case], theirs: Sequence[Case], measure: Measure | None
) -> Difference | None:
    """Return how far `ours` is above `theirs` on their common cases; None if it is no mean."""
    if measure is None or measure.needs:
        return None
    name = measure.name
    known = {case.id: case.values[name] for case in theirs if name in case.values}
    pairs = [
        (case.values[name], known[case.id])
        for case in ours
        if name in case.values and case.id in known
    ]
    return compute_difference(
        np.asarray([one for one, _ in pairs], dtype=np.float64),
        np.asarray([other for _, other in pairs], dtype=np.float64),
    )
