"""Measures answers: questions with known answers and pages, through the whole pipeline.

Limits: an answer counts as right when it contains the gold words (`eval.measures.metrics`), which
says nothing about what else it claims; groundedness is docchat's own check, not that of a judge. A
document that could not be ingested, or a question that raised an error, is a failed case and in no
average.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eval.data.datasets import DatasetQuestion, QuestionSet, data_hash
from eval.measures.cases import Case, CaseFailure, FoundPassage, shorten_text
from eval.measures.metrics import (
    contains_answer,
    count_words,
    is_exact_match,
    measure_item_recall,
    measure_token_f1,
)
from eval.measures.row_figures import ANSWERS, PROBABILITY, RIGHT
from eval.runs.format_values import format_pages
from eval.runs.run_store import DatasetInfo, RunWriter
from eval.suites.ingestions import record_ingestion
from eval.suites.tasks import chunks_by_file, find_missing_place, find_section_paths, is_on_pages
from eval.systems.temporary_docchat import (
    PreparedDocuments,
    Progress,
    no_progress,
    prepare_documents,
)
from eval.systems.variants import Variant, group_by_ingestion
from ingest.errors import IngestError
from rag.errors import RagError
from rag.pipeline.bootstrap import Docchat
from rag.types import Answer

PAGE_HIT_DEPTH = 5


def data_of(dataset: QuestionSet) -> DatasetInfo:
    """Return name, hash and size of a set, as a run stores them."""
    left_out = f"{dataset.unreviewed} unreviewed questions" if dataset.unreviewed else ""
    return DatasetInfo(
        dataset.name, data_hash(dataset), len(dataset.files), len(dataset.questions), left_out
    )


def figures_of(dataset: QuestionSet) -> tuple[str, ...]:
    """Return the figures that a set may have, without those for which it has no questions."""
    questions = dataset.questions
    answered = any(each.answerable and each.answer for each in questions)
    needed = {
        **dict.fromkeys(("correct", "F1", "exact", "F1 of all"), answered),
        "items": any(each.items for each in questions),
        "false refusals": any(each.answerable for each in questions),
        "page@5": any(each.answerable for each in questions),
        "citation precision": any(each.answerable for each in questions),
        "citation recall": any(each.answerable for each in questions),
        "refusal recall": any(not each.answerable for each in questions),
    }
    return tuple(each.name for each in ANSWERS if needed.get(each.name, True))


def run_answers(
    sets: Sequence[QuestionSet],
    variants: Sequence[Variant],
    writer: RunWriter,
    cache: Path,
    *,
    progress: Progress = no_progress,
) -> None:
    """Ingest each set, ask every question with every setting, compare with what is known."""
    for dataset in sets:
        for rows in group_by_ingestion(variants).values():
            _measure_dataset(dataset, rows, writer, cache, progress)


def _measure_dataset(
    dataset: QuestionSet,
    rows: Sequence[Variant],
    writer: RunWriter,
    cache: Path,
    progress: Progress,
) -> None:
    pending = {
        row.label: writer.select_pending(dataset.name, row.label, dataset.questions) for row in rows
    }
    if not any(pending.values()):
        return
    files: list[tuple[str, Path | bytes]] = [(path.name, path) for path in dataset.files]
    with prepare_documents(rows[0].settings, files, cache, progress) as ready:
        record_ingestion(writer, dataset.name, [row.label for row in rows], ready)
        of_file = chunks_by_file(ready)
        for row in rows:
            docchat = ready.as_variant(row.settings)
            for number, question in enumerate(pending[row.label]):
                progress(f"{dataset.name}: {row.label}", number, len(pending[row.label]))
                case = Case(
                    dataset.name,
                    row.label,
                    question.id,
                    question.question,
                    group=" ".join(filter(None, (question.language, question.kind))),
                    due=describe_due_answer(question, find_section_paths(question, of_file)),
                )
                writer.add(_ask_question(docchat, case, question, ready))


def _ask_question(
    docchat: Docchat, case: Case, question: DatasetQuestion, ready: PreparedDocuments
) -> Case:
    failure = find_missing_place(question, ready.ingested)
    if failure is not None:
        return replace(case, failure=failure)
    try:
        with ready.embedder.bypass_cache():
            start = time.perf_counter()
            answer = docchat.pipeline.answer(question.question)
            seconds = time.perf_counter() - start
    except (RagError, IngestError) as error:
        return replace(case, failure=CaseFailure(case.id, error.code, error.message))
    return judge_answer(case, question, answer, seconds)


def describe_due_answer(question: DatasetQuestion, within: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what a right answer says and where it stands (pages, sections), for people."""
    if not question.answerable:
        return ("(a refusal)",)
    said = (question.answer,) if question.answer else ()
    path = f" ({'; '.join(within)})" if within else ""
    return (*said, f"{question.file}, {format_pages(question.pages)}{path}")


