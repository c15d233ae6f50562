"""Builds new indexes beside the old ones and switches at the end, after a change of embedder.

Also after a change of chunker or search terms. Searches use the old generation until the new one is
complete; an interrupted rebuild continues where it stopped. Nothing is parsed again. Limits: needs
the indexes' lock (stop the server, or start it without a worker), and for a while the disk space of
a second set of indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select, update

from ingest.errors import NotFound, StoreUnavailable
from ingest.library.current_indexes import IndexWriter, embed_entries
from ingest.library.generations import begin_rebuild, remove_retired, switch_generation
from ingest.storage.chunks import Chunks, Version, write_version
from ingest.storage.database import Store
from ingest.storage.documents import QUEUE_RESET_VALUES
from ingest.storage.files import FileStore
from ingest.storage.schema import chunks, documents
from ingest.storage.states import change_state, update_document
from ingest.types import Chunk, Document, DocumentState

if TYPE_CHECKING:
    from ingest.library import Library

ProgressReporter = Callable[[int, int], None]
"""Called with (documents done, documents in all)."""


@dataclass(frozen=True, slots=True)
class _LiveDocument:
    document_id: str
    revision: int


def rebuild_indexes(library: Library, progress: ProgressReporter | None = None) -> None:
    """Chunk, embed and index every searchable document again, then switch to the new indexes.

    A document whose parsed file is lost or gives no chunks any more is queued, to be parsed again.
    Raises Conflict when a worker holds the lock, EmbeddingFailed, IndexUnavailable,
    StoreUnavailable.
    """
    parts = library.parts
    store = parts.store
    rechunker = _Rechunker(store, parts.files, parts.chunks, library.split_into_chunks)
    with library.writer_lock():
        own = library.fingerprint
        target = begin_rebuild(store, own)
        dense, lexical = (source.open(target, own.dimension) for source in parts.sources)
        lost: list[_LiveDocument] = []
        try:
            writer = IndexWriter(dense, lexical)
            versions = rechunker.rechunk_documents(target, progress or _report_nothing, lost)
            writer.fill(target, versions, parts.chunks, partial(embed_entries, library.embedder))
            with store.read() as connection:
                writer.keep_only(_chunk_ids_of(connection, target))
        finally:
            dense.close()
            lexical.close()
        # One transaction: until it commits, every search sees the old generation; afterwards the
        # new one. Only then are the old indexes deleted.
        with store.write() as connection:
            switch_generation(connection, target, own)
            _update_chunk_counts(connection)
            for document in lost:
                _requeue_document(connection, document)
        remove_retired(store, parts.sources)


@dataclass(frozen=True, slots=True)
class _Rechunker:
    """Writes chunk rows of another generation from the parsed documents."""

    store: Store
    files: FileStore
    rows: Chunks
    split: Callable[[Document], list[Chunk]]

    def rechunk_documents(
        self, target: int, progress: ProgressReporter, lost: list[_LiveDocument]
    ) -> Iterator[Version]:
        """Yield every searchable document, chunked again; add those that cannot be to `lost`."""
        with self.store.read() as connection:
            query = select(documents.c.id, documents.c.live_revision).where(
                documents.c.tombstone == "", documents.c.live_revision.is_not(None)
            )
            live = [
                _LiveDocument(*row) for row in connection.execute(query.order_by(documents.c.id))
            ]
        for number, document in enumerate(live):
            progress(number, len(live))
            version = Version(document.document_id, target, document.revision)
            # Rows that are there were written as a whole by an interrupted rebuild.
            if self.rows.count(version) or self._rechunk_version(version):
                yield version
            else:
                lost.append(document)
        progress(len(live), len(live))

    def _rechunk_version(self, version: Version) -> bool:
        """Write the chunk rows of a version; say whether it has any chunks."""
        try:
            document = self.files.read_parsed(version.document_id, version.revision)
        except (NotFound, StoreUnavailable):
            return False
        found = self.split(document)
        with self.store.write() as connection:
            write_version(connection, version, found)
        return bool(found)


def _chunk_ids_of(connection: Connection, target: int) -> set[str]:
    query = select(chunks.c.chunk_id).where(chunks.c.generation == target)
    return set(connection.execute(query).scalars())


def _update_chunk_counts(connection: Connection) -> None:
    """Store in the rows of ready documents how many chunks they have now."""
    count = (
        select(func.count())
        .where(chunks.c.document_id == documents.c.id, chunks.c.revision == documents.c.revision)
        .scalar_subquery()
    )
    connection.execute(
        update(documents)
        .where(documents.c.state == DocumentState.READY)
        .values(chunks=count, chunks_done=count)
    )


def _requeue_document(connection: Connection, document: _LiveDocument) -> None:
    # Only if this version is still live: the document may have been deleted meanwhile.
    same = documents.c.live_revision == document.revision
    update_document(
        connection, document.document_id, same, live_revision=None, live_media_type=None
    )
    ready = documents.c.state == DocumentState.READY
    anew = {"revision": documents.c.revision + 1, **QUEUE_RESET_VALUES}
    change_state(connection, document.document_id, DocumentState.QUEUED, ready, **anew)


def _report_nothing(done: int, total: int) -> None:
    """Ignore the progress."""
