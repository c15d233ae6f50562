"""`docchat docs`: list, show, delete and retry documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.terminal.output import (
    CollectionOption,
    Format,
    FormatOption,
    collection_ids,
    document_json,
    documents_of,
    find_document,
    open_docchat,
    print_note,
    show_json,
    size_text,
)
from app.terminal.work_queue import work_off
from ingest.types import DocumentState

if TYPE_CHECKING:
    from ingest.storage.attempts import Attempt
    from ingest.types import DocumentRecord
    from rag.pipeline.bootstrap import Docchat

cli = typer.Typer(no_args_is_help=True, help="List, show, delete and retry documents.")

Documents = Annotated[list[str], typer.Argument(help="Document ids or exact names.")]


@cli.command("list")
def list_documents(
    collection: CollectionOption = None,
    state: Annotated[DocumentState | None, typer.Option(help="Only this state.")] = None,
    q: Annotated[str, typer.Option("--q", help="Only names that contain this.")] = "",
    format: FormatOption = Format.TEXT,
) -> None:
    """List documents with their state."""
    with open_docchat() as docchat:
        chosen = collection_ids(docchat, collection or [])
        collections = [
            each
            for each in docchat.library.list_collections()
            if chosen is None or each.id in chosen
        ]
        found = [
            (each.name, document)
            for each in collections
            for document in documents_of(docchat, each, q=q)
            if state is None or document.state is state
        ]
    if format is Format.JSON:
        show_json({"items": [document_json(document) for _, document in found]})
        return
    if not found:
        print_note("There are no documents that match.")
    for collection_name, document in found:
        typer.echo(_format_document(collection_name, document))


def _format_document(collection: str, document: DocumentRecord) -> str:
    why = f"  {document.failure.message}" if document.failure else ""
    return (
        f"{document.id}  {document.state:<9}  {size_text(document.size):>9}  "
        f"{collection}/{document.name}{why}"
    )


@cli.command("show")
def show_document(
    document: Annotated[str, typer.Argument(help="Document id or exact name.")],
    format: FormatOption = Format.TEXT,
) -> None:
    """Show what is known of a document."""
    with open_docchat() as docchat:
        found = find_document(docchat, document)
        collection = docchat.library.get_collection(found.collection_id)
        attempts = docchat.library.read_attempts(found.id)
    if format is Format.JSON:
        show_json(document_json(found) | {"tried": [_attempt_json(each) for each in attempts]})
        return
    facts = {
        "name": found.name,
        "id": found.id,
        "collection": collection.name,
        "state": found.state + ("" if found.searchable else " (not searchable)"),
        "type": found.media_type,
        "size": size_text(found.size),
        "pages": found.pages,
        "chunks": found.chunks,
        "added": f"{found.created_at:%Y-%m-%d %H:%M} UTC",
        "changed": f"{found.updated_at:%Y-%m-%d %H:%M} UTC",
        **found.metadata,
    }
    if found.failure:
        facts |= {"failed": found.failure.message, "hint": found.failure.hint}
    for name, value in facts.items():
        typer.echo(f"{name + ':':<12}{value}")
    for warning in found.warnings:
        where = f" (page {warning.page})" if warning.page else ""
        typer.echo(f"warning:    {warning.message}{where}")
    for attempt in attempts:
        typer.echo(f"{f'attempt {attempt.number}:':<12}{_attempt_line(attempt)}")


def _attempt_line(attempt: Attempt) -> str:
    """Return when an attempt was made, by whom, for how long, and how it ended."""
    begun = f"{attempt.started:%Y-%m-%d %H:%M:%S} UTC, {attempt.worker}"
    if attempt.ended is None:
        return f"{begun}: under way"
    seconds = (attempt.ended - attempt.started).total_seconds()
    where = "" if attempt.outcome == attempt.reached else f" while {attempt.reached}"
    why = f": {attempt.message} ({attempt.code})" if attempt.code else ""
    return f"{begun}, {seconds:.1f} s: {attempt.outcome}{where}{why}"


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    from app.schemas.documents import AttemptOut

    return AttemptOut.model_validate(attempt).model_dump(mode="json")


@cli.command("delete")
def delete_documents(
    documents: Documents,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete documents: file, passages and vectors."""
    with open_docchat() as docchat:
        found = [find_document(docchat, name) for name in documents]
        if not yes:
            names = ", ".join(document.name for document in found)
            typer.confirm(f"Delete {names}?", abort=True, err=True)
        for document in found:
            docchat.library.delete(document.id)
            print_note(f"deleted: {document.name}")
        work_off(docchat, [])


@cli.command("retry")
def retry_documents(
    documents: Annotated[
        list[str] | None, typer.Argument(help="Document ids or exact names; none: all failed.")
    ] = None,
) -> None:
    """Take failed or cancelled documents up again."""
    with open_docchat() as docchat:
        if documents:
            found = [find_document(docchat, name) for name in documents]
        else:
            found = _list_failed_documents(docchat)
        ended = work_off(docchat, [docchat.library.retry(each.id) for each in found])
    for document in ended:
        typer.echo(f"{document.state:<9}  {document.name}")
        if document.failure:
            print_note(f"  {document.failure.message}\n  hint: {document.failure.hint}")
    # Not `searchable`: the old version of a replaced document is, while the new one fails.
    if any(document.state is not DocumentState.READY for document in ended):
        raise typer.Exit(1)


def _list_failed_documents(docchat: Docchat) -> list[DocumentRecord]:
    return [
        document
        for collection in docchat.library.list_collections()
        for document in documents_of(docchat, collection)
        if document.state is DocumentState.FAILED
    ]
