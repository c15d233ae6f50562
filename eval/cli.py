"""`docchat eval`: measure docchat on retrieval sets or on your own documents and questions.

Results go to stdout, progress and errors to stderr. Exit codes: 0 fine, 1 some case failed, 2 the
data folder or a setting is not usable, 3 docchat itself could not be built or ran into trouble.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, TypeVar

import typer

from eval.datasets import BEIR_LAYOUT, QUESTIONS_LAYOUT, load_question_set, load_retrieval_set
from eval.errors import EvalError
from ingest.errors import IngestError
from rag.errors import RagError, SettingsInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from eval.home import Progress
    from eval.suites.answers import AnswersResult
    from eval.suites.retrieval import RetrievalResult

_Result = TypeVar("_Result", "RetrievalResult", "AnswersResult")
_Format = Literal["text", "json"]

cli = typer.Typer(
    help="Measure docchat on retrieval sets or on your own documents and questions.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Data = Annotated[list[Path], typer.Option("--data", help="Folder to measure on; may be repeated.")]
_Output = Annotated[Path | None, typer.Option(help="Also write the results to this file as JSON.")]
_FormatOption = Annotated[_Format, typer.Option("--format", help="What goes to stdout.")]


@cli.command(
    help="Measure how well passages are found, against rank-bm25 and dense search alone.\n\n"
    f"The layout of a folder is that of BEIR:\n\n\b\n{BEIR_LAYOUT}"
)
def retrieval(
    data: _Data,
    limit_queries: Annotated[
        int | None, typer.Option(min=1, help="Ask only the first N queries of each folder.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which qrels/<split>.tsv to use.")] = "test",
    output: _Output = None,
    form: _FormatOption = "text",
) -> None:
    """Run the retrieval suite on each folder."""
    with _errors():
        from eval.report import print_retrieval, stdout_console
        from eval.suites.retrieval import run
        from rag.settings import load_settings

        sets = [load_retrieval_set(folder, split) for folder in data]
        settings = load_settings()
        with _progress() as progress:
            results = [
                run(each, settings, limit_queries=limit_queries, progress=progress) for each in sets
            ]
        _deliver(results, form, output, lambda each: print_retrieval(each, stdout_console()))


@cli.command(
    help="Measure answers: right words, right pages, right refusals, groundedness.\n\n"
    f"The layout of a folder:\n\n\b\n{QUESTIONS_LAYOUT}"
)
def answers(data: _Data, output: _Output = None, form: _FormatOption = "text") -> None:
    """Run the answer suite on each folder."""
    with _errors():
        from eval.report import print_answers, stdout_console
        from eval.suites.answers import run
        from rag.settings import load_settings

        sets = [load_question_set(folder) for folder in data]
        settings = load_settings()
        with _progress() as progress:
            results = [run(each, settings, progress=progress) for each in sets]
        _deliver(results, form, output, lambda each: print_answers(each, stdout_console()))


def _deliver(
    results: Sequence[_Result],
    form: _Format,
    output: Path | None,
    show: Callable[[_Result], None],
) -> None:
    from eval.report import as_json

    if output is not None:
        try:
            output.write_text(as_json(results) + "\n", encoding="utf-8")
        except OSError as error:
            raise EvalError(f"{output} cannot be written: {error}", hint="Name another.") from error
    if form == "json":
        typer.echo(as_json(results))
    else:
        for result in results:
            show(result)
    if any(result.failed for result in results):
        raise typer.Exit(1)


@contextmanager
def _errors() -> Iterator[None]:
    """Tell typed errors with their hint, and leave with the right code."""
    try:
        yield
    except (EvalError, SettingsInvalid) as error:
        _leave(error.message, error.advice, 2)
    except (IngestError, RagError) as error:
        _leave(error.message, error.advice, 3)


def _leave(message: str, advice: str, code: int) -> NoReturn:
    typer.echo(f"Error: {message}", err=True)
    typer.echo(advice, err=True)
    raise typer.Exit(code)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Yield what shows progress on stderr: a bar on a terminal, a line by stage otherwise."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield _plain(console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task("starting", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bars.update(task, description=stage, completed=done, total=total)

        yield show


def _plain(console: Console) -> Progress:
    last = ""

    def show(stage: str, _done: int, total: int) -> None:
        nonlocal last
        if stage != last:
            last = stage
            console.print(f"{stage} ({total})", markup=False, highlight=False)

    return show
