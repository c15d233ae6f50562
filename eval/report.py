"""Results as tables for people and as JSON for programs. Printing only: nothing is computed here.

Limits: tables are as wide as the terminal; JSON has everything, tables what fits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import Field, asdict
from typing import Any, ClassVar, Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.home import CaseFailure
from eval.metrics import RANKING_METRICS
from eval.suites.answers import AnswerCase, AnswersResult
from eval.suites.retrieval import RetrievalResult

PIPE_WIDTH = 120
"""Characters in a line where no terminal says how many there are."""


class Result(Protocol):
    """The result of a suite: a dataclass that knows whether a case of it failed."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def failed(self) -> bool:
        """Whether any case failed."""
        ...


def stdout_console() -> Console:
    """Return where tables go: stdout, wide enough for a table also in a file or pipe."""
    found = Console()
    return found if found.is_terminal else Console(width=PIPE_WIDTH)


def as_json(results: Sequence[Result]) -> str:
    """Return the results as a JSON object `{"results": [...]}`, keys as the dataclasses have."""
    rows = [asdict(result) | {"failed": result.failed} for result in results]
    return json.dumps({"results": rows}, ensure_ascii=False, indent=2)


def print_retrieval(result: RetrievalResult, console: Console) -> None:
    """Print one retrieval set: a row for docchat and each baseline."""
    console.print(_retrieval_title(result), markup=False, highlight=False)
    table = Table()
    table.add_column("system", no_wrap=True)
    for name in (*RANKING_METRICS, "p50 ms", "p99 ms", "failed"):
        table.add_column(name, justify="right", no_wrap=True)
    best = {
        name: max((system.metrics.get(name, 0.0) for system in result.systems), default=0.0)
        for name in RANKING_METRICS
    }
    for system in result.systems:
        cells = [_ranked(system.metrics.get(name), best[name]) for name in RANKING_METRICS]
        times = [f"{system.p50_ms:.1f}", f"{system.p99_ms:.1f}"]
        table.add_row(system.system, *cells, *times, str(len(system.failures)))
    console.print(table)
    failures = {each for system in result.systems for each in system.failures}
    _print_failures((*result.failures, *sorted(failures, key=lambda each: each.case)), console)


def print_answers(result: AnswersResult, console: Console) -> None:
    """Print one question set: means by language, then the cases that are not right."""
    title = (
        f"{result.dataset}: {result.documents} documents ingested in {result.ingest_s:.1f} s, "
        f"answerer {result.answerer}"
    )
    console.print(title, markup=False, highlight=False)
    table = Table()
    table.add_column("")
    for score in result.scores:
        table.add_column(score.group, justify="right")
    rows = {
        "questions": [str(score.cases) for score in result.scores],
        "gold page in 5 passages": [_share(score.page_hit) for score in result.scores],
        "answer has the gold words": [_share(score.correct) for score in result.scores],
        "citation precision (page)": [_share(score.citation_precision) for score in result.scores],
        "citation recall (page)": [_share(score.citation_recall) for score in result.scores],
        "refusal precision": [_share(score.refusal_precision) for score in result.scores],
        "refusal recall": [_share(score.refusal_recall) for score in result.scores],
        "groundedness": [_share(score.groundedness) for score in result.scores],
        "seconds p50": [f"{score.p50_s:.2f}" for score in result.scores],
        "seconds p99": [f"{score.p99_s:.2f}" for score in result.scores],
    }
    for label, cells in rows.items():
        table.add_row(label, *cells)
    console.print(table)
    _print_misses([case for case in result.cases if _missed(case)], console)
    _print_failures(result.failures, console)


def _missed(case: AnswerCase) -> bool:
    return not case.correct if case.question.answerable else not case.refused


def _print_misses(cases: Sequence[AnswerCase], console: Console) -> None:
    if not cases:
        return
    table = Table(title="Not as it should be", title_justify="left")
    for name in ("id", "question", "should say", "says"):
        table.add_column(name)
    for case in cases:
        due = case.question.answer if case.question.answerable else "(refuse)"
        said = "(refused)" if case.refused else case.answer
        table.add_row(*map(escape, (case.question.id, case.question.question, due, said)))
    console.print(table)


def _print_failures(failures: Sequence[CaseFailure], console: Console) -> None:
    for failure in failures:
        line = f"failed: {failure.case}: {failure.code}: {failure.message}"
        console.print(line, markup=False, highlight=False, style="red")


def _retrieval_title(result: RetrievalResult) -> str:
    empty = f" ({result.empty_documents} without text left out)" if result.empty_documents else ""
    return (
        f"{result.dataset}: {result.documents} documents{empty}, {result.chunks} passages, "
        f"{result.queries} queries; ingested in {result.ingest_s:.0f} s"
    )


def _ranked(value: float | None, best: float) -> str:
    if value is None:
        return "-"
    return f"[bold]{value:.3f}[/bold]" if value >= best else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
