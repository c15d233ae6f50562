"""Finds the nearest vectors with Chroma, embedded in a folder or on a server. Scores are cosines.

The collection is opened at the first use, without an embedding function (vectors come with the
entries) and with telemetry off. Chroma 1.5.9 sends nothing by itself: its product telemetry is an
empty method, OpenTelemetry stays off unless an endpoint is set, and no model is fetched where no
embedding function is asked for; `tests/ingest/index/test_chroma.py` checks it.

Limits: HNSW is approximate: with the settings here it finds nearly all of the true nearest, not
provably all. An embedded Chroma loads its graph once and never sees what another process writes
afterwards (measured: counts are fresh, vectors are not, and a writer with a stale graph would save
over the newer one). So every write leaves a new stamp in a file beside the folder, and every call
that finds a stamp it does not know opens the folder again, which costs the loading of the graph.
Two processes must still not write at the same moment; only the holder of the worker's lock writes.
Filters go to SQL and are cut into batches of 5,000 values; a filter on very many documents is slow.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import numpy as np

from ingest.embedding.base import Vector
from ingest.errors import IndexUnavailable
from ingest.index.base import EVERYWHERE, Entry, Match, Query, Scope, check_vector
from ingest.index.shared_folder import SharedLock, Stamp

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_Result = TypeVar("_Result")
_FILTER_VALUES = 5_000
"""Values in one `$in`; SQLite takes 32,766 variables and Chroma uses some more than once."""
_PAGE = 10_000
_FEWEST_COMPARED, _MOST_COMPARED = 300, 5_000
"""Entries within a filter on documents that are compared one by one, by the size of the index."""
_TIE_MARGIN = 32
"""Fetched beyond the limit, so that equal scores at the end of the list are ordered by id."""
_SERIAL = itertools.count()


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """How the HNSW graph of a new collection is made (Malkov and Yashunin 2018).

    `buffer` entries are searched one by one before they join the graph together; after
    `save_after` entries the graph is written to its files. Until then they are read from the log
    at each opening.
    """

    neighbours: int = 32
    build_breadth: int = 200
    search_breadth: int = 200
    buffer: int = 100
    save_after: int = 1_000


DEFAULT_GRAPH = GraphSettings()


class ChromaIndex:
    """Nearest vectors by cosine in one Chroma collection; safe to call from several threads."""

    def __init__(
        self,
        path: Path | None,
        url: str | None,
        name: str,
        dimension: int,
        graph: GraphSettings = DEFAULT_GRAPH,
    ) -> None:
        """Remember where the index is: the folder `path`, or the server at `url`.

        `name` is the Chroma collection (3-512 characters of [a-zA-Z0-9._-]). Nothing is opened
        before the first call. Raises IndexUnavailable when neither or both places are given.
        """
        if (path is None) == (not url):
            raise IndexUnavailable("A dense index needs a folder or a server URL, and only one.")
        self._path = path
        self._url = url
        self._name = name
        self._dimension = dimension
        self._graph = graph
        self._stamp = Stamp(path, name) if path is not None else None
        # Chroma shares one engine between all clients that name a folder in the same way. A "/."
        # at its end names the same folder in another way, so this index gets an engine of its own:
        # closing it takes none away from another index. At most 255 of them keep the path short.
        self._spelling = f"{path}" + "/." * (next(_SERIAL) % 256)
        self._lock = SharedLock()
        """Shared by calls, held alone while the fields below it are set."""
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._batch = 1_000
        self._size = 0
        self._closed = False

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries; durable on return. Raises IndexUnavailable."""
        # Within one call the last entry of an id stands: Chroma refuses repeated ids.
        unique = list({entry.chunk_id: entry for entry in entries}.values())
        if not unique:
            return
        vectors = [check_vector(entry.vector, self._dimension, entry.chunk_id) for entry in unique]

        def upsert_entries(collection: Collection) -> None:
            for start in range(0, len(unique), self._batch):
                part = unique[start : start + self._batch]
                collection.upsert(
                    ids=[entry.chunk_id for entry in part],
                    embeddings=np.stack(vectors[start : start + self._batch]),
                    metadatas=[
                        {"collection_id": entry.collection_id, "document_id": entry.document_id}
                        for entry in part
                    ],
                )

        self._write_and_stamp(upsert_entries)

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries; unknown ids are ignored; durable on return. Raises IndexUnavailable."""
        unique = list(dict.fromkeys(chunk_ids))
        if not unique:
            return

        def delete_entries(collection: Collection) -> None:
            for start in range(0, len(unique), self._batch):
                collection.delete(ids=unique[start : start + self._batch])

        self._write_and_stamp(delete_entries)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Return at most `limit` matches by cosine, best first; ties by chunk id."""
        if limit < 1 or () in (scope.collection_ids, scope.document_ids):
            return []
        vector = check_vector(query.vector, self._dimension, "the query")

        def read_matches(collection: Collection) -> list[Match]:
            found: dict[str, float] = {}
            for where in _build_chroma_filters(scope):
                vectors = (
                    None
                    if scope.document_ids is None
                    else self._fetch_few_vectors(collection, where)
                )
                if vectors is not None:
                    found.update(
                        (chunk_id, _compute_cosine(vector, other))
                        for chunk_id, other in vectors.items()
                    )
                    continue
                result = collection.query(
                    query_embeddings=vector[None, :],
                    n_results=limit + _TIE_MARGIN,
                    where=where,
                    include=["distances"],
                )
                distances = result["distances"] or [[]]
                found.update(
                    (chunk_id, 1.0 - float(distance))
                    for chunk_id, distance in zip(result["ids"][0], distances[0], strict=True)
                )
            ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
            return [Match(chunk_id, score) for chunk_id, score in ordered[:limit]]

        return self._read_with_retry(read_matches)

    def ids(self) -> set[str]:
        """Return the ids of all entries. Raises IndexUnavailable."""

        def read_ids(collection: Collection) -> set[str]:
            found: set[str] = set()
            for offset in itertools.count(0, _PAGE):
                page = collection.get(limit=_PAGE, offset=offset, include=[])["ids"]
                found.update(page)
                if len(page) < _PAGE:
                    break
            return found

        return self._read_with_retry(read_ids)

    def vectors(self, chunk_ids: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those ids that the index has. Raises IndexUnavailable."""
        unique = list(dict.fromkeys(chunk_ids))

        def read_vectors(collection: Collection) -> dict[str, Vector]:
            found: dict[str, Vector] = {}
            for start in range(0, len(unique), self._batch):
                page = collection.get(
                    ids=unique[start : start + self._batch], include=["embeddings"]
                )
                rows = page["embeddings"]
                values = np.asarray([] if rows is None else rows, dtype=np.float32)
                found.update(zip(page["ids"], values, strict=True))
            return found

        return self._read_with_retry(read_vectors)

    def close(self) -> None:
        """Release the folder or the connection; further calls raise IndexUnavailable."""
        with self._lock.enter_exclusive():
            self._closed = True
            self._release_client()

    def _fetch_few_vectors(self, collection: Collection, where: Any) -> dict[str, Vector] | None:
        """Return all vectors within a filter, None where a search in the graph is quicker.

        A filtered search visits most of the graph: in an index of 30,000 entries it took 29 ms for
        a document of 30 entries, which took 5 ms to fetch and compare; with 450 entries both took
        the same. The time of a search grows with the index, that of fetching does not.
        """
        few = min(max(self._size // 100, _FEWEST_COMPARED), _MOST_COMPARED)
        page = collection.get(where=where, limit=few + 1, include=["embeddings"])
        if len(page["ids"]) > few:
            return None
        rows = page["embeddings"]
        return (
            {}
            if rows is None
            else dict(zip(page["ids"], np.asarray(rows, np.float32), strict=True))
        )

    def _write_and_stamp(self, work: Callable[[Collection], None]) -> None:
        """Run a writing `work`, then leave a stamp, so that other processes open the folder again.

        In this order: a reader that saw the stamp before the write would open the folder too early
        and then know the stamp, and so miss this write until the next one. A crash between two
        batches leaves the first of them stored: the worker repeats the write, which replaces
        entries by id.
        """

        def write_then_stamp(collection: Collection) -> None:
            try:
                work(collection)
            finally:  # a write that failed may have stored its first batches
                if self._stamp is not None:
                    self._stamp.write_new()

        self._call_collection(write_then_stamp)

    def _read_with_retry(self, work: Callable[[Collection], _Result]) -> _Result:
        """Run a reading `work`; if it fails, run it once more on a collection opened anew.

        Between another process's write and its stamp a search may come upon files that its own
        engine does not know ("Nothing found on disk"). No stamp says so yet, so the failure itself
        is the sign to open again. Writes are not repeated: no other process writes beside them.
        """
        try:
            return self._call_collection(work)
        except IndexUnavailable:
            # Without a collection it was the opening that failed, which has just been tried.
            if self._closed or self._collection is None:
                raise
            # Several threads may fail at once and each release it: that costs an opening each, but
            # takes the collection from no running call.
            with self._lock.enter_exclusive():
                self._release_client()
            return self._call_collection(work)

    def _call_collection(self, work: Callable[[Collection], _Result]) -> _Result:
        """Run `work` on a collection that knows all stamped writes; translate errors.

        The look at the stamp and `work` are two steps: a write that another process finishes
        between them is seen by the next call only, as if this call had come a little earlier.
        """
        if self._closed:
            raise IndexUnavailable(f"The dense index {self._name} is closed.")
        try:
            # Looked at without the lock, so that searches need not wait for each other: it only
            # says that opening may be due. `_open_collection` looks again when it is alone.
            if self._collection is None or (self._stamp is not None and self._stamp.is_foreign()):
                with self._lock.enter_exclusive():
                    self._open_collection()
            with self._lock.enter_shared():
                # Between the two locks another thread may have closed the index, or released the
                # collection to open it again: the caller may try once more.
                if self._collection is None:
                    raise IndexUnavailable(f"The dense index {self._name} is closed.")
                return work(self._collection)
        except IndexUnavailable:
            raise
        except Exception as error:  # Chroma raises ChromaError, ValueError, httpx...
            place = self._url or self._path
            raise IndexUnavailable(f"The dense index at {place} failed: {error}") from error

    def _open_collection(self) -> None:
        """Open, or open again when another process has written; the caller holds the lock alone.

        Opening again loses nothing: every write is in Chroma's SQLite log before it returns, and
        the new engine takes from there what the saved graph lacks. If opening fails, there is no
        collection, and the next call tries again.
        """
        if self._closed:
            return
        if self._collection is not None and not (self._stamp and self._stamp.is_foreign()):
            return  # another thread has opened it while this one waited for the lock
        self._release_client()
        if self._stamp is not None:
            self._stamp.remember_current()  # before opening: see there
        client = _connect_chroma(
            self._spelling if self._path is not None else None, self._url or ""
        )
        self._client = client
        self._batch = min(1_000, int(client.get_max_batch_size()))
        self._collection = client.get_or_create_collection(
            self._name,
            embedding_function=None,
            configuration={
                "hnsw": {
                    "space": "cosine",
                    "ef_construction": self._graph.build_breadth,
                    "ef_search": self._graph.search_breadth,
                    "max_neighbors": self._graph.neighbours,
                    "batch_size": self._graph.buffer,
                    "sync_threshold": self._graph.save_after,
                }
            },
        )
        self._size = self._collection.count()

    def _release_client(self) -> None:
        """Close the client, if there is one; the caller holds the lock alone."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            # Chroma's close() forgets its HTTP sessions without closing them.
            for owner in (client, getattr(client, "_admin_client", None)):
                session = getattr(getattr(owner, "_server", None), "_session", None)
                if session is not None:
                    session.close()
            client.close()


def _compute_cosine(one: Vector, other: Vector) -> float:
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))


def _connect_chroma(folder: str | None, url: str) -> Client:
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


def _build_chroma_filters(scope: Scope) -> Iterator[Any]:
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
