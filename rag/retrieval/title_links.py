"""Follows the titles that the best passages name, once: the second step of a two-step question.

"Who directed the film that …" finds the film's passage, which names its director, whose own
document shares no word with the question. Each of the best passages gives the documents it names a
share of its own score (standard deviations above the mean).

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

SEARCHED_PASSAGES = 5
"""The best passages whose text is searched for titles."""
_MOST_HOLDERS = 3
_SEARCH_LIMIT = 40
_LEAST_GAP = 1e-6
"""Standard deviations by which a linked passage stays behind the one that names it: any small
number that survives rounding."""


@dataclass(frozen=True, slots=True)
class TitleLink:
    """What a passage of a document gives to the documents with one of these title keys.

    The passage has the score `score`. It lifts them to just behind itself at most: a passage that
    names somebody answers more often than the document of who is named.
    """

    document_id: str
    score: float
    gain: float
    keys: frozenset[str]

    def gain_at(self, score: float) -> float:
        """Return what a passage that has this score gains."""
        return min(self.gain, self.score - _LEAST_GAP - score)


def find_title_links(
    scores: Scores, passages: Mapping[str, Passage], weight: float
) -> list[TitleLink]:
    """Return the links from the best of these passages (`scores` are best first) to titles."""
    best = ((passages[chunk_id], score) for chunk_id, score in scores.items())
    return [
        TitleLink(passage.document_id, score, weight * score, keys)
        for passage, score in islice(best, SEARCHED_PASSAGES)
        if score > 0 and (keys := mentioned_keys(passage.text))
    ]


def search_titled_chunks(
    titles: TitleIndex, links: Sequence[TitleLink], query: Query, scope: Scope
) -> list[Match]:
    """Return chunks of the documents that have these titles, best for the query first."""
    keys = frozenset[str]().union(*(link.keys for link in links))
    return titles.search_titles(keys, query, _SEARCH_LIMIT, scope)


def gains_of(
    links: Sequence[TitleLink],
    titled: Sequence[Passage],
    scores: Scores,
    passages: Mapping[str, Passage],
) -> dict[str, float]:
    """Return by chunk id what the links add: to one passage of each document that is named.

    `titled` are passages of documents with titles that were named, best first. The passage that
    gains is its document's best among `scores`, which are best first, else its first of `titled`.
    """
    best = _first_passage_ids(passages[chunk_id] for chunk_id in scores)
    floor = min(scores.values(), default=0.0)
    gains: dict[str, float] = {}
    for key, group in _group_by_title(titled).items():
        first_of = _first_passage_ids(group)
        if len(first_of) > _MOST_HOLDERS:
            continue
        own = [link for link in links if key in link.keys]
        for document, chunk_id in first_of.items():
            target = best.get(document, chunk_id)
            # A passage that no search found starts from the lowest score there is.
            score = scores.get(target, floor)
            others = (link.gain_at(score) for link in own if link.document_id != document)
            gain = max(others, default=0.0)
            if gain > gains.get(target, 0.0):
                gains[target] = gain
    return gains


def _first_passage_ids(passages: Iterable[Passage]) -> dict[str, str]:
    """Return by document the id of its first passage."""
    first: dict[str, str] = {}
    for passage in passages:
        first.setdefault(passage.document_id, passage.chunk_id)
    return first


def _group_by_title(passages: Sequence[Passage]) -> dict[str, list[Passage]]:
    groups: dict[str, list[Passage]] = {}
    for passage in passages:
        if path := passage.heading_path:
            groups.setdefault(title_key(path[0]), []).append(passage)
    groups.pop("", None)
    return groups
