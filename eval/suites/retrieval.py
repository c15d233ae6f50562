"""How well passages are found: a retrieval set through docchat's own ingestion and retriever.

Every entry of the corpus becomes a Markdown document (its title as heading) in a temporary home.
The retriever's ranking of 100 passages is mapped to documents by their best passage. Beside it, in
the same run and over the same passages: rank-bm25, exact dense search, and the product's two
indexes alone.

Limits: 100 passages hold fewer than 100 documents where documents have several, which bounds
recall@100. Latency is that of one question at a time on a machine doing nothing else.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.baselines.bm25 import RankBM25Index
from eval.baselines.dense import ExactDenseIndex
from eval.datasets import CorpusEntry, RetrievalSet
from eval.home import CaseFailure, Ingested, Progress, ingest, no_progress, temporary_docchat
from eval.metrics import percentile, ranking_metrics
from ingest.embed import Embedder
from ingest.errors import IngestError
from ingest.index import Entry, Index, Query, Vector
from ingest.types import Chunk
from rag.bootstrap import Docchat, make_embedder
from rag.errors import RagError
from rag.settings import Settings

DEPTH = 100
HYBRID = "docchat (hybrid)"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")

Search = Callable[[str], Sequence[str]]
"""From a question to chunk ids, best first."""


@dataclass(frozen=True, slots=True)
class SystemScore:
    """How one way of searching did; metrics are means over `queries`, latencies milliseconds."""

    system: str
    metrics: Mapping[str, float]
    p50_ms: float
    p99_ms: float
    queries: int
    failures: tuple[CaseFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """One retrieval set measured; the first system is docchat, the others what to compare with."""

    dataset: str
    documents: int
    chunks: int
    queries: int
    ingest_s: float
    embedder: str
    systems: tuple[SystemScore, ...]
    empty_documents: int = 0
    failures: tuple[CaseFailure, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether any document or query failed."""
        return bool(self.failures) or any(system.failures for system in self.systems)


class RecordingEmbedder:
    """An embedder that remembers what it embedded, so that a baseline need not do it again."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._seen: dict[str, Vector] = {}

    @property
    def name(self) -> str:
        """That of the embedder within."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """That of the embedder within."""
        return self._inner.dimension

    @property
    def max_tokens(self) -> int:
        """That of the embedder within."""
        return self._inner.max_tokens

    @property
    def languages(self) -> frozenset[str]:
        """Those of the embedder within."""
        return self._inner.languages

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed, always anew, and remember."""
        vectors = self._inner.embed(texts)
        with self._lock:
            self._seen.update(zip(texts, vectors, strict=True))
        return vectors

    def count_tokens(self, text: str) -> int:
        """Return what the embedder within counts."""
        return self._inner.count_tokens(text)

    def recall(self, text: str) -> Vector:
        """Return the vector of `text`, embedding it only if that was never done."""
        with self._lock:
            vector = self._seen.get(text)
        return self.embed([text])[0] if vector is None else vector


def run(
    dataset: RetrievalSet,
    settings: Settings,
    *,
    limit_queries: int | None = None,
    progress: Progress = no_progress,
) -> RetrievalResult:
    """Measure docchat in `settings` and the baselines on `dataset`, or its first queries."""
    embedder = RecordingEmbedder(make_embedder(settings.embedder))
    entries = [entry for entry in dataset.corpus if _has_words(entry)]
    queries = dict(list(dataset.queries.items())[:limit_queries])
    with temporary_docchat(settings, lambda: embedder) as docchat:
        collection = docchat.library.create_collection(dataset.name)
        files: list[tuple[str, bytes]] = [
            (f"{number}.md", as_markdown(entry)) for number, entry in enumerate(entries)
        ]
        start = time.perf_counter()
        ingested = ingest(docchat, collection.id, files, progress)
        elapsed = time.perf_counter() - start
        owners, chunks = _chunks(docchat, ingested, entries)
        systems = _systems(docchat, chunks, embedder)
        scores = []
        for number, (name, (search, timed)) in enumerate(systems.items()):
            progress(f"searching: {name}", number, len(systems))
            scores.append(_measured(name, search, timed, owners, queries, dataset.qrels))
    return RetrievalResult(
        dataset=dataset.name,
        documents=len(entries),
        chunks=len(chunks),
        queries=len(queries),
        ingest_s=elapsed,
        embedder=embedder.name,
        systems=tuple(scores),
        empty_documents=len(dataset.corpus) - len(entries),
        failures=ingested.failures,
    )


