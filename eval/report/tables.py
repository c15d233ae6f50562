"""Prints runs as tables for people and formats them as JSON; computes no figures of its own.

Limits: tables are as wide as the terminal; JSON has everything, tables only what fits. The page
with plots and every missed question is `eval.report.page`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import Field, asdict
from typing import Any, ClassVar, Protocol

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.measures.cases import Case, CaseFailure, shorten_text
from eval.measures.row_figures import is_missed
from eval.measures.statistics import Difference
from eval.runs.compare import MOST_CHANGED_QUESTIONS, Change, RunComparison
from eval.runs.format_values import format_time
from eval.runs.gate import GateVerdict
from eval.runs.run_store import DatasetInfo, RunInfo, StoredRun, run_to_json
from eval.runs.summary import DatasetSummary, FigureEstimate, RowSummary, summarise_run

PIPE_WIDTH = 160
"""Characters in a line where no terminal says how many there are."""
MOST_MISSES = 20
"""Missed questions in the terminal; the page has them all."""


class SuiteResult(Protocol):
    """The result of a suite: a dataclass that says whether any of its cases failed."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def has_failures(self) -> bool:
        """Whether any case failed."""
        ...


def stdout_console() -> Console:
    """Return the console of stdout; in a file or pipe it is wide enough for a table."""
    found = Console()
    return found if found.is_terminal else Console(width=PIPE_WIDTH)


def as_json(results: Sequence[SuiteResult]) -> str:
    """Return the results as a JSON object `{"results": [...]}`, keys as the dataclasses have."""
    rows = [asdict(result) | {"failed": result.has_failures} for result in results]
    return json.dumps({"results": rows}, ensure_ascii=False, indent=2)


def run_json(run: StoredRun, verdicts: Sequence[GateVerdict] = ()) -> str:
    """Return a run as JSON: `run`, `summary` by dataset, `gate`, and all `cases`."""
    summary = [asdict(each) | {"details": sorted(each.details)} for each in summarise_run(run)]
    whole = run_to_json(run)
    return json.dumps(
        {
            "run": whole["run"],
            "summary": summary,
            "gate": [asdict(each) for each in verdicts],
            "cases": whole["cases"],
        },
        ensure_ascii=False,
        indent=1,
    )


def print_run(run: StoredRun, console: Console, *, misses: bool = True) -> None:
    """Print every dataset of a run: its rows, languages, what was missed and what failed."""
    for each in summarise_run(run):
        _print_line(console, dataset_title(run.info, each.dataset))
        console.print(_build_summary_table(each, each.rows))
        if note := _describe_fewer_cases(each):
            _print_line(console, note)
        if each.groups:
            console.print(_build_summary_table(each, each.groups))
        if misses and run.info.suite == "answers":
            _print_misses([case for case in run.cases if case.dataset == each.dataset], console)
        failures = [failure for row in each.rows for failure in row.failures]
        _print_failures((*each.documents, *failures), console)


def dataset_title(info: RunInfo, dataset: str) -> str:
    """Return one line about a dataset of a run."""
    data = next((each for each in info.data if each.name == dataset), None)
    parts = [] if data is None else data_parts(info, data)
    for each in info.ingestions:
        if each.dataset == dataset:
            rows = f" ({', '.join(each.rows)})" if len(info.ingestions) > len(info.data) else ""
            parts.append(f"{each.chunks} passages, ingested in {each.seconds:.0f} s{rows}")
    return f"{dataset}: {'; '.join(parts)}"


def data_parts(info: RunInfo, data: DatasetInfo) -> list[str]:
    """Return how much of a dataset was measured, of how much there is, and what was left out."""
    parts: list[str] = []
    read = [each.documents for each in info.ingestions if each.dataset == data.name]
    if read and min(read) < data.documents:
        failed = data.documents - min(read)
        parts.append(f"{min(read)} of {data.documents} documents ({failed} failed)")
    elif data.documents:
        parts.append(f"{data.documents} documents")
    limit = info.options.get("limit_queries")
    asked = data.queries if limit is None else min(limit, data.queries)
    first = "" if asked == data.queries else f", the first of {data.queries}"
    parts.append(f"{asked} cases{first}")
    parts += filter(None, [data.note, f"left out: {data.left_out}" if data.left_out else ""])
    return parts


def _describe_fewer_cases(summary: DatasetSummary) -> str:
    """Say which figures apply to fewer cases than the row has."""
    if not summary.rows:
        return ""
    row = summary.rows[0]
    answered = row.cases - len(row.failures)
    fewer = [
        f"{name} {figure.cases}"
        for name, figure in row.figures.items()
        if figure.cases < answered and name not in summary.details
    ]
    return f"cases that a figure rests on, of {answered}: {', '.join(fewer)}" if fewer else ""


def print_comparison(comparison: RunComparison, console: Console) -> None:
    """Print two runs side by side."""
    _print_line(console, f"before: {comparison.before}\nnow: {comparison.now}")
    for setting in comparison.settings:
        change = f"{setting.name}: {setting.before} → {setting.now}"
        _print_line(console, f"changed ({setting.row}) {change}")
    changed = [each for each in comparison.changes if each.has_changed_cases]
    if not changed:
        _print_line(console, "No case has another value.")
    console.print(_build_changes_table(changed or comparison.changes))
    if changed and len(changed) < len(comparison.changes):
        _print_line(
            console, f"{len(comparison.changes) - len(changed)} figures are the same in all cases."
        )
    if comparison.moved:
        console.print(_build_most_changed_table(comparison))
    for name in comparison.left_out:
        _print_line(console, f"{name}: in one of the runs only, so not compared")


