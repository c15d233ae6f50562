"""Removes what deleted, replaced and interrupted versions have left.

Nothing depends on it: from the moment a document is deleted or replaced, searches do not see what
is left of it. Every removal may be interrupted at any point and done again: index entries go first,
then rows, then files. In this order whatever is left over can still be found: entries by their
rows, rows by their document, files by listing them. Limits: only for the holder of the indexes'
lock, in one thread, except `drop_original`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection, delete, func, or_, select, update

from ingest.library.current_indexes import IndexWriter
from ingest.library.generations import find_rebuild_generation
from ingest.storage import attempts, pending_vectors
from ingest.storage.chunks import Version
from ingest.storage.database import Store, read_generation
from ingest.storage.files import FileStore
from ingest.storage.origins import forget_deleted
from ingest.storage.schema import chunks, collections, documents, vectors
from ingest.storage.states import get_utc_now

TOMBSTONE_TIME = timedelta(days=1)
"""How long the row of a deleted document stays, so that every listener gets its last event."""


class QuoteStore(Protocol):
    """Other storage of words of documents: conversations. Both calls run in a transaction."""

    def delete_quotes(self, connection: Connection, document_ids: Sequence[str]) -> None:
        """Delete the words of these documents."""
        ...

    def find_still_quoted(self, connection: Connection) -> Sequence[str]:
        """Return the documents that are purged and whose words are still stored."""
        ...


class EmptyQuoteStore:
    """For a library without conversations."""

    def delete_quotes(self, connection: Connection, document_ids: Sequence[str]) -> None:
        """Do nothing."""

    def find_still_quoted(self, connection: Connection) -> Sequence[str]:
        """Return nothing."""
        return ()


class Cleaner:
    """Removes what no document needs any more."""

    def __init__(
        self, store: Store, files: FileStore, writer: IndexWriter, quoting: QuoteStore
    ) -> None:
        self._store = store
        self._files = files
        self._writer = writer
        self._quoting = quoting

    def remove_superseded(self, document_id: str) -> None:
        """Remove the index entries, rows and parsed files of a document's superseded versions."""
        with self._store.read() as connection:
            kept = _read_kept_revisions(connection, document_id)
        left = [each for each in self._files.list_revisions(document_id) if each not in kept]
        for version in self.find_superseded(document_id):
            self._drop_version(version)
        for revision in left:
            self._files.remove_parsed(document_id, revision)

    def find_superseded(self, document_id: str | None = None) -> list[Version]:
        """Return the versions in `chunks` that are neither live nor newest nor of a rebuild."""
        with self._store.read() as connection:
            generations = {read_generation(connection), find_rebuild_generation(connection)} - {
                None
            }
            outdated = (chunks.c.revision != documents.c.revision) & or_(
                documents.c.live_revision.is_(None),
                chunks.c.revision != documents.c.live_revision,
            )
            query = (
                select(chunks.c.document_id, chunks.c.generation, chunks.c.revision)
                .distinct()
                .join(documents, chunks.c.document_id == documents.c.id)
                .where(documents.c.tombstone == "")
                .where(outdated | chunks.c.generation.not_in(generations))
            )
            if document_id is not None:
                query = query.where(chunks.c.document_id == document_id)
            return [Version(*row) for row in connection.execute(query)]

    def purge(self, document_id: str) -> None:
        """Remove all data of a deleted document; its row stays for `TOMBSTONE_TIME`."""
        own = chunks.c.document_id == document_id
        with self._store.read() as connection:
            ids = list(connection.execute(select(chunks.c.chunk_id).where(own)).scalars())
        # The entries before the rows: the rows are the only list of the entries. A kill in between
        # leaves `purged` unset, so the document is purged once more from the beginning.
        self._writer.remove(ids)
        with self._store.write() as connection:
            connection.execute(delete(vectors).where(vectors.c.document_id == document_id))
            connection.execute(delete(chunks).where(own))
        for revision in self._files.list_revisions(document_id):
            self._files.remove_parsed(document_id, revision)
        # Last, in one transaction: what is marked as purged is never looked at again.
        with self._store.write() as connection:
            row = connection.execute(
                update(documents)
                .where(documents.c.id == document_id)
                .values(purged=True)
                .returning(documents.c.sha256, documents.c.live_sha256)
            ).one()
            attempts.delete_attempts(connection, document_id)
            self._quoting.delete_quotes(connection, [document_id])
            for sha256 in {row.sha256, row.live_sha256} - {None}:
                _drop_if_unused(connection, self._files, sha256)

    def remove_tombstones(self) -> None:
        """Remove the rows of documents and collections that were deleted long ago."""
        with self._store.write() as connection:
            connection.execute(
                delete(documents).where(
                    documents.c.purged.is_(True),
                    documents.c.updated_at < get_utc_now() - TOMBSTONE_TIME,
                )
            )
            forget_deleted(connection)
            # A collection's row is needed as long as a document, even a deleted one, refers to it.
            used = select(documents.c.collection_id)
            connection.execute(
                delete(collections).where(
                    collections.c.tombstone != "", collections.c.id.not_in(used)
                )
            )

    def finish_cleanup(self) -> None:
        """Remove everything that an earlier process has left over."""
        for document_id in {version.document_id for version in self.find_superseded()}:
            self.remove_superseded(document_id)
        for document_id, revision in self.find_orphaned_parsed():
            self._files.remove_parsed(document_id, revision)
        if not self.is_database_lost():
            for sha256 in self.find_orphaned_originals():
                drop_original(self._store, self._files, sha256)
        self._files.remove_abandoned()
        self.remove_tombstones()
        if left := self.find_still_quoted():
            with self._store.write() as connection:
                self._quoting.delete_quotes(connection, left)

    def find_still_quoted(self) -> Sequence[str]:
        """Return the documents that are purged and whose words a conversation still holds."""
        with self._store.read() as connection:
            return self._quoting.find_still_quoted(connection)

    def is_database_lost(self) -> bool:
        """Say whether there are originals, and a database without a single document.

        Then the database was lost or made anew. The originals may be all that is left of the
        library, so nothing may remove them.
        """
        with self._store.read() as connection:
            known = connection.execute(select(documents.c.id).limit(1)).first()
        return known is None and any(True for _ in self._files.list_originals())

    def find_orphaned_parsed(self) -> list[tuple[str, int]]:
        """Return document id and revision of parsed documents on disk that no version needs."""
        # The files are listed first. The other way round, a document that is added and parsed in
        # between would be missing from the rows and its file taken for an orphan.
        found = list(self._files.list_parsed())
        with self._store.read() as connection:
            needed = set()
            for row in connection.execute(
                select(documents.c.id, documents.c.revision, documents.c.live_revision).where(
                    documents.c.purged.is_(False)
                )
            ):
                needed |= {(row.id, row.revision), (row.id, row.live_revision)}
        return [entry for entry in found if entry not in needed]

    def find_orphaned_originals(self) -> list[str]:
        """Return hashes of files on disk that no document needs."""
        # Files before rows here, too. `drop_original` asks once more before it removes one.
        found = list(self._files.list_originals())
        with self._store.read() as connection:
            needed = set()
            for row in connection.execute(
                select(documents.c.sha256, documents.c.live_sha256).where(
                    documents.c.purged.is_(False)
                )
            ):
                needed |= {row.sha256, row.live_sha256}
        return [sha256 for sha256 in found if sha256 not in needed]

    def _drop_version(self, version: Version) -> None:
        with self._store.read() as connection:
            kept = _read_kept_revisions(connection, version.document_id)
            present = read_generation(connection)
            ids = select(chunks.c.chunk_id).where(version.condition)
            shared = select(chunks.c.chunk_id).where(
                chunks.c.document_id == version.document_id,
                chunks.c.generation == present,
                chunks.c.revision.in_(kept),
            )
            # An unchanged chunk has the same id in both versions, so one index entry: it stays.
            gone = set(connection.execute(ids).scalars())
            gone -= set(connection.execute(shared).scalars())
        # Indexes of other generations are removed as a whole (`generations.remove_retired`).
        if version.generation == present:
            self._writer.remove(gone)
        with self._store.write() as connection:
            pending_vectors.delete_vectors(connection, [version])
            connection.execute(delete(chunks).where(version.condition))


def drop_original(store: Store, files: FileStore, sha256: str) -> None:
    """Remove the bytes with this hash if no document needs them."""
    with store.write() as connection:
        _drop_if_unused(connection, files, sha256)


def _drop_if_unused(connection: Connection, files: FileStore, sha256: str) -> None:
    # To be called in a writing transaction. `Library.add` moves a file into place and writes its
    # row in one, too, and writers run one at a time: so no file is removed between the moment when
    # an upload finds it already stored and the moment when its row refers to it.
    users = connection.execute(
        select(func.count())
        .select_from(documents)
        .where(
            or_(documents.c.sha256 == sha256, documents.c.live_sha256 == sha256),
            documents.c.purged.is_(False),
        )
    ).scalar_one()
    if not users:
        files.remove(sha256)


def _read_kept_revisions(connection: Connection, document_id: str) -> set[int]:
    row = connection.execute(
        select(documents.c.revision, documents.c.live_revision).where(
            documents.c.id == document_id, documents.c.tombstone == ""
        )
    ).one_or_none()
    return set() if row is None else {number for number in row if number is not None}
