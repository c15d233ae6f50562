"""Reads and changes the rows of collections and documents, as people ask for it.

A request does no work itself: it changes the document's row (to `queued`, `cancelled` or
`deleting`) and clears the lease of a worker that may hold the document; the worker notices at its
next step and stops. Files and indexes are not touched here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from ingest.errors import Conflict, InvalidRequest, NotFound
from ingest.storage import attempts
from ingest.storage.database import Store
from ingest.storage.records import DocumentEvent, DocumentList, build_record
from ingest.storage.schema import collections, documents
from ingest.storage.states import (
    change_state,
    current_sequence,
    get_utc_now,
    next_sequence,
    update_document,
)
from ingest.types import Collection, DocumentRecord, DocumentState
from ingest.validation import clean_name

AddOutcome = Literal["added", "unchanged", "replaced"]

QUEUE_RESET_VALUES: dict[str, Any] = {
    "lease": None,
    "lease_expires": 0.0,
    "not_before": 0.0,
    "attempts": 0,
    "deaths": 0,
    "failure_code": None,
    "failure_message": None,
    "failure_hint": None,
}
"""Columns of a document that is queued as if for the first time."""

_UNPARSED_VALUES: dict[str, Any] = {
    "warnings": [],
    "pages": 0,
    "pages_done": 0,
    "chunks": 0,
    "chunks_done": 0,
}
_SORT_COLUMNS = (
    "name",
    "size",
    "state",
    "created_at",
    "updated_at",
    "pages",
    "chunks",
    "media_type",
)
_EVENTS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file to be added to a collection; its bytes are already staged on disk."""

    name: str
    sha256: str
    size: int
    media_type: str
    metadata: Mapping[str, str]
    priority: int = 0


@dataclass(frozen=True, slots=True)
class AddResult:
    """What adding a file did; `superseded` is the hash of the bytes that it replaced."""

    document_id: str
    outcome: AddOutcome
    superseded: str | None = None


def new_id() -> str:
    """Return a fresh random id."""
    return uuid.uuid4().hex


def build_undeleted_conditions(document_id: str | None = None) -> list[ColumnElement[bool]]:
    """Return the conditions for a document that is not deleted."""
    conditions: list[ColumnElement[bool]] = [documents.c.tombstone == ""]
    if document_id is not None:
        conditions.append(documents.c.id == document_id)
    return conditions


