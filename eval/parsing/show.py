"""Prints the results of parsing as tables for people; computes no figures of its own.

Limits: tables are as wide as the terminal; JSON has everything, tables only what fits.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.parsing.boxes import BoxesResult
from eval.parsing.suite import AblationResult, ParsingCase, ParsingResult

_COUNTS = ("fp_tables", "tests")
_FEWER_IS_BETTER = ("hf_leak", "fp_tables")
_OF_SCANS = "scan_"
_SHOWN_OF_A_MISS = 100


def print_parsing(result: ParsingResult, console: Console, *, documents: bool = False) -> None:
    """Print one set: its figures and, if wanted, those of each document, the worst first."""
    _print_line(console, _format_title(result))
    names = [name for name in result.figures if not name.startswith(_OF_SCANS)]
    table = _make_table(("document", *names) if documents else names)
    cells = [format_figure(name, result.figures[name]) for name in names]
    if not documents:
        table.add_row(*cells)
    else:
        for case in sorted(result.cases, key=lambda case: _badness_of(case, names[0])):
            own = [format_figure(name, case.figures.get(name)) for name in names]
            table.add_row(escape(case.document), *own, style="red" if case.failed else "")
        table.add_section()
        table.add_row("all", *cells)
    console.print(table)
    scans = [name for name in result.figures if name.startswith(_OF_SCANS)]
    if scans:
        listed = ", ".join(f"{name} {format_figure(name, result.figures[name])}" for name in scans)
        _print_line(console, f"of scans: {listed}")
    for failure in result.failures:
        _print_failure_line(console, f"failed, counted as empty: {failure.case}: {failure.message}")
    if result.unknown:
        _print_line(console, f"without a reference, not looked at: {', '.join(result.unknown)}")


def print_ablation(result: AblationResult, console: Console) -> None:
    """Print, for each stage, what changes without it."""
    _print_line(console, f"{result.dataset} ({result.kind}): {result.documents} documents")
    names = [name for name in result.figures if not name.startswith(_OF_SCANS)]
    table = _make_table(("without", *names, "pages/CPU s"))
    whole = [format_figure(name, result.figures[name]) for name in names]
    table.add_row("(nothing)", *whole, _format_speed(result.pages_per_cpu_s))
    table.add_section()
    for cost in result.stages:
        changes = [_format_change(name, cost.change.get(name)) for name in names]
        table.add_row(cost.stage, *changes, _format_speed(cost.pages_per_cpu_s))
    console.print(table)
    for failure in result.failures:
        _print_failure_line(console, f"failed, counted as empty: {failure.case}: {failure.message}")


def print_boxes(result: BoxesResult, console: Console) -> None:
    """Print the share of true boxes and, for each false one, the expected and found text."""
    share = "-" if result.share is None else f"{result.share:.1%}"
    in_order = "-" if result.share_in_order is None else f"{result.share_in_order:.1%}"
    _print_line(
        console,
        f"boxes: {result.blocks} blocks of {result.documents} documents; in {share} the text found "
        f"in the boxes is that of the block, in {in_order} in the same order",
    )
    for case in result.misses:
        _print_line(console, f"{case.document}, page {case.page}, {case.kind}:")
        _print_line(console, f"  block: {_shorten_excerpt(case.text)}")
        _print_line(console, f"  found: {_shorten_excerpt(case.found)}")
    for failure in result.failures:
        _print_failure_line(console, f"failed: {failure.case}: {failure.message}")


def format_figure(name: str, value: float | None) -> str:
    """Return a figure as people read it: counts whole, shares to four digits, "-" for none."""
    if value is None:
        return "-"
    return f"{value:.0f}" if name in _COUNTS else f"{value:.4f}"


def _format_title(result: ParsingResult) -> str:
    title = f"{result.dataset} ({result.kind}): {result.documents} documents"
    if result.pages:
        title += (
            f", {result.pages} pages, {result.seconds:.1f} s, {result.cpu_s:.1f} CPU s: "
            f"{_format_speed(result.pages_per_cpu_s)} pages per CPU second"
        )
    return title


def _badness_of(case: ParsingCase, name: str) -> tuple[float, str]:
    value = case.figures.get(name)
    return (2.0 if value is None else value), case.document


def _format_change(name: str, change: float | None) -> str:
    if change is None:
        return "-"
    text = f"{change:+.0f}" if name in _COUNTS else f"{change:+.4f}"
    if not float(text):
        return "·"
    worse = change > 0 if name in _FEWER_IS_BETTER else change < 0
    return f"[red]{text}[/red]" if worse else text


def _format_speed(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _make_table(columns: Iterable[str]) -> Table:
    table = Table()
    for name in columns:
        is_label = name in ("document", "without")
        table.add_column(name, justify="left" if is_label else "right", no_wrap=not is_label)
    return table


def _shorten_excerpt(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_OF_A_MISS else text[:_SHOWN_OF_A_MISS] + "…"


def _print_line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)


def _print_failure_line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, style="red")
