"""Wraps an index and writes to it in large batches: evaluations add thousands of tiny documents.

The product makes every document durable by itself, which costs a disk synchronisation each. An
evaluation deletes its home at the end and needs no durability. The entries in the index are the
same, and all other methods of the index stay available.

Limits: entries still in the buffer are lost when the process ends. Not for a home that is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from eval.systems.pass_through import pass_through
from ingest.index.base import EVERYWHERE, Entry, Index, Match, Query, Scope
from ingest.library.current_indexes import IndexSource

BATCH = 1_000


class BufferedIndex:
    """Collects added entries, and writes them at `batch` entries or before any other call."""

    def __init__(self, inner: Index, batch: int = BATCH) -> None:
        self._inner = inner
        self._batch = batch
        self._pending: list[Entry] = []
        self._lock = threading.Lock()
        pass_through(self, inner, self._write_pending_before)

    def add(self, entries: Sequence[Entry]) -> None:
        """Collect entries for the next batch, and write it when it is full."""
        with self._lock:
            self._pending.extend(entries)
            full = len(self._pending) >= self._batch
        if full:
            self._write_pending()

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Write pending entries, then remove."""
        self._write_pending()
        self._inner.remove(chunk_ids)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Write pending entries, then search."""
        self._write_pending()
        return self._inner.search(query, limit, scope)

    def ids(self) -> set[str]:
        """Write pending entries, then return the ids of all entries."""
        self._write_pending()
        return self._inner.ids()

    def close(self) -> None:
        """Close the wrapped index; pending entries are dropped."""
        self._inner.close()

    def _write_pending_before(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call_after_writing(*args: Any, **kwargs: Any) -> Any:
            self._write_pending()
            return method(*args, **kwargs)

        return call_after_writing

    def _write_pending(self) -> None:
        with self._lock:
            if self._pending:
                self._inner.add(self._pending)
                self._pending = []


def buffer_index_source(source: IndexSource) -> IndexSource:
    """Return a source whose indexes write in large batches."""
    return IndexSource(
        lambda generation, dimension: BufferedIndex(source.open(generation, dimension)),
        source.folder,
    )
