"""Measures how well scores separate questions with an answer from questions without one.

Run as `python -m eval.benchmarks.answerable`.

Each question of a set (BEIR layout) is asked twice: over all documents, and over all but those
that answer it. The scores of the search and of the built-in answerer are compared by AUROC: the
chance that a score is higher where the answer is there (1: always, .5: no better than a guess).

Limits: the documents that stay are about the same things as those left out, so such a question is
harder to refuse than one about something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval.data.datasets import RetrievalSet, load_retrieval_set
from eval.errors import EvalError
from eval.measures import row_figures
from eval.packages import check_packages
from eval.report.tables import stdout_console
from eval.suites.tasks import as_markdown, file_name
from eval.systems.temporary_docchat import PreparedDocuments, prepare_documents
from ingest.errors import IngestError
from ingest.text.language import language_of
from rag.answering.extractive import ExtractiveAnswerer
from rag.errors import RagError
from rag.pipeline.bootstrap import Docchat
from rag.pipeline.factories import disable_telemetry
from rag.question.understand import Question, understand_question
from rag.settings import load_settings
from rag.types import NO_FILTERS, Filters, Hit

FIGURES = ("lexical", "dense", "late", "strength")
"""The best BM25 score, cosine and late interaction among the hits; the answerer's evidence."""


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """One question with its figures, and whether the documents searched answer it."""

    question: str
    answerable: bool
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Separation:
    """AUROC by figure, of one set in one language."""

    dataset: str
    language: str
    questions: int
    auroc: Mapping[str, float]


def figures_of(
    question: Question, hits: Sequence[Hit], answerer: ExtractiveAnswerer
) -> dict[str, float]:
    """Return the `FIGURES` of a search; one that the search does not have is left out."""
    legs = {
        "lexical": [hit.lexical for hit in hits if hit.lexical is not None],
        "dense": [hit.dense for hit in hits if hit.dense is not None],
        "late": [hit.rerank for hit in hits if hit.rerank is not None],
    }
    best = {name: max(values) for name, values in legs.items() if values}
    return best | {"strength": answerer.measure_strength(question, hits)}


def compute_auroc(with_answer: Sequence[float], without: Sequence[float]) -> float:
    """Return the share of pairs in which the first is higher, ties counting half.

    Source: Hanley & McNeil, "The meaning and use of the area under a ROC curve", Radiology 1982.
    """
    label = np.repeat([1.0, 0.0], [len(with_answer), len(without)])
    return row_figures.compute_auroc(label, np.asarray([*with_answer, *without], dtype=np.float64))


def ask_all(
    data: RetrievalSet, ready: PreparedDocuments, docchat: Docchat, limit: int
) -> Iterator[QuestionFigures]:
    """Yield the figures of each question, with the documents that answer it and without them."""
    answerer = docchat.answerer
    if not isinstance(answerer, ExtractiveAnswerer):
        raise EvalError("Only the built-in answerer tells how strong its evidence is.")
    names = {entry.id: file_name(number) for number, entry in enumerate(data.corpus)}
    ids = {name: record.id for name, record in ready.ingested.documents.items()}
    for query_id, text in list(data.queries.items())[:limit]:
        gold = {ids.get(names[each]) for each, grade in data.qrels[query_id].items() if grade > 0}
        rest = tuple(each for each in dict.fromkeys(ids.values()) if each not in gold)
        for filters in (NO_FILTERS, Filters(document_ids=rest)):
            question = understand_question(text)
            hits = docchat.retriever.search(question, filters)
            yield QuestionFigures(text, filters is NO_FILTERS, figures_of(question, hits, answerer))


def compute_separations(dataset: str, figures: Sequence[QuestionFigures]) -> Iterator[Separation]:
    """Yield the AUROC of each figure by language of the question."""
    for language in sorted({language_of(each.question) for each in figures}):
        own = [each for each in figures if language_of(each.question) == language]
        found: dict[str, float] = {}
        for name in FIGURES:
            values = [(each.answerable, each.figures[name]) for each in own if name in each.figures]
            sides = [[value for there, value in values if there is side] for side in (True, False)]
            if all(sides):
                found[name] = compute_auroc(*sides)
        yield Separation(dataset, language, len(own) // 2, found)


def print_separations(found: Sequence[Separation], console: Console) -> None:
    """Print a row for each set and language."""
    table = Table(title="AUROC: answer there or left out", title_justify="left")
    for name in ("set", "language", "questions", *FIGURES):
        table.add_column(name, justify="left" if name in ("set", "language") else "right")
    for each in found:
        cells = [f"{each.auroc[name]:.3f}" if name in each.auroc else "-" for name in FIGURES]
        table.add_row(each.dataset, each.language, str(each.questions), *cells)
    console.print(table)


def main(
    data: Annotated[list[Path], typer.Option("--data", help="Folder in BEIR layout; repeated.")],
    questions: Annotated[int, typer.Option(help="How many of each set are asked.")] = 100,
    output: Annotated[Path | None, typer.Option(help="Also write every figure here, JSON.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder for embeddings.")] = None,
) -> None:
    """Measure how well what is found tells answerable questions from others."""
    disable_telemetry()
    found: list[Separation] = []
    rows: list[dict[str, object]] = []
    try:
        check_packages()
        settings = load_settings()
        for folder in data:
            sets = load_retrieval_set(folder)
            files = [(file_name(n), as_markdown(entry)) for n, entry in enumerate(sets.corpus)]
            embeddings = cache or settings.home / "eval" / "embeddings"
            with prepare_documents(settings, files, embeddings) as ready:
                figures = list(ask_all(sets, ready, ready.as_variant(settings), questions))
            found += compute_separations(folder.name, figures)
            rows += [{"set": folder.name, **asdict(each)} for each in figures]
    except (EvalError, IngestError, RagError) as error:
        typer.echo(f"Error: {error.message}\n{error.advice}", err=True)
        raise typer.Exit(2) from error
    print_separations(found, stdout_console())
    if output is not None:
        output.write_text(json.dumps(rows, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
