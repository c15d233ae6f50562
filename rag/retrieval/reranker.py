"""Defines the second stage of retrieval (`Reranker`), a cross-encoder from a folder, and a fake.

The default second stage is `rag.retrieval.late_interaction`. A second stage reads question and
passage together. Passages that it cannot read are left out of its scores and count as average.

Limits: a cross-encoder on a CPU takes about 20 ms a passage; `retrieval.rerank_depth` bounds it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ingest.index.base import Query
from ingest.library import Passage
from ingest.text.terms import extract_terms
from rag.errors import RerankerFailed

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class Reranker(Protocol):
    """Scores passages against a query by reading both together."""

    def score(self, query: Query, passages: Sequence[Passage]) -> dict[str, float]:
        """Return scores by chunk id of those it can judge: higher is better, on any scale.

        Raises RerankerFailed, IngestError.
        """
        ...


class OverlapReranker:
    """The share of the query's terms that a text has: deterministic, for tests."""

    def score(self, query: Query, passages: Sequence[Passage]) -> dict[str, float]:
        """Return shares in 0..1; a query without terms scores 0 everywhere."""
        wanted = set(extract_terms(query.text))
        return {
            each.chunk_id: len(wanted & set(extract_terms(each.indexed_text))) / max(1, len(wanted))
            for each in passages
        }


class CrossEncoderReranker:
    """A sentence-transformers CrossEncoder from a local folder; loads at the first question."""

    def __init__(self, folder: Path, device: str = "auto") -> None:
        """Raise RerankerFailed where `folder` is no model."""
        if not (folder / "config.json").is_file():
            raise RerankerFailed(f"{folder} is no model folder: it has no config.json.")
        self._folder = folder
        self._device = None if device == "auto" else device
        self._lock = threading.Lock()
        self._model: CrossEncoder | None = None

    def score(self, query: Query, passages: Sequence[Passage]) -> dict[str, float]:
        """Return what the model gives each pair of query and passage. Raises RerankerFailed."""
        pairs = [(query.text, passage.indexed_text) for passage in passages]
        with self._lock:
            try:
                scores = self._load_model().predict(pairs, show_progress_bar=False)
            except Exception as error:  # torch raises anything
                raise RerankerFailed(f"The reranker in {self._folder} failed: {error}") from error
        return {
            passage.chunk_id: float(each) for passage, each in zip(passages, scores, strict=True)
        }

    def _load_model(self) -> CrossEncoder:
        if self._model is None:
            from sentence_transformers import CrossEncoder

            self._model = CrossEncoder(
                str(self._folder), device=self._device, local_files_only=True
            )
        return self._model
