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
Filters go to SQL and are cut into batches of 5,000 values, which is slow: a scope that is searched
again is kept in memory (`ingest.index.kept_scopes`), until another process has written.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ingest.embedding.base import Vector
from ingest.errors import IndexUnavailable
from ingest.index.base import EVERYWHERE, Entry, Match, Query, Scope, check_vector
from ingest.index.chroma_client import (
    build_chroma_filters,
    connect_chroma,
    leave_stamp,
    read_stamp,
)
from ingest.index.chroma_search import (
    TIE_MARGIN,
    query_graph,
    search_filtered,
    search_members,
    sort_matches,
)
from ingest.index.kept_scopes import Kept, KeptMembers, KeptScopes, KeptVectors, estimate_bytes
from ingest.index.shared_folder import SharedLock, Stamp

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_Result = TypeVar("_Result")
_PAGE = 10_000
_LOADED_AT_ONCE = 1_000
"""Vectors: Chroma gives them as Python numbers, which take 32 bytes each for the moment."""
_GRAPH_FROM, _GRAPH_SHARE = 20_000, 0.25
"""From so many entries, and of so large a part of the index, a scope is searched in the graph:
all of 20,000 are compared in 1.5 ms, the nearest 700 of 100,000 are found in 5."""
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
        kept: KeptScopes | None = None,
    ) -> None:
        """Remember where the index is: the folder `path`, or the server at `url`.

        `kept` keeps the scopes searched last, its own by default. `name` is the Chroma collection
        (3-512 characters of [a-zA-Z0-9._-]). Nothing is opened before the first call. Raises
        IndexUnavailable when neither or both places are given.
        """
        if (path is None) == (not url):
            raise IndexUnavailable("A dense index needs a folder or a server URL, and only one.")
        self._path = path
        self._url = url
        self._name = name
        self._dimension = dimension
        self._graph = graph
        self._kept = kept or KeptScopes()
        self._stamp = Stamp(path, name) if path is not None else None
        self._server_stamp = ""
        """The last one seen."""
        self._writing = threading.Lock()
        """Held for a whole write, so that kept scopes take over writes in their order."""
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

        self._write_and_stamp(upsert_entries, [], unique)

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries; unknown ids are ignored; durable on return. Raises IndexUnavailable."""
        unique = list(dict.fromkeys(chunk_ids))
        if not unique:
            return

        def delete_entries(collection: Collection) -> None:
            for start in range(0, len(unique), self._batch):
                collection.delete(ids=unique[start : start + self._batch])

        self._write_and_stamp(delete_entries, unique, [])

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Return at most `limit` matches by cosine, best first; ties by chunk id."""
        if limit < 1 or () in (scope.collection_ids, scope.document_ids):
            return []
        vector = check_vector(query.vector, self._dimension, "the query")

        def read_matches(collection: Collection) -> list[Match]:
            if scope == EVERYWHERE:
                return sort_matches(query_graph(collection, vector, limit + TIE_MARGIN), limit)
            kept = self._find_kept(scope)
            if isinstance(kept, KeptVectors):
                return kept.search(vector, limit)
            found = None if kept is None else search_members(collection, vector, limit, kept)
            if found is None:
                found = search_filtered(collection, vector, limit, scope, self._size)
            return sort_matches(found, limit)

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
            self._kept.close()
            self._release_client()

    def _find_kept(self, scope: Scope) -> Kept | None:
        """Return what is kept of a scope; begin to load one that is searched again."""
        self._notice_writes_on_server()
        kept = self._kept.find(scope)
        if kept is None:
            self._kept.load_if_repeated(scope, partial(self._load_scope, scope))
        return kept

    def _load_scope(self, scope: Scope, is_wanted: Callable[[], bool]) -> Kept:
        """Read a scope from Chroma, in pieces, so that no other call waits long."""

        def read_ids(collection: Collection) -> tuple[list[str], int]:
            found: dict[str, None] = {}
            for where in build_chroma_filters(scope):
                found.update(dict.fromkeys(collection.get(where=where, include=[])["ids"]))
            return list(found), collection.count()

        ids, total = self._read_with_retry(read_ids)
        large = len(ids) >= max(_GRAPH_FROM, _GRAPH_SHARE * total)
        if large or estimate_bytes(len(ids), self._dimension) > self._kept.most_bytes:
            return KeptMembers.pack(ids, total)
        starts = takewhile(lambda _: is_wanted(), range(0, len(ids), _LOADED_AT_ONCE))
        parts = (self.vectors(ids[start : start + _LOADED_AT_ONCE]) for start in starts)
        return KeptVectors.collect(parts, len(ids), self._dimension)

    def _write_and_stamp(
        self, work: Callable[[Collection], None], removed: Sequence[str], added: Sequence[Entry]
    ) -> None:
        """Run a writing `work`, then leave a stamp, so that other processes open the folder again.

        In this order: a reader that saw the stamp before the write would open the folder too early
        and then know the stamp, and so miss this write until the next one. A crash between two
        batches leaves the first of them stored: the worker repeats the write, which replaces
        entries by id.
        """

        def write_then_stamp(collection: Collection) -> None:
            self._notice_writes_on_server()
            try:
                work(collection)
                self._kept.change(removed, added)
            except BaseException:
                self._kept.forget()
                raise
            finally:  # a write that failed may have stored its first batches
                if self._stamp is not None:
                    self._stamp.write_new()
                else:
                    self._server_stamp = leave_stamp(collection)

        with self._writing:
            self._call_collection(write_then_stamp)

    def _notice_writes_on_server(self) -> None:
        """Forget what is kept if another client has written to the server."""
        if self._stamp is not None or self._client is None:
            return  # of a folder the opening notices it
        stamp = read_stamp(self._client, self._name)
        if stamp != self._server_stamp:
            self._kept.forget()
            self._server_stamp = stamp

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
        self._kept.forget()
        if self._stamp is not None:
            self._stamp.remember_current()  # before opening: see there
        client = connect_chroma(self._spelling if self._path is not None else None, self._url or "")
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
