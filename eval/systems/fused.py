"""The plain hybrid: rank-bm25 and exact dense search joined by reciprocal rank fusion.

What most frameworks call hybrid search (Cormack, Clarke & Büttcher 2009, k = 60, equal weights).
Limits: it trusts both legs alike, also where the embedder cannot read the language.
"""

from __future__ import annotations

from collections.abc import Sequence

K = 60


def reciprocal_rank_fusion(rankings: Sequence[Sequence[str]], limit: int) -> list[str]:
    """Return at most `limit` ids by the sum of 1 / (k + rank) over the rankings; ties by id."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, each in enumerate(ranking, start=1):
            scores[each] = scores.get(each, 0.0) + 1 / (K + rank)
    return sorted(scores, key=lambda each: (-scores[each], each))[:limit]
