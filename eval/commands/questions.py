"""Runs `docchat eval generate`, `review` and `export-feedback`: make your own questions."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from eval.commands.shared import report_errors, show_progress

if TYPE_CHECKING:
    from eval.questions.folder import QuestionFolder, QuestionRow
    from eval.questions.proposals import Proposal
    from ingest.types import DocumentRecord
    from rag.pipeline.bootstrap import Docchat
    from rag.settings import Settings

_Folder = Annotated[Path, typer.Argument(help="Folder of documents and questions.jsonl.")]
_By = Literal["auto", "rules", "model"]
_Verdict = Literal["accepted", "rejected", "skipped"]
_PAGE = 100


def generate(
    folder: _Folder,
    collection: Annotated[
        str | None,
        typer.Option(help="Take the documents of this collection; they are copied to the folder."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="The most questions for each document.")] = 12,
    by: Annotated[
        _By, typer.Option(help="Who makes them; auto: the model where one is set up, else rules.")
    ] = "auto",
    seed: Annotated[int, typer.Option(help="Another seed chooses other questions.")] = 1,
) -> None:
    """Make questions from the documents of a folder or a collection."""
    with report_errors():
        from eval.questions.folder import QuestionFolder, rows_of
        from rag.settings import load_settings

        settings = load_settings()
        questions = QuestionFolder(folder)
        if collection is not None:
            with _own_docchat(settings) as docchat:
                _copy_documents(docchat, [docchat.library.get_collection(collection).id], questions)
        model = by == "model" or (by == "auto" and settings.answer.kind != "extractive")
        found, failed = _make_proposals(questions, settings, model, count, seed)
        _report_proposals(found, questions.add(rows_of(found)), questions)
        if failed:
            raise typer.Exit(1)


def review(folder: _Folder) -> None:
    """Go through the questions that nobody has reviewed: accept, change, reject or skip each."""
    with report_errors():
        from eval.errors import DatasetInvalid, NotInteractive
        from eval.questions.folder import QuestionFolder

        questions = QuestionFolder(folder)
        if not questions.path.is_file():
            raise DatasetInvalid(
                f"There is no {questions.path}.", hint="Make one with `docchat eval generate`."
            )
        verdicts: Counter[_Verdict] = Counter()
        try:
            _review_all(questions, verdicts)
        except typer.Abort:
            _report_review(questions, verdicts)
            if sys.stdin.isatty():
                raise typer.Exit(130) from None
            raise NotInteractive("`docchat eval review` asks, and nobody answers here.") from None
        _report_review(questions, verdicts)


def export_feedback(folder: _Folder) -> None:
    """Write what people asked and judged as questions, with copies of the documents."""
    with report_errors():
        from eval.questions.feedback import feedback_rows
        from eval.questions.folder import QuestionFolder
        from rag.settings import load_settings

        questions = QuestionFolder(folder)
        with _own_docchat(load_settings()) as docchat:
            ids = [each.id for each in docchat.library.list_collections()]
            files = _name_files(docchat, ids)
            rows = list(feedback_rows(docchat.conversations, files))
            if rows:
                _copy_documents(docchat, ids, questions)
        added = questions.add(rows)
        waiting = sum(not row.is_reviewed for row in questions.read_rows())
        typer.echo(f"{len(added)} questions added to {questions.path}; {waiting} wait for review.")


@contextmanager
def _own_docchat(settings: Settings) -> Iterator[Docchat]:
    from contextlib import closing

    from rag.pipeline.bootstrap import build_docchat

    with closing(build_docchat(settings)) as docchat:
        yield docchat


def _make_proposals(
    questions: QuestionFolder, settings: Settings, model: bool, count: int, seed: int
) -> tuple[list[Proposal], bool]:
    """Ingest the documents, propose questions on each; return them and whether any file failed."""
    from eval.errors import DatasetInvalid
    from eval.questions import model as by_model
    from eval.questions import rules
    from eval.questions.proposals import choose_proposals, drop_ambiguous
    from eval.systems.temporary_docchat import prepare_documents
    from rag.errors import ModelNotConfigured
    from rag.pipeline.factories import make_model

    documents = questions.list_documents()
    if not documents:
        raise DatasetInvalid(
            f"There are no documents in {questions.path.parent}.",
            hint="Put some there, or name a collection with --collection.",
        )
    chat = make_model(settings.answer) if model else None
    if model and chat is None:
        raise ModelNotConfigured("--by model needs a language model: see answer.kind.")
    files: list[tuple[str, Path | bytes]] = [(path.name, path) for path in documents]
    cache = settings.home / "eval" / "embeddings"
    found: list[Proposal] = []
    with show_progress() as progress, prepare_documents(settings, files, cache, progress) as ready:
        library = ready.docchat.library
        for failure in ready.ingested.failures:
            typer.echo(f"failed: {failure.case}: {failure.code}: {failure.message}", err=True)
        for number, (name, record) in enumerate(ready.ingested.documents.items()):
            progress("making questions", number, len(ready.ingested.documents))
            if chat is not None:
                chunks = library.read_chunks(record.id)
                found += by_model.propose_by_model(chunks, name, chat, count, seed)
            else:
                listed = drop_ambiguous(
                    rules.propose_by_rules(library.read_parsed(record.id), name)
                )
                found += choose_proposals(listed, count, seed)
    return drop_ambiguous(found), bool(ready.ingested.failures)


def _report_proposals(
    found: Sequence[Proposal], added: Sequence[str], questions: QuestionFolder
) -> None:
    kinds = Counter(each.kind for each in found if each.id in set(added))
    listed = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    if not listed:
        listed = "what was found is there or was rejected" if found else "none found"
    typer.echo(f"{len(added)} new questions in {questions.path} ({listed}).")
    waiting = sum(not row.is_reviewed for row in questions.read_rows())
    if waiting:
        typer.echo(
            f"{waiting} wait for review: docchat eval review {questions.path.parent}", err=True
        )


def _list_records(docchat: Docchat, collection_id: str) -> Iterator[DocumentRecord]:
    page = 1
    while True:
        listed = docchat.library.list_documents(collection_id, page, _PAGE, searchable=True)
        yield from listed.items
        if page * _PAGE >= listed.total:
            return
        page += 1


def _name_files(docchat: Docchat, collection_ids: Sequence[str]) -> dict[str, str]:
    """Return a file name for each document id; a repeated name gets part of the id added."""
    names: dict[str, str] = {}
    for collection_id in collection_ids:
        for record in _list_records(docchat, collection_id):
            name = record.name
            if name in names.values():
                path = Path(name)
                name = f"{path.stem}-{record.id[:8]}{path.suffix}"
            names[record.id] = name
    return names


def _copy_documents(
    docchat: Docchat, collection_ids: Sequence[str], questions: QuestionFolder
) -> None:
    for document_id, name in _name_files(docchat, collection_ids).items():
        questions.keep_document(docchat.library.original_path(document_id), name)


def _review_all(questions: QuestionFolder, verdicts: Counter[_Verdict]) -> None:
    """Ask about every question that waits for review, counting the verdicts."""
    waiting = [row for row in questions.read_rows() if not row.is_reviewed]
    for number, row in enumerate(waiting, start=1):
        verdict = _review_question(questions, row, f"{number} of {len(waiting)}")
        if verdict is None:
            return
        verdicts[verdict] += 1


def _report_review(questions: QuestionFolder, verdicts: Counter[_Verdict]) -> None:
    rows, rejected = questions.read_rows(), len(questions.read_rejected())
    left = sum(not row.is_reviewed for row in rows)
    now = ", ".join(f"{verdicts[each]} {each}" for each in get_args(_Verdict))
    typer.echo(f"Now: {now}.", err=True)
    typer.echo(
        f"In all: {len(rows) - left} questions reviewed, {left} waiting, {rejected} rejected.",
        err=True,
    )


def _review_question(questions: QuestionFolder, row: QuestionRow, place: str) -> _Verdict | None:
    """Ask about one question; return the verdict, None when the reviewer stops."""
    fields = row.fields
    typer.echo(f"\n[{place}] {fields.get('file') or '(no file)'}{_pages_suffix(fields)}")
    typer.echo(f"  question: {fields.get('question', '')}")
    typer.echo(f"  answer:   {fields.get('answer') or '(none: only the page is judged)'}")
    for line in str(fields.get("source", ""))[:600].splitlines():
        typer.echo(f"  | {line}")
    while True:
        said = typer.prompt("(a)ccept, (c)hange, (r)eject, (s)kip, (q)uit", default="a")
        match said.strip().lower()[:1]:
            case "a" if fields.get("answerable", True) and not (
                fields.get("file") and fields.get("pages")
            ):
                typer.echo("  It has no file or pages yet: change it first, or reject it.")
            case "a":
                questions.accept(row.id, {})
                return "accepted"
            case "c":
                questions.accept(row.id, _ask_changes(fields))
                return "accepted"
            case "r":
                questions.reject(row.id)
                return "rejected"
            case "s":
                return "skipped"
            case "q":
                return None
            case _:
                typer.echo("  One of a, c, r, s, q.")


def _ask_changes(fields: Any) -> dict[str, Any]:
    """Ask for every field; "-" as file means that the documents do not answer the question."""
    question = typer.prompt("  question", default=fields.get("question", ""))
    file = typer.prompt("  file (- for: not answered)", default=fields.get("file") or "-")
    if file == "-":
        return {
            "question": question,
            "file": "",
            "pages": [],
            "answer": "",
            "answerable": False,
        }
    pages = typer.prompt("  pages", default=_join_pages(fields) or "1", value_proc=_parse_pages)
    answer = typer.prompt("  answer (- for none)", default=fields.get("answer") or "-")
    return {
        "question": question,
        "file": file,
        "pages": pages if isinstance(pages, list) else _parse_pages(pages),
        "answer": "" if answer == "-" else answer,
        "answerable": True,
    }


def _join_pages(fields: Any) -> str:
    return ", ".join(map(str, fields.get("pages") or ()))


def _pages_suffix(fields: Any) -> str:
    from eval.runs.format_values import format_pages

    pages = fields.get("pages") or ()
    return f", {format_pages(pages)}" if pages else ""


def _parse_pages(text: str) -> list[int]:
    try:
        pages = [int(part) for part in str(text).replace(" ", "").split(",") if part]
    except ValueError as error:
        raise typer.BadParameter("page numbers with commas between") from error
    if not pages or min(pages) < 1:
        raise typer.BadParameter("page numbers from 1, with commas between")
    return pages
