"""Turns rows of the store into `DocumentRecord`, and warnings into what a row holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from ingest.types import DocumentRecord, DocumentState, Failure, ParseWarning


@dataclass(frozen=True, slots=True)
class DocumentList:
    """One page of a listing, and the number of documents on all pages."""

    items: list[DocumentRecord]
    total: int


@dataclass(frozen=True, slots=True)
class DocumentEvent:
    """A change of a document; `sequence` counts the changes of all documents."""

    sequence: int
    document: DocumentRecord


def build_record(row: Row[Any]) -> DocumentRecord:
    """Return a row of `documents` as a record."""
    failure = None
    if row.failure_code is not None:
        failure = Failure(row.failure_code, row.failure_message or "", row.failure_hint or "")
    return DocumentRecord(
        id=row.id,
        collection_id=row.collection_id,
        name=row.name,
        media_type=row.live_media_type or row.media_type,
        sha256=row.sha256,
        size=row.size,
        state=DocumentState(row.state),
        created_at=row.created_at,
        updated_at=row.updated_at,
        searchable=row.live_revision is not None and not row.tombstone,
        pages=row.pages,
        pages_done=row.pages_done,
        chunks=row.chunks,
        chunks_done=row.chunks_done,
        attempts=row.attempts,
        failure=failure,
        warnings=tuple(ParseWarning(**warning) for warning in row.warnings),
        metadata=dict(row._mapping["metadata"]),
    )


def warning_rows(warnings: tuple[ParseWarning, ...]) -> list[dict[str, Any]]:
    """Return warnings as the column `warnings` stores them."""
    return [{"code": w.code, "message": w.message, "page": w.page} for w in warnings]
