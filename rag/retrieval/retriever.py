"""From a question to passages: search both indexes, fuse, look again, follow, join neighbours.

The indexes may hold more than is live (a document being replaced or deleted), so what they return
counts only as far as the library vouches for it. The dense leg counts only where the embedder
reads the language, of the question and of the passage; elsewhere cosine similarity is noise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ingest.embedding.base import Embedder, read_question
from ingest.index.base import Index, Query, Scope, TitleIndex
from ingest.library import Library, Passage
from ingest.text.language import language_of
from rag.errors import QuestionInvalid
from rag.question.demands import Demands
from rag.question.understand import Question
from rag.retrieval import title_links
from rag.retrieval.agreement import agreement
from rag.retrieval.fusion import convex, rrf
from rag.retrieval.named_documents import named
from rag.retrieval.neighbours import widened
from rag.retrieval.ranking import Ranking, blended, distinct, standing
from rag.retrieval.reranker import Reranker
from rag.settings import RetrievalSettings
from rag.types import NO_FILTERS, Filters, Hit

DEEPER = 4
"""How much deeper to search, once, when stale entries crowd out live ones."""
DEEPER_FOR_PAGES = 40
"""The same where only some pages are wanted: the indexes know none."""


class Retriever(Protocol):
    """Finds the passages that may answer a question."""

    def search(
        self, question: Question, filters: Filters = NO_FILTERS, limit: int | None = None
    ) -> list[Hit]:
        """Return at most `limit` hits, best first.

        Raises QuestionInvalid (a limit below 1), IngestError.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for, where, on which pages, and how many of it."""

    asked: Demands
    query: Query
    scope: Scope
    pages: tuple[int, int] | None
    count: int


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What both legs found: live passages and each leg's scores, by chunk id."""

    passages: dict[str, Passage]
    lexical: dict[str, float]
    dense: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search shows: ids, best first, each with its copies, and what they are."""

    kept: Mapping[str, Sequence[str]]
    ranking: Ranking
    passages: Mapping[str, Passage]


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
        self, question: Question, filters: Filters = NO_FILTERS, limit: int | None = None
    ) -> list[Hit]:
        """Return at most `limit` hits with their neighbours, best first, ties by chunk id.

        Raises QuestionInvalid (a limit below 1), NotFound (an id in `filters`), and the errors of
        embedder, indexes and store.
        """
        return self._hits(self._found(question, filters, limit), self._settings.neighbours)

    def rank(
        self, question: Question, filters: Filters = NO_FILTERS, limit: int | None = None
    ) -> list[Hit]:
        """Return what `search` returns, without neighbours: for scoring rankings."""
        return self._hits(self._found(question, filters, limit), 0)

    def _found(self, question: Question, filters: Filters, limit: int | None) -> _Found:
        asked = question.demands
        count = self._settings.limit if limit is None else limit
        if count < 1:
            raise QuestionInvalid(f"A search for {count} passages finds nothing.", hint=_LIMIT_HINT)
        scope = filters.scope(self._library)
        wanted = _Wanted(asked, self._query(question), scope, filters.pages, count)
        found = self._candidates(wanted)
        passages = found.passages
        ranking = self._named(asked.text, self._fused(found), passages)
        ranking = self._looked_again(wanted.query, ranking, passages)
        ranking, passages = self._followed(ranking, passages, wanted)
        similarity = self._settings.duplicate_similarity
        kept = distinct(ranking.scores, lambda each: passages[each].text, count, similarity)
        return _Found(kept, ranking, passages)

    def _hits(self, found: _Found, around: int) -> list[Hit]:
        """Return as hits what is live by now, with boxes and spans, which ranking did without."""
        shown = self._library.read_shown(list(found.kept), around)
        copied = [each for chunk_id in shown for each in found.kept[chunk_id]]
        copies = self._library.read_shown(copied) if copied else {}
        neighbours = widened(list(shown.values()))
        ranking, passages = found.ranking, found.passages
        return [
            Hit(
                chunk=each.chunk,
                document_name=passages[chunk_id].document_name,
                score=ranking.scores[chunk_id],
                lexical=ranking.lexical.get(chunk_id),
                dense=ranking.dense.get(chunk_id),
                rerank=ranking.rerank.get(chunk_id),
                collection_id=passages[chunk_id].collection_id,
                media_type=passages[chunk_id].media_type,
                neighbours=beside,
                named=ranking.named.get(chunk_id),
                agreement=ranking.agreement.get(chunk_id),
                linked=ranking.linked.get(chunk_id),
                copies=tuple(copies[key].chunk for key in found.kept[chunk_id] if key in copies),
            )
            for (chunk_id, each), beside in zip(shown.items(), neighbours, strict=True)
        ]

    def _query(self, question: Question) -> Query:
        """Return the query, with a vector only where the dense leg counts."""
        asked = question.demands
        if self._settings.dense_weight == 0 or not self._reads(question.search_language):
            return Query(asked.text, None, asked.required, asked.excluded)
        read = read_question(self._embedder, asked.text)
        return Query(asked.text, read.vector, asked.required, asked.excluded, read.tokens)

    def _reads(self, language: str) -> bool:
        return bool({language, "*"} & self._embedder.languages)

    def _readable(self, passages: Iterable[Passage]) -> list[str]:
        """Return the ids of those passages whose language the embedder reads."""
        languages = self._embedder.languages
        if "*" in languages:
            return [each.chunk_id for each in passages]
        return [each.chunk_id for each in passages if language_of(each.text) in languages]

    def _candidates(self, wanted: _Wanted) -> _Candidates:
        depth = max(self._settings.depth, wanted.count)
        found, full = self._look(wanted, depth)
        if full and len(found.passages) < max(wanted.count, depth // 2):
            deeper = DEEPER if wanted.pages is None else DEEPER_FOR_PAGES
            found, _ = self._look(wanted, depth * deeper)
        return found

    def _look(self, wanted: _Wanted, depth: int) -> tuple[_Candidates, bool]:
        """Return the live candidates, and whether an index might have given more."""
        query, scope = wanted.query, wanted.scope
        lexical: dict[str, float] = {}
        dense: dict[str, float] = {}
        # Without a vector there is no dense leg, and then the lexical one decides alone.
        if self._settings.dense_weight < 1 or query.vector is None:
            lexical = {m.chunk_id: m.score for m in self._lexical.search(query, depth, scope)}
        if query.vector is not None:
            dense = {m.chunk_id: m.score for m in self._dense.search(query, depth, scope)}
        full = len(lexical) >= depth or len(dense) >= depth
        passages = self._admitted([*lexical, *dense], wanted)
        lexical = {key: score for key, score in lexical.items() if key in passages}
        read = self._readable(passages[key] for key in dense if key in passages)
        dense = {key: dense[key] for key in read}
        live = {key: each for key, each in passages.items() if key in lexical or key in dense}
        return _Candidates(live, lexical, dense), full

    def _admitted(self, chunk_ids: Sequence[str], wanted: _Wanted) -> dict[str, Passage]:
        """Return the passages that are live and meet what is demanded."""
        asked = wanted.asked
        passages = self._library.passages(chunk_ids, wanted.pages)
        if not asked.any:
            return passages
        return {key: each for key, each in passages.items() if asked.met_by(each.indexed_text)}

    def _fused(self, found: _Candidates) -> Ranking:
        weight = self._settings.dense_weight
        if self._settings.fusion == "rrf":
            fused = rrf(found.lexical, found.dense, weight, self._settings.rrf_k)
        else:
            fused = convex(found.lexical, found.dense, weight)
        ranking = Ranking(fused, found.lexical, found.dense)
        return replace(ranking, scores=standing(ranking.ordered(fused)))

    def _named(self, question: str, ranking: Ranking, passages: Mapping[str, Passage]) -> Ranking:
        """Raise the passages of documents whose names the question names."""
        weight = self._settings.names
        if weight == 0:
            return ranking
        names = {key: passages[key].document_name for key in ranking.scores}
        shares = named(question, set(names.values()))
        if not any(shares.values()):
            return ranking
        gains = {key: weight * shares[name] for key, name in names.items()}
        raised = {key: score + gains[key] for key, score in ranking.scores.items()}
        return replace(ranking, named=gains, scores=standing(ranking.ordered(raised)))

    def _looked_again(
        self, query: Query, ranking: Ranking, passages: Mapping[str, Passage]
    ) -> Ranking:
        """Let the second stage judge the best; where only words ranked, their agreement counts."""
        settings = self._settings
        head = ranking.head(settings.rerank_depth)
        if self._reranker is not None and head:
            second = self._reranker.score(query, [passages[key] for key in head])
            if second:
                scores = blended(ranking.scores, second, settings.rerank_weight, len(head))
                return replace(ranking, rerank=second, scores=scores)
        if settings.agreement == 0 or ranking.dense or not head:
            return ranking
        likeness = agreement([passages[key].indexed_text for key in head])
        second = dict(zip(head, likeness, strict=True))
        scores = blended(ranking.scores, second, settings.agreement, len(head))
        return replace(ranking, agreement=second, scores=scores)

    def _followed(
        self, ranking: Ranking, passages: dict[str, Passage], wanted: _Wanted
    ) -> tuple[Ranking, dict[str, Passage]]:
        """Follow the titles that the best passages name; return the passages found by it, too."""
        weight, scores = self._settings.links, ranking.scores
        if weight == 0 or not scores or not isinstance(self._lexical, TitleIndex):
            return ranking, passages
        offers = title_links.offers_of(scores, passages, weight)
        if not offers:
            return ranking, passages
        holding_it = title_links.holders(self._lexical, offers, wanted.query, wanted.scope)
        matches = [match.chunk_id for match in holding_it]
        fresh = self._admitted([each for each in matches if each not in scores], wanted)
        passages = passages | fresh
        holding = [passages[each] for each in matches if each in scores or each in fresh]
        gains = title_links.gains_of(offers, holding, scores, passages)
        floor = min(scores.values())
        raised = scores | {key: scores.get(key, floor) + gain for key, gain in gains.items()}
        ordered = dict(sorted(raised.items(), key=lambda item: (-item[1], item[0])))
        return replace(ranking, scores=ordered, linked=gains), passages


_LIMIT_HINT = "Ask for at least one passage."
