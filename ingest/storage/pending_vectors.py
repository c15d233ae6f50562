"""Keeps vectors from when a chunk is embedded until the dense index has it.

Embedding is what takes time, so any number of workers do it, on this machine or others, while the
indexes have one writer. A worker stores each batch here before it embeds the next, so a killed
worker loses no more than one batch. The vectors are deleted in the transaction that makes their
version searchable: they are no second copy of the index. The signs that come with a vector are
stored in the chunk's row and stay there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import ColumnElement, Connection, FromClause, delete, select, update

from ingest.embedding.base import EncodedPassage, Vector
from ingest.storage.chunks import Version, keep_signs
from ingest.storage.schema import chunks, documents, vectors

_STORED = np.dtype("<f4")


def save_vectors_and_signs(
    connection: Connection, version: Version, embedded: Mapping[str, EncodedPassage]
) -> None:
    """Store vectors and signs by chunk id, in place of those already stored for these chunks."""
    key = {
        "document_id": version.document_id,
        "generation": version.generation,
        "revision": version.revision,
    }
    if not embedded:
        return
    connection.execute(
        delete(vectors).where(
            _build_version_condition(version), vectors.c.chunk_id.in_(list(embedded))
        )
    )
    rows = [
        {**key, "chunk_id": chunk_id, "vector": each.vector.astype(_STORED).tobytes()}
        for chunk_id, each in embedded.items()
    ]
    connection.execute(vectors.insert(), rows)
    keep_signs(connection, version.condition, {key: each.signs for key, each in embedded.items()})


def read_vectors(
    connection: Connection, version: Version, chunk_ids: Sequence[str]
) -> dict[str, Vector]:
    """Return the stored vectors of these chunks."""
    query = select(vectors.c.chunk_id, vectors.c.vector).where(
        _build_version_condition(version), vectors.c.chunk_id.in_(chunk_ids)
    )
    return {row.chunk_id: _decode_vector(row.vector) for row in connection.execute(query)}


def find_pending_ids(connection: Connection, version: Version) -> set[str]:
    """Return the ids of the chunks of a version whose vectors are stored here."""
    return set(
        connection.execute(
            select(vectors.c.chunk_id).where(_build_version_condition(version))
        ).scalars()
    )


def find_new_ids(connection: Connection, version: Version) -> list[str]:
    """Return the ids of a version's chunks, in order, that its live version does not have.

    What both have is in the indexes already: the id is made of the chunk's content.
    """
    own = select(chunks.c.chunk_id).where(version.condition).order_by(chunks.c.ordinal)
    live = (
        select(chunks.c.chunk_id)
        .join(documents, chunks.c.document_id == documents.c.id)
        .where(_build_live_condition(chunks, version))
    )
    indexed = set(connection.execute(live).scalars())
    distinct = dict.fromkeys(connection.execute(own).scalars())
    return [chunk_id for chunk_id in distinct if chunk_id not in indexed]


def copy_live_signs(connection: Connection, version: Version) -> None:
    """Copy the signs of chunks that the live version has, too: they are not embedded again."""
    former = chunks.alias()
    known = (
        select(former.c.signs)
        .join(documents, former.c.document_id == documents.c.id)
        .where(_build_live_condition(former, version), former.c.chunk_id == chunks.c.chunk_id)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(
        update(chunks).where(version.condition, chunks.c.signs.is_(None)).values(signs=known)
    )


def delete_vectors(connection: Connection, version: Version) -> None:
    """Delete the vectors of a version."""
    connection.execute(delete(vectors).where(_build_version_condition(version)))


def _build_live_condition(rows: FromClause, version: Version) -> ColumnElement[bool]:
    """Return the condition (on chunks joined with documents) for the document's live chunks."""
    return (
        (rows.c.document_id == version.document_id)
        & (rows.c.generation == version.generation)
        & (rows.c.revision == documents.c.live_revision)
    )


def _build_version_condition(version: Version) -> ColumnElement[bool]:
    return (
        (vectors.c.document_id == version.document_id)
        & (vectors.c.generation == version.generation)
        & (vectors.c.revision == version.revision)
    )


def _decode_vector(stored: bytes) -> Vector:
    return np.frombuffer(stored, dtype=_STORED).astype(np.float32)
