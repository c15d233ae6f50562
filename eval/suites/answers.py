"""How good answers are: questions with known answers and pages, through the whole pipeline.

Limits: an answer counts as right when it contains the gold words (`eval.metrics`), which says
nothing of what else it claims; the groundedness is docchat's own check, not a judge's. A document
that could not be ingested, or a question that raised, is a failed case and in no average.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from eval.datasets import Question, QuestionSet
from eval.home import CaseFailure, Ingested, Progress, ingest, no_progress, temporary_docchat
from eval.metrics import contains_answer, mean, percentile, precision_recall
from ingest.errors import IngestError
from rag.bootstrap import Docchat
from rag.errors import RagError
from rag.settings import Settings
from rag.types import Answer

PAGE_HIT_DEPTH = 5
Group = Literal["all", "en", "zh"]


@dataclass(frozen=True, slots=True)
class AnswerCase:
    """One question asked. Fields that do not apply (to a refusal, to the unanswerable) are None."""

    question: Question
    answer: str
    refused: bool
    seconds: float
    page_hit: bool | None = None
    correct: bool | None = None
    citations: int = 0
    citation_precision: float | None = None
    cited_gold: bool | None = None
    groundedness: float | None = None


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """Means over the cases of one group; None where nothing was to be averaged.

    page_hit: a gold page is among the first 5 passages (answerable questions). correct: the answer
    contains the gold words; a refused answerable question is not correct. citation_precision:
    share of citations on gold pages; citation_recall: share of answered answerable questions with
    a citation on a gold page. refusal_*: of refusing where it was right. seconds: per question.
    """

    group: Group
    cases: int
    page_hit: float | None
    correct: float | None
    citation_precision: float | None
    citation_recall: float | None
    refusal_precision: float | None
    refusal_recall: float | None
    groundedness: float | None
    p50_s: float
    p99_s: float


@dataclass(frozen=True, slots=True)
class AnswersResult:
    """A question set measured. `failures` are documents and questions that could not be."""

    dataset: str
    documents: int
    answerer: str
    ingest_s: float
    scores: tuple[AnswerScores, ...]
    cases: tuple[AnswerCase, ...]
    failures: tuple[CaseFailure, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether any document or question failed."""
        return bool(self.failures)


def run(
    dataset: QuestionSet, settings: Settings, *, progress: Progress = no_progress
) -> AnswersResult:
    """Ingest the documents, ask every question, compare with what is known."""
    with temporary_docchat(settings) as docchat:
        collection = docchat.library.create_collection(dataset.name)
        start = time.perf_counter()
        files = [(path.name, path) for path in dataset.files]
        ingested = ingest(docchat, collection.id, files, progress)
        elapsed = time.perf_counter() - start
        cases: list[AnswerCase] = []
        failures = list(ingested.failures)
        for number, question in enumerate(dataset.questions):
            progress("asking", number, len(dataset.questions))
            case = _ask(docchat, question, ingested)
            if isinstance(case, AnswerCase):
                cases.append(case)
            else:
                failures.append(case)
    groups: tuple[Group, ...] = ("all", "en", "zh")
    return AnswersResult(
        dataset=dataset.name,
        documents=len(ingested.documents),
        answerer=settings.answer.kind,
        ingest_s=elapsed,
        scores=tuple(score for group in groups if (score := summary(group, cases)).cases),
        cases=tuple(cases),
        failures=tuple(failures),
    )


def _ask(docchat: Docchat, question: Question, ingested: Ingested) -> AnswerCase | CaseFailure:
    if question.file and question.file not in ingested.documents:
        return CaseFailure(
            question.id, "document_not_ready", f"{question.file} is not searchable: see above."
        )
    start = time.perf_counter()
    try:
        answer = docchat.pipeline.answer(question.question)
    except (RagError, IngestError) as error:
        return CaseFailure(question.id, error.code, error.message)
    return judged(question, answer, time.perf_counter() - start)


def judged(question: Question, answer: Answer, seconds: float) -> AnswerCase:
    """Compare one answer with what is known of its question."""
    case = AnswerCase(
        question=question,
        answer=answer.text,
        refused=answer.refused,
        seconds=seconds,
        groundedness=None if answer.refused else answer.grounding.score,
    )
    if not question.answerable:
        return case
    right = not answer.refused and contains_answer(answer.text, question.answer)
    case = replace(case, page_hit=_page_hit(question, answer), correct=right)
    if answer.refused:
        return case
    on_page = [
        citation.document_name == question.file and citation.page in question.pages
        for citation in answer.citations
    ]
    return replace(
        case,
        citations=len(on_page),
        citation_precision=sum(on_page) / len(on_page) if on_page else None,
        cited_gold=any(on_page),
    )


def _page_hit(question: Question, answer: Answer) -> bool:
    return any(
        hit.document_name == question.file
        and any(hit.chunk.page <= page <= hit.chunk.page_end for page in question.pages)
        for hit in answer.hits[:PAGE_HIT_DEPTH]
    )


def summary(group: Group, cases: Sequence[AnswerCase]) -> AnswerScores:
    """Return the means over the cases of one language, or all."""
    chosen = [case for case in cases if group in ("all", case.question.language)]
    precision, recall = precision_recall(
        [case.refused for case in chosen], [not case.question.answerable for case in chosen]
    )
    seconds = [case.seconds for case in chosen]
    return AnswerScores(
        group=group,
        cases=len(chosen),
        page_hit=mean(case.page_hit for case in chosen if case.page_hit is not None),
        correct=mean(case.correct for case in chosen if case.correct is not None),
        citation_precision=mean(
            case.citation_precision for case in chosen if case.citation_precision is not None
        ),
        citation_recall=mean(case.cited_gold for case in chosen if case.cited_gold is not None),
        refusal_precision=precision,
        refusal_recall=recall,
        groundedness=mean(case.groundedness for case in chosen if case.groundedness is not None),
        p50_s=percentile(seconds, 0.5),
        p99_s=percentile(seconds, 0.99),
    )
