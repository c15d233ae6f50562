"""Searches one Chroma collection: in its graph, in a part of it, or among few entries one by one.

Pure functions of an open collection; what is kept, and when to open again, is the matter of
`ingest.index.chroma`. All return cosines by chunk id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.embedding.base import Vector
from ingest.index.base import Match, Scope
from ingest.index.chroma_client import build_chroma_filters
from ingest.index.kept_scopes import KeptMembers

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_FEWEST_COMPARED, _MOST_COMPARED = 300, 5_000
"""Entries within a filter on documents that are compared one by one, by the size of the index."""
TIE_MARGIN = 32
"""Fetched beyond the limit, so that equal scores at the end of the list are ordered by id."""
_SPARE = 1.3
"""How many more than should be needed are fetched from the graph."""
_MOST_FETCHED = 5_000
"""Beyond it Chroma's own filter is quicker."""


def query_graph(
    collection: Collection, vector: Vector, count: int, where: Any = None
) -> dict[str, float]:
    """Return cosines of the `count` nearest, within a filter if there is one."""
    result = collection.query(
        query_embeddings=vector[None, :], n_results=count, where=where, include=["distances"]
    )
    distances = result["distances"] or [[]]
    return {
        chunk_id: 1.0 - float(distance)
        for chunk_id, distance in zip(result["ids"][0], distances[0], strict=True)
    }


def search_members(
    collection: Collection, vector: Vector, limit: int, members: KeptMembers
) -> dict[str, float] | None:
    """Return cosines of the nearest members, from the graph; None where they lie too far."""
    if members.share == 0:
        return {}
    count = int((limit + TIE_MARGIN) / members.share * _SPARE)
    while count <= _MOST_FETCHED:
        found = query_graph(collection, vector, count)
        belongs = members.select(list(found))
        inside = {key: found[key] for key, it in zip(found, belongs, strict=True) if it}
        if len(found) < count:
            return None  # the graph does not reach all: what it gives may not be the nearest
        if len(inside) >= limit:
            return inside
        count *= 2
    return None


def search_filtered(
    collection: Collection, vector: Vector, limit: int, scope: Scope, size: int
) -> dict[str, float]:
    """Return cosines of the nearest in a scope that is not kept: by Chroma's own filter."""
    found: dict[str, float] = {}
    for where in build_chroma_filters(scope):
        few = None
        if scope.document_ids is not None:
            few = _fetch_few_vectors(collection, where, size)
        found |= (
            {chunk_id: _compute_cosine(vector, other) for chunk_id, other in few.items()}
            if few is not None
            else query_graph(collection, vector, limit + TIE_MARGIN, where)
        )
    return found


def _fetch_few_vectors(collection: Collection, where: Any, size: int) -> dict[str, Vector] | None:
    """Return all vectors within a filter, None where a search in the graph is quicker.

    A filtered search visits most of the graph: in an index of 30,000 entries it took 29 ms for
    a document of 30 entries, which took 5 ms to fetch and compare; with 450 entries both took
    the same. The time of a search grows with the index, that of fetching does not.
    """
    few = min(max(size // 100, _FEWEST_COMPARED), _MOST_COMPARED)
    page = collection.get(where=where, limit=few + 1, include=["embeddings"])
    if len(page["ids"]) > few:
        return None
    rows = page["embeddings"]
    return {} if rows is None else dict(zip(page["ids"], np.asarray(rows, np.float32), strict=True))


def sort_matches(found: dict[str, float], limit: int) -> list[Match]:
    """Return the best `limit`, best first; ties by chunk id."""
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [Match(chunk_id, score) for chunk_id, score in ordered[:limit]]


def _compute_cosine(one: Vector, other: Vector) -> float:
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))
