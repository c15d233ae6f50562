"""`docchat ingest`: files and folders into a collection, and the queue worked off.

Running it again takes up where it stopped: unchanged files are skipped, and documents that were
under way go on from the state they had reached.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.files import Source, find_files
from app.commands.terminal import (
    INTERRUPTED,
    MetadataOption,
    StreamFormat,
    document_json,
    key_values,
    note,
    opened,
    show_json,
    show_line,
    size_text,
)
from app.commands.work import progress_shown, work_off
from ingest.errors import FileRejected, IngestError, InvalidRequest, NotFound
from ingest.types import DocumentState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.types import Added, Collection, DocumentRecord
    from rag.bootstrap import Docchat


@dataclass(slots=True)
class Outcome:
    """What became of the files: documents by id, with how they were added, and those refused."""

    added: list[Added] = field(default_factory=list)
    refused: list[tuple[str, IngestError]] = field(default_factory=list)
    ended: list[DocumentRecord] = field(default_factory=list)

    @property
    def failed(self) -> list[DocumentRecord]:
        """Documents that did not become ready."""
        return [each for each in self.ended if each.state is not DocumentState.READY]


def command(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files and folders.")],
    collection: Annotated[
        str, typer.Option("--collection", "-c", help="Collection; made when it is not there.")
    ] = "default",
    recursive: Annotated[
        bool, typer.Option("--recursive/--no-recursive", "-r", help="Folders with all below them.")
    ] = True,
    glob: Annotated[str, typer.Option(help="Of folders only files that match.")] = "*",
    metadata: MetadataOption = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be added.")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Files parsed at once.")
    ] = None,
    format: Annotated[
        StreamFormat, typer.Option("--format", help="How to print the result.")
    ] = StreamFormat.TEXT,
) -> None:
    """Add files to a collection and make them searchable.

    Unchanged files are skipped; a file with the name of a document replaces it. Interrupted? Run
    it again.
    """
    from ingest.formats import SUFFIXES
    from ingest.names import clean_metadata
    from rag.settings import load_settings

    pairs = clean_metadata(key_values(metadata or []))
    found = find_files(paths, SUFFIXES, recursive=recursive, pattern=glob)
    if found.skipped:
        note(f"left out, of a kind that is not read: {len(found.skipped)}")
    for folder in found.unread:
        note(f"left out, a folder that is not walked through: {folder}")
    settings = load_settings(parse={"jobs": jobs}) if jobs else load_settings()
    if dry_run:
        _show_plan(found.sources, found.skipped, format)
        return
    with opened(settings) as docchat:
        try:
            outcome = _ingest(docchat, found.sources, collection, pairs)
        except KeyboardInterrupt:
            note("interrupted: run it again to take up where it stopped")
            raise typer.Exit(INTERRUPTED) from None
    _show(outcome, found.skipped, format)
    if outcome.refused or outcome.failed:
        raise typer.Exit(1)


command.__name__ = "ingest"


def _ingest(
    docchat: Docchat, sources: Sequence[Source], collection: str, metadata: dict[str, str]
) -> Outcome:
    outcome = Outcome()
    target = _collection(docchat, collection)
    with progress_shown("adding", len(sources)) as advance:
        for source in sources:
            try:
                added = docchat.library.add(source.path, source.name, target.id, metadata)
                outcome.added.append(added)
            except (FileRejected, InvalidRequest, NotFound) as error:
                outcome.refused.append((source.name, error))
            advance(source.name)
    outcome.ended.extend(work_off(docchat, [each.document for each in outcome.added]))
    return outcome


def _collection(docchat: Docchat, name: str) -> Collection:
    try:
        return docchat.library.collection(name)
    except NotFound:
        return docchat.library.create_collection(name)


def _show_plan(sources: Sequence[Source], skipped: Sequence[str], form: StreamFormat) -> None:
    if form is StreamFormat.TEXT:
        for source in sources:
            typer.echo(f"{size_text(_size(source.path)):>9}  {source.name}")
        return
    items = [
        {"name": source.name, "path": str(source.path), "size": _size(source.path)}
        for source in sources
    ]
    _show_items(form, items, {"skipped": list(skipped)})


def _size(path: Path) -> int:
    """Return the size of a file; 0 for what is none: it is refused when it is added."""
    return path.stat().st_size if path.is_file() else 0


def _show(outcome: Outcome, skipped: Sequence[str], form: StreamFormat) -> None:
    counts = _counts(outcome)
    if form is StreamFormat.TEXT:
        for name, message, hint in _failures(outcome):
            note(f"failed: {name}: {message.removeprefix(f'{name}: ')}\n  hint: {hint}")
        typer.echo(
            ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            or "nothing to do"
        )
        return
    outcomes = {each.document.id: each.outcome for each in outcome.added}
    items: list[dict[str, Any]] = [
        {"outcome": outcomes[each.id], "document": document_json(each)} for each in outcome.ended
    ]
    items += [
        {
            "outcome": "refused",
            "name": name,
            "error": {"code": error.code, "message": error.message, "hint": error.advice},
        }
        for name, error in outcome.refused
    ]
    _show_items(form, items, {"summary": counts, "skipped": list(skipped)})


def _show_items(form: StreamFormat, items: list[dict[str, Any]], rest: dict[str, Any]) -> None:
    """Print all as one value, or the items alone as a line each."""
    if form is StreamFormat.JSON:
        show_json({"items": items, **rest})
    else:
        for item in items:
            show_line(item)


def _counts(outcome: Outcome) -> dict[str, int]:
    outcomes = [each.outcome for each in outcome.added]
    return {
        **{kind: outcomes.count(kind) for kind in ("added", "replaced", "unchanged")},
        "ready": len(outcome.ended) - len(outcome.failed),
        "failed": len(outcome.failed) + len(outcome.refused),
    }


def _failures(outcome: Outcome) -> list[tuple[str, str, str]]:
    refused = [(name, error.message, error.advice) for name, error in outcome.refused]
    failed = [
        (each.name, each.failure.message, each.failure.hint)
        if each.failure
        else (each.name, f"It is {each.state}.", "Run `docchat docs retry`.")
        for each in outcome.failed
    ]
    return refused + failed
