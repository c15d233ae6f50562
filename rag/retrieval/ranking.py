"""Holds and changes the order of candidates while it is made: scores by chunk id, best first.

Only numbers are needed for that; passages become `rag.types.Hit`s when the order is final, for of
two hundred candidates eight are shown. Fusion, document names and the second stage each leave
scores in standard deviations among the best candidates, so that the weight of the next stage means
the same whatever ran before it. Limits: scores of two questions cannot be compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from ingest.text.terms import extract_terms
from rag.retrieval.fusion import standardise_scores

_REFERENCE_COUNT = 50
"""Mean and deviation are taken of this many best scores. The long tail below says little, and its
length depends on `retrieval.depth`: with it, a deeper search would change every score."""

Scores = dict[str, float]
"""Scores by chunk id; "best first" means the order of the dictionary's items."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores, best first, and what each part contributed, as `rag.types.Hit` explains them.

    A part has no entry for ids that it did not see.
    """

    scores: Scores
    lexical: Mapping[str, float] = field(default_factory=dict)
    dense: Mapping[str, float] = field(default_factory=dict)
    named: Mapping[str, float] = field(default_factory=dict)
    rerank: Mapping[str, float] = field(default_factory=dict)
    agreement: Mapping[str, float] = field(default_factory=dict)
    linked: Mapping[str, float] = field(default_factory=dict)

    def list_top_ids(self, count: int) -> list[str]:
        """Return the ids of the best `count`."""
        return list(islice(self.scores, count))

    def sort_scores(self, scores: Mapping[str, float]) -> Scores:
        """Return scores best first; ties: first what more legs found, then by id."""

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

    One of the first `depth` without a second score counts as average (z = 0): the second stage
    could not judge it, which says nothing about it. Those below `depth` were not looked at: they
    get the least z, so that no stage lifts them over what it judged; with a weight of 1 they tie
    with the worst judged one and stay behind it, for sorting keeps the order of equals.
    """
    if not second:
        return scores
    z = dict(zip(second, standardise_scores(list(second.values())), strict=True))
    least = min(z.values())
    mixed = {
        chunk_id: (1.0 - weight) * score + weight * z.get(chunk_id, 0.0 if place < depth else least)
        for place, (chunk_id, score) in enumerate(scores.items())
    }
    # Python's sort is stable: candidates that end up equal stay in the order they had before.
    return standardise_ranked_scores(dict(sorted(mixed.items(), key=lambda item: -item[1])))


def group_duplicates(
    chunk_ids: Iterable[str], text_of: Callable[[str], str], limit: int, similarity: float
) -> dict[str, list[str]]:
    """Return the first `limit` ids that do not repeat a better one, each with its copies.

    Two passages are duplicates when they have the same text but for white space, or when the
    Jaccard similarity of their search terms is above `similarity`.
    """
    groups: dict[str, list[str]] = {}
    terms: dict[str, frozenset[str]] = {}
    texts: dict[str, str] = {}
    for chunk_id in chunk_ids:
        text = " ".join(text_of(chunk_id).split())
        original = texts.get(text)
        words = frozenset[str]() if original is not None else frozenset(extract_terms(text))
        if original is None:
            alike = (each for each in terms if _compute_jaccard(words, terms[each]) > similarity)
            original = next(alike, None)
        if original is not None:
            groups[original].append(chunk_id)
        elif len(groups) < limit:
            texts[text] = chunk_id
            groups[chunk_id] = []
            terms[chunk_id] = words
        else:
            break
    return groups


def _compute_jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0
