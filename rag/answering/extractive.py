"""Answers without a language model: quotes the sentences that answer, each with its source.

Every statement of the hits (`rag.answering.candidates`) is scored: how much of the question it
contains (rare words count more, words of its headings and neighbours count in part), whether it has
what is asked for (`rag.question.expected_answer`), how close together the question's words stand,
how good its hit is, and, in languages that the embedder reads, how near its meaning is. The best
one to four are written in reading order; where the evidence is too weak, it refuses. A request for
a summary gets the most central sentences.

Limits: it repeats what is written and concludes nothing: no sums, no comparisons, no answer in
words that the question does not share. Questions in another language than the documents need an
embedder that reads both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.embedding.base import Embedder, find_similarity
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences
from rag.analysis.term_bag import build_term_bag
from rag.answering.across_languages import (
    ForeignStatement,
    choose_across,
    frame_answer,
    is_asked_across,
)
from rag.answering.candidates import Candidate, build_candidates, measure_overlap
from rag.answering.question_coverage import QuestionWords, weigh_surrounding_words
from rag.answering.summary import extract_subject_terms, select_central_sentences
from rag.answering.value_spans import (
    choose_span,
    find_holder,
    mark_value,
    prefers_table,
    read_spans,
)
from rag.question.expected_answer import FACTS, ExpectedAnswer, has_expected_answer
from rag.question.understand import Question
from rag.reading.span_reader import Reader
from rag.tables.operations import TableFinding
from rag.tables.table_answerer import TableAnswerer, shows_table
from rag.tables.table_question import asks_of_table
from rag.tables.write_answer import write_table_answer
from rag.types import AnswerWords, Hit, Sureness, Turn

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
_SEVERAL_SENTENCES: frozenset[ExpectedAnswer] = frozenset({"list", "method", "reason"})
"""Kinds that one sentence seldom answers."""
_LEAST_GAIN = 0.08
"""Share of the question's words that a further sentence must add, unless it is as good."""
_AS_GOOD = 0.88
"""Share of the best score from which a sentence is as good as the best."""
_MOST_ITEMS = 8
_CLAUSES = ";；"
_PIECES = re.compile(r"\s*(?:[\u2e80-\uffef]{1,4}|[^\s\u2e80-\uffef]+)|\s+$")


@dataclass(frozen=True, slots=True)
class _ScoredCandidate:
    candidate: Candidate
    score: float
    coverage: float
    nearness: float | None
    """Its place on the embedder's scale: 0 as unrelated sentences, 1 as the same in other words."""
    fit: bool | None


class ExtractiveAnswerer:
    """Chooses sentences. Stateless and safe to use from several threads."""

    def __init__(
        self,
        embedder: Embedder | None = None,
        min_evidence: float = 0.35,
        *,
        late: bool = False,
        reader: Reader | None = None,
        tables: TableAnswerer | None = None,
    ) -> None:
        """`min_evidence` (0..1) is the strength below which it refuses.

        `late`: whether `Hit.rerank` is late interaction. It then counts, if the embedder knows what
        it usually gives. `reader` finds the words that answer within a passage, `tables` what
        follows from cells; without them whole sentences and rows are quoted.
        """
        self._embedder = embedder
        self._min_evidence = min_evidence
        self._late = late
        self._reader = reader
        self._tables = tables

    @property
    def name(self) -> str:
        """Return "extractive"."""
        return "extractive"

    def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn] = (),
    ) -> Iterator[str | Sureness]:
        """Yield the chosen sentences word by word; nothing when evidence is weak.

        The sentences are in the documents' language. `history` is not used: the question is
        expected to be standalone. Raises EmbeddingFailed.
        """
        for part in self._write_answer(question, hits):
            if isinstance(part, AnswerWords):
                yield part
            else:
                yield from (match[0] for match in _PIECES.finditer(part))

    def measure_strength(self, question: Question, hits: Sequence[Hit]) -> float:
        """Return how strongly these hits answer, in 0..1: below `min_evidence` it refuses."""
        candidates = build_candidates(hits)
        if self._embedder is not None and is_asked_across(question, candidates, self._embedder):
            foreign = choose_across(question, candidates, self._embedder)
            return max((each.strength for each in foreign), default=0.0)
        return self._judge_candidates(question, hits, candidates)[1]

    def _write_answer(self, question: Question, hits: Sequence[Hit]) -> Iterable[str]:
        candidates = build_candidates(hits)
        if candidates and question.kind == "summary":
            subject = extract_subject_terms(question.standalone)
            return [render_answer(select_central_sentences(candidates, subject))]
        if self._embedder is not None and is_asked_across(question, candidates, self._embedder):
            found = choose_across(question, candidates, self._embedder)
            return [self._quote_across(question, found)]
        spans = read_spans(self._reader, question, hits) if self._reader is not None else []
        finding = self._find_in_tables(question, hits)
        if finding is not None and prefers_table(finding, spans):
            return write_table_answer(finding, question.language)
        chosen, strength = self._judge_candidates(question, hits, candidates)
        if strength < self._min_evidence:
            return []
        best = choose_span(spans, question, candidates)
        sentences = [item.candidate for item in chosen]
        if best is not None and question.expected not in _SEVERAL_SENTENCES:
            holder = find_holder(best, candidates)
            sentences = sentences if holder is None else [holder]
        added = _add_list_items(sentences, candidates, question.expected)
        return mark_value(render_answer(added), best.text if best else "")

    def _find_in_tables(self, question: Question, hits: Sequence[Hit]) -> TableFinding | None:
        if self._tables is None or not shows_table(hits) or not asks_of_table(question.standalone):
            return None
        return self._tables.find_answer(question.standalone, hits)

    def _quote_across(self, question: Question, found: Sequence[ForeignStatement]) -> str:
        if not found or found[0].strength < self._min_evidence:
            return ""
        return frame_answer(question.language, render_answer([each.candidate for each in found]))

    def _judge_candidates(
        self, question: Question, hits: Sequence[Hit], candidates: Sequence[Candidate]
    ) -> tuple[list[_ScoredCandidate], float]:
        """Return the statements that answer best, and how strongly they do."""
        words = QuestionWords.from_question(question.standalone, candidates)
        if not candidates or not words.weights:
            return [], 0.0
        kind = question.expected
        chosen = _choose_best(self._score_candidates(question, words, candidates), kind, words)
        strength = measure_evidence(chosen, words, kind)
        usual = find_similarity(self._embedder).late if self._embedder and self._late else None
        late = [hit.rerank for hit in hits if hit.rerank is not None]
        if usual is None or not late:
            return chosen, strength
        return chosen, min(1.0, max(0.0, strength + max(late) - usual))

    def _score_candidates(
        self, question: Question, words: QuestionWords, candidates: Sequence[Candidate]
    ) -> list[_ScoredCandidate]:
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
            _ScoredCandidate(
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
    chosen: Sequence[_ScoredCandidate], words: QuestionWords, kind: ExpectedAnswer
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
) -> _ScoredCandidate:
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
    return _ScoredCandidate(candidate, score, coverage, None, fit)


