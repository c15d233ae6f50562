"""Checks that files, rows and both indexes agree, and repairs them where they do not.

An audit reads while others may write, so it checks twice and reports only what was wrong both
times. Limits: contents are hashed only on demand (`deep`); what an index stores under an id is
trusted; a lost original cannot be repaired, only reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from ingest.errors import EmbeddingFailed, IndexUnavailable
from ingest.index.base import Index
from ingest.library.cleanup import Cleaner
from ingest.library.current_indexes import Embed, IndexWriter, embed_entries
from ingest.library.fingerprint import Fingerprint
from ingest.library.generations import built_by
from ingest.maintenance.rebuild import rebuild_indexes
from ingest.processing.queue import Leases
from ingest.storage.chunks import Chunks, Version, build_visibility_condition
from ingest.storage.database import Store, read_generation
from ingest.storage.documents import QUEUE_RESET_VALUES
from ingest.storage.files import FileStore
from ingest.storage.schema import chunks, documents
from ingest.storage.states import change_state
from ingest.types import DocumentState

if TYPE_CHECKING:
    from ingest.library import Library

_LEASE_GRACE_S = 60.0
"""Only leases that ran out longer ago are reported: a worker may be about to take over."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. `code` is stable; `document_id` is None for the whole library."""

    code: str
    message: str
    document_id: str | None = None
    repairable: bool = True


def audit_library(library: Library, *, deep: bool = False) -> list[Finding]:
    """Return what is wrong; an empty list when all is well. Loads the embedder.

    `deep` reads every original and compares its hash. Raises StoreUnavailable.
    """
    first = list(_collect_findings(library, deep))
    if not first:
        return []
    again = {_key_of_finding(finding) for finding in _collect_findings(library, deep)}
    return [finding for finding in first if _key_of_finding(finding) in again]


def _key_of_finding(finding: Finding) -> tuple[str, str | None, str]:
    """Return what identifies a finding; the message of a failing index differs each time."""
    message_varies = finding.code == "index_unavailable"
    return finding.code, finding.document_id, "" if message_varies else finding.message


def repair_library(library: Library) -> list[Finding]:
    """Repair what can be repaired and return what was.

    What has to be parsed again is queued; indexes that cannot be opened are rebuilt. Raises
    Conflict while a worker holds the lock, IndexUnavailable, EmbeddingFailed.
    """
    # First and apart: a rebuild takes the writer's lock itself.
    damaged = [f for f in audit_library(library) if f.code == "index_unavailable" and f.repairable]
    if damaged:
        rebuild_indexes(library)
    return damaged + _repair_findings(library)


def _repair_findings(library: Library) -> list[Finding]:
    parts = library.parts
    with library.writer_lock():
        before = audit_library(library)
        _queue_broken_documents(parts.store, before)
        _end_stuck_leases(parts.store, before)
        if not any(finding.code in _NEEDS_REBUILD for finding in before):
            embed = partial(embed_entries, library.embedder)
            _repair_indexes(parts.store, parts.chunks, parts.writer, embed)
            parts.cleaner.finish_cleanup()
        after = set(audit_library(library))
        return [finding for finding in before if finding not in after]


_NEEDS_PARSING = ("parsed_missing", "chunks_missing")
_NEEDS_REBUILD = ("fingerprint_mismatch", "embedder_unusable", "index_unavailable")


def _queue_broken_documents(store: Store, findings: Sequence[Finding]) -> None:
    broken = {
        finding.document_id
        for finding in findings
        if finding.code in _NEEDS_PARSING and finding.document_id is not None
    }
    for document_id in sorted(broken):
        with store.write() as connection:
            anew = {"revision": documents.c.revision + 1, **QUEUE_RESET_VALUES}
            ready = documents.c.state == DocumentState.READY
            change_state(connection, document_id, DocumentState.QUEUED, ready, **anew)


def _end_stuck_leases(store: Store, findings: Sequence[Finding]) -> None:
    with store.write() as connection:
        for finding in findings:
            if finding.code == "lease_stuck":
                connection.execute(
                    update(documents)
                    .where(documents.c.id == finding.document_id)
                    .values(lease=None, lease_expires=0.0)
                )


def _repair_indexes(store: Store, rows: Chunks, writer: IndexWriter, embed: Embed) -> None:
    with store.read() as connection:
        present = read_generation(connection)
        query = select(documents.c.id, documents.c.live_revision).where(
            documents.c.tombstone == "", documents.c.live_revision.is_not(None)
        )
        versions = [
            Version(row.id, present, row.live_revision) for row in connection.execute(query)
        ]
    writer.fill(present, versions, rows, embed)
    writer.keep_only(_read_chunk_ids(store))


def _collect_findings(library: Library, deep: bool) -> Iterator[Finding]:
    parts = library.parts
    store, files, cleaner = parts.store, parts.files, parts.cleaner
    yield from _check_files(store, files, cleaner, deep)
    yield from _check_versions(store, files, cleaner)
    yield from _check_quotes(cleaner)
    yield from _check_leases(store)
    yield from _check_fingerprint(store, lambda: library.fingerprint)
    dense, lexical = parts.sources
    yield from _check_index(store, "dense", library.dense, local=dense.folder is not None)
    yield from _check_index(store, "lexical", library.lexical, local=lexical.folder is not None)


