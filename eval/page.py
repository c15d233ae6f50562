"""A run as one HTML page: tables, plots, and every missed question with what was found instead.

The page is one file that loads nothing. All text is escaped by the template. Limits: its size grows
with the number of missed questions (about 2 kB each).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.cases import Case
from eval.compare import flat
from eval.errors import RunInvalid
from eval.measures import missed
from eval.plots import (
    DIFFERENCE_HEIGHT,
    WIDTH,
    DifferencePlot,
    DotPlot,
    difference_plots,
    dot_plots,
    latency_plot,
)
from eval.report import dataset_title, shown_difference
from eval.runs import StoredRun
from eval.summary import DOCUMENTS, DatasetSummary, summaries

TEMPLATE = "report.html"
_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went wrong in some rows of docchat."""

    question: str
    id: str
    due: tuple[str, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A dataset on the page."""

    summary: DatasetSummary
    title: str
    dots: tuple[DotPlot, ...]
    latency: DotPlot | None
    differences: tuple[DifferencePlot, ...]
    misses: tuple[Miss, ...]


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
    environment.filters["difference"] = shown_difference
    return environment.get_template(TEMPLATE).render(
        info=run.info,
        sections=[_section(run, each) for each in summaries(run)],
        width=WIDTH,
        height=DIFFERENCE_HEIGHT,
        changed=changed_settings(run),
    )


def write_page(run: StoredRun, path: Path) -> None:
    """Write the page. Raises RunInvalid."""
    try:
        path.write_text(html_page(run), encoding="utf-8")
    except OSError as error:
        raise RunInvalid(f"{path} cannot be written: {error}", hint="Name another.") from error


def changed_settings(run: StoredRun) -> list[tuple[str, str]]:
    """Return the settings of the first row, one `section.name` and value each."""
    return list(flat(next(iter(run.info.rows.values()), {})).items())


def _section(run: StoredRun, summary: DatasetSummary) -> Section:
    cases = [case for case in run.cases if case.dataset == summary.dataset]
    return Section(
        summary=summary,
        title=dataset_title(run.info, summary.dataset),
        dots=tuple(dot_plots(summary)),
        latency=latency_plot(summary),
        differences=tuple(difference_plots(summary, cases)),
        misses=_misses(cases, run.info.baselines),
    )


def _misses(cases: Sequence[Case], baselines: Sequence[str]) -> tuple[Miss, ...]:
    """Return the questions that rows of docchat missed or failed on, those of most rows first."""
    wrong: dict[str, list[Case]] = {}
    for case in cases:
        if case.row not in (DOCUMENTS, *baselines) and (missed(case) or case.failure):
            wrong.setdefault(case.id, []).append(case)
    found = [Miss(each[0].question, key, each[0].due, tuple(each)) for key, each in wrong.items()]
    return tuple(sorted(found, key=lambda miss: -len(miss.cases)))
