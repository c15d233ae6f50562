"""Builds what ranks passages in the retrieval suite: docchat's rows, and the baselines.

All search the same passages. One baseline is what most frameworks call hybrid search: rank-bm25 and
exact dense search joined by reciprocal rank fusion (Cormack, Clarke & Büttcher 2009, k = 60, equal
weights). It gives both lists the same weight, also where the embedder does not know the language.
Limits: a baseline gets the passages of the first setting, however many settings there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from eval.errors import EvalError
from eval.systems.baseline_bm25 import RankBM25Index
from eval.systems.baseline_dense import ExactDenseIndex
from eval.systems.temporary_docchat import PreparedDocuments
from ingest.embedding.base import Embedder, encode_question
from ingest.index.base import Entry, Index, Query
from rag.pipeline.bootstrap import Docchat
from rag.question.understand import understand_question

K = 60


def reciprocal_rank_fusion(rankings: Sequence[Sequence[str]], limit: int) -> list[str]:
    """Return at most `limit` ids by the sum of 1 / (k + rank) over the rankings; ties by id."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, each in enumerate(ranking, start=1):
            scores[each] = scores.get(each, 0.0) + 1 / (K + rank)
    return sorted(scores, key=lambda each: (-scores[each], each))[:limit]


DEPTH = 100
BASELINES = ("rank-bm25", "dense", "rrf", "langchain", "lexical-index", "dense-index")
USUAL_BASELINES = BASELINES[:3]

Search = Callable[[str], Sequence[str]]
"""Takes a question, returns chunk ids, best first."""


@dataclass(frozen=True, slots=True)
class System:
    """A row: `rank` returns `DEPTH` passages; `timed` is the search whose time is measured."""

    row: str
    rank: Search
    timed: Callable[[str], object]


def parse_baselines(listed: str) -> tuple[str, ...]:
    """Return the baselines named, with commas between. Raises EvalError."""
    names = tuple(dict.fromkeys(name.strip() for name in listed.split(",") if name.strip()))
    if names == ("none",):
        return ()
    unknown = [name for name in names if name not in BASELINES]
    if unknown:
        raise EvalError(
            f"There is no baseline {', '.join(unknown)}.",
            hint=f"Choose from {', '.join(BASELINES)}, or none.",
        )
    return names


def docchat_system(row: str, docchat: Docchat) -> System:
    """Return docchat: `rank` is its retriever's ranking, `timed` a search as in the product."""
    retriever = docchat.retriever

    def rank_passages(question: str) -> list[str]:
        hits = retriever.rank(understand_question(question), limit=DEPTH)
        # Equal passages of several documents are one hit: its copies count as found too.
        return [chunk.id for hit in hits for chunk in (hit.chunk, *hit.copies)][:DEPTH]

    def search(question: str) -> object:
        return retriever.search(understand_question(question))

    return System(row, rank_passages, search)


@contextmanager
def baseline_systems(names: Sequence[str], prepared: PreparedDocuments) -> Iterator[list[System]]:
    """Yield the baselines, built over the ingested passages. Raises PackageMissing."""
    with ExitStack() as opened:
        yield list(_make_baselines(names, prepared, opened))


def _make_baselines(
    names: Sequence[str], prepared: PreparedDocuments, opened: ExitStack
) -> Iterator[System]:
    embedder, library = prepared.embedder, prepared.docchat.library
    needs_bm25 = {"rank-bm25", "rrf"} & set(names)
    needs_dense = {"dense", "rrf"} & set(names)
    entries = (
        _build_entries(prepared, with_vectors=bool(needs_dense)) if needs_bm25 | needs_dense else []
    )
    bm25, dense = RankBM25Index(), ExactDenseIndex(embedder.dimension)
    if needs_bm25:
        bm25.add(entries)
    if needs_dense:
        dense.add(entries)
    lexical_leg, dense_leg = _make_search(bm25, None), _make_search(dense, embedder)

    def rank_by_rrf(question: str) -> list[str]:
        return reciprocal_rank_fusion([lexical_leg(question), dense_leg(question)], DEPTH)

    def make_langchain_search() -> Search:
        from eval.systems.baseline_langchain import LangChainEnsemble

        made = LangChainEnsemble(list(prepared.chunks.values()), embedder, DEPTH)
        return opened.enter_context(closing(made)).search

    makers: dict[str, Callable[[], Search]] = {
        "rank-bm25": lambda: lexical_leg,
        "dense": lambda: dense_leg,
        "rrf": lambda: rank_by_rrf,
        "langchain": make_langchain_search,
        "lexical-index": lambda: _make_search(library.lexical, None),
        "dense-index": lambda: _make_search(library.dense, embedder),
    }
    for name in names:
        search = makers[name]()
        yield System(name, search, search)


def _build_entries(prepared: PreparedDocuments, *, with_vectors: bool) -> list[Entry]:
    chunks = list(prepared.chunks.values())
    vectors = (
        prepared.embedder.embed([chunk.indexed_text for chunk in chunks]) if with_vectors else None
    )
    return [
        Entry(
            chunk_id=chunk.id,
            document_id=chunk.document_id,
            collection_id="",
            text=chunk.text,
            headings="\n".join(chunk.heading_path),
            vector=None if vectors is None else vectors[number],
        )
        for number, chunk in enumerate(chunks)
    ]


def _make_search(index: Index, embedder: Embedder | None) -> Search:
    def search_index(asked: str) -> list[str]:
        vector = None if embedder is None else encode_question(embedder, asked).vector
        return [match.chunk_id for match in index.search(Query(asked, vector), DEPTH)]

    return search_index
