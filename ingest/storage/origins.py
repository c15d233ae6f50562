"""Records which file of a folder a document came from, with that file's size and time.

For `ingest.maintenance.folder_sync`: a file that has not changed is not read again, and a document
whose file is gone is not mistaken for one that somebody added by hand. Limits: a folder is known by
its path on this machine; a folder that moved counts as a new one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from ingest.storage.database import Store
from ingest.storage.documents import build_undeleted_conditions
from ingest.storage.schema import documents, origins
from ingest.storage.states import update_document
from ingest.types import DocumentState
from ingest.validation import clean_name


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is synchronised with a collection."""

    collection_id: str
    path: Path

    @property
    def key(self) -> str:
        """The hash of the path, which identifies the folder in the store."""
        return hashlib.sha256(str(self.path.resolve()).encode(errors="surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was when its document was last made or checked.

    `sha256` is that of the file. `unsettled` says that the file must be added again although it has
    not changed: its document has other bytes by now (somebody replaced it, or an equal file was
    changed), has failed or was cancelled.
    """

    name: str
    document_id: str
    size: int
    stamp: str
    sha256: str
    unsettled: bool = False


class Origins:
    """The rows of `origins` whose documents are not deleted."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read_known_files(self, folder: Folder) -> dict[str, KnownFile]:
        """Return by name the files of a folder whose documents are still there."""
        query = (
            select(origins, documents.c.sha256.label("wanted"), documents.c.state)
            .join(documents, documents.c.id == origins.c.document_id)
            .where(*_build_folder_conditions(folder), *build_undeleted_conditions())
        )
        not_ready = (DocumentState.FAILED, DocumentState.CANCELLED)
        with self._store.read() as connection:
            return {
                row.name: KnownFile(
                    row.name,
                    row.document_id,
                    row.size,
                    row.stamp,
                    row.sha256,
                    row.state in not_ready or row.sha256 != row.wanted,
                )
                for row in connection.execute(query)
            }

    def note(self, folder: Folder, known: KnownFile) -> None:
        """Record a file, in place of what was recorded under its name."""
        with self._store.write() as connection:
            _record_origin(connection, folder, known)

    def move(self, folder: Folder, former: str, known: KnownFile) -> None:
        """Record that a file has a new name, and rename its document.

        The document keeps its name when another document of the collection has the new name.
        """
        with self._store.write() as connection:
            connection.execute(
                delete(origins).where(*_build_folder_conditions(folder), origins.c.name == former)
            )
            _record_origin(connection, folder, known)
            _rename_document(
                connection, folder.collection_id, known.document_id, former, known.name
            )

    def has_shared_document(self, folder: Folder, known: KnownFile) -> bool:
        """Say whether another file that is still there has the same document."""
        with self._store.read() as connection:
            return _find_other_file(connection, folder, known) is not None

    def drop(self, folder: Folder, known: KnownFile) -> None:
        """Remove a file that is gone; its document is named after another of its files, if any."""
        with self._store.write() as connection:
            other = _find_other_file(connection, folder, known)
            connection.execute(
                delete(origins).where(
                    *_build_folder_conditions(folder), origins.c.name == known.name
                )
            )
            if other is not None:
                document_id, collection_id = known.document_id, folder.collection_id
                _rename_document(connection, collection_id, document_id, known.name, other)


def forget_deleted(connection: Connection) -> None:
    """Remove the origins of documents whose rows are gone."""
    connection.execute(delete(origins).where(origins.c.document_id.not_in(select(documents.c.id))))


def _build_folder_conditions(folder: Folder) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (origins.c.collection_id == folder.collection_id, origins.c.folder == folder.key)


def _find_other_file(connection: Connection, folder: Folder, known: KnownFile) -> str | None:
    """Return the name of another file with the bytes of this one's document."""
    query = (
        select(origins.c.name)
        .join(documents, documents.c.id == origins.c.document_id)
        .where(
            origins.c.document_id == known.document_id,
            origins.c.sha256 == documents.c.sha256,
            or_(origins.c.folder != folder.key, origins.c.name != known.name),
        )
        .order_by(origins.c.name)
    )
    found = connection.execute(query).scalars().first()
    return None if found is None else str(found)


def _record_origin(connection: Connection, folder: Folder, known: KnownFile) -> None:
    connection.execute(
        delete(origins).where(*_build_folder_conditions(folder), origins.c.name == known.name)
    )
    connection.execute(
        origins.insert().values(
            collection_id=folder.collection_id,
            folder=folder.key,
            name=known.name,
            document_id=known.document_id,
            size=known.size,
            stamp=known.stamp,
            sha256=known.sha256,
        )
    )


def _rename_document(
    connection: Connection, collection_id: str, document_id: str, former: str, name: str
) -> None:
    taken = select(documents.c.id).where(
        documents.c.collection_id == collection_id,
        documents.c.name == name,
        *build_undeleted_conditions(),
    )
    if connection.execute(taken).first() is None:
        update_document(
            connection,
            document_id,
            documents.c.name == former,
            *build_undeleted_conditions(document_id),
            name=clean_name(name, "A document's name"),
        )
