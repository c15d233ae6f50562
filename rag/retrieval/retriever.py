"""Finds passages for a question: searches both indexes, fuses, reranks, follows titles, widens.

The indexes may hold more than is live (a document being replaced or deleted), so of what they
return only passages that the library confirms are used. The dense leg counts only where the
embedder reads the language of both question and passage; elsewhere cosine similarity is noise.
Words need no vector, so the lexical leg runs in a thread of its own while the question is embedded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

from ingest.embedding.base import Embedder, encode_question
from ingest.index.base import Index, Query, Scope, TitleIndex
from ingest.library import Library, Passage
from ingest.processes import count_cores
from ingest.text.language import language_of
from rag.errors import QuestionInvalid
from rag.question.demands import Demands
from rag.question.understand import Question
from rag.retrieval import title_links
from rag.retrieval.agreement import score_agreement
from rag.retrieval.fusion import (
    WEIGHED_TEXTS,
    fuse_convex,
    fuse_reciprocal_ranks,
    measure_matched_share,
    weigh_dense_leg,
)
from rag.retrieval.named_documents import score_named_documents
from rag.retrieval.neighbours import select_neighbours
from rag.retrieval.ranking import Ranking, blend_scores, group_duplicates, standardise_ranked_scores
from rag.retrieval.reranker import Reranker
from rag.settings import RetrievalSettings
from rag.types import NO_FILTERS, Filters, Hit

DEEPER_FACTOR = 4
"""How much deeper to search, once, when stale entries leave too few live ones."""
DEEPER_FOR_PAGES = 40
"""The same where only some pages are wanted: the indexes do not know pages."""


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
class _SearchRequest:
    """What is looked for, where, on which pages, and how many of it."""

    demands: Demands
    query: Query
    scope: Scope
    pages: tuple[int, int] | None
    count: int


@dataclass(frozen=True, slots=True)
class _LexicalLeg:
    """What the lexical index found: scores of all, and those passages that are live."""

    scores: dict[str, float]
    passages: dict[str, Passage]


@dataclass(frozen=True, slots=True)
class _SearchCandidates:
    """What both legs found: live passages, and each leg's scores, by chunk id."""

    passages: dict[str, Passage]
    lexical: dict[str, float]
    dense: dict[str, float]


