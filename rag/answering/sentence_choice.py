"""Chooses the sentences of the hits that answer best, and says how strongly they do.

Every statement is scored: how much of the question it contains (rare words count more, words of its
headings and neighbours count in part), whether it has what is asked for
(`rag.question.expected_answer`), how close together the question's words stand, how good its hit
is, and, in languages that the embedder reads, how near its meaning is. Of the best, those are kept
that add to each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.embedding.base import Embedder, find_similarity
from rag.analysis.term_bag import build_term_bag
from rag.answering.candidates import Candidate, measure_overlap
from rag.answering.question_coverage import QuestionWords, weigh_surrounding_words
from rag.question.expected_answer import FACTS, ExpectedAnswer, has_expected_answer
from rag.question.understand import Question
from rag.types import Hit

_COVERAGE, _MEANING, _FIT, _CLOSENESS, _RANK = 1.0, 0.9, 0.22, 0.12, 0.3
_MISFIT = -0.3
_LONG, _LONG_MALUS = 320, -0.1
_RANK_DECAY = 0.35
_MOST_EMBEDDED = 16
_WORDS_SHARE = 0.75
"""Share of the words in the evidence where there is a cosine too."""
_UNLIKE, _ALIKE = 0.35, 1.02
"""Places on the embedder's scale between which a sentence comes nearer to the question."""
_REDUNDANT = 0.7
_BEST_SENTENCE_SHARE = 0.7
"""Share of the best single sentence in the evidence; the rest is what all contain together."""
_FACT_MISFIT = 0.7
"""Factor of evidence that lacks the number, date, name or place asked for."""
_KNOWN_WORTH = 0.5
"""How much evidence is lost where no hit has a word of the question; with some, in proportion."""
_MOST_CHOSEN: Mapping[ExpectedAnswer, int] = {"list": 4, "method": 4, "reason": 3, "condition": 3}
_KEPT_SCORE_SHARE: Mapping[ExpectedAnswer, float] = {
    "list": 0.66,
    "method": 0.66,
    "reason": 0.7,
    "condition": 0.7,
}
_MOST_OTHER, _KEEP_OTHER = 2, 0.8
_LEAST_GAIN = 0.08
"""Share of the question's words that a further sentence must add, unless it is as good."""
_AS_GOOD = 0.88
"""Share of the best score from which a sentence is as good as the best."""


@dataclass(frozen=True, slots=True)
class ScoredCandidate:
    """A candidate with its score and what the score is made of."""

    candidate: Candidate
    score: float
    coverage: float
    nearness: float | None
    """Its place on the embedder's scale: 0 as unrelated sentences, 1 as the same in other words."""
    fit: bool | None


@dataclass(frozen=True, slots=True)
class SentenceChoice:
    """The sentences chosen, best first, how strongly they answer (0..1), and all scored."""

    chosen: tuple[ScoredCandidate, ...] = ()
    strength: float = 0.0
    scored: tuple[ScoredCandidate, ...] = ()


class SentenceChooser:
    """Chooses sentences. Stateless and safe to use from several threads."""

    def __init__(self, embedder: Embedder | None, *, late: bool) -> None:
        """`late`: whether the best hit's late interaction counts as evidence."""
        self._embedder = embedder
        self._late = late

    def choose_sentences(
        self, question: Question, hits: Sequence[Hit], candidates: Sequence[Candidate]
    ) -> SentenceChoice:
        """Return the statements that answer best, and how strongly they do."""
        words = QuestionWords.from_question(question.standalone, candidates)
        if not candidates or not words.weights:
            return SentenceChoice()
        kind = question.expected
        scored = tuple(self._score_candidates(question, words, candidates))
        chosen = tuple(_choose_best(scored, kind, words))
        strength = measure_evidence(chosen, words, kind)
        usual = find_similarity(self._embedder).late if self._embedder and self._late else None
        late = [hit.rerank for hit in hits if hit.rerank is not None]
        if usual is not None and late:
            strength = min(1.0, max(0.0, strength + max(late) - usual))
        return SentenceChoice(chosen, strength, scored)

    def _score_candidates(
        self, question: Question, words: QuestionWords, candidates: Sequence[Candidate]
    ) -> list[ScoredCandidate]:
        """Return the candidates with their scores, best first."""
        by_words = sorted(
            (
                _score_by_words(candidate, question.standalone, question.expected, words)
                for candidate in candidates
            ),
            key=lambda item: (-item.score, item.candidate.order),
        )
        places = self._place_cosines(
            question, [item.candidate for item in by_words[:_MOST_EMBEDDED]]
        )
        if not places:
            return by_words
        # The others are dropped: embedding costs time, and by words they are the weakest.
        by_meaning = [
            ScoredCandidate(
                item.candidate,
                item.score + _MEANING * _scale_nearness(place),
                item.coverage,
                place,
                item.fit,
            )
            for item, place in zip(by_words, places, strict=False)
        ]
        return sorted(by_meaning, key=lambda item: (-item.score, item.candidate.order))

    def _place_cosines(self, question: Question, candidates: Sequence[Candidate]) -> list[float]:
        embedder = self._embedder
        if embedder is None or not candidates:
            return []
        if not {question.search_language, "*"} & embedder.languages:
            return []
        texts = [_prefix_heading(candidate) for candidate in candidates]
        vectors = embedder.embed([question.standalone, *texts])
        place_cosine = find_similarity(embedder).place_cosine
        return [place_cosine(float(cosine)) for cosine in vectors[1:] @ vectors[0]]


