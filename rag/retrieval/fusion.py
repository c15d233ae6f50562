"""Fuses two ranked lists into one: z-scored convex combination, and reciprocal rank fusion.

Pure functions from `{chunk id: score}` to `{chunk id: fused score}`; higher is better in and out.
A leg is what one index returned: BM25 scores without an upper bound (lexical) or cosines in -1..1
(dense). Fused scores order the chunks of one query and mean nothing across queries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def fuse_convex(
    lexical: Mapping[str, float], dense: Mapping[str, float], weight: float
) -> dict[str, float]:
    """Return `(1 - weight) * z(lexical) + weight * z(dense)` for every chunk of either leg.

    Source: Bruch, Gai & Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS
    2023: a convex combination of normalised scores beats rank fusion and is insensitive to which
    normalisation is taken; z-scores need no known bounds, which BM25 does not have.

    A leg returns only its best candidates, so all that is known of an absent chunk is that it is
    no better than the worst one returned: it gets that leg's least z. In a leg whose scores are
    all the same (a single candidate, say) every z is 0, and an absent chunk gets -1: with 0 as well
    it would not matter whether the leg found a chunk. An empty leg adds nothing.

    The result is a weighted mean of standard deviations from each leg's mean: 0 is an average
    candidate, negative scores are common. `weight` in 0..1 is the dense share.
    """
    lexical_z, lexical_floor = _standardise_leg(lexical)
    dense_z, dense_floor = _standardise_leg(dense)
    return {
        chunk_id: (1.0 - weight) * lexical_z.get(chunk_id, lexical_floor)
        + weight * dense_z.get(chunk_id, dense_floor)
        for chunk_id in dict.fromkeys((*lexical, *dense))
    }


def _standardise_leg(scores: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """Return the z-score of each candidate and what an absent chunk gets."""
    if not scores:
        return {}, 0.0
    mean = math.fsum(scores.values()) / len(scores)
    deviation = math.sqrt(math.fsum((score - mean) ** 2 for score in scores.values()) / len(scores))
    # Where all scores are equal, rounding leaves a tiny deviation instead of 0, and dividing by it
    # would turn rounding errors into scores. 1e-9 is relative to the largest score; 1e-300 keeps
    # the bound above 0 where all scores are 0.
    if deviation <= 1e-9 * max(1e-300, *(abs(score) for score in scores.values())):
        return dict.fromkeys(scores, 0.0), -1.0
    standardised = {chunk_id: (score - mean) / deviation for chunk_id, score in scores.items()}
    return standardised, min(standardised.values())


def fuse_reciprocal_ranks(
    lexical: Mapping[str, float], dense: Mapping[str, float], weight: float = 0.5, k: int = 60
) -> dict[str, float]:
    """Return the weighted sum of `1 / (k + rank)` over both legs, ranks from 1, absent adding 0.

    Source: Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
    individual Rank Learning Methods", SIGIR 2009 (there k = 60 and equal weights, which
    `weight` = 0.5 ranks the same as). Ties in a leg are ranked by chunk id.
    """
    fused = dict.fromkeys((*lexical, *dense), 0.0)
    for leg, share in ((lexical, 1.0 - weight), (dense, weight)):
        for rank, chunk_id in enumerate(sorted(leg, key=lambda each: (-leg[each], each)), start=1):
            fused[chunk_id] += share / (k + rank)
    return fused


def standardise_scores(scores: Sequence[float]) -> list[float]:
    """Return z-scores; zeros where all scores are the same."""
    by_place, _ = _standardise_leg({str(place): score for place, score in enumerate(scores)})
    return list(by_place.values())
