"""Compares two runs: how far one is above the other, for every dataset and row in both.

They are compared case by case, so that a difference has an interval and a p. Rows of the same name
are compared, or two rows that are named. Runs over other questions or documents, and runs that are
not complete, are refused, since the difference would come from the data. Limits: only figures that
are means of cases have a test; a case that failed in one of the runs is in neither mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eval.errors import RunInvalid
from eval.measures.cases import Case
from eval.measures.row_figures import LABEL, SUITES, is_missed
from eval.measures.statistics import Difference
from eval.runs.format_values import format_value
from eval.runs.run_store import RunInfo, StoredRun
from eval.runs.summary import DOCUMENTS, compare_paired_cases

MOST_CHANGED_QUESTIONS = 10
"""How many of the questions that changed most are listed."""
RIGHT = "right"
"""Compares cases whose figures are no means: 1 where the verdict on the case is right, else 0."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of a row in both runs; `difference` is now minus before."""

    dataset: str
    row: str
    figure: str
    before: float
    now: float
    difference: Difference

    @property
    def has_changed_cases(self) -> bool:
        """Whether any case has another value."""
        return bool(self.difference.better or self.difference.worse)


@dataclass(frozen=True, slots=True)
class ChangedSetting:
    """A setting of a row, or a version, that is not the same in both runs."""

    row: str
    name: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class ChangedQuestion:
    """A question whose value changed."""

    dataset: str
    row: str
    id: str
    question: str
    figure: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class RunComparison:
    """What two runs have in common; `left_out` are datasets that only one of them has."""

    before: str
    now: str
    settings: tuple[ChangedSetting, ...]
    changes: tuple[Change, ...]
    moved: tuple[ChangedQuestion, ...]
    left_out: tuple[str, ...]


def compare_runs(
    before: StoredRun, now: StoredRun, rows: tuple[str, str] | None = None
) -> RunComparison:
    """Return how `now` differs from `before`: of rows of the same name, or of the two in `rows`.

    Raises RunInvalid when they measure other things, or a row is not there.
    """
    _check_comparable(before, now)
    if rows is not None:
        name = rows[0] if rows[0] == rows[1] else f"{rows[0]} → {rows[1]}"
        before, now = _keep_one_row(before, rows[0], name), _keep_one_row(now, rows[1], name)
    ours, theirs = ([each.name for each in run.info.data] for run in (now, before))
    common = [name for name in ours if name in theirs]
    pairs = [
        (old, new)
        for dataset in common
        for old, new in _pair_rows(dataset, before.cases, now.cases)
    ]
    measured = [pair for pair in pairs if rows is not None or pair[1][0].row in now.info.rows]
    return RunComparison(
        before=before.info.id,
        now=now.info.id,
        settings=tuple(_compare_settings(before.info, now.info)),
        changes=tuple(
            change for old, new in pairs for change in _compare_figures(now.info, old, new)
        ),
        moved=tuple(_find_most_changed(now.info, measured)),
        left_out=tuple(sorted({*ours, *theirs} - set(common))),
    )


def _check_comparable(before: StoredRun, now: StoredRun) -> None:
    """Raise RunInvalid unless both measured the same questions on the same documents."""
    old, new = before.info, now.info
    if old.suite != new.suite:
        raise RunInvalid(f"One is a run of {old.suite}, one of {new.suite}.")
    for each in (old, new):
        if not each.finished:
            raise RunInvalid(
                f"Run {each.id} was interrupted: not all of its cases are there.",
                hint="Ask for the same run again: it goes on where it stopped.",
            )
    theirs = {each.name: (each.hash, each.queries) for each in old.data}
    common = [each for each in new.data if each.name in theirs]
    if not common:
        raise RunInvalid("The two runs have no dataset in common.")
    other = [each.name for each in common if theirs[each.name] != (each.hash, each.queries)]
    if other or old.options != new.options:
        raise RunInvalid(
            f"The two runs were measured on other data: {', '.join(other) or 'other queries'}.",
            hint="Measure one of them anew on the data and with the options of the other.",
        )


