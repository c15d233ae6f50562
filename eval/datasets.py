"""Reading what an evaluation runs on: retrieval sets in BEIR layout, and questions with answers.

A retrieval set is a folder with `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`,
`text`) and `qrels/<split>.tsv` (query-id, corpus-id, score; one header line), as BEIR publishes
them (Thakur et al. 2021). A question set is a folder of documents beside `questions.jsonl`.

Limits: everything is read into memory. Queries without a relevant document are left out, as
trec_eval does; a judged document that the corpus lacks stays judged and can never be found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.errors import DatasetInvalid

BEIR_LAYOUT = """\
DIR/corpus.jsonl     one JSON object a line: {"_id": "d1", "title": "...", "text": "..."}
DIR/queries.jsonl    one JSON object a line: {"_id": "q1", "text": "..."}
DIR/qrels/test.tsv   query-id <TAB> corpus-id <TAB> score, after one header line"""

QUESTIONS_LAYOUT = """\
DIR/*                     documents of any accepted format, sub-folders included
DIR/questions.jsonl       one JSON object a line:
  {"id": "1", "language": "en", "question": "...", "file": "manual.pdf", "pages": [3],
   "answer": "24 months", "answerable": true}
  pages: where the answer stands (any of them will do), counted from 1; 1 where a format has no
  pages. answer: words that a right answer contains. answerable: false where the documents do not
  say: the right answer is then a refusal, and pages and answer are empty."""

PARSING_LAYOUT = """\
DIR/pdf/NAME.pdf     documents (or DIR/SET/pdf/NAME.pdf, for several sets)
DIR/gt/NAME.md       what each should become, as Markdown
DIR/gt/NAME.json     may name its running lines: {"hf": ["Annual report"], "pages": 12}
DIR/set.json         {"kind": "documents"}: other kinds are in docs/evaluation.md"""

QUESTIONS_NAME = "questions.jsonl"


@dataclass(frozen=True, slots=True)
class CorpusEntry:
    """A document of a retrieval set."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """A retrieval set. `qrels`: query id to document id to grade (above 0: relevant)."""

    name: str
    corpus: tuple[CorpusEntry, ...]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what a right answer says and where it stands."""

    id: str
    language: Literal["en", "zh"]
    question: str
    file: str
    pages: tuple[int, ...]
    answer: str
    answerable: bool


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and the documents they are asked of."""

    name: str
    folder: Path
    files: tuple[Path, ...]
    questions: tuple[Question, ...]


def load_retrieval_set(folder: Path, split: str = "test") -> RetrievalSet:
    """Read a folder in BEIR layout. Raises DatasetInvalid, saying what is expected."""
    _require(folder, BEIR_LAYOUT, ["corpus.jsonl", "queries.jsonl", f"qrels/{split}.tsv"])
    corpus = tuple(
        CorpusEntry(
            _text(row, "_id", place), str(row.get("title") or ""), _text(row, "text", place)
        )
        for place, row in _rows(folder / "corpus.jsonl")
    )
    if len({entry.id for entry in corpus}) != len(corpus):
        raise DatasetInvalid(f"{folder / 'corpus.jsonl'}: an _id stands there twice.")
    texts = {
        _text(row, "_id", place): _text(row, "text", place)
        for place, row in _rows(folder / "queries.jsonl")
    }
    qrels = _read_qrels(folder / "qrels" / f"{split}.tsv")
    queries = {
        query_id: text
        for query_id, text in texts.items()
        if any(grade > 0 for grade in qrels.get(query_id, {}).values())
    }
    if not corpus or not queries:
        raise DatasetInvalid(f"{folder} has no documents, or no query with a relevant document.")
    return RetrievalSet(folder.resolve().name, corpus, queries, {q: qrels[q] for q in queries})


def load_question_set(folder: Path) -> QuestionSet:
    """Read a folder of documents with questions. Raises DatasetInvalid."""
    _require(folder, QUESTIONS_LAYOUT, [QUESTIONS_NAME])
    files = tuple(
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != QUESTIONS_NAME and not path.name.startswith(".")
    )
    names = [path.name for path in files]
    questions = tuple(
        _question(row, place, set(names)) for place, row in _rows(folder / QUESTIONS_NAME)
    )
    if not questions:
        raise DatasetInvalid(f"{folder / QUESTIONS_NAME} has no questions.")
    if len({question.id for question in questions}) != len(questions):
        raise DatasetInvalid(f"{folder / QUESTIONS_NAME}: an id stands there twice.")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise DatasetInvalid(f"{folder} has several files called {', '.join(sorted(twice))}.")
    return QuestionSet(folder.resolve().name, folder, files, questions)


def _question(row: Mapping[str, Any], place: str, names: set[str]) -> Question:
    answerable = row.get("answerable", True)
    pages = row.get("pages", [])
    if not isinstance(answerable, bool):
        raise DatasetInvalid(f"{place}: answerable must be true or false.")
    if not isinstance(pages, list) or not all(type(page) is int and page > 0 for page in pages):
        raise DatasetInvalid(f"{place}: pages must be a list of numbers from 1.")
    if row.get("language") not in ("en", "zh"):
        raise DatasetInvalid(f'{place}: language must be "en" or "zh".')
    file, answer = str(row.get("file") or ""), str(row.get("answer") or "")
    if answerable and not (file in names and pages and answer.strip()):
        raise DatasetInvalid(
            f"{place}: an answerable question needs an answer, its pages and a file in the folder."
        )
    return Question(
        id=_text(row, "id", place),
        language=row["language"],
        question=_text(row, "question", place),
        file=file,
        pages=tuple(pages),
        answer=answer,
        answerable=answerable,
    )


def _require(folder: Path, layout: str, names: list[str]) -> None:
    hint = f"The expected layout is:\n{layout}"
    if not folder.is_dir():
        raise DatasetInvalid(f"There is no folder {folder}.", hint=hint)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise DatasetInvalid(f"{folder} has no {', no '.join(missing)}.", hint=hint)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (file and line, object) of a JSON Lines file; blank lines are skipped."""
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DatasetInvalid(f"{place}: no JSON ({error}).") from error
        if not isinstance(row, dict):
            raise DatasetInvalid(f"{place}: no JSON object.")
        yield place, row


def _lines(path: Path) -> list[str]:
    # Not splitlines(): that also cuts at U+2028 and others, which may stand inside JSON strings.
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetInvalid(f"{path} cannot be read: {error}") from error


def _text(row: Mapping[str, Any], key: str, place: str) -> str:
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or (key != "text" and not value.strip()):
        raise DatasetInvalid(f"{place}: {key} is missing or no text.")
    return value


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(path), start=1):
        fields = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and not fields[-1].lstrip("-").isdigit()):
            continue
        try:
            query_id, document_id, grade = fields
            qrels.setdefault(query_id, {})[document_id] = int(grade)
        except ValueError as error:
            raise DatasetInvalid(
                f"{path}, line {number}: expected query-id, corpus-id and a whole number, "
                "with tabs between."
            ) from error
    return qrels
