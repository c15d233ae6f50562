"""Titles named in the best passages, followed once: a question of two steps needs the second.

"Who directed the film that …" finds the film's passage, which names its director, whose own
document shares no word with the question. Each of the best passages lends the documents it names a
share of its own standing above the mean.

Limits: names are titles of documents (`ingest.titles`); a title that more than three documents have
is no name; of each named document one passage is raised. One step only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from ingest.index import KnowsTitles, Match, Query, Scope
from ingest.library import Passage
from ingest.titles import mentioned_keys, title_key
from rag.ranking import Scores

LOOKED_AT = 5
"""The best passages whose text is searched for titles."""
_MOST_HOLDERS = 3
_FOUND = 40

Offers = dict[str, dict[str, float]]
"""By title key what each document that mentions it offers."""


def offers_of(scores: Scores, passages: Mapping[str, Passage], weight: float) -> Offers:
    """Return what the best of these scores, best first, offer to the titles that they name."""
    offers: Offers = {}
    for chunk_id, score in islice(scores.items(), LOOKED_AT):
        gain = weight * score
        if gain <= 0:
            continue
        passage = passages[chunk_id]
        for key in mentioned_keys(passage.text):
            of_key = offers.setdefault(key, {})
            of_key[passage.document_id] = max(gain, of_key.get(passage.document_id, 0.0))
    return offers


def holders(titles: KnowsTitles, offers: Offers, query: Query, scope: Scope) -> list[Match]:
    """Return chunks of the documents that have these titles, best for the query first."""
    return titles.titled(offers.keys(), query, _FOUND, scope)


def gains_of(
    offers: Offers,
    holding: Sequence[Passage],
    scores: Scores,
    passages: Mapping[str, Passage],
) -> dict[str, float]:
    """Return by chunk id what is gained from the offers: by one passage of each document named.

    `holding` are passages of documents with titles that were named, best first. The one that gains
    is its document's best among `scores`, best first, or else among `holding`.
    """
    best = _first_of_each(passages[chunk_id] for chunk_id in scores)
    gains: dict[str, float] = {}
    for key, group in _by_title(holding).items():
        offered, held = offers.get(key, {}), _first_of_each(group)
        if len(held) > _MOST_HOLDERS:
            continue
        for document, chunk_id in held.items():
            gain = max((g for source, g in offered.items() if source != document), default=0.0)
            raised = best.get(document, chunk_id)
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