def _build_changes_table(changes: Sequence[Change]) -> Table:
    table = Table()
    for name in ("dataset", "row", "figure"):
        table.add_column(name, no_wrap=True)
    for name in ("before", "now", "difference", "95 %", "p", "better", "worse", "cases"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in changes:
        gap = each.difference
        bounds = f"{gap.interval.low:+.3f} … {gap.interval.high:+.3f}" if gap.interval else "-"
        mark = "bold" if gap.is_significant else ""
        table.add_row(
            *map(escape, (each.dataset, each.row, each.figure)),
            *(
                f"{each.before:.3f}",
                f"{each.now:.3f}",
                f"{gap.mean:+.3f}",
                bounds,
                format_p_value(gap.p),
            ),
            *(str(gap.better), str(gap.worse), str(gap.cases)),
            style=mark,
        )
    return table


def _build_most_changed_table(comparison: RunComparison) -> Table:
    title = f"Questions that changed most (at most {MOST_CHANGED_QUESTIONS})"
    table = Table(title=title, title_justify="left")
    for name in ("dataset", "row", "id", "question", "figure"):
        table.add_column(name)
    for name in ("before", "now"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in comparison.moved:
        cells = (each.dataset, each.row, each.id, shorten_text(each.question, 100), each.figure)
        table.add_row(*map(escape, cells), f"{each.before:.3g}", f"{each.now:.3g}")
    return table


def print_runs(infos: Sequence[RunInfo], console: Console) -> None:
    """Print the list of runs, the latest last."""
    table = Table()
    for name in ("run", "suite", "started", "state", "data", "rows"):
        table.add_column(name, overflow="fold")
    for each in infos:
        rows = [*each.rows, *each.baselines]
        state = "complete" if each.finished else "interrupted"
        data = ", ".join(one.name for one in each.data)
        table.add_row(
            *map(
                escape,
                (each.id, each.suite, format_time(each.started), state, data, "; ".join(rows)),
            )
        )
    console.print(table)


def print_verdicts(verdicts: Sequence[GateVerdict], console: Console) -> None:
    """Print what a gate found."""
    for each in verdicts:
        before = "" if each.before is None else f"{each.before:.4f} → "
        state = "FAILED" if each.broken else "passed"
        text = f"gate {state}: {each.dataset}: {each.condition} ({before}{each.now:.4f})"
        console.print(text, markup=False, highlight=False, style="red" if each.broken else "")


def format_p_value(p: float) -> str:
    """Return a p as people write it."""
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def format_difference(gap: Difference | None) -> str:
    """Return a difference with its p; a star where it is unlikely to be chance."""
    if gap is None:
        return ""
    return f"{gap.mean:+.3f}{'*' if gap.is_significant else ''} (p {format_p_value(gap.p)})"


def _build_summary_table(summary: DatasetSummary, rows: Sequence[RowSummary]) -> Table:
    grouped = any(row.group != "all" for row in rows)
    table = Table()
    table.add_column("row", overflow="fold", min_width=14)
    if grouped:
        table.add_column("language")
    names = [name for name in summary.measures if name not in summary.details]
    compared = [] if grouped else ["to first"]
    for name in (*names, f"95% of {summary.main}", *compared):
        table.add_column(name.replace(" ", "\n"), justify="right", no_wrap=True)
    for name in ("p50\nms", "p99\nms", "cases", "failed"):
        table.add_column(name, justify="right", no_wrap=True)
    best = {} if grouped else _find_best_values(summary, rows)
    for row in rows:
        figures = [_format_figure(row.figures.get(name), best.get(name)) for name in names]
        times = [_format_milliseconds(row.p50_ms), _format_milliseconds(row.p99_ms)]
        table.add_row(
            escape(row.row),
            *([row.group] if grouped else []),
            *figures,
            _format_interval(row.figures.get(summary.main)),
            *([] if grouped else [format_difference(row.against)]),
            *times,
            str(row.cases),
            str(len(row.failures)),
        )
    return table


def _find_best_values(summary: DatasetSummary, rows: Sequence[RowSummary]) -> dict[str, float]:
    return {
        name: max(row.figures[name].value for row in rows if name in row.figures)
        for name in summary.measures
    }


def _format_figure(figure: FigureEstimate | None, best: float | None) -> str:
    if figure is None:
        return "-"
    text = f"{figure.value:.3f}"
    return f"[bold]{text}[/bold]" if best is not None and figure.value >= best else text


def _format_interval(figure: FigureEstimate | None) -> str:
    if figure is None or figure.interval is None:
        return "-"
    return f"{figure.interval.low:.3f}–{figure.interval.high:.3f}"


def _format_milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _print_misses(cases: Sequence[Case], console: Console) -> None:
    chosen = [case for case in cases if is_missed(case)]
    if not chosen:
        return
    title = f"Not as it should be ({len(chosen)}; the page has all)"
    table = Table(title=title, title_justify="left")
    for name in ("row", "id", "question", "should say", "says"):
        table.add_column(name)
    for case in chosen[:MOST_MISSES]:
        cells = (case.row, case.id, case.question, "; ".join(case.due), case.said)
        table.add_row(*map(escape, cells))
    console.print(table)


def _print_failures(failures: Sequence[CaseFailure], console: Console) -> None:
    # A file that fails in one row often fails in all: print it once; the table counts all.
    lines = [f"failed: {each.case}: {each.code}: {each.message}" for each in failures]
    for line in dict.fromkeys(lines):
        console.print(line, markup=False, highlight=False, style="red")


def _print_line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)
