"""Runs `docchat eval retrieval`, `answers` and `grounding`: measure, store, show, judge.

`follow-ups` is measured here as well, but not kept as a run: it takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eval.commands.shared import (
    Data,
    FailIf,
    FormatOption,
    Output,
    report_errors,
    report_results,
    show_progress,
    write_file,
)

if TYPE_CHECKING:
    from eval.runs.run_store import RunWriter, StoredRun
    from eval.systems.temporary_docchat import Progress
    from eval.systems.variants import Variant
    from rag.settings import Settings

_Vary = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="NAME=V1,V2",
        help="Also measure with each value of a setting, all else as it is; may be repeated.",
    ),
]
_Grid = Annotated[bool, typer.Option("--grid", help="Every combination of what is varied.")]
_Unreviewed = Annotated[
    bool, typer.Option("--unreviewed", help="Also questions that nobody has reviewed yet.")
]
_Baseline = Annotated[
    str | None, typer.Option(help="Run (id, folder, JSON file) that --fail-if compares with.")
]
_Runs = Annotated[
    Path | None, typer.Option("--runs", help="Folder of runs; else eval/runs in docchat's home.")
]
_Fresh = Annotated[
    bool, typer.Option("--fresh", help="Begin anew, also where such a run was interrupted.")
]
_Html = Annotated[Path | None, typer.Option(help="Also write the page of the run to this file.")]


def retrieval(
    data: Data,
    vary: _Vary = [],  # noqa: B006
    grid: _Grid = False,
    against: Annotated[
        str,
        typer.Option(
            help="What to compare with: rank-bm25, dense, rrf, langchain, lexical-index, "
            "dense-index, with commas between, or none."
        ),
    ] = "rank-bm25,dense,rrf",
    limit_queries: Annotated[
        int | None, typer.Option(min=1, help="Ask only the first N queries of each folder.")
    ] = None,
    split: Annotated[
        str, typer.Option(help="Which qrels/<split>.tsv to use (BEIR layout).")
    ] = "test",
    unreviewed: _Unreviewed = False,
    runs: _Runs = None,
    fresh: _Fresh = False,
    baseline: _Baseline = None,
    fail_if: FailIf = [],  # noqa: B006
    output: Output = None,
    html: _Html = None,
    form: FormatOption = "text",
) -> None:
    """Run the retrieval suite on each folder."""
    with report_errors():
        from eval.data.datasets import load_set
        from eval.suites.retrieval import RetrievalPlan, run_retrieval
        from eval.suites.tasks import task_of
        from eval.systems.rankers import parse_baselines

        tasks = [task_of(load_set(folder, split, unreviewed=unreviewed)) for folder in data]
        baselines = parse_baselines(against)
        session = _Session(vary, grid, runs, fresh, baseline, fail_if)
        plan = RetrievalPlan(session.variants, baselines, limit_queries)
        options = {"limit_queries": limit_queries, "split": split, "unreviewed": unreviewed}
        measured = session.measure(
            "retrieval",
            [task.data for task in tasks],
            lambda writer, cache, progress: run_retrieval(
                tasks, plan, writer, cache, progress=progress
            ),
            figures={task.data.name: task.figures for task in tasks},
            baselines=baselines,
            options=options,
        )
        session.report_run(measured, form, output, html)


def answers(
    data: Data,
    vary: _Vary = [],  # noqa: B006
    grid: _Grid = False,
    unreviewed: _Unreviewed = False,
    runs: _Runs = None,
    fresh: _Fresh = False,
    baseline: _Baseline = None,
    fail_if: FailIf = [],  # noqa: B006
    output: Output = None,
    html: _Html = None,
    form: FormatOption = "text",
) -> None:
    """Run the answer suite on each folder."""
    with report_errors():
        from eval.data.datasets import load_question_set
        from eval.suites.answers import data_of, figures_of, run_answers

        sets = [load_question_set(folder, unreviewed=unreviewed) for folder in data]
        session = _Session(vary, grid, runs, fresh, baseline, fail_if)
        measured = session.measure(
            "answers",
            [data_of(each) for each in sets],
            lambda writer, cache, progress: run_answers(
                sets, session.variants, writer, cache, progress=progress
            ),
            figures={each.name: figures_of(each) for each in sets},
            options={"unreviewed": unreviewed},
        )
        session.report_run(measured, form, output, html)


def grounding(
    data: Annotated[
        list[Path], typer.Option("--data", help="Folder of sets, or one set; may be repeated.")
    ],
    vary: _Vary = [],  # noqa: B006
    grid: _Grid = False,
    runs: _Runs = None,
    fresh: _Fresh = False,
    baseline: _Baseline = None,
    fail_if: FailIf = [],  # noqa: B006
    output: Output = None,
    html: _Html = None,
    form: FormatOption = "text",
) -> None:
    """Run the grounding suite on each set."""
    with report_errors():
        from eval.data.grounding_sets import load_grounding_sets
        from eval.measures.row_figures import GROUNDING
        from eval.suites.grounding import data_of, run_grounding

        sets = [each for path in data for each in load_grounding_sets(path)]
        session = _Session(vary, grid, runs, fresh, baseline, fail_if)
        measured = session.measure(
            "grounding",
            [data_of(each) for each in sets],
            lambda writer, cache, progress: run_grounding(
                sets, session.variants, writer, cache, progress=progress
            ),
            figures={each.name: [one.name for one in GROUNDING] for each in sets},
        )
        session.report_run(measured, form, output, html)


def follow_ups(
    data: Annotated[Path, typer.Option("--data", help="File of turns.")],
    documents: Annotated[
        Path | None, typer.Option(help="Folder of the documents that turns name: also searched.")
    ] = None,
    output: Output = None,
    form: FormatOption = "text",
) -> None:
    """Measure how follow-ups are made standalone without a language model."""
    with report_errors():
        from eval.report.tables import stdout_console
        from eval.suites.follow_ups import print_follow_ups, run_follow_ups
        from rag.settings import load_settings

        settings = load_settings()
        cache = settings.home / "eval" / "embeddings"
        with show_progress() as progress:
            results = run_follow_ups(data, documents, settings, cache, progress=progress)
        console = stdout_console()
        report_results(results, form, output, lambda each: print_follow_ups(each, console))


class _Session:
    """One call of a suite; its options are checked before anything is measured."""

    def __init__(
        self,
        vary: Sequence[str],
        grid: bool,
        runs: Path | None,
        fresh: bool,
        baseline: str | None,
        fail_if: Sequence[str],
    ) -> None:
        from eval.runs.gate import parse_condition, require_baseline
        from eval.runs.run_store import RunStore
        from eval.systems.variants import build_variants
        from rag.settings import load_settings

        self.variants: list[Variant] = build_variants(vary, load_settings, grid=grid)
        for row in self.variants:
            for label in row.also:
                typer.echo(f"--vary {label} is what the row {row.label} has already.", err=True)
        self._settings: Settings = self.variants[0].settings
        self._store = RunStore(runs or runs_folder(self._settings))
        self._fresh = fresh
        self._conditions = [parse_condition(each) for each in fail_if]
        self._before = None if baseline is None else self._store.load(baseline)
        require_baseline(self._conditions, given=self._before is not None)

    def measure(
        self,
        suite: str,
        data: Sequence[Any],
        measuring: Callable[[RunWriter, Path, Progress], None],
        *,
        figures: Mapping[str, Sequence[str]],
        baselines: Sequence[str] = (),
        options: Mapping[str, Any] | None = None,
    ) -> tuple[StoredRun, Path]:
        """Begin a run or resume one, measure, and mark it as complete.

        `figures` are those that each dataset may have: what a gate can judge.
        """
        from eval.runs.gate import check_conditions
        from eval.runs.run_store import new_info

        _require_distinct([each.name for each in data])
        rows = {each.label: each.recorded_settings for each in self.variants}
        info = new_info(suite, data, rows, baselines, options)
        check_conditions(self._conditions, info, figures, self._before)
        writer = self._store.begin(info, fresh=self._fresh)
        if writer.cases:
            done = len(writer.cases)
            typer.echo(f"Taking up run {writer.info.id}: {done} cases are there already.", err=True)
        try:
            with show_progress() as progress:
                measuring(writer, self._settings.home / "eval" / "embeddings", progress)
        except KeyboardInterrupt:
            state = f"{len(writer.cases)} cases are kept in run {writer.info.id}"
            typer.echo(f"Interrupted: {state}; run the same again to go on.", err=True)
            raise typer.Exit(130) from None
        return writer.finish(), writer.folder

    def report_run(
        self, measured: tuple[StoredRun, Path], form: str, output: Path | None, html: Path | None
    ) -> None:
        """Show and write the run; exit with 1 when a case failed or a condition holds."""
        from rich.console import Console

        from eval.report.page import write_page
        from eval.report.tables import print_run, print_verdicts, run_json, stdout_console
        from eval.runs.gate import judge_run
        from eval.runs.run_store import PAGE_NAME

        run, folder = measured
        verdicts = judge_run(self._conditions, run, self._before)
        page = folder / PAGE_NAME
        write_page(run, page)
        if html is not None:
            write_page(run, html)
        if output is not None:
            write_file(output, run_json(run, verdicts))
        if form == "json":
            typer.echo(run_json(run, verdicts))
        else:
            print_run(run, stdout_console())
        print_verdicts(verdicts, Console(stderr=True))
        typer.echo(f"Run {run.info.id}; page: {page}", err=True)
        failed = any(case.failure is not None for case in run.cases)
        if failed or any(each.broken for each in verdicts):
            raise typer.Exit(1)


def runs_folder(settings: Settings) -> Path:
    """Return where runs are kept unless another folder is named."""
    return settings.home / "eval" / "runs"


def _require_distinct(names: Sequence[str]) -> None:
    from eval.errors import DatasetInvalid

    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DatasetInvalid(f"Two folders are called {', '.join(twice)}.", hint="Rename one.")
