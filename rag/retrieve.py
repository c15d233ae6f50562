"""From a question to passages: search both indexes, fuse, look again, follow, join neighbours.

The indexes may hold more than is live (a document being replaced or deleted), so what they return
counts only as far as the library vouches for it. The dense leg counts only where the embedder
reads the language, of the question and of the passage; elsewhere cosine similarity is noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ingest.embed import Embedder, read_question
from ingest.index import Index, KnowsTitles, Query, Scope
from ingest.library import Library, Passage
from ingest.spans import slice_spans
from ingest.text import language_of, terms
from ingest.types import Chunk
from rag.agreement import agreement
from rag.errors import QuestionInvalid
from rag.fuse import convex, rrf, standardised
from rag.links import followed
from rag.names import named
from rag.queries import Demands, demands
from rag.rerank import Reranker
from rag.settings import RetrievalSettings
from rag.types import NO_FILTERS, Filters, Hit

MAX_QUESTION_CHARACTERS = 4_000
DEEPER = 4
"""How much deeper to search, once, when stale entries crowd out live ones."""
_STANDING = 50
"""The best so many hits say what a score is worth: further down scores only trail off."""


class Retriever(Protocol):
    """Finds the passages that may answer a question."""

    def search(
        self, question: str, filters: Filters = NO_FILTERS, limit: int | None = None
    ) -> list[Hit]:
        """Return at most `limit` hits, best first. Raises QuestionInvalid, IngestError."""
        ...


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What both legs found: live passages and each leg's scores, by chunk id."""

    passages: Mapping[str, Passage]
    lexical: dict[str, float]
    dense: dict[str, float]


