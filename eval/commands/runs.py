"""Runs `docchat eval runs`, `show` and `compare`: list, show and compare stored runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.commands.shared import FormatOption, report_errors

if TYPE_CHECKING:
    from eval.runs.run_store import RunStore, StoredRun

_Runs = Annotated[
    Path | None, typer.Option("--runs", help="Folder of runs; else eval/runs in docchat's home.")
]
_Run = Annotated[
    str, typer.Argument(help='A run: its id or the beginning of it, "last", a folder, a JSON file.')
]

_Row = Annotated[
    str, typer.Argument(help="A run as for `show`, or one row of it as RUN:ROW (last:rank-bm25).")
]


def runs(folder: _Runs = None, form: FormatOption = "text") -> None:
    """List the runs that are kept."""
    with report_errors():
        from eval.report.tables import print_runs, stdout_console
        from eval.runs.run_store import FIRST_RUN

        store = _open_store(folder)
        found = store.list()
        if form == "json":
            typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2))
        elif found:
            print_runs(found, stdout_console())
        else:
            typer.echo(f"There is no run in {store.folder} yet. {FIRST_RUN}", err=True)


def show(
    run: _Run = "last",
    folder: _Runs = None,
    html: Annotated[Path | None, typer.Option(help="Write its page to this file.")] = None,
    form: FormatOption = "text",
) -> None:
    """Show a run again."""
    with report_errors():
        from eval.report.page import write_page
        from eval.report.tables import print_run, run_json, stdout_console

        stored = _open_store(folder).load(run)
        if html is not None:
            write_page(stored, html)
        if form == "json":
            typer.echo(run_json(stored))
        else:
            print_run(stored, stdout_console())


def compare(
    before: _Row, now: _Row = "last", folder: _Runs = None, form: FormatOption = "text"
) -> None:
    """Compare two runs, case by case."""
    with report_errors():
        from eval.report.tables import print_comparison, stdout_console
        from eval.runs.compare import compare_runs

        store = _open_store(folder)
        (old, former), (new, row) = _load_named_run(store, before), _load_named_run(store, now)
        rows = (former or row, row or former) if former or row else None
        found = compare_runs(old, new, rows)
        if form == "json":
            typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        else:
            print_comparison(found, stdout_console())


def _load_named_run(store: RunStore, name: str) -> tuple[StoredRun, str]:
    """Return the run of RUN or RUN:ROW, and the row, "" where none is named. Raises RunInvalid."""
    if Path(name).exists():
        return store.load(name), ""
    run, _, row = name.partition(":")
    return store.load(run), row


def _open_store(folder: Path | None) -> RunStore:
    from eval.commands.measure import runs_folder
    from eval.runs.run_store import RunStore
    from rag.settings import load_settings

    return RunStore(folder or runs_folder(load_settings()))
