"""`docchat eval`: measure docchat on public sets or on your own documents and questions.

Results go to stdout, progress and errors to stderr. Exit codes: 0 fine, 1 some case failed, 2 the
data folder or a setting is not usable, 3 docchat itself could not be built or ran into trouble.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeVar

import typer

from eval.datasets import (
    BEIR_LAYOUT,
    PARSING_LAYOUT,
    QUESTIONS_LAYOUT,
    load_question_set,
    load_retrieval_set,
)
from eval.errors import EvalError
from ingest.errors import IngestError
from rag.errors import RagError, SettingsInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from eval.home import Progress
    from eval.parsing.children import Children
    from eval.report import Result
    from ingest.options import ParseOptions

_Result = TypeVar("_Result", bound="Result")
_Format = Literal["text", "json"]
_Ocr = Literal["off", "auto", "force"]
_Layout = Literal["rules", "auto", "model"]

cli = typer.Typer(
    help="Measure docchat on public sets or on your own documents and questions.",
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


@cli.command(
    help="Measure how PDFs are parsed: order, tables, headings, running lines, boxes, speed.\n\n"
    f"The layout of a folder:\n\n\b\n{PARSING_LAYOUT}"
)
def parsing(
    data: Annotated[Path, typer.Option("--data", help="Folder of a set, or of several.")],
    sets: Annotated[str, typer.Option(help="Only these sets, with commas between.")] = "",
    ocr: Annotated[_Ocr | None, typer.Option(help="Instead of the setting parse.ocr.")] = None,
    layout: Annotated[
        _Layout | None, typer.Option(help="Instead of the setting parse.layout.")
    ] = None,
    furniture: Annotated[
        bool | None,
        typer.Option("--furniture/--no-furniture", help="Keep running headers and footers."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Documents parsed at once.")] = None,
    docs: Annotated[bool, typer.Option("--docs", help="Also each document, worst first.")] = False,
    predictions: Annotated[
        Path | None, typer.Option(help="Parse nothing: score Markdown in DIR/SET/NAME.md.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the Markdown to this folder as SET/NAME.md.")
    ] = None,
    ablate: Annotated[bool, typer.Option("--ablate", help="What each stage is worth.")] = False,
    boxes: Annotated[
        int | None, typer.Option(min=1, help="Look whether the boxes of N blocks are true.")
    ] = None,
    output: _Output = None,
    form: _FormatOption = "text",
) -> None:
    """Run the parsing suite on the sets of a folder."""
    with _errors():
        from eval.parsing import boxes as box_suite
        from eval.parsing.sets import load_parsing_sets
        from eval.parsing.show import print_ablation, print_boxes, print_parsing
        from eval.report import stdout_console
        from eval.suites import parsing as suite

        if sum((predictions is not None, ablate, boxes is not None)) > 1:
            raise EvalError(
                "--predictions, --ablate and --boxes are different runs.", hint="Choose one."
            )
        found = load_parsing_sets(data, [name for name in sets.split(",") if name])
        options, children = _parse_settings(ocr, layout, furniture, jobs)
        console = stdout_console()
        with _progress() as progress:
            if boxes is not None:
                looked = box_suite.run(found, options, children, boxes, progress=progress)
            elif ablate:
                costs = suite.ablate(found, options, children, progress=progress)
            elif predictions is not None:
                scores = suite.run_on_markdown(found, predictions, children, progress=progress)
            else:
                scores = suite.run(found, options, children, save=save, progress=progress)
        if boxes is not None:
            _deliver([looked], form, output, lambda each: print_boxes(each, console))
        elif ablate:
            _deliver(costs, form, output, lambda each: print_ablation(each, console))
        else:
            _deliver(
                scores, form, output, lambda each: print_parsing(each, console, documents=docs)
            )


def _parse_settings(
    ocr: _Ocr | None, layout: _Layout | None, furniture: bool | None, jobs: int | None
) -> tuple[ParseOptions, Children]:
    """Return how documents are parsed: as the settings say, but for the options given."""
    import os

    from eval.parsing.children import Children
    from rag.bootstrap import parse_options
    from rag.settings import load_settings

    named = {"ocr": ocr, "layout": layout}
    chosen: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if furniture is not None:
        chosen["furniture"] = "keep" if furniture else "drop"
    settings = load_settings(parse=chosen) if chosen else load_settings()
    parse = settings.parse
    processes = Children(jobs or os.cpu_count() or 1, parse.timeout_s, parse.memory_mb)
    return parse_options(settings), processes


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