def _keep_one_row(run: StoredRun, row: str, name: str) -> StoredRun:
    """Return a run that has one row alone, called `name`."""
    cases = tuple(replace(case, row=name) for case in run.cases if case.row == row)
    if not cases:
        known = ", ".join((*run.info.rows, *run.info.baselines))
        raise RunInvalid(f"Run {run.info.id} has no row {row!r}.", hint=f"Its rows: {known}.")
    settings = {name: run.info.rows[row]} if row in run.info.rows else {}
    return replace(run, info=replace(run.info, rows=settings), cases=cases)


def _pair_rows(
    dataset: str, before: Sequence[Case], now: Sequence[Case]
) -> Iterator[tuple[list[Case], list[Case]]]:
    old, new = _group_cases_by_row(before, dataset), _group_cases_by_row(now, dataset)
    for row, cases in new.items():
        if row in old:
            yield old[row], cases


def _group_cases_by_row(cases: Sequence[Case], dataset: str) -> dict[str, list[Case]]:
    rows: dict[str, list[Case]] = {}
    for case in cases:
        if case.dataset == dataset and case.row != DOCUMENTS:
            rows.setdefault(case.row, []).append(case)
    return rows


def _compare_figures(info: RunInfo, old: Sequence[Case], new: Sequence[Case]) -> Iterator[Change]:
    for measure in SUITES[info.suite]:
        gap = compare_paired_cases(new, old, measure)
        if gap is not None:
            before, now = (
                _mean_over_common_cases(old, new, measure.name),
                _mean_over_common_cases(new, old, measure.name),
            )
            yield Change(new[0].dataset, new[0].row, measure.name, before, now, gap)


def _mean_over_common_cases(cases: Sequence[Case], other: Sequence[Case], name: str) -> float:
    """Return the mean over the cases that both have."""
    known = {case.id for case in other if name in case.values}
    values = [case.values[name] for case in cases if case.id in known and name in case.values]
    return sum(values) / len(values)


def _find_most_changed(
    info: RunInfo, pairs: Sequence[tuple[list[Case], list[Case]]]
) -> list[ChangedQuestion]:
    """Return the questions that changed most, by the main figure first, then by all figures."""
    names = (RIGHT, *(each.name for each in SUITES[info.suite]))
    found: list[tuple[float, float, ChangedQuestion]] = []
    for old, new in pairs:
        former = {case.id: _select_comparable_values(case) for case in old}
        for case in new:
            values, theirs = _select_comparable_values(case), former.get(case.id, {})
            both = [name for name in names if name in values and name in theirs]
            gaps = {name: abs(values[name] - theirs[name]) for name in both}
            figure = next((name for name, gap in gaps.items() if gap > 0), "")
            if figure:
                place = (case.dataset, case.row, case.id, case.question, figure)
                moved = ChangedQuestion(*place, theirs[figure], values[figure])
                found.append((gaps[both[0]], sum(gaps.values()), moved))
    found.sort(key=lambda each: each[:2], reverse=True)
    return [moved for _, _, moved in found[:MOST_CHANGED_QUESTIONS]]


def _select_comparable_values(case: Case) -> Mapping[str, float]:
    if LABEL not in case.values:
        return case.values
    return {RIGHT: float(not is_missed(case))}


def _compare_settings(before: RunInfo, now: RunInfo) -> Iterator[ChangedSetting]:
    """Yield settings of rows in both runs, and versions, that differ."""
    for row, settings in now.rows.items():
        if row in before.rows:
            yield from _find_differing_settings(
                row, flatten_settings(before.rows[row]), flatten_settings(settings)
            )
    yield from _find_differing_settings("versions", before.versions, now.versions)


def _find_differing_settings(
    row: str, old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[ChangedSetting]:
    for name in dict.fromkeys((*old, *new)):
        pair = old.get(name, "-"), new.get(name, "-")
        if pair[0] != pair[1]:
            yield ChangedSetting(row, name, *pair)


def flatten_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings by `section.name`, formatted for people."""
    found: dict[str, str] = {}
    for section, value in settings.items():
        if isinstance(value, Mapping):
            found |= {f"{section}.{name}": format_value(each) for name, each in value.items()}
        else:
            found[section] = format_value(value)
    return found
