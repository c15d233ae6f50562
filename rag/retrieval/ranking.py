"""The order of candidates while it is still being made: scores by chunk id, best first.

Passages become `rag.types.Hit`s when the order stands: of two hundred candidates eight are shown,
and what orders them are numbers. Limits: scores of two questions cannot be compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from ingest.text.terms import extract_terms
from rag.retrieval.fusion import standardise_scores

_REFERENCE_COUNT = 50
"""The best so many scores say what a score is worth: further down scores only trail off."""

Scores = dict[str, float]
"""By chunk id; where it says "best first", that is the order of its items."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores, best first, and what each part gave, as `rag.types.Hit` explains them.

    A part lacks the ids that it did not see.
    """

    scores: Scores
    lexical: Mapping[str, float] = field(default_factory=dict)
    dense: Mapping[str, float] = field(default_factory=dict)
    named: Mapping[str, float] = field(default_factory=dict)
    rerank: Mapping[str, float] = field(default_factory=dict)
    agreement: Mapping[str, float] = field(default_factory=dict)
    linked: Mapping[str, float] = field(default_factory=dict)

    def list_top_ids(self, count: int) -> list[str]:
        """Return the ids of the best."""
        return list(islice(self.scores, count))

    def sort_scores(self, scores: Mapping[str, float]) -> Scores:
        """Return scores best first; of equals that first which more legs found, then by id."""

        def sort_key(chunk_id: str) -> tuple[float, int, str]:
            missing = (chunk_id not in self.lexical) + (chunk_id not in self.dense)
            return -scores[chunk_id], missing, chunk_id

        return {chunk_id: scores[chunk_id] for chunk_id in sorted(scores, key=sort_key)}


def standardise_ranked_scores(scores: Mapping[str, float]) -> Scores:
    """Return scores, best first, in standard deviations from the mean of the best 50."""
    if not scores:
        return {}
    head = list(islice(scores.values(), _REFERENCE_COUNT))
    mean = math.fsum(head) / len(head)
    deviation = math.sqrt(math.fsum((score - mean) ** 2 for score in head) / len(head)) or 1.0
    return {chunk_id: (score - mean) / deviation for chunk_id, score in scores.items()}


def blend_scores(scores: Scores, second: Mapping[str, float], weight: float, depth: int) -> Scores:
    """Return scores, best first, as `(1 - weight) * scores + weight * z(second)`, standardised.

    Of the first `depth` one without a second score counts as average: the second stage could not
    judge it. Those below were not looked at: they get the least of z, or with a weight of 1 stay
    below those that have one.
    """
    if not second:
        return scores
    z = dict(zip(second, standardise_scores(list(second.values())), strict=True))
    least = min(z.values())
    mixed = {
        chunk_id: (1.0 - weight) * score + weight * z.get(chunk_id, 0.0 if place < depth else least)
        for place, (chunk_id, score) in enumerate(scores.items())
    }
    # Python's sort is stable: what the second stage finds equal stays in fused order.
    return standardise_ranked_scores(dict(sorted(mixed.items(), key=lambda item: -item[1])))


def group_duplicates(
    chunk_ids: Iterable[str], text_of: Callable[[str], str], limit: int, similarity: float
) -> dict[str, list[str]]:
    """Return the first `limit` ids that do not repeat a better one, each with its copies.

    Two passages are one told twice when they have the same text but for white space, or when the
    Jaccard similarity of their search terms is above `similarity`.
    """
    kept: dict[str, list[str]] = {}
    known: dict[str, frozenset[str]] = {}
    texts: dict[str, str] = {}
    for chunk_id in chunk_ids:
        text = " ".join(text_of(chunk_id).split())
        told = texts.get(text)
        words = frozenset[str]() if told is not None else frozenset(extract_terms(text))
        if told is None:
            alike = (each for each in known if _compute_jaccard(words, known[each]) > similarity)
            told = next(alike, None)
        if told is not None:
            kept[told].append(chunk_id)
        elif len(kept) < limit:
            texts[text] = chunk_id
            kept[chunk_id] = []
            known[chunk_id] = words
        else:
            break
    return kept


def _compute_jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0
