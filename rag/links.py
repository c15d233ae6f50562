"""Titles named in the best passages, followed once: a question of two steps needs the second.

"Who directed the film that …" finds the film's passage, which names its director, whose own
document shares no word with the question. Each of the best passages lends the documents it names a
share of its own standing above the mean.

Limits: names are titles of documents (`ingest.titles`); a title that more than three documents have
is no name; of each named document one passage is raised. One step only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ingest.index import KnowsTitles, Query, Scope
from ingest.titles import mentioned_keys, title_key
from rag.types import Hit

LOOKED_AT = 5
"""The best passages whose text is searched for titles."""
_MOST_HOLDERS = 3
_FOUND = 40

Fetch = Callable[[Sequence[str]], Mapping[str, Hit]]
"""Chunk ids to hits that may be shown, without scores."""


def followed(
    hits: Sequence[Hit],
    weight: float,
    titles: KnowsTitles,
    query: Query,
    scope: Scope,
    fetch: Fetch,
) -> list[Hit]:
    """Return `hits`, best first and standardised, with documents raised or added that they name."""
    offers = _offers(hits, weight)
    if not offers:
        return list(hits)
    matches = titles.titled(offers.keys(), query, _FOUND, scope)
    known = {hit.chunk.id: hit for hit in hits}
    fresh = fetch([match.chunk_id for match in matches if match.chunk_id not in known])
    floor = min(hit.score for hit in hits)
    found = [known.get(match.chunk_id) or fresh.get(match.chunk_id) for match in matches]
    raised: dict[str, Hit] = {}
    for key, group in _by_title([hit for hit in found if hit is not None]).items():
        documents = {hit.chunk.document_id for hit in group}
        if len(documents) > _MOST_HOLDERS:
            continue
        for document in documents:
            gain = max((g for source, g in offers[key].items() if source != document), default=0.0)
            best = _best(hits, document) or replace(
                next(hit for hit in group if hit.chunk.document_id == document), score=floor
            )
            before = raised.get(best.chunk.id)
            if gain > (before.linked or 0.0 if before else 0.0):
                raised[best.chunk.id] = replace(best, linked=gain, score=best.score + gain)
    rest = [hit for hit in hits if hit.chunk.id not in raised]
    return sorted([*rest, *raised.values()], key=lambda hit: (-hit.score, hit.chunk.id))


def _offers(hits: Sequence[Hit], weight: float) -> dict[str, dict[str, float]]:
    """Return by title key what each document that mentions it offers."""
    offers: dict[str, dict[str, float]] = {}
    for hit in hits[:LOOKED_AT]:
        gain = weight * hit.score
        if gain <= 0:
            continue
        for key in mentioned_keys(hit.chunk.text):
            of_key = offers.setdefault(key, {})
            document = hit.chunk.document_id
            of_key[document] = max(gain, of_key.get(document, 0.0))
    return offers


def _by_title(hits: Sequence[Hit]) -> dict[str, list[Hit]]:
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        if hit.chunk.heading_path:
            groups.setdefault(title_key(hit.chunk.heading_path[0]), []).append(hit)
    groups.pop("", None)
    return groups


def _best(hits: Sequence[Hit], document_id: str) -> Hit | None:
    return next((hit for hit in hits if hit.chunk.document_id == document_id), None)
