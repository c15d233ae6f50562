"""Reads the data of an evaluation: retrieval sets in BEIR layout, and questions with answers.

A retrieval set is a folder with `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`,
`text`) and `qrels/<split>.tsv` (query-id, corpus-id, score; one header line), as BEIR publishes
them (Thakur et al. 2021). A question set is a folder of documents and `questions.jsonl`, which
people write by hand, or `docchat eval generate` or `docchat eval export-feedback` write. Published
sets of questions on PDFs are brought into the same layout.

Limits: everything is read into memory. Queries without a relevant document are left out, as
trec_eval does. A relevant document that the corpus lacks still counts, and can never be found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.errors import DatasetInvalid
from ingest.text.language import language_of

BEIR_LAYOUT = """\
DIR/corpus.jsonl     one JSON object a line: {"_id": "d1", "title": "...", "text": "..."}
DIR/queries.jsonl    one JSON object a line: {"_id": "q1", "text": "..."}
DIR/qrels/test.tsv   query-id <TAB> corpus-id <TAB> score, after one header line"""

QUESTIONS_LAYOUT = """\
DIR/*                     documents of any accepted format, sub-folders included
DIR/questions.jsonl       one JSON object a line:
  {"id": "1", "question": "...", "file": "manual.pdf", "pages": [3], "answer": "24 months"}
  pages: where the answer stands (any of them will do), counted from 1; 1 where a format has no
  pages. answer: words that a right answer contains; may be empty, then only pages are judged.
  "answerable": false where the documents do not say: the right answer is then a refusal, and file,
  pages and answer are empty. "language": "en" or "zh", else by the question's script.
  "answers": further forms that count as right. "items": the points of a list or a procedure, each
  a text. "type": what kind of question it is, for figures by kind.
  "reviewed": false: a question nobody has looked at yet; left out unless asked for."""

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
class DatasetQuestion:
    """A question with what a right answer says and where it stands.

    `accepted` are further forms of the answer that count as right, `items` the points that a whole
    answer contains (of a list, of a procedure); `kind` is what sort of question it is ("list").
    """

    id: str
    language: Literal["en", "zh"]
    question: str
    file: str
    pages: tuple[int, ...]
    answer: str
    answerable: bool
    reviewed: bool = True
    accepted: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    kind: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """Every form of the answer that counts as right."""
        return tuple(dict.fromkeys(form for form in (self.answer, *self.accepted) if form))


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and the documents they are asked of; `unreviewed` were left out."""

    name: str
    folder: Path
    files: tuple[Path, ...]
    questions: tuple[DatasetQuestion, ...]
    unreviewed: int = 0


def load_set(
    folder: Path, split: str = "test", *, unreviewed: bool = False
) -> RetrievalSet | QuestionSet:
    """Read a folder of either layout, whichever it has. Raises DatasetInvalid."""
    if (folder / QUESTIONS_NAME).is_file():
        return load_question_set(folder, unreviewed=unreviewed)
    if not (folder / "corpus.jsonl").is_file():
        missing = f"{folder} has neither corpus.jsonl nor {QUESTIONS_NAME}."
        raise DatasetInvalid(
            missing if folder.is_dir() else f"There is no folder {folder}.",
            hint=f"The expected layout is:\n{BEIR_LAYOUT}\nor:\n{QUESTIONS_LAYOUT}",
        )
    return load_retrieval_set(folder, split)


def data_hash(data: RetrievalSet | QuestionSet) -> str:
    """Return 16 hex digits that change when the content of a set changes."""
    digest = hashlib.sha256()
    if isinstance(data, RetrievalSet):
        parts: Iterable[bytes] = (
            json.dumps(part, ensure_ascii=True, sort_keys=True).encode()
            for part in (
                [[entry.id, entry.title, entry.text] for entry in data.corpus],
                dict(data.queries),
                {query: dict(grades) for query, grades in data.qrels.items()},
            )
        )
    else:
        fields = [
            [
                *(each.id, each.question, each.file, each.pages, each.answer, each.answerable),
                *(each.accepted, each.items),
            ]
            for each in data.questions
        ]
        parts = (json.dumps(fields, ensure_ascii=True).encode(), *map(_file_digest, data.files))
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:16]


def _file_digest(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return path.name.encode() + hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise DatasetInvalid(f"{path} cannot be read: {error}") from error


def load_retrieval_set(folder: Path, split: str = "test") -> RetrievalSet:
    """Read a folder in BEIR layout. Raises DatasetInvalid, saying what is expected."""
    _require_files(folder, BEIR_LAYOUT, ["corpus.jsonl", "queries.jsonl", f"qrels/{split}.tsv"])
    corpus = tuple(
        CorpusEntry(
            _read_text_field(row, "_id", place),
            str(row.get("title") or ""),
            _read_text_field(row, "text", place),
        )
        for place, row in json_lines(folder / "corpus.jsonl")
    )
    if len({entry.id for entry in corpus}) != len(corpus):
        raise DatasetInvalid(f"{folder / 'corpus.jsonl'}: an _id stands there twice.")
    texts = {
        _read_text_field(row, "_id", place): _read_text_field(row, "text", place)
        for place, row in json_lines(folder / "queries.jsonl")
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


def load_question_set(folder: Path, *, unreviewed: bool = False) -> QuestionSet:
    """Read a folder of documents with questions; `unreviewed` too if so. Raises DatasetInvalid.

    Files whose name begins with a dot or that end in .jsonl are no documents.
    """
    _require_files(folder, QUESTIONS_LAYOUT, [QUESTIONS_NAME])
    files = question_files(folder)
    names = [path.name for path in files]
    questions = tuple(
        question_of(row, place, set(names)) for place, row in json_lines(folder / QUESTIONS_NAME)
    )
    if len({question.id for question in questions}) != len(questions):
        raise DatasetInvalid(f"{folder / QUESTIONS_NAME}: an id stands there twice.")
    chosen = tuple(each for each in questions if each.reviewed or unreviewed)
    if not chosen:
        raise DatasetInvalid(
            f"{folder / QUESTIONS_NAME} has no questions"
            + (" that were reviewed." if questions else "."),
            hint="Run `docchat eval review` on it, or use --unreviewed.",
        )
    return QuestionSet(
        folder.resolve().name, folder, files, chosen, unreviewed=len(questions) - len(chosen)
    )


def question_files(folder: Path) -> tuple[Path, ...]:
    """Return the documents in a folder of questions. Raises DatasetInvalid for equal names."""
    files = tuple(
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".jsonl" and not path.name.startswith(".")
    )
    names = [path.name for path in files]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise DatasetInvalid(f"{folder} has several files called {', '.join(sorted(twice))}.")
    return files


def question_of(row: Mapping[str, Any], place: str, names: set[str]) -> DatasetQuestion:
    """Return the question of one line; `names` are those of documents. Raises DatasetInvalid."""
    answerable, reviewed = row.get("answerable", True), row.get("reviewed", True)
    pages = row.get("pages", [])
    if not isinstance(answerable, bool) or not isinstance(reviewed, bool):
        raise DatasetInvalid(f"{place}: answerable and reviewed must be true or false.")
    if not isinstance(pages, list) or not all(type(page) is int and page > 0 for page in pages):
        raise DatasetInvalid(f"{place}: pages must be a list of numbers from 1.")
    question = _read_text_field(row, "question", place)
    language = row.get("language", language_of(question))
    if language not in ("en", "zh"):
        raise DatasetInvalid(f'{place}: language must be "en" or "zh".')
    file, answer = str(row.get("file") or ""), str(row.get("answer") or "")
    if answerable and reviewed and not (file in names and pages):
        raise DatasetInvalid(
            f"{place}: an answerable question needs its pages and a file in the folder."
        )
    return DatasetQuestion(
        id=_read_text_field(row, "id", place),
        language=language,
        question=question,
        file=file,
        pages=tuple(pages),
        answer=answer,
        answerable=answerable,
        reviewed=reviewed,
        accepted=_read_texts(row, "answers", place),
        items=_read_texts(row, "items", place),
        kind=str(row.get("type") or ""),
    )


def _read_texts(row: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
    found = row.get(key) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise DatasetInvalid(f"{place}: {key} must be a list of texts.")
    return tuple(found)


def _require_files(folder: Path, layout: str, names: list[str]) -> None:
    hint = f"The expected layout is:\n{layout}"
    if not folder.is_dir():
        raise DatasetInvalid(f"There is no folder {folder}.", hint=hint)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise DatasetInvalid(f"{folder} has no {', no '.join(missing)}.", hint=hint)


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (file and line, object) of a JSON Lines file; blank lines are skipped."""
    for number, line in enumerate(_read_lines(path), start=1):
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


def _read_lines(path: Path) -> list[str]:
    # Not splitlines(): that also cuts at U+2028 and others, which may stand inside JSON strings.
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetInvalid(f"{path} cannot be read: {error}") from error


def _read_text_field(row: Mapping[str, Any], key: str, place: str) -> str:
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or (key != "text" and not value.strip()):
        raise DatasetInvalid(f"{place}: {key} is missing or no text.")
    return value


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_read_lines(path), start=1):
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