def as_markdown(entry: CorpusEntry) -> bytes:
    """Return a Markdown document whose text is that of `entry`, title as heading, marks escaped."""
    title = _escaped(" ".join(entry.title.split()))
    heading = f"# {title}\n\n" if title else ""
    text = "\n".join(_escaped(line.strip()) for line in entry.text.split("\n"))
    return f"{heading}{text}\n".encode("utf-8", "replace")


def _escaped(text: str) -> str:
    """Return `text` with a backslash before all ASCII punctuation, so that none of it is markup."""
    return _PUNCTUATION.sub(r"\\\1", text)


def _has_words(entry: CorpusEntry) -> bool:
    return any(character.isalnum() for character in entry.title + entry.text)


def _chunks(
    docchat: Docchat, ingested: Ingested, entries: Sequence[CorpusEntry]
) -> tuple[dict[str, list[str]], list[Chunk]]:
    """Return the corpus ids that each chunk stands for, and all chunks."""
    owners: dict[str, list[str]] = {}
    chunks: dict[str, Chunk] = {}
    for name, record in ingested.documents.items():
        corpus_id = entries[int(name.removesuffix(".md"))].id
        for chunk in docchat.library.chunks(record.id):
            chunks[chunk.id] = chunk
            owners.setdefault(chunk.id, []).append(corpus_id)
    return owners, list(chunks.values())


def _systems(
    docchat: Docchat, chunks: Sequence[Chunk], embedder: RecordingEmbedder
) -> dict[str, tuple[Search, Callable[[str], object]]]:
    """Return, by name, what ranks `DEPTH` passages and what is timed (often the same)."""
    bm25, dense = RankBM25Index(), ExactDenseIndex(embedder.dimension)
    entries = [
        Entry(
            chunk_id=chunk.id,
            document_id=chunk.document_id,
            collection_id="",
            text=chunk.text,
            headings="\n".join(chunk.heading_path),
            vector=embedder.recall(chunk.indexed_text),
        )
        for chunk in chunks
    ]
    bm25.add(entries)
    dense.add(entries)
    retriever, library = docchat.retriever, docchat.library

    def hybrid(question: str) -> list[str]:
        return [hit.chunk.id for hit in retriever.rank(question, limit=DEPTH)]

    lexical_leg = _leg(library.lexical, None)
    dense_leg = _leg(library.dense, embedder)
    reference, exact = _leg(bm25, None), _leg(dense, embedder)
    return {
        HYBRID: (hybrid, retriever.search),
        "rank-bm25": (reference, reference),
        "dense only (exact)": (exact, exact),
        "lexical index alone": (lexical_leg, lexical_leg),
        "dense index alone": (dense_leg, dense_leg),
    }


def _leg(index: Index, embedder: Embedder | None) -> Search:
    def search(question: str) -> list[str]:
        vector = None if embedder is None else embedder.embed([question])[0]
        return [match.chunk_id for match in index.search(Query(question, vector), DEPTH)]

    return search


def _measured(
    name: str,
    search: Search,
    timed: Callable[[str], object],
    owners: Mapping[str, Sequence[str]],
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, int]],
) -> SystemScore:
    rankings: dict[str, list[str]] = {}
    times: list[float] = []
    failures: list[CaseFailure] = []
    for query_id, text in queries.items():
        try:
            start = time.perf_counter()
            found = search(text)
            if timed is not search:
                start = time.perf_counter()
                timed(text)
            times.append((time.perf_counter() - start) * 1_000)
        except (RagError, IngestError) as error:
            failures.append(CaseFailure(query_id, error.code, error.message))
            continue
        documents = (owner for chunk_id in found for owner in owners.get(chunk_id, ()))
        rankings[query_id] = list(dict.fromkeys(documents))
    return SystemScore(
        system=name,
        metrics=ranking_metrics(qrels, rankings),
        p50_ms=percentile(times, 0.5),
        p99_ms=percentile(times, 0.99),
        queries=len(rankings),
        failures=tuple(failures),
    )
