"""Searches by exact BM25 with `rank-bm25`, as an `Index`: the reference for the lexical index.

`rank_bm25.BM25Okapi` (Trotman, Puurula and Burgess 2014) is exact, small and slow. It searches the
same terms as the product's own lexical index, which is tested and measured against it.

Limits: in memory only, rebuilt at the first search after a change, one pass over all entries for
each query term. Its idf is ln((N - n + 0.5) / (n + 0.5)) with a floor for terms in more than half
of the entries; `lucene_idf` replaces that by ln(1 + (N - n + 0.5) / (n + 0.5)), the formula of
Lucene and Tantivy.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.index.base import EVERYWHERE, Entry, Match, Query, Scope
from ingest.text.terms import extract_terms

K1 = 1.2
B = 0.75


class RankBM25Index:
    """Exact BM25 in memory over headings and text as one field."""

    def __init__(self, *, k1: float = K1, b: float = B, lucene_idf: bool = False) -> None:
        self._k1 = k1
        self._b = b
        self._lucene_idf = lucene_idf
        self._entries: dict[str, tuple[Entry, list[str]]] = {}
        self._model: Any = None
        self._lock = threading.Lock()

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries."""
        with self._lock:
            for entry in entries:
                words = extract_terms(entry.headings) + extract_terms(entry.text)
                self._entries[entry.chunk_id] = (entry, words)
            self._model = None

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries; unknown ids are ignored."""
        with self._lock:
            for chunk_id in chunk_ids:
                self._entries.pop(chunk_id, None)
            self._model = None

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Return at most `limit` entries that share a term, best first; ties by chunk id."""
        words = extract_terms(query.text)
        with self._lock:
            if not self._entries or not words or limit < 1:
                return []
            if self._model is None:
                self._model = self._build_model()
            scores = self._model.get_scores(words)
            found = [
                Match(entry.chunk_id, float(score))
                for (entry, _), score, counts in zip(
                    self._entries.values(), scores, self._model.doc_freqs, strict=True
                )
                if is_in_scope(entry, scope) and any(word in counts for word in words)
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
            self._model = None

    def _build_model(self) -> Any:
        from rank_bm25 import BM25Okapi

        # An entry without terms would make an all-empty corpus divide by zero.
        corpus = [words or [""] for _, words in self._entries.values()]
        model = BM25Okapi(corpus, k1=self._k1, b=self._b)
        if self._lucene_idf:
            model.idf = lucene_idf(model.doc_freqs)
        return model


def lucene_idf(doc_freqs: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """Return Lucene's idf by term, never negative, from term counts of each entry."""
    containing: dict[str, int] = {}
    for counts in doc_freqs:
        for word in counts:
            containing[word] = containing.get(word, 0) + 1
    total = len(doc_freqs)
    return {word: math.log(1 + (total - n + 0.5) / (n + 0.5)) for word, n in containing.items()}


def is_in_scope(entry: Entry, scope: Scope) -> bool:
    """Say whether `entry` may be found in `scope`."""
    return (scope.collection_ids is None or entry.collection_id in scope.collection_ids) and (
        scope.document_ids is None or entry.document_id in scope.document_ids
    )
