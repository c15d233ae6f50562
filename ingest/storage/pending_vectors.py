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
from sqlalchemy import ColumnElement, Connection, FromClause, bindparam, delete, select, update

from ingest.embedding.base import EncodedPassage, Vector
from ingest.storage.chunks import Version, keep_signs
from ingest.storage.schema import chunks, documents, vectors

_STORED = np.dtype("<f4")
_KEEP_SIGNS = (
    update(chunks)
    .where(
        chunks.c.document_id == bindparam("of_document_id"),
        chunks.c.generation == bindparam("of_generation"),
        chunks.c.revision == bindparam("of_revision"),
        chunks.c.chunk_id == bindparam("of_chunk_id"),
    )
    .values(signs=bindparam("found"))
)
_DELETE_VERSION = delete(vectors).where(
    vectors.c.document_id == bindparam("of_document"),
    vectors.c.generation == bindparam("of_generation"),
    vectors.c.revision == bindparam("of"),
)


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
    connection: Connection, versions: Sequence[Version], chunk_ids: Sequence[str]
) -> dict[str, Vector]:
    """Return the stored vectors of these chunks of versions of one generation."""
    # Also those of an overtaken revision: a chunk's id is made of its content.
    query = select(vectors.c.chunk_id, vectors.c.vector).where(
        vectors.c.document_id.in_([each.document_id for each in versions]),
        vectors.c.generation == versions[0].generation,
        vectors.c.chunk_id.in_(chunk_ids),
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


def find_new_of_several(
    connection: Connection, versions: Sequence[Version]
) -> dict[str, list[str] | None]:
    """Return `find_new_ids` of versions of one generation, by document; None: without any chunk.

    The versions are of different documents.
    """
    revisions = {each.document_id: each.revision for each in versions}
    query = (
        select(
            chunks.c.document_id, chunks.c.revision, chunks.c.chunk_id, documents.c.live_revision
        )
        .join(documents, chunks.c.document_id == documents.c.id)
        .where(
            chunks.c.document_id.in_(list(revisions)),
            chunks.c.generation == versions[0].generation,
        )
        .order_by(chunks.c.document_id, chunks.c.ordinal)
    )
    own: dict[str, dict[str, None]] = {document_id: {} for document_id in revisions}
    live: dict[str, set[str]] = {document_id: set() for document_id in revisions}
    for document_id, revision, chunk_id, live_revision in connection.execute(query):
        if revision == revisions[document_id]:
            own[document_id][chunk_id] = None
        if revision == live_revision:
            live[document_id].add(chunk_id)
    return {
        document_id: [each for each in found if each not in live[document_id]] if found else None
        for document_id, found in own.items()
    }


def find_pending_of_several(
    connection: Connection, versions: Sequence[Version]
) -> dict[str, set[str]]:
    """Return `find_pending_ids` of versions of one generation and different documents."""
    revisions = {each.document_id: each.revision for each in versions}
    query = select(vectors.c.document_id, vectors.c.revision, vectors.c.chunk_id).where(
        vectors.c.document_id.in_(list(revisions)),
        vectors.c.generation == versions[0].generation,
    )
    found: dict[str, set[str]] = {document_id: set() for document_id in revisions}
    for document_id, revision, chunk_id in connection.execute(query):
        if revision == revisions[document_id]:
            found[document_id].add(chunk_id)
    return found


def save_first_vectors(
    connection: Connection, embedded: Sequence[tuple[Version, Mapping[str, EncodedPassage]]]
) -> None:
    """Store vectors and signs of several versions, for chunks that have no stored vector yet."""
    keys = [
        (
            {
                "document_id": version.document_id,
                "generation": version.generation,
                "revision": version.revision,
                "chunk_id": chunk_id,
            },
            each,
        )
        for version, found in embedded
        for chunk_id, each in found.items()
    ]
    if not keys:
        return
    rows = [{**key, "vector": each.vector.astype(_STORED).tobytes()} for key, each in keys]
    connection.execute(vectors.insert(), rows)
    signs = [
        {f"of_{name}": value for name, value in key.items()} | {"found": each.signs}
        for key, each in keys
    ]
    connection.execute(_KEEP_SIGNS, signs)


def find_unembedded_ids(connection: Connection, version: Version) -> list[str]:
    """Return the ids of the new chunks of a version that have no stored vector."""
    pending = find_pending_ids(connection, version)
    return [each for each in find_new_ids(connection, version) if each not in pending]


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


def delete_vectors(connection: Connection, versions: Sequence[Version]) -> None:
    """Delete the vectors of these versions."""
    keys = [
        {"of_document": each.document_id, "of_generation": each.generation, "of": each.revision}
        for each in versions
    ]
    if keys:
        connection.execute(_DELETE_VERSION, keys)


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
