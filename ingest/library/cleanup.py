"""Clearing up behind what is deleted, replaced or was cut off: last of all steps, never needed.

Everything here may be interrupted anywhere and done again: indexes are emptied first, then rows,
then files, so what is left over is always found from what is still there. Limits: for the holder
of the indexes' lock, in one thread, except `drop_original`.
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
from ingest.storage.database import Store, generation
from ingest.storage.files import FileStore
from ingest.storage.origins import forget_deleted
from ingest.storage.schema import chunks, collections, documents, vectors
from ingest.storage.states import now

TOMBSTONE_TIME = timedelta(days=1)
"""How long the row of a deleted document stays, so that every listener hears of its end."""


class Quoting(Protocol):
    """Who else keeps words of documents: conversations. Both calls are within a transaction."""

    def forget(self, connection: Connection, document_ids: Sequence[str]) -> None:
        """Let go of the words of these documents."""
        ...

    def left(self, connection: Connection) -> Sequence[str]:
        """Return the documents that are gone for good and whose words are still kept."""
        ...


class Unquoted:
    """Nobody else keeps any."""

    def forget(self, connection: Connection, document_ids: Sequence[str]) -> None:
        """There is nothing to let go of."""

    def left(self, connection: Connection) -> Sequence[str]:
        """Nothing is left."""
        return ()


class Cleaner:
    """Removes what no document needs any more."""

    def __init__(
        self, store: Store, files: FileStore, writer: IndexWriter, quoting: Quoting
    ) -> None:
        self._store = store
        self._files = files
        self._writer = writer
        self._quoting = quoting

    def tidy(self, document_id: str) -> None:
        """Remove what superseded versions of a document have left."""
        with self._store.read() as connection:
            kept = _kept_revisions(connection, document_id)
        left = [each for each in self._files.revisions(document_id) if each not in kept]
        for version in self.superseded(document_id):
            self._drop(version)
        for revision in left:
            self._files.remove_parsed(document_id, revision)

    def superseded(self, document_id: str | None = None) -> list[Version]:
        """Return the versions in `chunks` that neither answer nor are wanted nor being rebuilt."""
        with self._store.read() as connection:
            generations = {generation(connection), find_rebuild_generation(connection)} - {None}
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
        """Remove all that a deleted document had; its bare row stays for a while."""
        own = chunks.c.document_id == document_id
        with self._store.read() as connection:
            held = list(connection.execute(select(chunks.c.chunk_id).where(own)).scalars())
        self._writer.remove(held)
        with self._store.write() as connection:
            connection.execute(delete(vectors).where(vectors.c.document_id == document_id))
            connection.execute(delete(chunks).where(own))
        for revision in self._files.revisions(document_id):
            self._files.remove_parsed(document_id, revision)
        with self._store.write() as connection:
            row = connection.execute(
                update(documents)
                .where(documents.c.id == document_id)
                .values(purged=True)
                .returning(documents.c.sha256, documents.c.live_sha256)
            ).one()
            attempts.forget(connection, document_id)
            self._quoting.forget(connection, [document_id])
            for sha256 in {row.sha256, row.live_sha256} - {None}:
                _drop_if_unused(connection, self._files, sha256)

    def forget(self) -> None:
        """Remove the rows of documents and collections that were deleted long ago."""
        with self._store.write() as connection:
            connection.execute(
                delete(documents).where(
                    documents.c.purged.is_(True), documents.c.updated_at < now() - TOMBSTONE_TIME
                )
            )
            forget_deleted(connection)
            used = select(documents.c.collection_id)
            connection.execute(
                delete(collections).where(
                    collections.c.tombstone != "", collections.c.id.not_in(used)
                )
            )

    def sweep(self) -> None:
        """Finish what an earlier process had begun to clear up."""
        for document_id in {version.document_id for version in self.superseded()}:
            self.tidy(document_id)
        for document_id, revision in self.orphaned_parsed():
            self._files.remove_parsed(document_id, revision)
        if not self.database_lost():
            for sha256 in self.orphaned_originals():
                drop_original(self._store, self._files, sha256)
        self._files.sweep()
        self.forget()
        if left := self.still_quoted():
            with self._store.write() as connection:
                self._quoting.forget(connection, left)

    def still_quoted(self) -> Sequence[str]:
        """Return the documents that are gone for good and whose words somebody keeps."""
        with self._store.read() as connection:
            return self._quoting.left(connection)

    def database_lost(self) -> bool:
        """Whether originals lie here and the database has never known a document.

        It was lost or made anew: the originals may be all that is left, so nothing removes them.
        """
        with self._store.read() as connection:
            known = connection.execute(select(documents.c.id).limit(1)).first()
        return known is None and any(True for _ in self._files.originals())

    def orphaned_parsed(self) -> list[tuple[str, int]]:
        """Return parsed documents on disk that no version needs."""
        found = list(self._files.all_parsed())
        with self._store.read() as connection:
            needed = set()
            for row in connection.execute(
                select(documents.c.id, documents.c.revision, documents.c.live_revision).where(
                    documents.c.purged.is_(False)
                )
            ):
                needed |= {(row.id, row.revision), (row.id, row.live_revision)}
        return [entry for entry in found if entry not in needed]

    def orphaned_originals(self) -> list[str]:
        """Return hashes of files on disk that no document needs."""
        found = list(self._files.originals())
        with self._store.read() as connection:
            needed = set()
            for row in connection.execute(
                select(documents.c.sha256, documents.c.live_sha256).where(
                    documents.c.purged.is_(False)
                )
            ):
                needed |= {row.sha256, row.live_sha256}
        return [sha256 for sha256 in found if sha256 not in needed]

    def _drop(self, version: Version) -> None:
        with self._store.read() as connection:
            kept = _kept_revisions(connection, version.document_id)
            present = generation(connection)
            ids = select(chunks.c.chunk_id).where(version.where)
            shared = select(chunks.c.chunk_id).where(
                chunks.c.document_id == version.document_id,
                chunks.c.generation == present,
                chunks.c.revision.in_(kept),
            )
            # An unchanged chunk has one id in both versions: it must stay.
            gone = set(connection.execute(ids).scalars())
            gone -= set(connection.execute(shared).scalars())
        if version.generation == present:
            self._writer.remove(gone)
        with self._store.write() as connection:
            pending_vectors.drop(connection, version)
            connection.execute(delete(chunks).where(version.where))


def drop_original(store: Store, files: FileStore, sha256: str) -> None:
    """Remove the bytes with this hash if no document needs them."""
    with store.write() as connection:
        _drop_if_unused(connection, files, sha256)


def _drop_if_unused(connection: Connection, files: FileStore, sha256: str) -> None:
    # Within a writing transaction: `Library.add` puts a file in its place within one, too, so a
    # file cannot be removed between being found there and being named in a row.
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


def _kept_revisions(connection: Connection, document_id: str) -> set[int]:
    row = connection.execute(
        select(documents.c.revision, documents.c.live_revision).where(
            documents.c.id == document_id, documents.c.tombstone == ""
        )
    ).one_or_none()
    return set() if row is None else {number for number in row if number is not None}