def _check_files(store: Store, files: FileStore, cleaner: Cleaner, deep: bool) -> Iterator[Finding]:
    if cleaner.is_database_lost():
        count = sum(1 for _ in files.list_originals())
        message = (
            f"The database knows no document, and {count} originals lie in {files.root / 'files'}: "
            "restore docchat.db from a backup, or copy them away and add them again."
        )
        yield Finding("database_lost", message, repairable=False)
        return
    for sha256 in cleaner.find_orphaned_originals():
        yield Finding("file_orphaned", f"No document needs the file {sha256}.")
    for document_id, revision in cleaner.find_orphaned_parsed():
        yield Finding("parsed_orphaned", f"Nothing needs parsed/{document_id}/{revision}.")
    with store.read() as connection:
        rows = list(connection.execute(select(documents).where(documents.c.tombstone == "")))
    for row in rows:
        for sha256 in sorted({row.sha256, row.live_sha256} - {None}):
            if not files.has_original(sha256):
                message = f"The original of {row.name} is missing: add the file again."
                yield Finding("file_missing", message, row.id, repairable=False)
            elif deep and not files.verify(sha256):
                message = f"The original of {row.name} is damaged: add the file again."
                yield Finding("file_damaged", message, row.id, repairable=False)
        live = row.live_revision
        if live is not None and not files.has_parsed(row.id, live):
            yield Finding(
                "parsed_missing",
                f"The parsed form of {row.name} is missing.",
                row.id,
                # A document that is queued for a new version is repaired by that one.
                repairable=row.state == DocumentState.READY and files.has_original(row.sha256),
            )


def _check_quotes(cleaner: Cleaner) -> Iterator[Finding]:
    for document_id in cleaner.find_still_quoted():
        message = "Answers hold words of a document that was deleted."
        yield Finding("evidence_left", message, document_id)


def _check_versions(store: Store, files: FileStore, cleaner: Cleaner) -> Iterator[Finding]:
    for version in cleaner.find_superseded():
        yield Finding(
            "revision_stale",
            f"Chunks of revision {version.revision} are left over.",
            version.document_id,
        )
    held = (
        select(func.count())
        .where(chunks.c.document_id == documents.c.id, build_visibility_condition())
        .correlate(documents)
        .scalar_subquery()
    )
    query = select(documents, held.label("held")).where(
        documents.c.state == DocumentState.READY, documents.c.tombstone == ""
    )
    with store.read() as connection:
        rows = list(connection.execute(query))
    for row in rows:
        if row.held == 0 or row.held != row.chunks:
            yield Finding(
                "chunks_missing",
                f"{row.name} is ready with {row.held} chunks of {row.chunks}.",
                row.id,
                repairable=files.has_original(row.sha256),
            )


def _check_leases(store: Store) -> Iterator[Finding]:
    for document_id, name in Leases(store).find_stuck_documents(_LEASE_GRACE_S):
        message = f"The worker that held {name} is gone; a running worker takes it up."
        yield Finding("lease_stuck", message, document_id)


def _check_fingerprint(
    store: Store, read_fingerprint: Callable[[], Fingerprint]
) -> Iterator[Finding]:
    with store.read() as connection:
        builder = built_by(connection)
    if builder is None:
        return
    try:
        change = builder.describe_difference(read_fingerprint())
    except EmbeddingFailed as error:
        yield Finding("embedder_unusable", error.message, repairable=False)
        return
    if change:
        message = f"The index was built with other settings ({change}): run `docchat rebuild`."
        yield Finding("fingerprint_mismatch", message, repairable=False)
    else:
        yield from _check_signs(store)


def _check_signs(store: Store) -> Iterator[Finding]:
    query = (
        select(chunks.c.document_id, func.count().label("count"))
        .join(documents, chunks.c.document_id == documents.c.id)
        .where(build_visibility_condition(), chunks.c.signs.is_(None))
        .group_by(chunks.c.document_id)
        .order_by(chunks.c.document_id)
    )
    with store.read() as connection:
        unsigned = list(connection.execute(query))
    for document_id, count in unsigned:
        yield Finding("signs_missing", f"The words of {count} chunks are missing.", document_id)


def _check_index(store: Store, kind: str, index: Index, *, local: bool) -> Iterator[Finding]:
    with store.read() as connection:
        live = {
            row.chunk_id: row.document_id
            for row in connection.execute(
                select(chunks.c.chunk_id, chunks.c.document_id)
                .join(documents, chunks.c.document_id == documents.c.id)
                .where(build_visibility_condition())
            )
        }
        if not live and built_by(connection) is None:
            return  # never used: opening the index would load the embedder
    try:
        held = index.ids()
    except IndexUnavailable as error:
        yield Finding("index_unavailable", error.message, repairable=local)
        return
    missing = Counter(owner for chunk_id, owner in live.items() if chunk_id not in held)
    for document_id, count in sorted(missing.items()):
        message = f"{count} chunks are missing from the {kind} index."
        yield Finding(f"{kind}_missing", message, document_id)
    orphaned = held - _read_chunk_ids(store)
    if orphaned:
        message = f"{len(orphaned)} entries of the {kind} index belong to no chunk."
        yield Finding(f"{kind}_orphaned", message)


def _read_chunk_ids(store: Store) -> set[str]:
    with store.read() as connection:
        query = select(chunks.c.chunk_id).where(chunks.c.generation == read_generation(connection))
        return set(connection.execute(query).scalars())