def judge_answer(case: Case, question: DatasetQuestion, answer: Answer, seconds: float) -> Case:
    """Compare one answer with what is known of its question."""
    return replace(
        case,
        values=values_of(question, answer),
        ms=round(seconds * 1_000, 3),
        said="(refused)" if answer.refused else answer.text,
        found=tuple(
            FoundPassage(
                hit.document_name,
                shorten_text(hit.chunk.text),
                hit.chunk.page,
                right=_is_gold_document(question, hit.document_name)
                and is_on_pages(hit.chunk, question.pages),
            )
            for hit in answer.hits[:PAGE_HIT_DEPTH]
        ),
    )


def values_of(question: DatasetQuestion, answer: Answer) -> dict[str, float]:
    """Return the values that apply to one answer.

    correct: it contains the gold words in an accepted form (where those are known); a refusal of an
    answerable question is not correct. F1 and exact: of the words marked as the value asked for (of
    all words where none are), against the gold words; F1 of all: of everything said; a refusal has
    0. items: the share of the points of a whole answer. words: how many were said. false refusals
    (only of questions with an answer): it was refused. page@5: a gold page is among the first 5
    passages. citation precision: the share of its citations that are on gold pages; citation
    recall: at least one is. refusal precision (only of refusals): the question has no answer;
    refusal recall (only of questions without an answer): it was refused. groundedness: docchat's
    own report. Where the answer says how probable it is that it answers, that and whether it does
    are kept, for calibration.
    """
    values: dict[str, float] = {}
    if answer.refused:
        values["refusal precision"] = float(not question.answerable)
    else:
        values["groundedness"] = answer.grounding.score
        values["words"] = float(count_words(answer.text))
    if answer.answerable is not None and not answer.refused:
        values[PROBABILITY] = answer.answerable
        values[RIGHT] = float(question.answerable and _is_right(question, answer))
    if not question.answerable:
        return values | {"refusal recall": float(answer.refused)}
    values["page@5"] = float(_has_page_hit(question, answer))
    values["false refusals"] = float(answer.refused)
    if question.answer:
        values |= _compare_words(question, answer)
    if question.items:
        said = "" if answer.refused else answer.text
        values["items"] = measure_item_recall(said, question.items)
    if answer.refused:
        return values
    on_page = [
        _is_gold_document(question, citation.document_name) and citation.page in question.pages
        for citation in answer.citations
    ]
    values["citation recall"] = float(any(on_page))
    if on_page:
        values["citation precision"] = sum(on_page) / len(on_page)
    return values


def _is_right(question: DatasetQuestion, answer: Answer) -> bool:
    if question.items:
        return measure_item_recall(answer.text, question.items) == 1.0
    return any(contains_answer(answer.text, form) for form in question.forms)


def _compare_words(question: DatasetQuestion, answer: Answer) -> dict[str, float]:
    """Return what the words said and the words marked have of the gold words."""
    if answer.refused:
        return dict.fromkeys(("correct", "F1", "exact", "F1 of all"), 0.0)
    marked = " ".join(answer.text[start:end] for start, end in answer.answer_spans)
    right = any(contains_answer(answer.text, form) for form in question.forms)
    return {
        "correct": float(right),
        "F1": measure_token_f1(marked or answer.text, question.forms),
        "exact": float(is_exact_match(marked or answer.text, question.forms)),
        "F1 of all": measure_token_f1(answer.text, question.forms),
    }


def _is_gold_document(question: DatasetQuestion, document_name: str) -> bool:
    return bool(question.file) and document_name == question.file


def _has_page_hit(question: DatasetQuestion, answer: Answer) -> bool:
    return any(
        _is_gold_document(question, hit.document_name) and is_on_pages(hit.chunk, question.pages)
        for hit in answer.hits[:PAGE_HIT_DEPTH]
    )