class HybridRetriever:
    """Lexical and dense search as one. Safe to call from several threads."""

    def __init__(
        self,
        library: Library,
        dense: Index,
        lexical: Index,
        embedder: Embedder,
        settings: RetrievalSettings,
        reranker: Reranker | None = None,
    ) -> None:
        self._library = library
        self._dense = dense
        self._lexical = lexical
        self._embedder = embedder
        self._settings = settings
        self._reranker = reranker

    def search(
        self, question: str, filters: Filters = NO_FILTERS, limit: int | None = None
    ) -> list[Hit]:
        """Return at most `limit` hits with their neighbours, best first, ties by chunk id.

        Raises QuestionInvalid, NotFound (an id in `filters`), and the errors of embedder, indexes
        and store.
        """
        return self._with_neighbours(self.rank(question, filters, limit))

    def rank(
        self, question: str, filters: Filters = NO_FILTERS, limit: int | None = None
    ) -> list[Hit]:
        """Return what `search` returns, without neighbours: for scoring rankings."""
        asked = demands(checked_question(question))
        count = self._settings.limit if limit is None else limit
        if count < 1:
            raise QuestionInvalid(f"A search for {count} passages finds nothing.", hint=_LIMIT_HINT)
        scope = self._library.scope(filters.collection_ids, filters.document_ids, filters.metadata)
        query = self._query(asked)
        found = self._candidates(query, scope, asked, count)
        hits = self._named(asked.text, self._fused(found))
        hits = self._looked_again(query, hits, judged=bool(found.dense))
        hits = self._followed(hits, query, scope, asked)
        kept = distinct(hits, count, self._settings.duplicate_similarity)
        return self._whole(kept)

    def _whole(self, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits with boxes and spans, which ranking did without; the live ones."""
        ids = [chunk.id for hit in hits for chunk in (hit.chunk, *hit.copies)]
        passages = self._library.passages(ids)
        return [
            replace(
                hit,
                chunk=passages[hit.chunk.id].chunk,
                copies=tuple(passages[c.id].chunk for c in hit.copies if c.id in passages),
            )
            for hit in hits
            if hit.chunk.id in passages
        ]

    def _query(self, asked: Demands) -> Query:
        """Return the query, with a vector only where the dense leg counts."""
        if self._settings.dense_weight == 0 or not self._reads(asked.text):
            return Query(asked.text, None, asked.required, asked.excluded)
        read = read_question(self._embedder, asked.text)
        return Query(asked.text, read.vector, asked.required, asked.excluded, read.tokens)

    def _reads(self, text: str) -> bool:
        languages = self._embedder.languages
        return "*" in languages or language_of(text) in languages

    def _candidates(self, query: Query, scope: Scope, asked: Demands, count: int) -> _Candidates:
        depth = max(self._settings.depth, count)
        found, full = self._look(query, scope, asked, depth)
        if full and len(found.passages) < max(count, depth // 2):
            found, _ = self._look(query, scope, asked, depth * DEEPER)
        return found

    def _look(
        self, query: Query, scope: Scope, asked: Demands, depth: int
    ) -> tuple[_Candidates, bool]:
        """Return the live candidates, and whether an index might have given more."""
        lexical: dict[str, float] = {}
        dense: dict[str, float] = {}
        # Without a vector there is no dense leg, and then the lexical one decides alone.
        if self._settings.dense_weight < 1 or query.vector is None:
            lexical = {m.chunk_id: m.score for m in self._lexical.search(query, depth, scope)}
        if query.vector is not None:
            dense = {m.chunk_id: m.score for m in self._dense.search(query, depth, scope)}
        full = len(lexical) >= depth or len(dense) >= depth
        passages = self._admitted([*lexical, *dense], asked)
        unread = {
            key for key in dense if key in passages and not self._reads(passages[key].bare.text)
        }
        return (
            _Candidates(
                {
                    key: passage
                    for key, passage in passages.items()
                    if key in lexical or key not in unread
                },
                {key: score for key, score in lexical.items() if key in passages},
                {
                    key: score
                    for key, score in dense.items()
                    if key in passages and key not in unread
                },
            ),
            full,
        )

    def _admitted(self, chunk_ids: Sequence[str], asked: Demands) -> dict[str, Passage]:
        """Return the passages that are live and meet what the question demands."""
        passages = self._library.passages(list(dict.fromkeys(chunk_ids)))
        if not asked.any:
            return passages
        return {
            key: passage
            for key, passage in passages.items()
            if asked.met_by(passage.bare.indexed_text)
        }

    def _fused(self, found: _Candidates) -> list[Hit]:
        weight = self._settings.dense_weight
        if self._settings.fusion == "rrf":
            fused = rrf(found.lexical, found.dense, weight, self._settings.rrf_k)
        else:
            fused = convex(found.lexical, found.dense, weight)
        hits = [
            replace(
                _hit(found.passages[key], score),
                lexical=found.lexical.get(key),
                dense=found.dense.get(key),
            )
            for key, score in fused.items()
        ]
        return standing(sorted(hits, key=_best_first))

    def _named(self, question: str, hits: list[Hit]) -> list[Hit]:
        """Raise the passages of documents whose names the question names."""
        weight = self._settings.names
        if weight == 0:
            return hits
        scores = named(question, {hit.document_name for hit in hits})
        if not any(scores.values()):
            return hits
        gains = [weight * scores[hit.document_name] for hit in hits]
        raised = [
            replace(hit, named=gain, score=hit.score + gain)
            for hit, gain in zip(hits, gains, strict=True)
        ]
        return standing(sorted(raised, key=_best_first))

    def _looked_again(self, query: Query, hits: list[Hit], *, judged: bool) -> list[Hit]:
        """Let the second stage judge the best; where only words ranked, their agreement counts."""
        depth, share = self._settings.rerank_depth, self._settings.agreement
        if self._reranker is not None and hits:
            scores = self._reranker.score(query, [hit.chunk for hit in hits[:depth]])
            if scores:
                return blended(hits, scores, self._settings.rerank_weight, depth)
        if share == 0 or judged or not hits:
            return hits
        head = hits[:depth]
        likeness = agreement([hit.chunk.indexed_text for hit in head])
        scores = {hit.chunk.id: value for hit, value in zip(head, likeness, strict=True)}
        return [
            replace(hit, rerank=None, agreement=hit.rerank)
            for hit in blended(hits, scores, share, depth)
        ]

    def _followed(self, hits: list[Hit], query: Query, scope: Scope, asked: Demands) -> list[Hit]:
        """Follow the titles that the best passages name."""
        weight = self._settings.links
        if weight == 0 or not hits or not isinstance(self._lexical, KnowsTitles):
            return hits

        def fetch(chunk_ids: Sequence[str]) -> dict[str, Hit]:
            admitted = self._admitted(chunk_ids, asked)
            return {key: _hit(passage, 0.0) for key, passage in admitted.items()}

        return followed(hits, weight, self._lexical, query, scope, fetch)

    def _with_neighbours(self, hits: Sequence[Hit]) -> list[Hit]:
        """Widen hits that were cut out of a running section, telling no passage twice."""
        if not self._settings.neighbours:
            return list(hits)
        told = [hit.chunk for hit in hits]
        widened = []
        for hit in hits:
            fresh = _continuations(
                hit.chunk, *self._library.neighbours(hit.chunk, self._settings.neighbours)
            )
            joined = [part for part in (untold(chunk, told) for chunk in fresh) if part is not None]
            told.extend(joined)
            widened.append(replace(hit, neighbours=tuple(joined)))
        return widened


_LIMIT_HINT = "Ask for at least one passage."


def _hit(passage: Passage, score: float) -> Hit:
    return Hit(
        chunk=passage.bare,
        document_name=passage.document.name,
        score=score,
        collection_id=passage.document.collection_id,
        media_type=passage.document.media_type,
    )


def standing(hits: Sequence[Hit]) -> list[Hit]:
    """Return hits, best first, with scores in standard deviations from the mean of the best 50."""
    if not hits:
        return []
    head = [hit.score for hit in hits[:_STANDING]]
    mean = math.fsum(head) / len(head)
    deviation = math.sqrt(math.fsum((score - mean) ** 2 for score in head) / len(head)) or 1.0
    return [replace(hit, score=(hit.score - mean) / deviation) for hit in hits]


def blended(
    hits: Sequence[Hit], scores: Mapping[str, float], weight: float, depth: int
) -> list[Hit]:
    """Return hits, best first, by `(1 - weight) * score + weight * z(scores)`.

    The raw score is noted as `rerank`. Of the first `depth` hits one without a score counts as
    average: the second stage could not judge it. Those below were not looked at and get the least.
    """
    if not scores:
        return list(hits)
    z = dict(zip(scores, standardised(list(scores.values())), strict=True))
    least = min(z.values())
    mixed = [
        replace(
            hit,
            rerank=scores.get(hit.chunk.id),
            score=(1.0 - weight) * hit.score
            + weight * z.get(hit.chunk.id, 0.0 if place < depth else least),
        )
        for place, hit in enumerate(hits)
    ]
    # Python's sort is stable: what the second stage finds equal stays in fused order.
    return standing(sorted(mixed, key=lambda hit: -hit.score))


def checked_question(question: str) -> str:
    """Return the question stripped. Raises QuestionInvalid when it is empty or too long."""
    text = question.replace("\x00", " ").strip()  # PostgreSQL stores no null characters
    if not any(character.isalnum() for character in text):
        raise QuestionInvalid("The question is empty.")
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise QuestionInvalid(
            f"The question has {len(text):,} characters; {MAX_QUESTION_CHARACTERS:,} are allowed."
        )
    return text


def _best_first(hit: Hit) -> tuple[float, int, str]:
    """Order by score; of equals that first which more legs found, then by id."""
    return (-hit.score, (hit.lexical is None) + (hit.dense is None), hit.chunk.id)


def distinct(hits: Iterable[Hit], limit: int, similarity: float) -> list[Hit]:
    """Return the first `limit` hits that do not repeat a better one, which notes its `copies`.

    Two passages are one told twice when they have the same text but for white space, or when the
    Jaccard similarity of their search terms is above `similarity`.
    """
    kept: list[Hit] = []
    known: list[frozenset[str]] = []
    texts: dict[str, int] = {}
    for hit in hits:
        text = " ".join(hit.chunk.text.split())
        place = texts.get(text)
        words = frozenset[str]() if place is not None else frozenset(terms(text))
        if place is None:
            alike = (n for n, other in enumerate(known) if _jaccard(words, other) > similarity)
            place = next(alike, None)
        if place is not None:
            kept[place] = replace(kept[place], copies=(*kept[place].copies, hit.chunk))
        elif len(kept) < limit:
            texts[text] = len(kept)
            kept.append(hit)
            known.append(words)
        else:
            break
    return kept


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def _continuations(chunk: Chunk, before: Sequence[Chunk], after: Sequence[Chunk]) -> list[Chunk]:
    """Return the adjoining chunks that run on in the same section, nearest first on each side.

    A hit is cut where its section goes on: a neighbour under another heading is another subject.
    """
    joined: list[Chunk] = []
    for side in (list(reversed(before)), list(after)):
        for other in side:
            if other.heading_path != chunk.heading_path:
                break
            joined.append(other)
    return sorted(joined, key=lambda each: each.ordinal)


def untold(chunk: Chunk, told: Sequence[Chunk]) -> Chunk | None:
    """Return `chunk` without what `told` chunks of its document say already, or None if nothing.

    Chunks overlap at their edges; the rest is a true slice (id kept, range and spans re-based). A
    table is told whole or not at all: its text repeats header rows and is no slice.
    """
    start, end = chunk.char_range
    for other in told:
        if other.document_id != chunk.document_id:
            continue
        if other.id == chunk.id:
            return None
        low, high = other.char_range
        if low <= start < high:
            start = high
        if low < end <= high:
            end = low
    if (start, end) == chunk.char_range:
        return chunk
    if chunk.kind == "table":
        return chunk if start < end else None
    first, last = start - chunk.char_range[0], end - chunk.char_range[0]
    text = chunk.text[first:last] if start < end else ""
    if not text.strip():
        return None
    return replace(
        chunk, text=text, char_range=(start, end), spans=slice_spans(chunk.spans, first, last)
    )
