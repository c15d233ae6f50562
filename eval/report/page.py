"""Writes a run as one HTML page: tables, plots, and every missed question with what was found.

The page is one file that loads nothing else. The template escapes all text. Limits: the size grows
with the number of missed questions (about 2 kB each); of the questions that docchat got right but
another row did not, at most `MOST_OTHERS` of a dataset have an entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.errors import RunInvalid
from eval.measures.cases import Case
from eval.measures.row_figures import LABEL, is_missed
from eval.report.plots import (
    DIFFERENCE_HEIGHT,
    WIDTH,
    DifferencePlot,
    DotPlot,
    difference_plots,
    dot_plots,
    latency_plot,
)
from eval.report.tables import data_parts, dataset_title, format_difference
from eval.runs.compare import flatten_settings
from eval.runs.format_values import format_time, format_value
from eval.runs.run_store import StoredRun
from eval.runs.summary import DOCUMENTS, DatasetSummary, summarise_run

TEMPLATE = "report.html"
if TYPE_CHECKING:
    from markupsafe import Markup

MOST_OTHERS = 200
_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The result of a question in one row; `place`: rank of the first right one, if known."""

    row: str
    right: bool
    result: str
    place: str


@dataclass(frozen=True, slots=True)
class QuestionEntry:
    """A question with the outcome of every row and what `cases` found. Bars link to it."""

    anchor: str
    question: str
    id: str
    due: tuple[str, ...]
    outcomes: tuple[RowOutcome, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class DatasetSection:
    """A dataset on the page."""

    summary: DatasetSummary
    title: str
    dots: tuple[DotPlot, ...]
    latency: DotPlot | None
    differences: tuple[DifferencePlot, ...]
    misses: tuple[QuestionEntry, ...]
    others: tuple[QuestionEntry, ...]
    anchors: Mapping[str, str]


def html_page(run: StoredRun) -> str:
    """Return the page of a run."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "difference": format_difference,
        "readable": format_time,
        "worded": format_value,
        "breakable": _insert_break_points,
        "data": lambda data: "; ".join(data_parts(run.info, data)),
    }
    return environment.get_template(TEMPLATE).render(
        info=run.info,
        sections=[_build_section(run, each, n) for n, each in enumerate(summarise_run(run))],
        width=WIDTH,
        height=DIFFERENCE_HEIGHT,
        changed=list_settings(run),
    )


def _insert_break_points(name: str) -> Markup:
    """Return the name of a row, escaped, with places where a narrow column may break it."""
    from markupsafe import Markup, escape

    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[._=/])", name))


def write_page(run: StoredRun, path: Path) -> None:
    """Write the page. Raises RunInvalid."""
    try:
        path.write_text(html_page(run), encoding="utf-8")
    except OSError as error:
        raise RunInvalid(f"{path} cannot be written: {error}", hint="Name another.") from error


def list_settings(run: StoredRun) -> list[tuple[str, str]]:
    """Return the settings of the first row, one `section.name` and value each."""
    return list(flatten_settings(next(iter(run.info.rows.values()), {})).items())


def _build_section(run: StoredRun, summary: DatasetSummary, number: int) -> DatasetSection:
    cases = [case for case in run.cases if case.dataset == summary.dataset]
    differences = tuple(difference_plots(summary, cases))
    by_id: dict[str, list[Case]] = {}
    for case in cases:
        if case.row != DOCUMENTS:
            by_id.setdefault(case.id, []).append(case)
    order = [row.row for row in summary.rows]
    for listed in by_id.values():
        listed.sort(key=lambda case: order.index(case.row))
    wrong = _find_wrong_cases(by_id, run.info.baselines)
    differing = dict.fromkeys(bar.id for plot in differences for bar in plot.bars)
    others = [key for key in differing if key not in wrong][:MOST_OTHERS]
    anchors = {key: f"q{number}-{place}" for place, key in enumerate((*wrong, *others))}
    return DatasetSection(
        summary=summary,
        title=dataset_title(run.info, summary.dataset),
        dots=tuple(dot_plots(summary, whole=run.info.suite == "answers")),
        latency=latency_plot(summary),
        differences=differences,
        misses=tuple(_build_entry(anchors[key], by_id[key], found) for key, found in wrong.items()),
        others=tuple(_build_entry(anchors[key], by_id[key], by_id[key][:1]) for key in others),
        anchors=anchors,
    )


def _find_wrong_cases(
    by_id: Mapping[str, Sequence[Case]], baselines: Sequence[str]
) -> dict[str, list[Case]]:
    """Return the cases that rows of docchat missed or failed on, those of most rows first."""
    found = {
        key: [case for case in cases if case.row not in baselines and not _is_right(case)]
        for key, cases in by_id.items()
    }
    wrong = [(key, cases) for key, cases in found.items() if cases]
    return dict(sorted(wrong, key=lambda each: -len(each[1])))


def _is_right(case: Case) -> bool:
    return case.failure is None and not is_missed(case)


def _build_entry(anchor: str, all_rows: Sequence[Case], shown: Sequence[Case]) -> QuestionEntry:
    outcomes = tuple(
        RowOutcome(case.row, _is_right(case), _describe_result(case), place_of(case))
        for case in all_rows
    )
    first = shown[0]
    return QuestionEntry(anchor, first.question, first.id, first.due, outcomes, tuple(shown))


def _describe_result(case: Case) -> str:
    """Return "found" or "missed"; "right" or "wrong" for answers and verdicts; "failed"."""
    if case.failure is not None:
        return "failed"
    words = ("right", "wrong") if case.said or LABEL in case.values else ("found", "missed")
    return words[is_missed(case)]


def place_of(case: Case) -> str:
    """Return the rank of the first right page or document, "" where none was measured."""
    values = case.values
    share = values.get("page MRR@10", values.get("MRR@10"))
    if share is not None:
        return f"rank {round(1 / share)}" if share else "not among the first 10"
    if "page@5" not in values:
        return ""
    ranks = [rank for rank, found in enumerate(case.found, start=1) if found.right]
    return f"rank {ranks[0]}" if ranks else "not among the first 5"
