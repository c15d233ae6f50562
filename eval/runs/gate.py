"""Judges a run for CI: `--baseline RUN --fail-if "ndcg@10 drops 0.01"`.

A condition names a figure, what must not happen to it, and by how much:

    ndcg@10 drops 0.01      by 0.01 or more, against the baseline, on any dataset
    p50 ms rises 20%        by a fifth of the baseline's or more
    page@5 below 0.8        needs no baseline
    correct above 0.99

The first row of docchat is judged, dataset by dataset. Limits: chance is not considered; choose the
threshold by the interval of your set. A gate that has nothing to judge (no dataset in common, other
data under the same name, no such figure) is an error, never passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from eval.errors import GateInvalid
from eval.runs.run_store import RunInfo, StoredRun
from eval.runs.summary import summarise_run

_CONDITION = re.compile(
    r"^\s*(?P<figure>.+?)\s+(?P<verb>drops|rises|below|above)\s+(?P<amount>\d*\.?\d+)\s*(?P<share>%?)\s*$",
    re.IGNORECASE,
)
_ROUNDING = 1e-9
_TIMES = ("p50 ms", "p99 ms")
Verb = Literal["drops", "rises", "below", "above"]
FigureValues: TypeAlias = Mapping[str, float | None]
"""Figures by name; None where one does not apply."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must not happen. `share`: `amount` is a share of the baseline's value."""

    text: str
    figure: str
    verb: Verb
    amount: float
    share: bool = False

    @property
    def needs_baseline(self) -> bool:
        """Whether it compares with a baseline."""
        return self.verb in ("drops", "rises")


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """A condition on one dataset; `broken`: what must not happen has happened."""

    condition: str
    dataset: str
    before: float | None
    now: float
    broken: bool


def parse_condition(text: str) -> Condition:
    """Read a condition. Raises GateInvalid."""
    match = _CONDITION.match(text)
    if match is None:
        raise GateInvalid(f"--fail-if {text!r} cannot be read.")
    verb = cast(Verb, match["verb"].lower())
    amount, share = float(match["amount"]), bool(match["share"])
    if share and verb in ("below", "above"):
        raise GateInvalid(f"--fail-if {text!r}: a share of what?")
    return Condition(
        text,
        _normalise_figure_name(match["figure"]),
        verb,
        amount / 100 if share else amount,
        share,
    )


def judge_run(
    conditions: Sequence[Condition], now: StoredRun, before: StoredRun | None
) -> list[GateVerdict]:
    """Return every condition on every dataset of a run. Raises GateInvalid as `judge_figures`."""
    if before is not None:
        _check_same_suite(now.info, before.info)
        _check_same_data(now.info, before.info)
    return judge_figures(
        conditions,
        _figures_of_first_rows(now),
        None if before is None else _figures_of_first_rows(before),
    )


def check_conditions(
    conditions: Sequence[Condition],
    info: RunInfo,
    figures: Mapping[str, Sequence[str]],
    before: StoredRun | None,
) -> None:
    """Raise GateInvalid for a condition with nothing to judge, before a run measures anything.

    `figures` are those that each dataset may have. A condition that passes here may still have
    nothing to judge later, when its figure applies to no case.
    """
    if before is not None:
        _check_same_suite(info, before.info)
        _check_same_data(info, before.info)
    check_figures(conditions, figures, {} if before is None else _figures_of_first_rows(before))


def require_baseline(conditions: Sequence[Condition], *, given: bool) -> None:
    """Raise GateInvalid where a condition compares and no baseline is given."""
    if not given and any(each.needs_baseline for each in conditions):
        raise GateInvalid("drops and rises need --baseline.", hint="Name a run or a JSON file.")


def check_figures(
    conditions: Sequence[Condition],
    figures: Mapping[str, Sequence[str]],
    theirs: Mapping[str, FigureValues],
) -> None:
    """Raise GateInvalid for a condition whose figure no dataset can have."""
    for condition in conditions:
        judgeable = any(
            condition.figure in map(_normalise_figure_name, (*names, *_TIMES))
            and (
                not condition.needs_baseline
                or _find_figure_value(theirs.get(name, {}), condition.figure) is not None
            )
            for name, names in figures.items()
        )
        if not judgeable:
            raise _build_nothing_to_judge_error(
                condition, {name for names in figures.values() for name in names}
            )


def judge_figures(
    conditions: Sequence[Condition],
    now: Mapping[str, FigureValues],
    before: Mapping[str, FigureValues] | None,
) -> list[GateVerdict]:
    """Return every condition on every dataset, figures by dataset and name.

    Raises GateInvalid where a condition needs a baseline or has nothing to judge.
    """
    require_baseline(conditions, given=before is not None)
    return [
        verdict
        for condition in conditions
        for verdict in _judge_on_datasets(condition, now, before or {})
    ]


def _judge_on_datasets(
    condition: Condition, ours: Mapping[str, FigureValues], theirs: Mapping[str, FigureValues]
) -> Iterator[GateVerdict]:
    judged_any = False
    for dataset, figures in ours.items():
        now = _find_figure_value(figures, condition.figure)
        before = _find_figure_value(theirs.get(dataset, {}), condition.figure)
        if now is None or (condition.needs_baseline and before is None):
            continue
        judged_any = True
        yield GateVerdict(condition.text, dataset, before, now, _is_broken(condition, before, now))
    if not judged_any:
        raise _build_nothing_to_judge_error(
            condition, {name for figures in ours.values() for name in figures}
        )


def _build_nothing_to_judge_error(condition: Condition, known: Set[str]) -> GateInvalid:
    listed = ", ".join(sorted({*known, *_TIMES}))
    needed = " Its datasets must be in the baseline too." if condition.needs_baseline else ""
    return GateInvalid(
        f"--fail-if {condition.text!r} has nothing to judge.",
        hint=f"Figures here: {listed}.{needed}",
    )


def _is_broken(condition: Condition, before: float | None, now: float) -> bool:
    if before is None or not condition.needs_baseline:
        below = now < condition.amount - _ROUNDING
        return below if condition.verb == "below" else now > condition.amount + _ROUNDING
    worse = before - now if condition.verb == "drops" else now - before
    least = condition.amount * abs(before) if condition.share else condition.amount
    return worse >= least - _ROUNDING and worse > 0


def _check_same_suite(now: RunInfo, before: RunInfo) -> None:
    if before.suite != now.suite:
        raise GateInvalid(f"The baseline is a run of {before.suite}, not {now.suite}.")


def _check_same_data(now: RunInfo, before: RunInfo) -> None:
    ours = {each.name: (each.hash, each.queries) for each in now.data}
    theirs = {each.name: (each.hash, each.queries) for each in before.data}
    other = sorted(name for name in set(ours) & set(theirs) if ours[name] != theirs[name])
    if other or now.options != before.options:
        raise GateInvalid(
            f"The baseline was measured on other data: {', '.join(other) or 'other queries'}.",
            hint="Measure the baseline anew on the same data and options.",
        )


def _figures_of_first_rows(run: StoredRun) -> dict[str, FigureValues]:
    """Return the figures of the first row of each dataset, latency among them."""
    found: dict[str, FigureValues] = {}
    for each in summarise_run(run):
        if each.rows:
            row = each.rows[0]
            times = dict(zip(_TIMES, (row.p50_ms, row.p99_ms), strict=True))
            found[each.dataset] = {name: one.value for name, one in row.figures.items()} | times
    return found


def _find_figure_value(figures: FigureValues, figure: str) -> float | None:
    return next(
        (value for name, value in figures.items() if _normalise_figure_name(name) == figure), None
    )


def _normalise_figure_name(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).casefold()