@dataclass(frozen=True, slots=True)
class _SearchResult:
    """What a search shows: `groups` are ids, best first, each with the ids of its copies."""

    groups: Mapping[str, Sequence[str]]
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
        # As many as there are cores: more would only wait for each other.
        self._threads = ThreadPoolExecutor(count_cores(), "docchat-lexical")

    def search(
        self, question: Question, filters: Filters = NO_FILTERS, limit: int | None = None
    ) -> list[Hit]:
        """Return at most `limit` hits with their neighbours, best first, ties by chunk id.

        Raises QuestionInvalid (a limit below 1), NotFound (an id in `filters`), and the errors of
        embedder, indexes and store.
        """
        return self._build_hits(
            self._run_search(question, filters, limit), self._settings.neighbours
        )

    def rank(
        self, question: Question, filters: Filters = NO_FILTERS, limit: int | None = None
    ) -> list[Hit]:
        """Return what `search` returns, without neighbours: for scoring rankings."""
        return self._build_hits(self._run_search(question, filters, limit), 0)

    def _run_search(self, question: Question, filters: Filters, limit: int | None) -> _SearchResult:
        demands = question.demands
        count = self._settings.limit if limit is None else limit
        if count < 1:
            raise QuestionInvalid(f"A search for {count} passages finds nothing.", hint=_LIMIT_HINT)
        scope = filters.to_scope(self._library)
        words = Query(demands.text, None, demands.required, demands.excluded)
        request = _SearchRequest(demands, words, scope, filters.pages, count)
        readable = self._settings.dense_weight > 0 and self._can_read(question.search_language)
        depth = max(self._settings.depth, count)
        lexical = self._start_lexical_leg(request, depth, readable)
        if readable:
            request = replace(request, query=self._add_vector(words))
        found = self._find_candidates(request, depth, lexical)
        passages = found.passages
        ranking = self._boost_named(demands.text, self._fuse_legs(demands.text, found), passages)
        ranking = self._rerank_top(request.query, ranking, passages)
        ranking, passages = self._follow_titles(ranking, passages, request)
        groups = group_duplicates(
            ranking.scores,
            lambda each: passages[each].text,
            count,
            self._settings.duplicate_similarity,
        )
        return _SearchResult(groups, ranking, passages)

    def _build_hits(self, found: _SearchResult, around: int) -> list[Hit]:
        """Return the passages that are still live as hits, with the boxes and spans they lacked."""
        # Read again: a document may have been replaced or deleted since it was ranked.
        shown = self._library.read_shown(list(found.groups), around)
        copied = [each for chunk_id in shown for each in found.groups[chunk_id]]
        copies = self._library.read_shown(copied) if copied else {}
        neighbours = select_neighbours(list(shown.values()))
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
                copies=tuple(copies[key].chunk for key in found.groups[chunk_id] if key in copies),
            )
            for (chunk_id, each), beside in zip(shown.items(), neighbours, strict=True)
        ]

    def _add_vector(self, words: Query) -> Query:
        encoded = encode_question(self._embedder, words.text)
        return replace(words, vector=encoded.vector, tokens=encoded.tokens)

    def _can_read(self, language: str) -> bool:
        return bool({language, "*"} & self._embedder.languages)

    def _filter_readable(self, passages: Iterable[Passage]) -> list[str]:
        """Return the ids of those passages whose language the embedder reads."""
        languages = self._embedder.languages
        if "*" in languages:
            return [each.chunk_id for each in passages]
        return [each.chunk_id for each in passages if language_of(each.text) in languages]

    def _find_candidates(
        self, request: _SearchRequest, depth: int, lexical: Future[_LexicalLeg] | None
    ) -> _SearchCandidates:
        found, full = self._join_legs(request, depth, lexical)
        if full and len(found.passages) < max(request.count, depth // 2):
            depth *= DEEPER_FACTOR if request.pages is None else DEEPER_FOR_PAGES
            lexical = self._start_lexical_leg(request, depth, request.query.vector is not None)
            found, _ = self._join_legs(request, depth, lexical)
        return found

    def _start_lexical_leg(
        self, request: _SearchRequest, depth: int, has_dense_leg: bool
    ) -> Future[_LexicalLeg] | None:
        # Without a dense leg the lexical one decides alone, whatever the weights say.
        if self._settings.dense_weight == 1 and has_dense_leg:
            return None
        return self._threads.submit(self._search_lexical_index, request, depth)

    def _search_lexical_index(self, request: _SearchRequest, depth: int) -> _LexicalLeg:
        matches = self._lexical.search(request.query, depth, request.scope)
        scores = {match.chunk_id: match.score for match in matches}
        return _LexicalLeg(scores, self._load_live_passages(list(scores), request))

    def _join_legs(
        self, request: _SearchRequest, depth: int, started: Future[_LexicalLeg] | None
    ) -> tuple[_SearchCandidates, bool]:
        """Return the live candidates, and whether an index might have given more."""
        query, scope = request.query, request.scope
        dense: dict[str, float] = {}
        if query.vector is not None:
            dense = {m.chunk_id: m.score for m in self._dense.search(query, depth, scope)}
        leg = _LexicalLeg({}, {}) if started is None else started.result()
        full = len(leg.scores) >= depth or len(dense) >= depth
        others = [key for key in dense if key not in leg.scores]
        passages = leg.passages | self._load_live_passages(others, request)
        lexical = {key: score for key, score in leg.scores.items() if key in passages}
        readable = self._filter_readable(passages[key] for key in dense if key in passages)
        dense = {key: dense[key] for key in readable}
        live = {key: each for key, each in passages.items() if key in lexical or key in dense}
        return _SearchCandidates(live, lexical, dense), full

    def _load_live_passages(
        self, chunk_ids: Sequence[str], request: _SearchRequest
    ) -> dict[str, Passage]:
        """Return the passages that are live and meet what is demanded."""
        demands = request.demands
        passages = self._library.read_passages(chunk_ids, request.pages)
        if not demands.has_conditions:
            return passages
        return {key: each for key, each in passages.items() if demands.met_by(each.indexed_text)}

    def _fuse_legs(self, question: str, found: _SearchCandidates) -> Ranking:
        weight = self._settings.dense_weight
        if found.dense and found.lexical:
            best = sorted(found.lexical, key=lambda each: -found.lexical[each])
            texts = [found.passages[each].indexed_text for each in best[:WEIGHED_TEXTS]]
            weight = weigh_dense_leg(weight, measure_matched_share(question, texts))
        if self._settings.fusion == "rrf":
            fused = fuse_reciprocal_ranks(found.lexical, found.dense, weight, self._settings.rrf_k)
        else:
            fused = fuse_convex(found.lexical, found.dense, weight)
        ranking = Ranking(fused, found.lexical, found.dense)
        return replace(ranking, scores=standardise_ranked_scores(ranking.sort_scores(fused)))

    def _boost_named(
        self, question: str, ranking: Ranking, passages: Mapping[str, Passage]
    ) -> Ranking:
        """Raise the scores of passages whose document the question names."""
        weight = self._settings.names
        if weight == 0:
            return ranking
        names = {key: passages[key].document_name for key in ranking.scores}
        shares = score_named_documents(question, set(names.values()))
        if not any(shares.values()):
            return ranking
        gains = {key: weight * shares[name] for key, name in names.items()}
        scores = {key: score + gains[key] for key, score in ranking.scores.items()}
        return replace(
            ranking, named=gains, scores=standardise_ranked_scores(ranking.sort_scores(scores))
        )

    def _rerank_top(
        self, query: Query, ranking: Ranking, passages: Mapping[str, Passage]
    ) -> Ranking:
        """Blend in the second stage's scores of the best; where only words ranked, agreement."""
        settings = self._settings
        head = ranking.list_top_ids(settings.rerank_depth)
        if self._reranker is not None and head:
            second = self._reranker.score(query, [passages[key] for key in head])
            if second:
                scores = blend_scores(ranking.scores, second, settings.rerank_weight, len(head))
                return replace(ranking, rerank=second, scores=scores)
        if settings.agreement == 0 or ranking.dense or not head:
            return ranking
        likeness = score_agreement([passages[key].indexed_text for key in head])
        second = dict(zip(head, likeness, strict=True))
        scores = blend_scores(ranking.scores, second, settings.agreement, len(head))
        return replace(ranking, agreement=second, scores=scores)

    def _follow_titles(
        self, ranking: Ranking, passages: dict[str, Passage], request: _SearchRequest
    ) -> tuple[Ranking, dict[str, Passage]]:
        """Follow the titles that the best passages name; return the passages found so as well."""
        weight, scores = self._settings.links, ranking.scores
        if weight == 0 or not scores or not isinstance(self._lexical, TitleIndex):
            return ranking, passages
        links = title_links.find_title_links(scores, passages, weight)
        if not links:
            return ranking, passages
        matches = title_links.search_titled_chunks(
            self._lexical, links, request.query, request.scope
        )
        ids = [match.chunk_id for match in matches]
        new = self._load_live_passages([each for each in ids if each not in scores], request)
        passages = passages | new
        titled = [passages[each] for each in ids if each in scores or each in new]
        gains = title_links.gains_of(links, titled, scores, passages)
        floor = min(scores.values())
        raised = scores | {key: scores.get(key, floor) + gain for key, gain in gains.items()}
        ordered = dict(sorted(raised.items(), key=lambda item: (-item[1], item[0])))
        return replace(ranking, scores=ordered, linked=gains), passages


_LIMIT_HINT = "Ask for at least one passage."
