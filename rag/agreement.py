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

from ingest.text import terms

BEST = 3


def agreement(texts: Sequence[str]) -> list[float]:
    """Return, for texts best first, the mean cosine to the other ones of the best three.

    Terms count 1 + log(tf), weighted by their rarity among `texts`; each result is in 0..1.
    """
    counts = [Counter(terms(text)) for text in texts]
    found_in = Counter(term for count in counts for term in count)
    rarity = {term: math.log(1 + len(texts) / number) for term, number in found_in.items()}
    bags = [_unit(count, rarity) for count in counts]
    return [_mean([_dot(bag, best) for best in bags[:BEST] if best is not bag]) for bag in bags]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _unit(count: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    weights = {
        term: rarity[term] * (1 + math.log(times) if times > 1 else 1)
        for term, times in count.items()
    }
    length = math.sqrt(math.fsum(weight * weight for weight in weights.values())) or 1.0
    return {term: weight / length for term, weight in weights.items()}


def _dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    small, large = (one, other) if len(one) < len(other) else (other, one)
    return sum(weight * large[term] for term, weight in small.items() if term in large)
