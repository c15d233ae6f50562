"""Two runs side by side: for every dataset and row in both, how far one is above the other.

Compared case by case, so that a difference has an interval and a p; rows of one name with each
other. Limits: only figures that are means of cases have a test; a dataset whose data changed is
left out and named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.cases import Case
from eval.errors import RunInvalid
from eval.measures import SUITES
from eval.runs import StoredRun
from eval.stats import Difference
from eval.summary import DOCUMENTS, paired


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of a row in both runs; `difference` is now minus before."""

    dataset: str
    row: str
    figure: str
    before: float
    now: float
    difference: Difference


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs have in common, and the datasets whose data is not the same."""

    before: str
    now: str
    changes: tuple[Change, ...]
    other_data: tuple[str, ...]


def compared(before: StoredRun, now: StoredRun) -> Comparison:
    """Return how `now` differs from `before`. Raises RunInvalid when they measure other things."""
    if before.info.suite != now.info.suite:
        raise RunInvalid(f"One is a run of {before.info.suite}, one of {now.info.suite}.")
    hashes = {each.name: each.hash for each in before.info.data}
    common = [each for each in now.info.data if each.name in hashes]
    same = [each.name for each in common if each.hash == hashes[each.name]]
    if not common:
        raise RunInvalid("The two runs have no dataset in common.")
    changes = [change for name in same for change in _changes(name, before, now)]
    other = tuple(each.name for each in common if each.name not in same)
    return Comparison(before.info.id, now.info.id, tuple(changes), other)


def _changes(dataset: str, before: StoredRun, now: StoredRun) -> list[Change]:
    found: list[Change] = []
    old, new = _rows(before.cases, dataset), _rows(now.cases, dataset)
    for row, cases in new.items():
        former = old.get(row)
        if former is None:
            continue
        for measure in SUITES[now.info.suite]:
            gap = paired(cases, former, measure)
            if gap is not None:
                ours = _means(cases, former, measure.name)
                theirs = _means(former, cases, measure.name)
                found.append(Change(dataset, row, measure.name, theirs, ours, gap))
    return found


def _rows(cases: Sequence[Case], dataset: str) -> dict[str, list[Case]]:
    rows: dict[str, list[Case]] = {}
    for case in cases:
        if case.dataset == dataset and case.row != DOCUMENTS:
            rows.setdefault(case.row, []).append(case)
    return rows


def _means(cases: Sequence[Case], other: Sequence[Case], name: str) -> float:
    """Return the mean over the cases that both have."""
    known = {case.id for case in other if name in case.values}
    values = [case.values[name] for case in cases if case.id in known and name in case.values]
    return sum(values) / len(values)