def measure_evidence(
    chosen: Sequence[ScoredCandidate], words: QuestionWords, kind: ExpectedAnswer
) -> float:
    """Return how strongly the chosen sentences answer, in 0..1.

    It is the share of the question's words in them and around them; less where a fact is asked for
    and not there, and where words of the question are in no hit at all.
    """
    if not chosen:
        return 0.0
    sentences = [item.candidate for item in chosen]
    together = words.measure_coverage(
        frozenset[str]().union(*(item.bag for item in sentences)),
        weigh_surrounding_words(sentences),
    )
    alone = max(item.coverage for item in chosen)
    strength = _BEST_SENTENCE_SHARE * alone + (1 - _BEST_SENTENCE_SHARE) * together
    if kind in FACTS and chosen[0].fit is False:
        strength *= _FACT_MISFIT
    strength *= 1 - _KNOWN_WORTH * words.unknown
    nearness = chosen[0].nearness
    if nearness is None:
        return strength
    return min(1.0, _WORDS_SHARE * strength + (1 - _WORDS_SHARE) * _scale_nearness(nearness))


def _score_by_words(
    candidate: Candidate, question: str, kind: ExpectedAnswer, words: QuestionWords
) -> ScoredCandidate:
    # Rows of a table often differ by one word only: there half a word must not count.
    coverage = words.measure_coverage(
        candidate.bag, weigh_surrounding_words([candidate]), exact=candidate.row
    )
    fit = has_expected_answer(kind, candidate.text, question)
    shared = build_term_bag(candidate.text).pairs & words.pairs
    score = _COVERAGE * coverage
    score += _CLOSENESS * (len(shared) / len(words.pairs) if words.pairs else 0.0)
    score += _FIT if fit else _MISFIT if fit is False and kind in FACTS else 0.0
    score += _RANK / (1 + _RANK_DECAY * candidate.rank)
    score += _LONG_MALUS if len(candidate.text) > _LONG else 0.0
    return ScoredCandidate(candidate, score, coverage, None, fit)


def _scale_nearness(place: float) -> float:
    """Return a place on the embedder's scale as 0 (not nearer than usual) to 1 (answering)."""
    return min(1.0, max(0.0, (place - _UNLIKE) / (_ALIKE - _UNLIKE)))


def _prefix_heading(candidate: Candidate) -> str:
    headings = candidate.chunk.heading_path[-1:]
    return ": ".join((*headings, candidate.text))


def _choose_best(
    scored: Sequence[ScoredCandidate], kind: ExpectedAnswer, words: QuestionWords
) -> list[ScoredCandidate]:
    """Return the best and what adds to it, best first (after MMR, Carbonell and Goldstein 1998)."""
    chosen: list[ScoredCandidate] = []
    bag: frozenset[str] = frozenset()
    for item in scored:
        if chosen:
            best = chosen[0].score
            if len(chosen) == _MOST_CHOSEN.get(kind, _MOST_OTHER):
                break
            if item.score < _KEPT_SCORE_SHARE.get(kind, _KEEP_OTHER) * best:
                break
            if any(
                measure_overlap(item.candidate, other.candidate) >= _REDUNDANT for other in chosen
            ):
                continue
            if kind not in _KEPT_SCORE_SHARE and item.score < _AS_GOOD * best:
                together = words.measure_coverage(bag | item.candidate.bag)
                if together - words.measure_coverage(bag) < _LEAST_GAIN:
                    continue
        chosen.append(item)
        bag |= item.candidate.bag
    return chosen
