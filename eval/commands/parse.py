"""Runs `docchat eval parsing`: parse PDFs, score them, show and judge the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from eval.commands.shared import (
    FailIf,
    FormatOption,
    Output,
    report_errors,
    report_results,
    show_progress,
)
from eval.errors import EvalError

if TYPE_CHECKING:
    from eval.parsing.children import Children
    from eval.runs.gate import FigureValues
    from ingest.options import ParseOptions

_Ocr = Literal["off", "auto", "force"]
_Layout = Literal["rules", "auto", "model"]


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
    baseline: Annotated[
        Path | None, typer.Option(help="JSON of an earlier --output: what --fail-if compares with.")
    ] = None,
    fail_if: FailIf = [],  # noqa: B006
    output: Output = None,
    form: FormatOption = "text",
) -> None:
    """Run the parsing suite on the sets of a folder."""
    with report_errors():
        from eval.parsing import boxes as box_suite
        from eval.parsing import suite
        from eval.parsing.sets import load_parsing_sets
        from eval.parsing.show import print_ablation, print_boxes, print_parsing
        from eval.report.tables import stdout_console

        if sum((predictions is not None, ablate, boxes is not None)) > 1:
            raise EvalError(
                "--predictions, --ablate and --boxes are different runs.", hint="Choose one."
            )
        found = load_parsing_sets(data, [name for name in sets.split(",") if name])
        gate = _Gate(fail_if, baseline)
        gate.check([each.name for each in found])
        options, children = _parse_settings(ocr, layout, furniture, jobs)
        console = stdout_console()
        with show_progress() as progress:
            if boxes is not None:
                box_result = box_suite.run_boxes(found, options, children, boxes, progress=progress)
            elif ablate:
                costs = suite.ablate_stages(found, options, children, progress=progress)
            elif predictions is not None:
                scores = suite.run_on_markdown(found, predictions, children, progress=progress)
            else:
                scores = suite.run_parsing(found, options, children, save=save, progress=progress)
        if boxes is not None:
            report_results([box_result], form, output, lambda each: print_boxes(each, console))
        elif ablate:
            report_results(costs, form, output, lambda each: print_ablation(each, console))
        else:
            # Judge before reporting: report_results exits the command where a document failed.
            broken = gate.judge({each.dataset: each.figures for each in scores})
            report_results(
                scores, form, output, lambda each: print_parsing(each, console, documents=docs)
            )
            if broken:
                raise typer.Exit(1)


class _Gate:
    """Conditions on the figures of sets; they are read before anything is parsed."""

    def __init__(self, conditions: Sequence[str], baseline: Path | None) -> None:
        from eval.runs.gate import parse_condition

        self._conditions = [parse_condition(each) for each in conditions]
        self._before = None if baseline is None else _figures_of(baseline)

    def check(self, datasets: Sequence[str]) -> None:
        """Raise GateInvalid for a condition without anything to compare, before parsing begins."""
        from eval.runs.gate import check_figures, require_baseline

        require_baseline(self._conditions, given=self._before is not None)
        before = self._before or {}
        relative = [each for each in self._conditions if each.needs_baseline]
        check_figures(relative, {name: list(before.get(name, ())) for name in datasets}, before)

    def judge(self, now: Mapping[str, FigureValues]) -> bool:
        """Print the verdicts on stderr; return whether any condition holds that must not."""
        from rich.console import Console

        from eval.report.tables import print_verdicts
        from eval.runs.gate import judge_figures

        verdicts = judge_figures(self._conditions, now, self._before)
        print_verdicts(verdicts, Console(stderr=True))
        return any(each.broken for each in verdicts)


def _figures_of(path: Path) -> dict[str, FigureValues]:
    """Return the figures by set in a file that `--output` wrote. Raises RunInvalid."""
    import json

    from eval.errors import RunInvalid

    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["results"]
        return {row["dataset"]: dict(row["figures"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunInvalid(f"{path} is no result of `docchat eval parsing`: {error!r}.") from error


def _parse_settings(
    ocr: _Ocr | None, layout: _Layout | None, furniture: bool | None, jobs: int | None
) -> tuple[ParseOptions, Children]:
    """Return how documents are parsed: as the settings say, but for the options given."""
    import os

    from eval.parsing.children import Children
    from rag.pipeline.factories import build_parse_options
    from rag.settings import load_settings

    named = {"ocr": ocr, "layout": layout}
    chosen: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if furniture is not None:
        chosen["furniture"] = "keep" if furniture else "drop"
    settings = load_settings(parse=chosen) if chosen else load_settings()
    parse = settings.parse
    processes = Children(jobs or os.cpu_count() or 1, parse.timeout_s, parse.memory_mb)
    return build_parse_options(settings), processes
