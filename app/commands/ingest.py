"""`docchat ingest`: adds files and folders to a collection and works the queue off.

Run again, it continues where it stopped: unchanged files are skipped, and documents that were being
processed continue from the state they had reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import sync as syncing
from app.terminal.find_files import NamedFile, find_files
from app.terminal.ingest_report import IngestOutcome, make_change_printer, print_outcome, show_items
from app.terminal.output import (
    INTERRUPTED,
    MetadataOption,
    StreamFormat,
    key_values,
    open_docchat,
    print_note,
    size_text,
)
from app.terminal.progress import show_progress_bar
from app.terminal.work_queue import work_off
from ingest.errors import FileRejected, InvalidRequest, NotFound

if TYPE_CHECKING:
    from ingest.types import Collection
    from rag.pipeline.bootstrap import Docchat


class Engine(StrEnum):
    """Where files are parsed and embedded."""

    LOCAL = "local"
    RAY = "ray"


def command(  # long because of its options
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files and folders.")],
    collection: Annotated[
        str, typer.Option("--collection", "-c", help="Collection; made when it is not there.")
    ] = "default",
    recursive: Annotated[
        bool, typer.Option("--recursive/--no-recursive", "-r", help="Folders with all below them.")
    ] = True,
    glob: Annotated[str, typer.Option(help="Of folders only files that match.")] = "*",
    metadata: MetadataOption = None,
    sync: Annotated[
        bool, typer.Option("--sync", help="Keep folders in step: read only what has changed.")
    ] = False,
    delete: Annotated[
        bool, typer.Option("--delete", help="With --sync: delete documents whose file is gone.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="With --sync: go on, and act on every change.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be done.")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Files parsed at once.")
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="Where files are parsed and embedded: here, or on Ray.")
    ] = Engine.LOCAL,
    address: Annotated[
        str | None, typer.Option(help="With --engine ray: host:port of the head, or auto.")
    ] = None,
    format: Annotated[
        StreamFormat, typer.Option("--format", help="How to print the result.")
    ] = StreamFormat.TEXT,
) -> None:
    """Add files to a collection and make them searchable.

    Unchanged files are skipped; a file with the name of a document replaces it. Interrupted? Run
    it again. With --sync a folder is kept in step with the collection, moved files included.
    """
    from ingest.formats.registry import SUFFIXES
    from ingest.validation import clean_metadata
    from rag.settings import load_settings

    pairs = clean_metadata(key_values(metadata or []))
    if address is not None and engine is not Engine.RAY:
        raise typer.BadParameter("--address goes with --engine ray.")
    settings = load_settings(
        **({"parse": {"jobs": jobs}} if jobs else {}),
        **({"ray": {"address": address}} if address is not None else {}),
    )
    cluster = engine is Engine.RAY
    if sync:
        syncing.require_folders(paths)
        wanted = syncing.Sync(tuple(paths), tuple(SUFFIXES), recursive, glob, delete, pairs)
        opening = open_docchat(settings, cluster=cluster and not dry_run)
        _sync_folders(opening, wanted, collection, format, dry_run=dry_run, watch=watch)
        return
    if delete or watch:
        raise typer.BadParameter("--delete and --watch go with --sync.")
    found = find_files(paths, SUFFIXES, recursive=recursive, pattern=glob)
    syncing.warn_of_left_out(found)
    if dry_run:
        _show_plan(found.sources, found.skipped, format)
        return
    with open_docchat(settings, cluster=cluster) as docchat, _exit_on_interrupt():
        outcome = _ingest_files(docchat, found.sources, collection, pairs, format)
    _report_outcome(outcome, found.skipped, format)


command.__name__ = "ingest"


def _sync_folders(
    opening: AbstractContextManager[Docchat],
    sync: syncing.Sync,
    collection: str,
    form: StreamFormat,
    *,
    dry_run: bool,
    watch: bool,
) -> None:
    with opening as docchat, _exit_on_interrupt():
        found = sync.walk_folders()
        syncing.warn_of_left_out(found)
        if dry_run:
            syncing.show_plan(docchat, sync, found, _find_collection_id(docchat, collection), form)
            return
        target = _get_or_create_collection(docchat, collection).id
        outcome = syncing.sync_collection(docchat, sync, found, target, make_change_printer(form))
        if watch:
            print_outcome(outcome, found.skipped, form)
            print_note("watching; Ctrl-C ends")
            for _ in syncing.watch_changes(sync.folders):
                found = sync.walk_folders()
                outcome = syncing.sync_collection(
                    docchat, sync, found, target, make_change_printer(form)
                )
                if outcome.steps or outcome.gone:
                    print_outcome(outcome, found.skipped, form)
    _report_outcome(outcome, found.skipped, form)


@contextmanager
def _exit_on_interrupt() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print_note("interrupted: run it again to take up where it stopped")
        raise typer.Exit(INTERRUPTED) from None


def _report_outcome(outcome: IngestOutcome, skipped: Sequence[str], form: StreamFormat) -> None:
    print_outcome(outcome, skipped, form)
    if outcome.has_failures:
        raise typer.Exit(1)


def _ingest_files(
    docchat: Docchat,
    sources: Sequence[NamedFile],
    collection: str,
    metadata: dict[str, str],
    form: StreamFormat,
) -> IngestOutcome:
    from ingest.formats.common.front_matter import read_side_file
    from ingest.maintenance.folder_sync import SyncStep

    outcome = IngestOutcome()
    target = _get_or_create_collection(docchat, collection)
    with show_progress_bar("adding", len(sources)) as advance:
        for source in sources:
            try:
                pairs = read_side_file(source.path) | metadata
                added = docchat.library.add(source.path, source.name, target.id, pairs)
                outcome.steps.append(SyncStep(source.name, added.outcome, added.document))
            except (FileRejected, InvalidRequest, NotFound) as error:
                outcome.steps.append(SyncStep(source.name, "refused", error=error))
            advance(source.name)
    outcome.ended.extend(work_off(docchat, outcome.documents, make_change_printer(form)))
    return outcome


def _get_or_create_collection(docchat: Docchat, name: str) -> Collection:
    try:
        return docchat.library.get_collection(name)
    except NotFound:
        return docchat.library.create_collection(name)


def _find_collection_id(docchat: Docchat, name: str) -> str:
    """Return the id of a collection, "" if there is none: a dry run creates nothing."""
    try:
        return docchat.library.get_collection(name).id
    except NotFound:
        return ""


def _show_plan(sources: Sequence[NamedFile], skipped: Sequence[str], form: StreamFormat) -> None:
    if form is StreamFormat.TEXT:
        for source in sources:
            typer.echo(f"{size_text(_file_size(source.path)):>9}  {source.name}")
        return
    items = [
        {"name": source.name, "path": str(source.path), "size": _file_size(source.path)}
        for source in sources
    ]
    show_items(form, items, {"skipped": list(skipped)})


def _file_size(path: Path) -> int:
    """Return the size of a file; 0 for what is no file, which is refused when it is added."""
    return path.stat().st_size if path.is_file() else 0
