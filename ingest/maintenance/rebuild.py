"""New indexes beside the old ones, and a switch at the end: after a change of embedder or chunker.

The old generation answers until the new one is whole; an interrupted rebuild goes on where it
stopped. Nothing is parsed again. Limits: for whoever gets the worker's lock (stop the server, or
start it without a worker); needs the disk space of a second set of indexes for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select, update

from ingest.chunking.chunker import chunk_document
from ingest.errors import NotFound, StoreUnavailable
from ingest.library.current_indexes import IndexWriter, embed_entries
from ingest.library.generations import begin_rebuild, remove_retired, switch_generation
from ingest.storage.chunks import Version, write_version
from ingest.storage.documents import FRESH
from ingest.storage.schema import chunks, documents
from ingest.storage.states import move, touch
from ingest.types import DocumentState

if TYPE_CHECKING:
    from ingest.library import Library

Report = Callable[[int, int], None]
"""Called with (documents done, documents of all)."""


@dataclass(frozen=True, slots=True)
class _Live:
    document_id: str
    revision: int


def rebuild_indexes(library: Library, progress: Report | None = None) -> None:
    """Chunk, embed and index every searchable document anew, then switch over.

    A document whose parsed form is lost or gives no chunks any more is queued again, from its
    original. Raises Conflict when a worker holds the lock, EmbeddingFailed, IndexUnavailable,
    StoreUnavailable.
    """
    with library.writer_lock():
        own = library.fingerprint
        target = begin_rebuild(library.store, own)
        dense, lexical = (source.open(target, own.dimension) for source in library.sources)
        lost: list[_Live] = []
        try:
            writer = IndexWriter(dense, lexical)
            versions = _versions(library, target, progress or _silent, lost)
            writer.fill(target, versions, library.rows, partial(embed_entries, library.embedder))
            with library.store.read() as connection:
                writer.keep_only(_ids_of(connection, target))
        finally:
            dense.close()
            lexical.close()
        with library.store.write() as connection:
            switch_generation(connection, target, own)
            _recount(connection)
            for document in lost:
                _begin_anew(connection, document)
        remove_retired(library.store, library.sources)


def _versions(
    library: Library, target: int, progress: Report, lost: list[_Live]
) -> Iterator[Version]:
    """Yield every searchable document, cut anew; add those that could not be to `lost`."""
    with library.store.read() as connection:
        query = select(documents.c.id, documents.c.live_revision).where(
            documents.c.tombstone == "", documents.c.live_revision.is_not(None)
        )
        live = [_Live(*row) for row in connection.execute(query.order_by(documents.c.id))]
    for number, document in enumerate(live):
        progress(number, len(live))
        version = Version(document.document_id, target, document.revision)
        if library.rows.count(version) or _cut(library, version):
            yield version
        else:
            lost.append(document)
    progress(len(live), len(live))


def _cut(library: Library, version: Version) -> bool:
    """Write the chunk rows of a version; say whether there were any to write."""
    try:
        document = library.files.parsed(version.document_id, version.revision)
    except (NotFound, StoreUnavailable):
        return False
    found = chunk_document(document, library.chunk_options, library.embedder.count_tokens)
    with library.store.write() as connection:
        write_version(connection, version, found)
    return bool(found)


def _ids_of(connection: Connection, target: int) -> set[str]:
    query = select(chunks.c.chunk_id).where(chunks.c.generation == target)
    return set(connection.execute(query).scalars())


def _recount(connection: Connection) -> None:
    """Let ready documents say how many chunks they have now."""
    held = (
        select(func.count())
        .where(chunks.c.document_id == documents.c.id, chunks.c.revision == documents.c.revision)
        .scalar_subquery()
    )
    connection.execute(
        update(documents)
        .where(documents.c.state == DocumentState.READY)
        .values(chunks=held, chunks_done=held)
    )


def _begin_anew(connection: Connection, document: _Live) -> None:
    same = documents.c.live_revision == document.revision
    touch(connection, document.document_id, same, live_revision=None, live_media_type=None)
    ready = documents.c.state == DocumentState.READY
    anew = {"revision": documents.c.revision + 1, **FRESH}
    move(connection, document.document_id, DocumentState.QUEUED, ready, **anew)


def _silent(done: int, total: int) -> None:
    """Report to nobody."""
