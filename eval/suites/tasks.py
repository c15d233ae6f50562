"""Defines the queries of a retrieval set and judges rankings: by documents, or by pages of files.

A set in BEIR layout is judged by documents: a ranking of passages becomes one of documents by
their best passage. A set of questions on files is judged by pages: a passage is right when it is
from the file and touches a gold page; it has the answer when the gold words stand in it as well.

Limits: a right answer on a page that is not noted counts as wrong. Whether a passage has the answer
is measured only where a gold page has the gold words exactly as they are written.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eval.data.datasets import CorpusEntry, DatasetQuestion, QuestionSet, RetrievalSet, data_hash
from eval.measures.cases import CaseFailure, FoundPassage, shorten_text
from eval.measures.metrics import (
    PAGE_DEPTHS,
    RANKING_METRICS,
    contains_answer,
    hit_values,
    ranking_values,
    reciprocal_rank,
)
from eval.runs.format_values import format_pages
from eval.runs.run_store import DatasetInfo
from eval.systems.temporary_docchat import IngestedFiles, PreparedDocuments
from ingest.text.language import language_of
from ingest.types import Chunk

SHOWN = 5
_SECTIONS = 3
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class RetrievalQuery:
    """One query: its id, text, language, and what should be found, for a person to read."""

    id: str
    text: str
    language: str
    due: tuple[str, ...]


class Judge(Protocol):
    """Judges rankings: knows what is right for every query of a set."""

    def describe_due(self, query: RetrievalQuery) -> tuple[str, ...]:
        """Return what should be found, with all that is known about its place."""
        ...

    def find_failure(self, query: RetrievalQuery) -> CaseFailure | None:
        """Return why a query cannot be judged, None when it can."""
        ...

    def judge(
        self, query: RetrievalQuery, ranking: Sequence[str]
    ) -> tuple[dict[str, float], list[FoundPassage]]:
        """Return the values of a ranking of chunk ids, and its first passages for a report."""
        ...


class RetrievalTask(Protocol):
    """A dataset in the form that the retrieval suite needs."""

    @property
    def data(self) -> DatasetInfo:
        """Name, hash and size."""
        ...

    @property
    def figures(self) -> tuple[str, ...]:
        """Which figures it may have."""
        ...

    @property
    def files(self) -> list[tuple[str, Path | bytes]]:
        """What to ingest: names and paths or bytes."""
        ...

    @property
    def queries(self) -> list[RetrievalQuery]:
        """All queries."""
        ...

    def make_judge(self, prepared: PreparedDocuments) -> Judge:
        """Return the judge over what was ingested."""
        ...


def task_of(dataset: RetrievalSet | QuestionSet) -> RetrievalTask:
    """Return the task of a dataset: by documents for a retrieval set, by pages for questions."""
    return DocumentTask(dataset) if isinstance(dataset, RetrievalSet) else PageTask(dataset)


class DocumentTask:
    """A set in BEIR layout: every entry of the corpus becomes a Markdown document."""

    def __init__(self, dataset: RetrievalSet) -> None:
        self._dataset = dataset
        self._entries = {
            file_name(number): entry
            for number, entry in enumerate(dataset.corpus)
            if _has_words(entry)
        }

    @property
    def data(self) -> DatasetInfo:
        """Name, hash and size; entries without a word are left out."""
        empty = len(self._dataset.corpus) - len(self._entries)
        return DatasetInfo(
            self._dataset.name,
            data_hash(self._dataset),
            len(self._entries),
            len(self._dataset.queries),
            f"{empty} entries without text" if empty else "",
        )

    @property
    def figures(self) -> tuple[str, ...]:
        """Figures of rankings of documents."""
        return tuple(RANKING_METRICS)

    @property
    def files(self) -> list[tuple[str, Path | bytes]]:
        """A Markdown file for each entry."""
        return [(name, as_markdown(entry)) for name, entry in self._entries.items()]

    @property
    def queries(self) -> list[RetrievalQuery]:
        """All queries; what is due are the titles of the relevant documents."""
        titles = {
            entry.id: entry.title or shorten_text(entry.text, 60) for entry in self._dataset.corpus
        }
        return [
            RetrievalQuery(
                query_id,
                text,
                language_of(text),
                tuple(
                    f"{document}: {titles.get(document, 'not in the corpus')}"
                    for document, grade in self._dataset.qrels[query_id].items()
                    if grade > 0
                ),
            )
            for query_id, text in self._dataset.queries.items()
        ]

    def make_judge(self, prepared: PreparedDocuments) -> DocumentJudge:
        """Return the judge by documents."""
        owners = {
            chunk_id: [self._entries[name].id for name in names]
            for chunk_id, names in prepared.owners.items()
        }
        titles = {entry.id: entry.title for entry in self._entries.values()}
        return DocumentJudge(self._dataset.qrels, owners, titles, prepared.chunks)


class DocumentJudge:
    """Ranks documents by their best passage and compares them with the judgements."""

    def __init__(
        self,
        qrels: Mapping[str, Mapping[str, int]],
        owners: Mapping[str, Sequence[str]],
        titles: Mapping[str, str],
        chunks: Mapping[str, Chunk],
    ) -> None:
        self._qrels = qrels
        self._owners = owners
        self._titles = titles
        self._chunks = chunks

    def describe_due(self, query: RetrievalQuery) -> tuple[str, ...]:
        """Return the titles."""
        return query.due

    def find_failure(self, query: RetrievalQuery) -> CaseFailure | None:
        """Return a failure only without judgements; documents that failed count as not found."""
        if query.id in self._qrels:
            return None
        return CaseFailure(query.id, "not_judged", "nothing is known to be relevant")

    def judge(
        self, query: RetrievalQuery, ranking: Sequence[str]
    ) -> tuple[dict[str, float], list[FoundPassage]]:
        """Return the ranking metrics and the first documents."""
        best: dict[str, str] = {}
        for chunk_id in ranking:
            for document in self._owners.get(chunk_id, ()):
                best.setdefault(document, chunk_id)
        grades = self._qrels[query.id]
        found = [
            FoundPassage(
                f"{document}: {self._titles.get(document, '')}".rstrip(": "),
                shorten_text(self._chunks[chunk_id].text),
                right=grades.get(document, 0) > 0,
            )
            for document, chunk_id in list(best.items())[:SHOWN]
        ]
        return ranking_values(grades, list(best)), found


class PageTask:
    """Questions on files, with the pages where the answers stand."""

    def __init__(self, dataset: QuestionSet) -> None:
        self._dataset = dataset
        self._questions = {each.id: each for each in dataset.questions if each.answerable}

    @property
    def data(self) -> DatasetInfo:
        """Name, hash and size; questions that no page answers are left out."""
        left = {
            "unreviewed": self._dataset.unreviewed,
            "unanswerable": len(self._dataset.questions) - len(self._questions),
        }
        return DatasetInfo(
            self._dataset.name,
            data_hash(self._dataset),
            len(self._dataset.files),
            len(self._questions),
            ", ".join(f"{count} {kind} questions" for kind, count in left.items() if count),
        )

    @property
    def figures(self) -> tuple[str, ...]:
        """Figures of pages; of passages only where the words of an answer are known."""
        quoted = any(each.answer for each in self._questions.values())
        of = ("page", "passage") if quoted else ("page",)
        return ("page MRR@10", *(f"{kind}@{depth}" for kind in of for depth in PAGE_DEPTHS))

    @property
    def files(self) -> list[tuple[str, Path | bytes]]:
        """The files as they are."""
        return [(path.name, path) for path in self._dataset.files]

    @property
    def queries(self) -> list[RetrievalQuery]:
        """All answerable questions; what is due are file and pages."""
        return [
            RetrievalQuery(each.id, each.question, each.language, (_describe_place(each),))
            for each in self._questions.values()
        ]

    def make_judge(self, prepared: PreparedDocuments) -> PageJudge:
        """Return the judge by pages."""
        return PageJudge(self._questions, prepared)


class PageJudge:
    """Says which passages touch a gold page, and which hold the gold words."""

    def __init__(
        self, questions: Mapping[str, DatasetQuestion], prepared: PreparedDocuments
    ) -> None:
        self._questions = questions
        self._prepared = prepared
        self._of_file = chunks_by_file(prepared)

    def describe_due(self, query: RetrievalQuery) -> tuple[str, ...]:
        """Return file, pages and the sections that stand there."""
        question = self._questions[query.id]
        return (_describe_place(question, find_section_paths(question, self._of_file)),)

    def find_failure(self, query: RetrievalQuery) -> CaseFailure | None:
        """Return a failure where the file or page of the answer is missing."""
        return find_missing_place(self._questions[query.id], self._prepared.ingested)

    def judge(
        self, query: RetrievalQuery, ranking: Sequence[str]
    ) -> tuple[dict[str, float], list[FoundPassage]]:
        """Return hit rates and reciprocal rank by page, hit rates by passage where they apply."""
        question = self._questions[query.id]
        right = [self._is_on_page(question, chunk_id) for chunk_id in ranking]
        values = hit_values("page", right) | {"page MRR@10": reciprocal_rank(right)}
        if self._is_quoted(question):
            holds = [
                on_page and contains_answer(self._prepared.chunks[chunk_id].text, question.answer)
                for chunk_id, on_page in zip(ranking, right, strict=True)
            ]
            values |= hit_values("passage", holds)
        shown = zip(ranking[:SHOWN], right, strict=False)
        return values, [self._build_found_passage(chunk_id, on_page) for chunk_id, on_page in shown]

    def _is_on_page(self, question: DatasetQuestion, chunk_id: str) -> bool:
        chunk = self._prepared.chunks[chunk_id]
        return question.file in self._prepared.owners[chunk_id] and is_on_pages(
            chunk, question.pages
        )

    def _is_quoted(self, question: DatasetQuestion) -> bool:
        return bool(question.answer) and any(
            is_on_pages(chunk, question.pages) and contains_answer(chunk.text, question.answer)
            for chunk in self._of_file.get(question.file, ())
        )

    def _build_found_passage(self, chunk_id: str, on_page: bool) -> FoundPassage:
        chunk = self._prepared.chunks[chunk_id]
        return FoundPassage(
            self._prepared.owners[chunk_id][0], shorten_text(chunk.text), chunk.page, right=on_page
        )


def is_on_pages(chunk: Chunk, pages: Sequence[int]) -> bool:
    """Say whether a chunk stands, wholly or in part, on one of the pages."""
    return any(chunk.page <= page <= chunk.page_end for page in pages)


def find_missing_place(question: DatasetQuestion, ingested: IngestedFiles) -> CaseFailure | None:
    """Return why the place of an answer is missing: no such document, or no such page."""
    if not question.file:
        return None
    record = ingested.documents.get(question.file)
    if record is None:
        message = f"{question.file} is not searchable: see above."
        return CaseFailure(question.id, "document_not_ready", message)
    beyond = [page for page in question.pages if page > record.pages]
    if not beyond:
        return None
    has = f"{record.pages} page{'' if record.pages == 1 else 's'}"
    message = f"{question.file} has {has}: there is no {format_pages(beyond)}."
    return CaseFailure(question.id, "page_not_there", message)


def as_markdown(entry: CorpusEntry) -> bytes:
    """Return a Markdown document whose text is that of `entry`, title as heading, marks escaped."""
    title = _escape_punctuation(" ".join(entry.title.split()))
    heading = f"# {title}\n\n" if title else ""
    text = "\n".join(_escape_punctuation(line.strip()) for line in entry.text.split("\n"))
    return f"{heading}{text}\n".encode("utf-8", "replace")


def file_name(number: int) -> str:
    """Return a file name for an entry of a corpus; it has nothing that a query could match.

    A number could match: retrievers may read years and titles in the names of files.
    """
    letters = ""
    for _ in range(5):
        number, digit = divmod(number, 26)
        letters = string.ascii_lowercase[digit] + letters
    return f"zq{letters}.md"


def chunks_by_file(prepared: PreparedDocuments) -> dict[str, list[Chunk]]:
    """Return the passages of each file."""
    found: dict[str, list[Chunk]] = {}
    for chunk_id, names in prepared.owners.items():
        for name in names:
            found.setdefault(name, []).append(prepared.chunks[chunk_id])
    return found


def find_section_paths(
    question: DatasetQuestion, of_file: Mapping[str, Sequence[Chunk]]
) -> tuple[str, ...]:
    """Return the heading paths that stand on the pages of an answer, the first few."""
    paths = (
        " › ".join(chunk.heading_path)
        for chunk in of_file.get(question.file, ())
        if is_on_pages(chunk, question.pages)
    )
    return tuple(dict.fromkeys(path for path in paths if path))[:_SECTIONS]


def _describe_place(question: DatasetQuestion, within: Sequence[str] = ()) -> str:
    answer = f": {shorten_text(question.answer, 120)}" if question.answer else ""
    path = f" ({'; '.join(within)})" if within else ""
    return f"{question.file}, {format_pages(question.pages)}{path}{answer}"


def _escape_punctuation(text: str) -> str:
    """Return `text` with a backslash before all ASCII punctuation, so that none of it is markup."""
    return _PUNCTUATION.sub(r"\\\1", text)


def _has_words(entry: CorpusEntry) -> bool:
    return any(character.isalnum() for character in entry.title + entry.text)
