"""Titles named in the best passages, followed once: a question of two steps needs the second.

"Who directed the film that …" finds the film's passage, which names its director, whose own
document shares no word with the question. Each of the best passages lends the documents it names a
share of its own standing above the mean.

Limits: names are titles of documents (`ingest.text.titles`); a title that more than three documents
have is no name; of each named document one passage is raised. One step only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ingest.index.base import Match, Query, Scope, TitleIndex
from ingest.library import Passage
from ingest.text.titles import mentioned_keys, title_key
from rag.retrieval.ranking import Scores

LOOKED_AT = 5
"""The best passages whose text is searched for titles."""
_MOST_HOLDERS = 3
_FOUND = 40
_BEHIND = 1e-6
"""Standard deviations: as near as makes no difference."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a passage of a document lends to the documents with one of these title keys.

    It lifts them to right behind the passage, which stands at `score`, at most: who names somebody
    answers rather than who is named.
    """

    document_id: str
    score: float
    gain: float
    keys: frozenset[str]

    def to(self, standing: float) -> float:
        """Return what a passage that stands there gains."""
        return min(self.gain, self.score - _BEHIND - standing)


def offers_of(scores: Scores, passages: Mapping[str, Passage], weight: float) -> list[Offer]:
    """Return what the best of these scores, best first, offer to the titles that they name."""
    best = ((passages[chunk_id], score) for chunk_id, score in scores.items())
    return [
        Offer(passage.document_id, score, weight * score, keys)
        for passage, score in islice(best, LOOKED_AT)
        if score > 0 and (keys := mentioned_keys(passage.text))
    ]


def holders(titles: TitleIndex, offers: Sequence[Offer], query: Query, scope: Scope) -> list[Match]:
    """Return chunks of the documents that have these titles, best for the query first."""
    keys = frozenset[str]().union(*(offer.keys for offer in offers))
    return titles.search_titles(keys, query, _FOUND, scope)


def gains_of(
    offers: Sequence[Offer],
    holding: Sequence[Passage],
    scores: Scores,
    passages: Mapping[str, Passage],
) -> dict[str, float]:
    """Return by chunk id what is gained from the offers: by one passage of each document named.

    `holding` are passages of documents with titles that were named, best first. The one that gains
    is its document's best among `scores`, best first, or else among `holding`.
    """
    best = _first_of_each(passages[chunk_id] for chunk_id in scores)
    floor = min(scores.values(), default=0.0)
    gains: dict[str, float] = {}
    for key, group in _by_title(holding).items():
        held = _first_of_each(group)
        if len(held) > _MOST_HOLDERS:
            continue
        offered = [offer for offer in offers if key in offer.keys]
        for document, chunk_id in held.items():
            raised = best.get(document, chunk_id)
            standing = scores.get(raised, floor)
            others = (o.to(standing) for o in offered if o.document_id != document)
            gain = max(others, default=0.0)
            if gain > gains.get(raised, 0.0):
                gains[raised] = gain
    return gains


def _first_of_each(passages: Iterable[Passage]) -> dict[str, str]:
    """Return by document the id of its first passage."""
    first: dict[str, str] = {}
    for passage in passages:
        first.setdefault(passage.document_id, passage.chunk_id)
    return first


def _by_title(passages: Sequence[Passage]) -> dict[str, list[Passage]]:
    groups: dict[str, list[Passage]] = {}
    for passage in passages:
        if path := passage.heading_path:
            groups.setdefault(title_key(path[0]), []).append(passage)
    groups.pop("", None)
    return groups
