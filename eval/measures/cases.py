"""Defines `Case`, the result of one question (or document, or answer) in one row of a run.

Every suite yields cases. Means, intervals, tests, reports and gates are computed from cases alone,
so a stored run can be shown, compared and judged again without a new measurement.

Limits: `values` hold only what applies to the case. A case that failed has a failure and no values:
it is in no average, and failures are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from eval.errors import RunInvalid

SHOWN_CHARACTERS = 240
"""How much of a passage a report shows."""


@dataclass(frozen=True, slots=True)
class CaseFailure:
    """A document or question that failed: it counts as failed, never as a zero."""

    case: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that was found, as a report shows it; `right`: it is one that answers."""

    document: str
    text: str
    page: int = 0
    right: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One question of one dataset in one row (a setting of docchat, or what it is compared with).

    `group` is the language; `ms` the latency where it was timed; `due` what a right result says or
    names, `said` what was answered, `found` the first passages.
    """

    dataset: str
    row: str
    id: str
    question: str
    values: Mapping[str, float] = field(default_factory=dict)
    group: str = ""
    ms: float | None = None
    due: tuple[str, ...] = ()
    said: str = ""
    found: tuple[FoundPassage, ...] = ()
    failure: CaseFailure | None = None


def case_to_json(case: Case) -> dict[str, Any]:
    """Return a JSON object; what is empty is left out."""
    return {key: value for key, value in asdict(case).items() if value not in ("", (), [], None)}


def case_from_json(row: Mapping[str, Any]) -> Case:
    """Return the case that `case_to_json` wrote. Raises RunInvalid."""
    try:
        failure = row.get("failure")
        return Case(
            dataset=row["dataset"],
            row=row["row"],
            id=row["id"],
            question=row.get("question", ""),
            values={str(name): float(value) for name, value in row.get("values", {}).items()},
            group=row.get("group", ""),
            ms=row.get("ms"),
            due=tuple(row.get("due", ())),
            said=row.get("said", ""),
            found=tuple(FoundPassage(**each) for each in row.get("found", ())),
            failure=None if failure is None else CaseFailure(**failure),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunInvalid(f"A stored case cannot be read: {error!r}.") from error


def shorten_text(text: str, characters: int = SHOWN_CHARACTERS) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 1].rstrip() + "…"
