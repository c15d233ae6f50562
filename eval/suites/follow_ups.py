"""Measures follow-ups without a language model, against what people wrote in their place.

A turn is a question with the conversation before it and a person's rewrite that needs none of it.
Measured are the content words of the rewrite that docchat's standalone question has (recall), how
many of its own the rewrite has (precision), and, for turns that name a file and an answer, whether
the search finds the passage among the first five as it does with the rewrite.

Limits: words are compared, so a rewrite that says the same otherwise counts as a loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eval.data.datasets import question_files
from eval.data.follow_up_sets import FollowUp, load_follow_ups
from eval.measures.cases import CaseFailure
from eval.measures.metrics import compute_mean, contains_answer
from eval.systems.temporary_docchat import Progress, no_progress, prepare_documents
from ingest.text.scripts import is_han
from ingest.text.terms import query_terms
from rag.question.follow_up import resolve_by_rule
from rag.question.understand import build_question
from rag.retrieval.retriever import Retriever
from rag.settings import Settings
from rag.types import Hit

_FIRST = 5
"""Passages among which the right one must be: as many as an answer is made of."""


@dataclass(frozen=True, slots=True)
class FollowUpCase:
    """What docchat made of a turn; `found` is None where nothing was searched."""

    id: str
    language: str
    question: str
    standalone: str
    resolved: str
    recall: float
    precision: float
    found: bool | None = None
    found_by_rewrite: bool | None = None


@dataclass(frozen=True, slots=True)
class FollowUpResult:
    """The figures of the turns in one language; `found` and `found_by_rewrite` are counts."""

    dataset: str
    language: str
    turns: int
    recall: float
    precision: float
    searched: int
    found: int
    found_by_rewrite: int
    cases: tuple[FollowUpCase, ...]
    failures: tuple[CaseFailure, ...] = ()

    @property
    def has_failures(self) -> bool:
        """Whether a document could not be ingested."""
        return bool(self.failures)


def run_follow_ups(
    data: Path,
    documents: Path | None,
    settings: Settings,
    cache: Path,
    *,
    progress: Progress = no_progress,
) -> list[FollowUpResult]:
    """Return the figures of a file of turns; with `documents`, also of searching these.

    Raises DatasetInvalid, RagError, IngestError.
    """
    turns = load_follow_ups(data)
    if documents is None:
        return measure_follow_ups(data.stem, turns, progress=progress)
    files = [(path.name, path) for path in question_files(documents)]
    with prepare_documents(settings, files, cache, progress) as ready:
        failures = ready.ingested.failures
        return measure_follow_ups(
            data.stem, turns, ready.docchat.retriever, failures, progress=progress
        )


def measure_follow_ups(
    name: str,
    turns: Sequence[FollowUp],
    retriever: Retriever | None = None,
    failures: Sequence[CaseFailure] = (),
    *,
    progress: Progress = no_progress,
) -> list[FollowUpResult]:
    """Return the figures by language; without a `retriever` only words are compared.

    Raises RagError, IngestError.
    """
    cases: list[FollowUpCase] = []
    for number, turn in enumerate(turns):
        progress("resolving", number, len(turns))
        cases.append(_measure_turn(turn, retriever))
    languages = sorted({case.language for case in cases})
    return [
        _summarise(name, language, [each for each in cases if each.language == language], failures)
        for language in languages
    ]


def _measure_turn(turn: FollowUp, retriever: Retriever | None) -> FollowUpCase:
    resolved = resolve_by_rule(turn.question, turn.history)
    wanted, got = extract_content_words(turn.standalone), extract_content_words(resolved)
    found = by_rewrite = None
    if retriever is not None and turn.file:
        found = _finds(retriever, resolved, turn)
        by_rewrite = _finds(retriever, turn.standalone, turn)
    return FollowUpCase(
        turn.id,
        turn.language,
        turn.question,
        turn.standalone,
        resolved,
        len(wanted & got) / len(wanted) if wanted else 1.0,
        len(wanted & got) / len(got) if got else 1.0,
        found,
        by_rewrite,
    )


def extract_content_words(text: str) -> frozenset[str]:
    """Return the search terms of a question without question words, Chinese by its characters."""
    return frozenset(
        term for term in query_terms(text) if not (len(term) == _PAIR and is_han(term[0]))
    )


_PAIR = 2


def _finds(retriever: Retriever, question: str, turn: FollowUp) -> bool:
    hits = retriever.search(build_question(question, question))[:_FIRST]
    return any(_is_right(hit, turn) for hit in hits)


def _is_right(hit: Hit, turn: FollowUp) -> bool:
    if hit.document_name != turn.file:
        return False
    texts = (hit.chunk, *hit.neighbours)
    return any(contains_answer(each.text, turn.answer) for each in texts)


def _summarise(
    name: str, language: str, cases: Sequence[FollowUpCase], failures: Sequence[CaseFailure]
) -> FollowUpResult:
    searched = [each for each in cases if each.found is not None]
    return FollowUpResult(
        name,
        language,
        len(cases),
        compute_mean(each.recall for each in cases) or 0.0,
        compute_mean(each.precision for each in cases) or 0.0,
        len(searched),
        sum(bool(each.found) for each in searched),
        sum(bool(each.found_by_rewrite) for each in searched),
        tuple(cases),
        tuple(failures),
    )


def print_follow_ups(result: FollowUpResult, console: Console, *, worst: int = 10) -> None:
    """Print the figures of one language, and the turns with the least recall."""
    table = Table(title=f"{result.dataset} · {result.language} · {result.turns} turns")
    for column in ("recall", "precision", "found in first 5", "with the rewrite"):
        table.add_column(column, justify="right")
    table.add_row(
        f"{result.recall:.3f}",
        f"{result.precision:.3f}",
        f"{result.found} of {result.searched}" if result.searched else "–",
        f"{result.found_by_rewrite} of {result.searched}" if result.searched else "–",
    )
    console.print(table)
    for case in sorted(result.cases, key=lambda each: each.recall)[:worst]:
        console.print(f"{case.id}  {case.question}\n  → {case.resolved}\n  ✓ {case.standalone}")