def _scale_nearness(place: float) -> float:
    """Return a place on the embedder's scale as 0 (not nearer than usual) to 1 (answering)."""
    return min(1.0, max(0.0, (place - _UNLIKE) / (_ALIKE - _UNLIKE)))


def _prefix_heading(candidate: Candidate) -> str:
    headings = candidate.chunk.heading_path[-1:]
    return ": ".join((*headings, candidate.text))


def _choose_best(
    scored: Sequence[_ScoredCandidate], kind: ExpectedAnswer, words: QuestionWords
) -> list[_ScoredCandidate]:
    """Return the best and what adds to it, best first (after MMR, Carbonell and Goldstein 1998)."""
    chosen: list[_ScoredCandidate] = []
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


def _add_list_items(
    chosen: Sequence[Candidate], candidates: Sequence[Candidate], kind: ExpectedAnswer
) -> list[Candidate]:
    """Return the chosen with the list items that a lead-in announces, or that go with an item."""
    found = list(chosen)
    for candidate in chosen:
        leads = candidate.text.rstrip().endswith((":", "："))
        whole = candidate.item and kind in {"method", "list"}
        if leads or whole:
            found.extend(_find_items_around(candidate, candidates, back=whole))
    return list(dict.fromkeys(found))


def _find_items_around(
    candidate: Candidate, candidates: Sequence[Candidate], *, back: bool
) -> list[Candidate]:
    same = {c.place: c for c in candidates if c.chunk.id == candidate.chunk.id and c.item}
    low = high = candidate.place
    while high + 1 in same and high - candidate.place < _MOST_ITEMS:
        high += 1
    while back and low - 1 in same and candidate.place - low < _MOST_ITEMS:
        low -= 1
    return [same[place] for place in range(low, high + 1) if place in same]


def render_answer(chosen: Sequence[Candidate]) -> str:
    """Return the chosen sentences in reading order, each with its marker; list items on lines."""
    text = ""
    ordered = sorted(chosen, key=lambda item: item.order)
    for before, item in zip([None, *ordered], ordered, strict=False):
        wide = language_of(item.text) == "zh"
        marker = f"[{item.rank + 1}]" if wide else f" [{item.rank + 1}]"
        listed = (item.item or item.row) and len(ordered) > 1
        if listed or (before is not None and (before.item or before.row)):
            text += ("\n" if text else "") + ("- " if listed else "")
        elif text:
            text += "" if wide else " "
        text += _mark_sentences(item.text, marker)
    return text


def _mark_sentences(text: str, marker: str) -> str:
    """Return a candidate's text with the marker behind each of its sentences."""
    all_ends = [end for _, end in split_sentences(text)]
    ends = [end for end in all_ends[:-1] if text[end - 1] not in _CLAUSES] + [len(text)]
    starts = [0, *ends[:-1]]
    return "".join(text[low:high] + marker for low, high in zip(starts, ends, strict=True))
