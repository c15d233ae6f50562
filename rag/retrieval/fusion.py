"""Fuses two ranked lists into one: z-scored convex combination, and reciprocal rank fusion.

The lexical leg counts less where its passages have few of the question's words, above all where the
question is asked in another language.

Pure functions from `{chunk id: score}` to `{chunk id: fused score}`; higher is better in and out.
A leg is what one index returned: BM25 scores without an upper bound (lexical) or cosines in -1..1
(dense). Fused scores order the chunks of one query and mean nothing across queries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ingest.text.terms import extract_terms
from rag.analysis.rarity import weigh_rarity

ENOUGH_MATCHED = 0.5
"""Share of a question's terms, by rarity, that a passage in the question's language usually has:
between .3 and .5 gives the same ranking of same-language sets within .001 (`docs/retrieval.md`)."""
WEIGHED_TEXTS = 20
_MATCHED_TEXTS = 3


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


def measure_matched_share(question: str, texts: Sequence[str]) -> float:
    """Return what share of the question's terms the best of `texts` have, 0 to 1.

    `texts` are the lexical leg's passages, best first. Terms count by their rarity among the first
    20; of the first three the one that has most decides. A question in another language than the
    passages shares names and numbers with them at most.
    """
    bags = [frozenset(extract_terms(text)) for text in texts[:WEIGHED_TEXTS]]
    terms = frozenset(extract_terms(question))
    weights = {
        term: weigh_rarity(len(bags), sum(term in bag for bag in bags) + 0.5) for term in terms
    }
    total = math.fsum(weights.values())
    if not total:
        return 0.0
    shares = (
        math.fsum(weights[term] for term in terms & bag) / total for bag in bags[:_MATCHED_TEXTS]
    )
    return max(shares, default=0.0)


def weigh_dense_leg(weight: float, matched_share: float) -> float:
    """Return the dense leg's weight: more than `weight` where words match little of the question.

    The lexical leg has its whole weight from a matched share of `ENOUGH_MATCHED` on.
    """
    return 1.0 - (1.0 - weight) * min(1.0, matched_share / ENOUGH_MATCHED)


def standardise_scores(scores: Sequence[float]) -> list[float]:
    """Return z-scores; zeros where all scores are the same."""
    by_place, _ = _standardise_leg({str(place): score for place, score in enumerate(scores)})
    return list(by_place.values())
