"""Measures parsing: PDFs go through the product's own parser and are compared with references.

Documents are parsed in child processes as in the product, then scored (`eval.parsing.references`).
A document that failed counts as empty, because leaving it out would reward failures; it is listed
with its reason and counted, so it is never a silent zero. Limits: only PDFs; other work on the
machine changes the seconds, and the CPU seconds less so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from eval.errors import EvalError
from eval.measures.cases import CaseFailure
from eval.parsing.children import Children
from eval.parsing.references import Figures
from eval.parsing.sets import ParsingSet
from eval.parsing.work import (
    ParsedMarkdown,
    ParseTask,
    ScoreTask,
    parse_to_markdown,
    score_markdown,
    warm_up,
)
from eval.systems.temporary_docchat import Progress, no_progress
from ingest.options import ParseOptions
from ingest.pdf.layout.stages import ALL_STAGES, Stages

_EMPTY = ParsedMarkdown("")
_SCORING_S = 1_800.0
"""Comparing two large tables takes long; longer than this is a failure."""

_Output = TypeVar("_Output")
ParseOutcome = ParsedMarkdown | CaseFailure


@dataclass(frozen=True, slots=True)
class ParsingCase:
    """One document. `failed`: it has no text, and its figures are those of an empty one."""

    document: str
    figures: Figures
    pages: int
    seconds: float
    cpu_s: float
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ParsingResult:
    """The result of a set; `figures` are those of `docs/evaluation.md`, the main one first.

    Seconds are sums over documents; `pages_per_cpu_s` is None where nothing was parsed here.
    `unknown` are PDFs without a reference, which are not parsed.
    """

    dataset: str
    kind: str
    documents: int
    pages: int
    figures: Figures
    seconds: float
    cpu_s: float
    pages_per_cpu_s: float | None
    cases: tuple[ParsingCase, ...]
    failures: tuple[CaseFailure, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def has_failures(self) -> bool:
        """Whether any document failed."""
        return bool(self.failures)


@dataclass(frozen=True, slots=True)
class StageCost:
    """A set measured without one stage; `change`: its figures minus those with all stages."""

    stage: str
    figures: Figures
    change: Figures
    pages_per_cpu_s: float | None


@dataclass(frozen=True, slots=True)
class AblationResult:
    """The effect of each stage on a set: a negative `change` is the loss without that stage."""

    dataset: str
    kind: str
    documents: int
    figures: Figures
    pages_per_cpu_s: float | None
    stages: tuple[StageCost, ...]
    failures: tuple[CaseFailure, ...] = ()

    @property
    def has_failures(self) -> bool:
        """Whether any document failed with all stages on."""
        return bool(self.failures)


def run_parsing(
    sets: Sequence[ParsingSet],
    options: ParseOptions,
    children: Children,
    *,
    stages: Stages = ALL_STAGES,
    save: Path | None = None,
    progress: Progress = no_progress,
) -> list[ParsingResult]:
    """Parse and score the documents of all sets; Markdown goes to `save` as SET/NAME.md."""
    (outcomes,) = _parse_all(sets, options, children, [stages], progress)
    if save is not None:
        for each, set_outcomes in zip(sets, outcomes, strict=True):
            _save_markdown(each, set_outcomes, save / each.name)
    (results,) = _score_all(sets, [outcomes], children, progress)
    return results


def run_on_markdown(
    sets: Sequence[ParsingSet],
    folder: Path,
    children: Children,
    *,
    progress: Progress = no_progress,
) -> list[ParsingResult]:
    """Score Markdown of any parser, stored as SET/NAME.md; a missing file is a failure."""
    outcomes = [
        _read_prediction(folder / each.name, name) for each in sets for name in each.documents
    ]
    (results,) = _score_all(
        sets, [_split_by_sizes(outcomes, _count_documents(sets))], children, progress
    )
    return results


def ablate_stages(
    sets: Sequence[ParsingSet],
    options: ParseOptions,
    children: Children,
    *,
    progress: Progress = no_progress,
) -> list[AblationResult]:
    """Measure all sets with every stage, then with one stage after the other left out."""
    names = [each.name for each in fields(Stages)]
    variants = [ALL_STAGES, *(replace(ALL_STAGES, **{name: False}) for name in names)]
    outcomes = _parse_all(sets, options, children, variants, progress)
    whole, *without = _score_all(sets, outcomes, children, progress)
    return [
        AblationResult(
            dataset=base.dataset,
            kind=base.kind,
            documents=base.documents,
            figures=base.figures,
            pages_per_cpu_s=base.pages_per_cpu_s,
            stages=tuple(
                _compute_stage_cost(name, base, results[at])
                for name, results in zip(names, without, strict=True)
            ),
            failures=base.failures,
        )
        for at, base in enumerate(whole)
    ]


def _compute_stage_cost(stage: str, base: ParsingResult, without: ParsingResult) -> StageCost:
    change: Figures = {}
    for name, before in base.figures.items():
        after = without.figures.get(name)
        change[name] = None if before is None or after is None else after - before
    return StageCost(stage, without.figures, change, without.pages_per_cpu_s)


def _parse_all(
    sets: Sequence[ParsingSet],
    options: ParseOptions,
    children: Children,
    variants: Sequence[Stages],
    progress: Progress,
) -> list[list[list[ParseOutcome]]]:
    """Return the outcome of every document, by variant and set."""
    tasks = [
        (document, ParseTask(each.pdf_path_of(document), options, stages))
        for stages in variants
        for each in sets
        for document in each.documents
    ]
    outcomes = children.map(
        parse_to_markdown,
        tasks,
        warm=warm_up,
        progress=lambda done, all_: progress("parsing", done, all_),
    )
    sizes = _count_documents(sets)
    return [
        _split_by_sizes(part, sizes)
        for part in _split_by_sizes(outcomes, [sum(sizes)] * len(variants))
    ]


def _score_all(
    sets: Sequence[ParsingSet],
    outcomes: Sequence[Sequence[Sequence[ParseOutcome]]],
    children: Children,
    progress: Progress,
) -> list[list[ParsingResult]]:
    """Return the results by variant and set."""
    tasks = [
        (name, ScoreTask(each.scorer, name, _treat_failure_as_empty(outcome).markdown))
        for variant in outcomes
        for each, set_outcomes in zip(sets, variant, strict=True)
        for name, outcome in zip(each.documents, set_outcomes, strict=True)
    ]
    figures = replace(children, timeout_s=_SCORING_S).map(
        score_markdown, tasks, progress=lambda done, all_: progress("scoring", done, all_)
    )
    sizes = _count_documents(sets)
    parts = _split_by_sizes(figures, [sum(sizes)] * len(outcomes))
    return [
        [
            _build_result(each, set_outcomes, scores)
            for each, set_outcomes, scores in zip(
                sets, variant, _split_by_sizes(part, sizes), strict=True
            )
        ]
        for variant, part in zip(outcomes, parts, strict=True)
    ]


def _count_documents(sets: Sequence[ParsingSet]) -> list[int]:
    return [len(each.documents) for each in sets]


def _split_by_sizes(listed: Sequence[_Output], sizes: Sequence[int]) -> list[list[_Output]]:
    """Cut a list into parts of these sizes."""
    ends = list(accumulate(sizes))
    return [list(listed[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


def _build_result(
    parsing_set: ParsingSet,
    outcomes: Sequence[ParseOutcome],
    scores: Sequence[Figures | CaseFailure],
) -> ParsingResult:
    cases: list[ParsingCase] = []
    failures = [each for each in (*outcomes, *scores) if isinstance(each, CaseFailure)]
    for document, outcome, score in zip(parsing_set.documents, outcomes, scores, strict=True):
        parsed = _treat_failure_as_empty(outcome)
        cases.append(
            ParsingCase(
                document=document,
                figures={} if isinstance(score, CaseFailure) else score,
                pages=parsed.pages,
                seconds=parsed.seconds,
                cpu_s=parsed.cpu_s,
                failed=isinstance(outcome, CaseFailure) or isinstance(score, CaseFailure),
            )
        )
    pages, cpu = sum(case.pages for case in cases), sum(case.cpu_s for case in cases)
    return ParsingResult(
        dataset=parsing_set.name,
        kind=parsing_set.kind,
        documents=len(cases),
        pages=pages,
        figures=parsing_set.scorer.summary({case.document: case.figures for case in cases}),
        seconds=sum(case.seconds for case in cases),
        cpu_s=cpu,
        pages_per_cpu_s=pages / cpu if pages and cpu else None,
        cases=tuple(cases),
        failures=tuple(failures),
        unknown=parsing_set.unknown,
    )


def _treat_failure_as_empty(outcome: ParseOutcome) -> ParsedMarkdown:
    return _EMPTY if isinstance(outcome, CaseFailure) else outcome


def _read_prediction(folder: Path, document: str) -> ParseOutcome:
    path = folder / f"{document}.md"
    try:
        return ParsedMarkdown(path.read_bytes().decode("utf-8", "replace"))
    except FileNotFoundError:
        return CaseFailure(document, "missing", f"There is no {path}.")
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error}", hint="See --predictions.") from error


def _save_markdown(parsing_set: ParsingSet, outcomes: Sequence[ParseOutcome], folder: Path) -> None:
    """Write the Markdown of each document; remove that of an earlier run where one failed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for document, outcome in zip(parsing_set.documents, outcomes, strict=True):
            path = folder / f"{document}.md"
            if isinstance(outcome, CaseFailure):
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(outcome.markdown.encode("utf-8"))
    except OSError as error:
        raise EvalError(f"{folder} cannot be written: {error}", hint="Name another.") from error
