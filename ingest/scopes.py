"""Where to search: filters by collection, document and metadata, as what the indexes understand.

Limits: metadata filters are exact matches of text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from ingest.catalog import alive, require_collections
from ingest.errors import NotFound
from ingest.index import EVERYWHERE, Scope
from ingest.names import clean_metadata
from ingest.schema import documents
from ingest.store import Store


def find_scope(
    store: Store,
    collection_ids: Sequence[str] | None,
    document_ids: Sequence[str] | None,
    metadata: Mapping[str, str],
) -> Scope:
    """Turn filters into what the indexes understand. Raises NotFound for unknown ids."""
    wanted = clean_metadata(metadata)
    if collection_ids is None and document_ids is None and not wanted:
        return EVERYWHERE
    with store.read() as connection:
        if collection_ids is not None:
            require_collections(connection, collection_ids)
        if document_ids is not None:
            _require_documents(connection, document_ids)
        if wanted:
            document_ids = _matching(connection, collection_ids, document_ids, wanted)
    return Scope(
        None if collection_ids is None else tuple(dict.fromkeys(collection_ids)),
        None if document_ids is None else tuple(dict.fromkeys(document_ids)),
    )


def _require_documents(connection: Connection, document_ids: Sequence[str]) -> None:
    query = select(documents.c.id).where(documents.c.id.in_(document_ids), *alive())
    missing = set(document_ids) - set(connection.execute(query).scalars())
    if missing:
        raise NotFound(f"There is no document {sorted(missing)[0]!r}.")


def _matching(
    connection: Connection,
    collection_ids: Sequence[str] | None,
    document_ids: Sequence[str] | None,
    metadata: Mapping[str, str],
) -> list[str]:
    where = [*alive(), documents.c.live_revision.is_not(None)]
    if collection_ids is not None:
        where.append(documents.c.collection_id.in_(collection_ids))
    if document_ids is not None:
        where.append(documents.c.id.in_(document_ids))
    for key, value in metadata.items():
        where.append(documents.c["metadata"][key].as_string() == value)
    query = select(documents.c.id).where(*where).order_by(documents.c.id)
    return list(connection.execute(query).scalars())
