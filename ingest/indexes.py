"""Both indexes of a library: opened when first used, followed when a rebuild switches, filled.

Every generation of an index has a place of its own; which one answers is a number in the store.
Limits: only the holder of the worker's lock may write (`IndexWriter` and the writing methods of
`CurrentIndex`); readers may be many.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ingest.chunkrows import Chunks, Version, indexed_text, with_vector
from ingest.embed import Embedder
from ingest.errors import EmbeddingFailed, IndexUnavailable
from ingest.gather import Gathering
from ingest.index import EVERYWHERE, Entry, Index, Match, Query, Scope

EMBED_AT_ONCE = 32
INDEX_AT_ONCE = 256

Step = Callable[[int, int], None]
"""Called before each batch with (done, all); raises when the work must stop."""


@dataclass(frozen=True, slots=True)
class IndexSource:
    """Opens an index by generation and dimension; `folder` says where one lies, if in a folder."""

    open: Callable[[int, int], Index]
    folder: Callable[[int], Path] | None = None

    def drop(self, generation: int, dimension: int) -> None:
        """Remove a generation for good. Raises IndexUnavailable."""
        if self.folder is None:
            index = self.open(generation, dimension)
            index.remove(sorted(index.ids()))
            index.close()
            return
        try:
            shutil.rmtree(self.folder(generation))
        except FileNotFoundError:
            return
        except NotADirectoryError:  # somebody put a file there
            self.folder(generation).unlink()
        except OSError as error:
            raise IndexUnavailable(f"An old index could not be removed: {error}.") from error


class CurrentIndex:
    """The generation of an index that answers; an `Index` itself.

    `present` returns generation and dimension. `guard` is called before the first search of each
    generation and raises IndexMismatch when it is not ours to search. An index that a rebuild has
    retired stays open until `close`: a search may still be in it.
    """

    def __init__(
        self,
        source: IndexSource,
        present: Callable[[], tuple[int, int]],
        guard: Callable[[], None] | None = None,
    ) -> None:
        self._source = source
        self._present = present
        self._guard = guard
        self._guarded: set[int] = set()
        self._lock = threading.Lock()
        self._opened: dict[int, Index] = {}

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries."""
        self._index().add(entries)

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries."""
        self._index().remove(chunk_ids)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Search the generation that answers now."""
        generation, _ = self._present()
        if self._guard is not None and generation not in self._guarded:
            self._guard()
            self._guarded.add(generation)
        return self._index().search(query, limit, scope)

    def ids(self) -> set[str]:
        """Return the ids of all entries."""
        return self._index().ids()

    def close(self) -> None:
        """Close what was opened."""
        with self._lock:
            for index in self._opened.values():
                index.close()
            self._opened.clear()

    def _index(self) -> Index:
        generation, dimension = self._present()
        with self._lock:
            if generation not in self._opened:
                self._opened[generation] = self._source.open(generation, dimension)
            return self._opened[generation]


class IndexWriter:
    """Brings versions of documents into both indexes and out again, in one thread at a time.

    Documents that come while the indexes are being written are written together next: a commit
    costs the same for one chunk as for a hundred. Remembers what the indexes hold (nobody else
    writes), so that only what is missing is embedded: an unchanged chunk of a replaced document,
    or one that a killed worker had finished, is not. Call `forget` when the lock was let go in
    between.
    """

    def __init__(
        self, chunks: Chunks, embedder: Callable[[], Embedder], dense: Index, lexical: Index
    ) -> None:
        self.lock = threading.RLock()
        self._chunks = chunks
        self._embedder = embedder
        self._dense = _Known(dense)
        self._lexical = _Known(lexical)
        self._embedding = Gathering(self._add_embedded, self.lock)
        self._indexing = Gathering(self._lexical.add, self.lock)

    def forget(self) -> None:
        """Ask the indexes anew what they hold."""
        with self.lock:
            self._dense.forget()
            self._lexical.forget()

    def embed(self, version: Version, step: Step) -> None:
        """Embed what the dense index lacks of a version. Raises EmbeddingFailed, IndexUnavailable.

        `step` is called under the lock, perhaps in another thread: what it has found true holds
        until the batch is written.
        """
        ids = self._chunks.ids(version)
        with self.lock:
            missing = self._dense.missing(ids)
        done = len(ids) - len(missing)
        for batch in self._chunks.batches(version, missing, EMBED_AT_ONCE):
            self._embedding.do(batch, partial(step, done, len(ids)))
            done += len(batch)

    def index(self, version: Version, step: Step) -> None:
        """Bring what the lexical index lacks of a version into it. Raises IndexUnavailable."""
        ids = self._chunks.ids(version)
        with self.lock:
            missing = self._lexical.missing(ids)
        done = len(ids) - len(missing)
        for batch in self._chunks.batches(version, missing, INDEX_AT_ONCE):
            self._indexing.do(batch, partial(step, done, len(ids)))
            done += len(batch)

    def _add_embedded(self, batch: Sequence[Entry]) -> None:
        self._dense.add(_embedded(batch, self._embedder()))

    def remove(self, chunk_ids: Iterable[str]) -> None:
        """Take chunks out of both indexes. Raises IndexUnavailable."""
        ids = sorted(set(chunk_ids))
        with self.lock:
            self._dense.remove(ids)
            self._lexical.remove(ids)

    def keep_only(self, chunk_ids: set[str]) -> None:
        """Take everything else out of both indexes. Raises IndexUnavailable."""
        with self.lock:
            for known in (self._dense, self._lexical):
                known.remove(sorted(known.ids() - chunk_ids))


class _Known:
    """An index and what it is known to hold."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._ids: set[str] | None = None

    def forget(self) -> None:
        self._ids = None

    def ids(self) -> set[str]:
        if self._ids is None:
            self._ids = self._index.ids()
        return self._ids

    def missing(self, chunk_ids: Sequence[str]) -> list[str]:
        held = self.ids()
        return [chunk_id for chunk_id in chunk_ids if chunk_id not in held]

    def add(self, entries: Sequence[Entry]) -> None:
        self._index.add(entries)
        self.ids().update(entry.chunk_id for entry in entries)

    def remove(self, chunk_ids: Sequence[str]) -> None:
        if not chunk_ids:
            return
        held = self.ids()
        self._ids = None  # until the removal is through, nothing is known
        self._index.remove(chunk_ids)
        self._ids = held.difference(chunk_ids)


def _embedded(batch: Sequence[Entry], embedder: Embedder) -> list[Entry]:
    vectors = embedder.embed([indexed_text(entry) for entry in batch])
    if vectors.shape != (len(batch), embedder.dimension) or not np.isfinite(vectors).all():
        raise EmbeddingFailed(
            f"The embedder {embedder.name} gave an array of shape {vectors.shape} for "
            f"{len(batch)} texts of dimension {embedder.dimension}, or values that are no numbers."
        )
    return [with_vector(entry, vector) for entry, vector in zip(batch, vectors, strict=True)]
