"""A gate for CI: `--baseline RUN --fail-if "ndcg@10 drops 0.01"`.

A condition names a figure, what must not happen to it and by how much:

    ndcg@10 drops 0.01      by 0.01 or more, against the baseline, on any dataset
    p50 ms rises 20%        by a fifth of the baseline's or more
    page@5 below 0.8        needs no baseline
    correct above 0.99

Judged is the first row of docchat, dataset by dataset. Limits: nothing is said of chance; put the
threshold where the interval of your set says that it matters. A gate that has nothing to judge (no
dataset in common, other data under the same name, no such figure) is an error, never passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from eval.errors import GateInvalid
from eval.runs import StoredRun
from eval.summary import summaries

_CONDITION = re.compile(
    r"^\s*(?P<figure>.+?)\s+(?P<verb>drops|rises|below|above)\s+(?P<amount>\d*\.?\d+)\s*(?P<share>%?)\s*$",
    re.IGNORECASE,
)
_ROUNDING = 1e-9
Verb = Literal["drops", "rises", "below", "above"]
Figures: TypeAlias = Mapping[str, float | None]
"""Figures by name; None where one does not apply."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must not be. `share`: `amount` is a share of the baseline's value."""

    text: str
    figure: str
    verb: Verb
    amount: float
    share: bool = False

    @property
    def relative(self) -> bool:
        """Whether it needs a baseline."""
        return self.verb in ("drops", "rises")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition on one dataset: did what must not be happen?"""

    condition: str
    dataset: str
    before: float | None
    now: float
    broken: bool


def condition_of(text: str) -> Condition:
    """Read a condition. Raises GateInvalid."""
    match = _CONDITION.match(text)
    if match is None:
        raise GateInvalid(f"--fail-if {text!r} cannot be read.")
    verb = cast(Verb, match["verb"].lower())
    amount, share = float(match["amount"]), bool(match["share"])
    if share and verb in ("below", "above"):
        raise GateInvalid(f"--fail-if {text!r}: a share of what?")
    return Condition(text, _plain(match["figure"]), verb, amount / 100 if share else amount, share)


def judged(
    conditions: Sequence[Condition], now: StoredRun, before: StoredRun | None
) -> list[Verdict]:
    """Return every condition on every dataset of a run. Raises GateInvalid as `judged_figures`."""
    if before is not None and before.info.suite != now.info.suite:
        raise GateInvalid(f"The baseline is a run of {before.info.suite}, not {now.info.suite}.")
    ours, theirs = _firsts(now), None if before is None else _firsts(before)
    if before is not None and theirs is not None:
        _same_data(now, before, set(ours) & set(theirs))
    return judged_figures(conditions, ours, theirs)


def judged_figures(
    conditions: Sequence[Condition],
    now: Mapping[str, Figures],
    before: Mapping[str, Figures] | None,
) -> list[Verdict]:
    """Return every condition on every dataset, figures by dataset and name.

    Raises GateInvalid where a condition needs a baseline or has nothing to judge.
    """
    if before is None and any(each.relative for each in conditions):
        raise GateInvalid("drops and rises need --baseline.", hint="Name a run or a JSON file.")
    return [
        verdict
        for condition in conditions
        for verdict in _on_datasets(condition, now, before or {})
    ]


def _on_datasets(
    condition: Condition, ours: Mapping[str, Figures], theirs: Mapping[str, Figures]
) -> Iterator[Verdict]:
    judged_any = False
    for dataset, figures in ours.items():
        now = _value(figures, condition.figure)
        before = _value(theirs.get(dataset, {}), condition.figure)
        if now is None or (condition.relative and before is None):
            continue
        judged_any = True
        yield Verdict(condition.text, dataset, before, now, _broken(condition, before, now))
    if not judged_any:
        known = sorted({name for figures in ours.values() for name in figures})
        raise GateInvalid(
            f"--fail-if {condition.text!r} has nothing to judge.",
            hint=f"Figures here: {', '.join(known)}. Its datasets must be in the baseline too.",
        )


def _broken(condition: Condition, before: float | None, now: float) -> bool:
    if before is None or not condition.relative:
        below = now < condition.amount - _ROUNDING
        return below if condition.verb == "below" else now > condition.amount + _ROUNDING
    worse = before - now if condition.verb == "drops" else now - before
    least = condition.amount * abs(before) if condition.share else condition.amount
    return worse >= least - _ROUNDING and worse > 0


def _same_data(now: StoredRun, before: StoredRun, datasets: set[str]) -> None:
    ours = {each.name: (each.hash, each.queries) for each in now.info.data}
    theirs = {each.name: (each.hash, each.queries) for each in before.info.data}
    other = sorted(name for name in datasets if ours[name] != theirs[name])
    if other or now.info.options != before.info.options:
        raise GateInvalid(
            f"The baseline was measured on other data: {', '.join(other) or 'other queries'}.",
            hint="Measure the baseline anew on the same data and options.",
        )


def _firsts(run: StoredRun) -> dict[str, Figures]:
    """Return the figures of the first row of each dataset, latency among them."""
    found: dict[str, Figures] = {}
    for each in summaries(run):
        if each.rows:
            row = each.rows[0]
            times = {"p50 ms": row.p50_ms, "p99 ms": row.p99_ms}
            found[each.dataset] = {name: one.value for name, one in row.figures.items()} | times
    return found


def _value(figures: Figures, figure: str) -> float | None:
    return next((value for name, value in figures.items() if _plain(name) == figure), None)


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).casefold()