class Catalog:
    """Collections and documents of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_collection(self, name: str, description: str) -> Collection:
        """Create a collection. Raises Conflict when the name is taken."""
        name = clean_name(name, "A collection's name", 200)
        created = Collection(new_id(), name, description, get_utc_now())
        with self._store.write() as connection:
            _refuse_taken_name(connection, name, created.id)
            connection.execute(
                collections.insert().values(
                    id=created.id, name=name, description=description, created_at=created.created_at
                )
            )
        return created

    def list_collections(self) -> list[Collection]:
        """Return all collections by name, with the number of their documents."""
        with self._store.read() as connection:
            return list(_read_collections(connection))

    def get_collection(self, id_or_name: str) -> Collection:
        """Return one collection, by id or else by name. Raises NotFound."""
        with self._store.read() as connection:
            found = {c.id: c for c in _read_collections(connection, id_or_name)}
        if not found:
            raise NotFound(f"There is no collection {id_or_name!r}.")
        return found.get(id_or_name) or next(iter(found.values()))

    def change_collection(
        self, collection_id: str, name: str | None, description: str | None
    ) -> None:
        """Change the name or description of a collection. Raises NotFound, Conflict."""
        values: dict[str, str] = {}
        if name is not None:
            values["name"] = clean_name(name, "A collection's name", 200)
        if description is not None:
            values["description"] = description
        with self._store.write() as connection:
            require_collections(connection, [collection_id])
            if "name" in values:
                _refuse_taken_name(connection, values["name"], collection_id)
            if values:
                connection.execute(
                    update(collections).where(collections.c.id == collection_id).values(**values)
                )

    def delete_collection(self, collection_id: str) -> None:
        """Hide a collection and its documents; a worker removes them later. Raises NotFound."""
        with self._store.write() as connection:
            require_collections(connection, [collection_id])
            ids = select(documents.c.id).where(
                documents.c.collection_id == collection_id, *build_undeleted_conditions()
            )
            for document_id in list(connection.execute(ids).scalars()):
                _mark_deleted(connection, document_id)
            connection.execute(
                update(collections)
                .where(collections.c.id == collection_id)
                .values(tombstone=collection_id)
            )

    def add_or_replace(
        self, connection: Connection, collection_id: str, offer: IncomingFile
    ) -> AddResult:
        """Add a file to a collection, or replace the document that it belongs to, and queue it.

        The same name with other bytes replaces; bytes that are already there, under this name or
        another, are unchanged (queued again if they had failed). Raises NotFound.
        """
        require_collections(connection, [collection_id])
        inside = (documents.c.collection_id == collection_id, *build_undeleted_conditions())
        query = select(documents).where(*inside)
        named = connection.execute(query.where(documents.c.name == offer.name)).one_or_none()
        if named is not None:
            return self.replace(connection, named, offer)
        twins = query.where(documents.c.sha256 == offer.sha256).order_by(documents.c.created_at)
        twin = connection.execute(twins).first()
        if twin is not None:
            return self.replace(connection, twin, offer)
        document_id, moment = new_id(), get_utc_now()
        connection.execute(
            documents.insert().values(
                id=document_id,
                collection_id=collection_id,
                name=offer.name,
                state=DocumentState.QUEUED,
                metadata=dict(offer.metadata),
                priority=offer.priority,
                created_at=moment,
                updated_at=moment,
                sequence=next_sequence(connection),
                **_build_version_values(offer),
            )
        )
        return AddResult(document_id, "added")

    def replace(self, connection: Connection, row: Row[Any], offer: IncomingFile) -> AddResult:
        """Queue new bytes for a document; the live version remains searchable until then."""
        values: dict[str, Any] = {"metadata": dict(offer.metadata)} if offer.metadata else {}
        if row.sha256 != offer.sha256:
            values |= _build_version_values(offer) | _UNPARSED_VALUES | QUEUE_RESET_VALUES
            values |= {"revision": row.revision + 1, "priority": offer.priority}
            attempts.end_attempt(connection, row.id, "replaced")
            change_state(connection, row.id, DocumentState.QUEUED, **values)
            return AddResult(row.id, "replaced", row.sha256)
        if row.state in (DocumentState.FAILED, DocumentState.CANCELLED):
            values |= QUEUE_RESET_VALUES | {"priority": offer.priority}
            change_state(connection, row.id, DocumentState.QUEUED, **values)
            return AddResult(row.id, "added")
        if values and values["metadata"] != row._mapping["metadata"]:
            update_document(connection, row.id, **values)
        return AddResult(row.id, "unchanged")

    def retry(self, document_id: str) -> None:
        """Queue a failed or cancelled document again. Raises NotFound, Conflict."""
        with self._store.write() as connection:
            row = require_document(connection, document_id)
            if row.state not in (DocumentState.FAILED, DocumentState.CANCELLED):
                raise Conflict(f"{row.name} is {row.state}: only a failed document is retried.")
            change_state(connection, document_id, DocumentState.QUEUED, **QUEUE_RESET_VALUES)

    def cancel(self, document_id: str) -> None:
        """Cancel a document that is queued or being processed. Raises NotFound, Conflict."""
        with self._store.write() as connection:
            row = require_document(connection, document_id)
            # If the state does not allow it, Conflict rolls back the end of the attempt, too.
            attempts.end_attempt(connection, document_id, "cancelled")
            if not change_state(
                connection, document_id, DocumentState.CANCELLED, **QUEUE_RESET_VALUES
            ):
                raise Conflict(f"{row.name} is {row.state}: there is nothing to cancel.")

    def delete(self, document_id: str) -> None:
        """Hide a document at once; a worker removes its data later. Raises NotFound."""
        with self._store.write() as connection:
            require_document(connection, document_id)
            _mark_deleted(connection, document_id)

    def get_document(self, document_id: str) -> DocumentRecord:
        """Return one document. Raises NotFound."""
        with self._store.read() as connection:
            return build_record(require_document(connection, document_id))

    def list_documents(
        self,
        collection_id: str,
        *,
        page: int,
        page_size: int,
        order_by: str,
        q: str,
        state: DocumentState | None,
        searchable: bool = False,
    ) -> DocumentList:
        """Return one page of a collection's documents; `q` is part of the name, in any case.

        `order_by` is a column, with "-" in front for descending. With `searchable`, only documents
        that searches find, whatever their state. Raises NotFound, InvalidRequest.
        """
        if page < 1 or not 1 <= page_size <= 1000:
            raise InvalidRequest("Pages count from 1 and hold 1 to 1000 documents.")
        column = order_by.removeprefix("-")
        if column not in _SORT_COLUMNS:
            raise InvalidRequest(
                f"Documents are ordered by {', '.join(_SORT_COLUMNS)}, not {column!r}."
            )
        key = documents.c[column]
        where = [documents.c.collection_id == collection_id, *build_undeleted_conditions()]
        if "\x00" in q:
            raise InvalidRequest("A name has no null characters in it.")
        if q:
            where.append(documents.c.name.icontains(q, autoescape=True))
        if state is not None:
            where.append(documents.c.state == state)
        if searchable:
            where.append(documents.c.live_revision.is_not(None))
        query = (
            select(documents)
            .where(*where)
            .order_by(key.desc() if order_by.startswith("-") else key, documents.c.id)
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        with self._store.read() as connection:
            require_collections(connection, [collection_id])
            total = connection.execute(
                select(func.count()).select_from(documents).where(*where)
            ).scalar_one()
            return DocumentList([build_record(row) for row in connection.execute(query)], total)

    def list_events(self, after: int) -> list[DocumentEvent]:
        """Return the documents that changed since, oldest change first, each once."""
        query = (
            select(documents)
            .where(documents.c.sequence > after)
            .order_by(documents.c.sequence)
            .limit(_EVENTS_AT_ONCE)
        )
        with self._store.read() as connection:
            return [
                DocumentEvent(row.sequence, build_record(row)) for row in connection.execute(query)
            ]

    def count_by_state(self) -> dict[DocumentState, int]:
        """Return how many documents are in each state, those being deleted included."""
        query = select(documents.c.state, func.count()).group_by(documents.c.state)
        with self._store.read() as connection:
            return {DocumentState(state): count for state, count in connection.execute(query)}

    def read_sequence(self) -> int:
        """Return the number of the latest change, from which a new listener starts."""
        with self._store.read() as connection:
            return current_sequence(connection)


def require_document(connection: Connection, document_id: str) -> Row[Any]:
    """Return a document's row. Raises NotFound when there is none or it is deleted."""
    row = connection.execute(
        select(documents).where(*build_undeleted_conditions(document_id))
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no document {document_id!r}.")
    return row


def require_collections(connection: Connection, collection_ids: Sequence[str]) -> None:
    """Raise NotFound unless all these collections exist."""
    query = select(collections.c.id).where(
        collections.c.id.in_(collection_ids), collections.c.tombstone == ""
    )
    missing = set(collection_ids) - set(connection.execute(query).scalars())
    if missing:
        raise NotFound(f"There is no collection {sorted(missing)[0]!r}.")


def _read_collections(
    connection: Connection, id_or_name: str | None = None
) -> Iterator[Collection]:
    counted = func.count(documents.c.id)
    query = (
        select(collections, counted.label("documents"))
        .join_from(
            collections,
            documents,
            (documents.c.collection_id == collections.c.id) & (documents.c.tombstone == ""),
            isouter=True,
        )
        .where(collections.c.tombstone == "")
        .group_by(collections.c.id)
        .order_by(collections.c.name)
    )
    if id_or_name is not None:
        query = query.where((collections.c.id == id_or_name) | (collections.c.name == id_or_name))
    for row in connection.execute(query):
        yield Collection(row.id, row.name, row.description, row.created_at, row.documents)


def _refuse_taken_name(connection: Connection, name: str, collection_id: str) -> None:
    query = select(collections.c.id).where(
        collections.c.name == name,
        collections.c.tombstone == "",
        collections.c.id != collection_id,
    )
    if connection.execute(query).first() is not None:
        raise Conflict(f"There is already a collection named {name!r}.")


def _build_version_values(offer: IncomingFile) -> dict[str, Any]:
    return {"sha256": offer.sha256, "size": offer.size, "media_type": offer.media_type}


def _mark_deleted(connection: Connection, document_id: str) -> None:
    attempts.end_attempt(connection, document_id, "deleted")
    change_state(
        connection,
        document_id,
        DocumentState.DELETING,
        *build_undeleted_conditions(),
        tombstone=document_id,
        live_revision=None,
        live_media_type=None,
        **QUEUE_RESET_VALUES,
    )
