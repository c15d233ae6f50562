"""Shared by the commands of `docchat eval`: options, errors, progress, output of results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, TypeVar

import typer

from eval.errors import EvalError
from eval.packages import check_packages
from ingest.errors import IngestError
from rag.errors import RagError, SettingsInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from eval.report.tables import SuiteResult
    from eval.systems.temporary_docchat import Progress

_Result = TypeVar("_Result", bound="SuiteResult")
Format = Literal["text", "json"]

Data = Annotated[list[Path], typer.Option("--data", help="Folder to measure on; may be repeated.")]
Output = Annotated[Path | None, typer.Option(help="Also write the results to this file as JSON.")]
FormatOption = Annotated[Format, typer.Option("--format", help="What goes to stdout.")]

FailIf = Annotated[
    list[str],
    typer.Option(
        "--fail-if",
        metavar="CONDITION",
        help='Exit 1 if it holds, as "ndcg@10 drops 0.01" or "page@5 below 0.8"; may be repeated.',
    ),
]


def report_results(
    results: Sequence[_Result],
    form: Format,
    output: Path | None,
    show: Callable[[_Result], None],
) -> None:
    """Print and write results as asked; exit with 1 when a case failed."""
    from eval.report.tables import as_json

    if output is not None:
        write_file(output, as_json(results))
    if form == "json":
        typer.echo(as_json(results))
    else:
        for result in results:
            show(result)
    if any(result.has_failures for result in results):
        raise typer.Exit(1)


def write_file(path: Path, text: str) -> None:
    """Write a text file. Raises EvalError."""
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise EvalError(f"{path} cannot be written: {error}", hint="Name another.") from error


@contextmanager
def report_errors() -> Iterator[None]:
    """Print typed errors with their hint and exit: 2 for wrong input, 3 for other errors.

    One of them is that the extra `eval` is not installed.
    """
    try:
        check_packages()
        yield
    except (EvalError, SettingsInvalid) as error:
        _exit_with_error(error.message, error.advice, 2)
    except (IngestError, RagError) as error:
        _exit_with_error(error.message, error.advice, 3)


def _exit_with_error(message: str, advice: str, code: int) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    typer.echo(f"hint: {advice}", err=True)
    raise typer.Exit(code)


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Yield a function that shows progress on stderr: a bar on a terminal, else a line a stage."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield _make_stage_printer(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task("starting", total=None)

        def update_bar(stage: str, done: int, total: int) -> None:
            bars.update(task, description=stage, completed=done, total=total)

        yield update_bar


def _make_stage_printer(console: Console) -> Progress:
    last = ""

    def print_stage(stage: str, _done: int, total: int) -> None:
        nonlocal last
        if stage != last:
            last = stage
            console.print(f"{stage} ({total})", markup=False, highlight=False)

    return print_stage
