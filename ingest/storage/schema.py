"""Defines the tables of the store, with SQLAlchemy Core.

State changes live in `ingest.storage.states`, statements in
`ingest.storage.documents`, `ingest.storage.chunks`, `ingest.storage.pending_vectors`,
`ingest.processing.queue`, `ingest.storage.attempts` and `ingest.storage.origins`. A change here
needs a migration beside it (`ingest/storage/migrations/versions`); a test compares the two. Other
parts may add tables to `metadata`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC: SQLite keeps no time zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Convert to UTC; a naive datetime is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times in the store are aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Attach UTC where the database returns a naive datetime."""
        if value is None:
            return None
        aware: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC)


# `tombstone` is empty while a row is in use and holds the row's id once it is deleted. It is part
# of the unique key: so the name is free for a new row at once, while a worker still removes the
# data of the old one.
collections = Table(
    "collections",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("tombstone", String(32), nullable=False, default=""),
    Column("description", Text, nullable=False, default=""),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("name", "tombstone"),
)

# `revision`, `sha256`, `size` and `media_type` are those of the newest version; `live_*` those of
# the version that searches find. They differ from a replace until the new version is published.
documents = Table(
    "documents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("collection_id", String(32), ForeignKey("collections.id"), nullable=False),
    Column("name", String(1024), nullable=False),
    Column("tombstone", String(32), nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False, default=1),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(255), nullable=False, default=""),
    Column("live_revision", Integer),
    Column("live_sha256", String(64)),
    Column("live_media_type", String(255)),
    Column("metadata", JSON, nullable=False, default=dict),
    Column("warnings", JSON, nullable=False, default=list),
    Column("failure_code", String(64)),
    Column("failure_message", Text),
    Column("failure_hint", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("deaths", Integer, nullable=False, default=0),
    Column("priority", Integer, nullable=False, default=0),
    Column("lease", String(64)),
    Column("lease_expires", Double, nullable=False, default=0.0),
    Column("not_before", Double, nullable=False, default=0.0),
    Column("pages", Integer, nullable=False, default=0),
    Column("pages_done", Integer, nullable=False, default=0),
    Column("chunks", Integer, nullable=False, default=0),
    Column("chunks_done", Integer, nullable=False, default=0),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("purged", Boolean, nullable=False, default=False),
    Column("sequence", BigInteger, nullable=False),
    UniqueConstraint("collection_id", "name", "tombstone"),
    Index(None, "state", "lease_expires"),
    Index(None, "sequence"),
    Index(None, "sha256"),
    Index(None, "live_sha256"),
)

# `generation` is that of the indexes which hold the chunk: a rebuild writes its rows beside the
# current ones, and the switch is one number in `counters`. `signs`
# (`ingest.embedding.token_signs`) are stored when the chunk is embedded: NULL before, empty where
# the embedder gives none.
chunks = Table(
    "chunks",
    metadata,
    Column("document_id", String(32), ForeignKey("documents.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("chunk_id", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("headings", JSON, nullable=False),
    Column("geometry", LargeBinary, nullable=False),
    Column("range_start", Integer, nullable=False),
    Column("range_end", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("page_end", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("described", Text, nullable=False, server_default=""),
    Column("signs", LargeBinary),
    Index(None, "chunk_id"),
)

# Vectors of chunks that are embedded and not yet in the dense index: float32, little endian.
# Deleted in the transaction that makes the version live (`ingest.storage.pending_vectors`).
vectors = Table(
    "vectors",
    metadata,
    Column("document_id", String(32), ForeignKey("documents.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("chunk_id", String(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# Which worker worked on a document, and the result (`ingest.storage.attempts`).
attempts = Table(
    "attempts",
    metadata,
    Column("document_id", String(32), ForeignKey("documents.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("worker", String(128), nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("reached", String(16), nullable=False),
    Column("outcome", String(16)),
    Column("code", String(64)),
    Column("message", Text),
)

# Which file of a synchronised folder a document came from (`ingest.maintenance.folder_sync`).
# `stamp` changes when the file may have changed. No foreign key: the row of a deleted document may
# be removed before the row here.
origins = Table(
    "origins",
    metadata,
    Column("collection_id", String(32), primary_key=True),
    Column("folder", String(64), primary_key=True),
    Column("name", String(1024), primary_key=True),
    Column("document_id", String(32), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("stamp", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Index(None, "document_id"),
)

TABLES = (collections, documents, chunks, vectors, meta, counters, attempts, origins)
