"""Scores passages by late interaction: each word of a question is compared with each of a passage.

One vector for a whole passage hides what a single sentence of it says; the words' own vectors do
not. A passage's score is the mean, over the question's words, of the cosine to the nearest of its
words (Khattab and Zaharia, "ColBERT", SIGIR 2020); words that few of the passages have count more.
The vectors of the passages' words were kept when they were embedded
(`ingest.embedding.token_signs`), so a question costs a few milliseconds.

Limits: the model was trained for whole texts, so this is a second opinion beside the fused score
and not a ranking by itself; gives no scores where the embedder does not read the question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ingest.embedding.token_signs import TokenStates, compute_similarities
from ingest.index.base import Query
from ingest.library import Passage
from rag.analysis.rarity import weigh_rarities

Signs = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Chunk ids to their words, of those that have any."""


class LateInteraction:
    """A `Reranker` that compares words; it reads the words that were kept of passages."""

    def __init__(self, signs: Signs) -> None:
        self._signs = signs

    def score(self, query: Query, passages: Sequence[Passage]) -> dict[str, float]:
        """Return mean cosines by chunk id, of passages with words. Raises StoreUnavailable."""
        if query.tokens is None or not len(query.tokens.ids):
            return {}
        known = self._signs([passage.chunk_id for passage in passages])
        if not known:
            return {}
        return dict(
            zip(known, score_late_interaction(query.tokens, list(known.values())), strict=True)
        )


def score_late_interaction(question: TokenStates, passages: Sequence[bytes]) -> list[float]:
    """Return for each passage the weighted mean of how near it comes to the question's words.

    A word weighs log(1 + n / (df + 1/2)), with df of the n passages having it.
    """
    near, has = compute_similarities(question, passages)
    weights = weigh_rarities(len(passages), has.sum(axis=1) + 0.5)
    scores: list[float] = (weights @ near / weights.sum()).tolist()
    return scores
