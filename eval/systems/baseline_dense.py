"""Searches by exact cosine against every vector, as an `Index`: the reference for dense search.

Approximate indexes are measured against it. Limits: in memory only; the time of a search grows with
the number of entries.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from eval.systems.baseline_bm25 import is_in_scope
from ingest.embedding.base import Vector
from ingest.errors import IndexUnavailable
from ingest.index.base import EVERYWHERE, Entry, Match, Query, Scope


class ExactDenseIndex:
    """Keeps all vectors in one matrix; a search multiplies it with the query's vector."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._entries: dict[str, Entry] = {}
        self._matrix: Vector | None = None
        self._lock = threading.Lock()

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries. Raises IndexUnavailable for a wrong or missing vector."""
        for entry in entries:
            self._normalise_vector(entry.vector)
        with self._lock:
            self._entries.update((entry.chunk_id, entry) for entry in entries)
            self._matrix = None

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries; unknown ids are ignored."""
        with self._lock:
            for chunk_id in chunk_ids:
                self._entries.pop(chunk_id, None)
            self._matrix = None

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Return at most `limit` matches by exact cosine, best first; ties by chunk id."""
        vector = self._normalise_vector(query.vector)
        with self._lock:
            if not self._entries or limit < 1:
                return []
            if self._matrix is None:
                self._matrix = np.stack(
                    [self._normalise_vector(e.vector) for e in self._entries.values()]
                )
            scores = self._matrix @ vector
            found = [
                Match(entry.chunk_id, float(score))
                for entry, score in zip(self._entries.values(), scores, strict=True)
                if is_in_scope(entry, scope)
            ]
        return sorted(found, key=lambda match: (-match.score, match.chunk_id))[:limit]

    def ids(self) -> set[str]:
        """Return the ids of all entries."""
        with self._lock:
            return set(self._entries)

    def close(self) -> None:
        """Drop all entries."""
        with self._lock:
            self._entries.clear()
            self._matrix = None

    def _normalise_vector(self, vector: Vector | None) -> Vector:
        if vector is None or vector.shape != (self._dimension,):
            raise IndexUnavailable(f"The dense index takes vectors of {self._dimension} numbers.")
        unit: Vector = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return unit
