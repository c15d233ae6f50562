"""What ranks passages in the retrieval suite: docchat's rows, and what they are compared with.

All search the same passages. Among the baselines is the plain hybrid, which most frameworks call
hybrid search: rank-bm25 and exact dense search joined by reciprocal rank fusion (Cormack, Clarke &
Büttcher 2009, k = 60, equal weights). It trusts both legs alike, also where the embedder cannot
read the language. Limits: a baseline gets the passages of the first setting, however many settings
there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from eval.errors import EvalError
from eval.systems.baseline_bm25 import RankBM25Index
from eval.systems.baseline_dense import ExactDenseIndex
from eval.systems.temporary_docchat import Prepared
from ingest.embedding.base import Embedder, read_question
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
USUAL = BASELINES[:3]

Search = Callable[[str], Sequence[str]]
"""From a question to chunk ids, best first."""


@dataclass(frozen=True, slots=True)
class System:
    """A row: what ranks `DEPTH` passages, and what is timed (often the same)."""

    row: str
    rank: Search
    timed: Callable[[str], object]


def chosen_baselines(listed: str) -> tuple[str, ...]:
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
    """Return docchat: its retriever's ranking, and a search as the product does it."""
    retriever = docchat.retriever

    def rank(question: str) -> list[str]:
        hits = retriever.rank(understand_question(question), limit=DEPTH)
        # A passage that is told once stands for its copies in other documents.
        return [chunk.id for hit in hits for chunk in (hit.chunk, *hit.copies)][:DEPTH]

    def search(question: str) -> object:
        return retriever.search(understand_question(question))

    return System(row, rank, search)


@contextmanager
def baseline_systems(names: Sequence[str], prepared: Prepared) -> Iterator[list[System]]:
    """Yield the baselines, made over what was ingested. Raises PackageMissing."""
    with ExitStack() as opened:
        yield list(_made(names, prepared, opened))


def _made(names: Sequence[str], prepared: Prepared, opened: ExitStack) -> Iterator[System]:
    embedder, library = prepared.embedder, prepared.docchat.library
    needs_bm25 = {"rank-bm25", "rrf"} & set(names)
    needs_dense = {"dense", "rrf"} & set(names)
    entries = _entries(prepared, with_vectors=bool(needs_dense)) if needs_bm25 | needs_dense else []
    bm25, dense = RankBM25Index(), ExactDenseIndex(embedder.dimension)
    if needs_bm25:
        bm25.add(entries)
    if needs_dense:
        dense.add(entries)
    lexical_leg, dense_leg = _leg(bm25, None), _leg(dense, embedder)

    def rrf(question: str) -> list[str]:
        return reciprocal_rank_fusion([lexical_leg(question), dense_leg(question)], DEPTH)

    def langchain() -> Search:
        from eval.systems.baseline_langchain import LangChainEnsemble

        made = LangChainEnsemble(list(prepared.chunks.values()), embedder, DEPTH)
        return opened.enter_context(closing(made)).search

    makers: dict[str, Callable[[], Search]] = {
        "rank-bm25": lambda: lexical_leg,
        "dense": lambda: dense_leg,
        "rrf": lambda: rrf,
        "langchain": langchain,
        "lexical-index": lambda: _leg(library.lexical, None),
        "dense-index": lambda: _leg(library.dense, embedder),
    }
    for name in names:
        search = makers[name]()
        yield System(name, search, search)


def _entries(prepared: Prepared, *, with_vectors: bool) -> list[Entry]:
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


def _leg(index: Index, embedder: Embedder | None) -> Search:
    def search(asked: str) -> list[str]:
        vector = None if embedder is None else read_question(embedder, asked).vector
        return [match.chunk_id for match in index.search(Query(asked, vector), DEPTH)]

    return search
