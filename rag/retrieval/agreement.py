"""Scores how far each passage agrees with the best ones: relevant passages resemble each other.

Source: Diaz, "Regularizing ad hoc retrieval scores", CIKM 2005: a document's score should be near
those of documents like it. Here each passage is compared, by its terms, with the three best.

Limits: helps where several passages are relevant and words alone rank them; where vectors rank as
well it gained nothing (`docs/retrieval.md`), so the retriever uses it in searches without vectors.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import mul

from ingest.text.terms import extract_terms
from rag.analysis.rarity import weigh_rarity

BEST = 3


def score_agreement(texts: Sequence[str]) -> list[float]:
    """Return, for texts best first, the mean cosine to the other ones of the best three.

    Terms count 1 + log(tf), weighted by their rarity among `texts`; each result is in 0..1.
    """
    counts = [Counter(extract_terms(text)) for text in texts]
    found_in = Counter(chain.from_iterable(counts))
    rarities = {number: weigh_rarity(len(texts), number) for number in set(found_in.values())}
    rarity = {term: rarities[number] for term, number in found_in.items()}
    bags = [_weigh_terms(count, rarity) for count in counts]
    lengths = [_compute_norm(bag) for bag in bags]
    best = [_scale_to_unit(bag, length) for bag, length in zip(bags[:BEST], lengths, strict=False)]
    return [
        _compute_mean(
            [_compute_cosine(bag, length, other) for n, other in enumerate(best) if n != number]
        )
        for number, (bag, length) in enumerate(zip(bags, lengths, strict=True))
    ]


def _compute_mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _weigh_terms(count: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    weights = dict(zip(count, map(rarity.__getitem__, count), strict=True))
    for term, times in count.items():
        if times > 1:  # rare: most terms occur once, and 1 + log(1) is 1
            weights[term] *= 1 + math.log(times)
    return weights


def _compute_norm(weights: Mapping[str, float]) -> float:
    return math.sqrt(math.fsum(map(mul, weights.values(), weights.values()))) or 1.0


def _scale_to_unit(weights: Mapping[str, float], length: float) -> dict[str, float]:
    return {term: weight / length for term, weight in weights.items()}


def _compute_cosine(
    weights: Mapping[str, float], length: float, other: Mapping[str, float]
) -> float:
    """Return the cosine of weights of that length and others of length 1."""
    small, large = (weights, other) if len(weights) < len(other) else (other, weights)
    common = filter(large.__contains__, small)  # most terms are in only one of the two
    return sum(weights[term] / length * other[term] for term in common)
