"""The seam for a second look at the best passages, and the fake that tests use.

Nothing is reranked unless a Reranker is passed to the retriever: none that ships with docchat has
shown a gain over fusion alone, and one from elsewhere (a cross-encoder, a service) fits here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ingest.text import terms


class Reranker(Protocol):
    """Scores passages against a query by reading both together."""

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return one score for each text, higher is better, on any scale."""
        ...


class OverlapReranker:
    """The share of the query's terms that a text has: deterministic, for tests."""

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return shares in 0..1; a query without terms scores 0 everywhere."""
        wanted = set(terms(query))
        return [len(wanted & set(terms(text))) / max(1, len(wanted)) for text in texts]
