"""Writes a snapshot of the store's rows as lines of JSON, and loads such lines into a store.

Only live rows are written: no deleted ones, no leases, no chunks of versions that are not published
yet; a document that is being processed is written as queued. Columns are matched by name, so rows
of an older schema get the defaults of columns that were added since.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Select, Table, delete, insert, select

from ingest.library.generations import BUILT_BY
from ingest.storage.database import Store, read_generation
from ingest.storage.documents import QUEUE_RESET_VALUES, build_undeleted_conditions
from ingest.storage.schema import (
    UtcTime,
    attempts,
    chunks,
    collections,
    documents,
    meta,
    metadata,
    origins,
)
from ingest.storage.states import UNSETTLED_STATES
from ingest.types import DocumentState

_ROWS_AT_ONCE = 500
_OWNED = (
    (documents, "id"),
    (chunks, "document_id"),
    (attempts, "document_id"),
    (origins, "document_id"),
)
"""Tables with rows that belong to a document, and the column that names it."""


@dataclass(frozen=True, slots=True)
class BackupDocument:
    """A document in a backup, with its originals and parsed revisions."""

    id: str
    collection_id: str
    originals: tuple[str, ...]
    revisions: tuple[int, ...]


class RowFolder:
    """A folder with one file of lines for each table."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def files(self) -> dict[str, Path]:
        """The files by table name; a table comes before those that refer to it."""
        return {table.name: self.path_of(table) for table in metadata.sorted_tables}

    def path_of(self, table: Table) -> Path:
        """Return the path of the file of a table."""
        return self._folder / f"{table.name}.jsonl"

    def read(self, table: Table) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table as written; none when there is no file."""
        if self.path_of(table).exists():
            with self.path_of(table).open(encoding="utf-8") as lines:
                yield from map(json.loads, lines)

    def read_documents(self) -> Iterator[BackupDocument]:
        """Yield the documents."""
        for row in self.read(documents):
            originals = {row["sha256"], row["live_sha256"]} - {None}
            revisions = {row["revision"], row["live_revision"]} - {None}
            yield BackupDocument(
                row["id"], row["collection_id"], tuple(sorted(originals)), tuple(sorted(revisions))
            )

    def read_chunk_ids(self) -> Iterator[str]:
        """Yield the ids of all chunk rows; an id may come several times."""
        for row in self.read(chunks):
            yield row["chunk_id"]

    def leave_out(self, document_ids: set[str]) -> None:
        """Remove all rows of these documents."""
        if not document_ids:
            return
        for table, key in _OWNED:
            kept = self.path_of(table).with_suffix(".kept")
            with kept.open("w", encoding="utf-8") as out:
                for row in self.read(table):
                    if row[key] not in document_ids:
                        out.write(_format_row_line(row))
            kept.replace(self.path_of(table))


def write_snapshot(store: Store, folder: Path) -> RowFolder:
    """Write a snapshot of all live rows into `folder`. Raises StoreUnavailable."""
    rows = RowFolder(folder)
    with store.read() as connection:
        for table in metadata.sorted_tables:
            with rows.path_of(table).open("w", encoding="utf-8") as out:
                for row in connection.execute(_select_live_rows(connection, table)).yield_per(
                    _ROWS_AT_ONCE
                ):
                    out.write(_format_row_line(_encode_row(table, dict(row._mapping))))
    return rows


def load_rows(connection: Connection, rows: RowFolder) -> None:
    """Replace the rows of a new store by these."""
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
    for table in metadata.sorted_tables:
        batch: list[dict[str, Any]] = []
        for row in rows.read(table):
            batch.append(_decode_row(table, row))
            if len(batch) == _ROWS_AT_ONCE:
                connection.execute(insert(table), batch)
                batch = []
        if batch:
            connection.execute(insert(table), batch)


def _select_live_rows(connection: Connection, table: Table) -> Select[Any]:
    query = select(table)
    if table is documents:
        return query.where(*build_undeleted_conditions())
    if table is collections:
        return query.where(collections.c.tombstone == "")
    if table is meta:
        return query.where(meta.c.key == BUILT_BY)
    if table in (chunks, attempts, origins):
        query = query.join(documents, documents.c.id == table.c.document_id).where(
            *build_undeleted_conditions()
        )
    if table is chunks:
        query = query.where(
            chunks.c.generation == read_generation(connection),
            chunks.c.revision == documents.c.live_revision,
        ).order_by(chunks.c.document_id, chunks.c.ordinal)
    return query


def _encode_row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with JSON values; a document that is being processed as queued."""
    if table is documents:
        if row["state"] in UNSETTLED_STATES:
            row |= QUEUE_RESET_VALUES | {"state": DocumentState.QUEUED}
        row |= {"lease": None, "lease_expires": 0.0}
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = value.isoformat()
        elif isinstance(value, bytes):
            row[name] = base64.b64encode(value).decode("ascii")
    return row


def _decode_row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in row.items() if name in table.c}
    for name, value in known.items():
        if value is None:
            continue
        if isinstance(table.c[name].type, UtcTime):
            known[name] = datetime.fromisoformat(value)
        elif isinstance(table.c[name].type, LargeBinary):
            known[name] = base64.b64decode(value)
    return known


def _format_row_line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
