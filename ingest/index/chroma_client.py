"""Opens a connection to Chroma, says where to search, and marks writes on a server.

A server tells its clients nothing of each other's writes. So every write leaves a new stamp in the
metadata of the collection, as `ingest.index.shared_folder.Stamp` does beside a folder.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ingest.errors import IndexUnavailable
from ingest.index.base import Scope

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_FILTER_VALUES = 5_000
"""Values in one `$in`; SQLite takes 32,766 variables and Chroma uses some more than once."""
_STAMP = "docchat_stamp"
"""Key in the metadata of a collection."""


def connect_chroma(folder: str | None, url: str) -> Client:
    """Open a folder, or connect to the server at `url`. Raises IndexUnavailable."""
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    # Chroma would read a stray .env of the working directory: it gets nothing but these.
    options: dict[str, Any] = {"anonymized_telemetry": False, "_env_file": None}
    options |= {"chroma_otel_collection_endpoint": "", "chroma_otel_granularity": None}
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        # Typed as the interface, which lacks close(); it is always a Client.
        try:
            return cast("Client", chromadb.PersistentClient(folder, settings=Settings(**options)))
        except BaseException:
            # Chroma keeps the half-made engine under this spelling and would return it at the next
            # try, whose error would then hide the true cause.
            SharedSystemClient._identifier_to_system.pop(folder, None)
            raise
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise IndexUnavailable(f"{url!r} is no http(s) URL of a Chroma server.")
    secure = parts.scheme == "https"
    client = chromadb.HttpClient(
        host=parts.hostname,
        port=parts.port or (443 if secure else 8000),
        ssl=secure,
        settings=Settings(**options),
    )
    return cast("Client", client)


def read_stamp(client: Client, name: str) -> str:
    """Return the stamp of the last write to a collection on a server."""
    metadata = client.get_collection(name, embedding_function=None).metadata or {}
    return str(metadata.get(_STAMP, ""))


def leave_stamp(collection: Collection) -> str:
    """Mark a write on a server, after it; return the new stamp."""
    stamp = uuid.uuid4().hex
    collection.modify(metadata={**(collection.metadata or {}), _STAMP: stamp})
    return stamp


def build_chroma_filters(scope: Scope) -> Iterator[Any]:
    """Yield Chroma filters that together cover `scope`, each small enough for SQL."""
    for collections in _split_filter_values(scope.collection_ids):
        for documents in _split_filter_values(scope.document_ids):
            terms = [
                {name: {"$in": list(values)}}
                for name, values in (("collection_id", collections), ("document_id", documents))
                if values is not None
            ]
            yield None if not terms else terms[0] if len(terms) == 1 else {"$and": terms}


def _split_filter_values(values: tuple[str, ...] | None) -> Iterator[tuple[str, ...] | None]:
    if values is None:
        yield None
        return
    unique = tuple(dict.fromkeys(values))
    for start in range(0, len(unique), _FILTER_VALUES):
        yield unique[start : start + _FILTER_VALUES]
