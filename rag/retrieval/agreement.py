"""How far each passage agrees with the best ones: what is about the same thing stands together.

Source: Diaz, "Regularizing ad hoc retrieval scores", CIKM 2005: a document's score should be near
those of documents like it. Here the three best speak for the rest, compared by their terms.

Limits: helps where several passages are relevant and words alone rank them; where vectors rank as
well it was worth nothing (`docs/retrieval.md`), so the retriever leaves it to searches without.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import mul

from ingest.text.terms import terms
from rag.analysis.rarity import weigh_rarity

BEST = 3


def agreement(texts: Sequence[str]) -> list[float]:
    """Return, for texts best first, the mean cosine to the other ones of the best three.

    Terms count 1 + log(tf), weighted by their rarity among `texts`; each result is in 0..1.
    """
    counts = [Counter(terms(text)) for text in texts]
    found_in = Counter(chain.from_iterable(counts))
    rarities = {number: weigh_rarity(len(texts), number) for number in set(found_in.values())}
    rarity = {term: rarities[number] for term, number in found_in.items()}
    bags = [_weighted(count, rarity) for count in counts]
    lengths = [_length(bag) for bag in bags]
    best = [_unit(bag, length) for bag, length in zip(bags[:BEST], lengths, strict=False)]
    return [
        _mean([_dot(bag, length, other) for n, other in enumerate(best) if n != number])
        for number, (bag, length) in enumerate(zip(bags, lengths, strict=True))
    ]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _weighted(count: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    weights = dict(zip(count, map(rarity.__getitem__, count), strict=True))
    for term, times in count.items():
        if times > 1:  # few do
            weights[term] *= 1 + math.log(times)
    return weights


def _length(weights: Mapping[str, float]) -> float:
    return math.sqrt(math.fsum(map(mul, weights.values(), weights.values()))) or 1.0


def _unit(weights: Mapping[str, float], length: float) -> dict[str, float]:
    return {term: weight / length for term, weight in weights.items()}


def _dot(weights: Mapping[str, float], length: float, other: Mapping[str, float]) -> float:
    """Return the cosine of weights of that length and others of length 1."""
    small, large = (weights, other) if len(weights) < len(other) else (other, weights)
    common = filter(large.__contains__, small)  # most terms are in one alone
    return sum(weights[term] / length * other[term] for term in common)
