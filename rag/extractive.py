"""The answerer that needs no language model: it says the sentences that answer, with their source.

Every statement of the hits (`rag.candidates`) is scored: how much of the question it holds (rare
words count more, words of its headings and neighbours count in part), whether it has what is asked
for (`rag.questions`), how close together the question's words stand, how good its hit is, and, in
languages that the embedder reads, how near its meaning is. The best one to four are said in reading
order; too weak evidence is a refusal. A request for a summary gets the most central sentences.

Limits: it says what is written and concludes nothing: no sums, no comparisons, no answer that is
spread over words that the question does not share. Questions in another language than the
documents need an embedder that reads both.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.embed import Embedder
from ingest.text import language_of, terms
from rag.candidates import Candidate, candidates
from rag.evidence import read
from rag.questions import FACTS, Expected, expected, fits
from rag.rewrite import question_kind, salient_words
from rag.types import Hit, Language, Turn

_CONTEXT_WORTH = 0.45
"""What a word is worth that stands not in the sentence but in its headings or beside it."""
_HAN_CHARACTER_WORTH = 0.25
"""A single Chinese character is a weak word beside the pairs that it belongs to."""
_COVERAGE, _MEANING, _FIT, _CLOSENESS, _RANK = 1.0, 0.9, 0.22, 0.12, 0.3
_MISFIT = -0.3
_LONG, _LONG_MALUS = 320, -0.1
_RANK_DECAY = 0.35
_MOST_EMBEDDED = 16
_COSINE_LOW, _COSINE_HIGH = 0.25, 0.65
_REDUNDANT = 0.7
_MOST_SENTENCES = 4
_MOST_FACTS = 2
_KEEP_FACT, _KEEP_OTHER = 0.8, 0.66
_MOST_ITEMS = 8
_SUMMARY_SENTENCES = 5
_SUMMARY_PER_CHUNK = 2
_PIECES = re.compile(r"\s*(?:[\u2e80-\uffef]{1,4}|[^\s\u2e80-\uffef]+)|\s+$")


@dataclass(frozen=True, slots=True)
class _Scored:
    candidate: Candidate
    score: float
    coverage: float
    cosine: float | None
    fit: bool | None


class ExtractiveAnswerer:
    """Chooses sentences. Stateless and safe to use from several threads."""

    def __init__(self, embedder: Embedder | None = None, min_evidence: float = 0.35) -> None:
        """`min_evidence` (0..1) is the strength below which it refuses."""
        self._embedder = embedder
        self._min_evidence = min_evidence

    @property
    def name(self) -> str:
        """Return "extractive"."""
        return "extractive"

    def stream(
        self,
        question: str,
        hits: Sequence[Hit],
        history: Sequence[Turn] = (),
        language: Language = "en",
    ) -> Iterator[str]:
        """Yield the chosen sentences word by word; nothing when evidence is weak.

        The sentences are in the documents' language. `history` is not looked at: the question is
        expected to stand alone. Raises EmbeddingFailed.
        """
        for match in _PIECES.finditer(self._answer(question, hits)):
            yield match[0]

    def _answer(self, question: str, hits: Sequence[Hit]) -> str:
        offered = candidates(hits)
        if not offered:
            return ""
        if question_kind(question) == "summary":
            return rendered(_central(offered, _subject(question)), hits)
        kind = expected(question)
        asked = _Asked.of(question, offered)
        if not asked.weights:
            return ""
        scored = self._scored(question, kind, asked, offered)
        chosen = _chosen(scored, kind)
        if self._evidence(chosen, asked) < self._min_evidence:
            return ""
        return rendered(_with_lists([item.candidate for item in chosen], offered, kind), hits)

    def _scored(
        self, question: str, kind: Expected, asked: _Asked, offered: Sequence[Candidate]
    ) -> list[_Scored]:
        """Return the candidates with their scores, best first."""
        first = sorted(
            (_lexically(candidate, question, kind, asked) for candidate in offered),
            key=lambda item: (-item.score, item.candidate.order),
        )
        cosines = self._cosines(question, [item.candidate for item in first[:_MOST_EMBEDDED]])
        if not cosines:
            return first
        near = [
            _Scored(
                item.candidate,
                item.score + _MEANING * _scaled(cosine),
                item.coverage,
                cosine,
                item.fit,
            )
            for item, cosine in zip(first, cosines, strict=False)
        ]
        return sorted(near, key=lambda item: (-item.score, item.candidate.order))

    def _cosines(self, question: str, offered: Sequence[Candidate]) -> list[float]:
        embedder = self._embedder
        if embedder is None or not offered:
            return []
        if not {language_of(question), "*"} & embedder.languages:
            return []
        texts = [_in_context(candidate) for candidate in offered]
        vectors = embedder.embed([question, *texts])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]

    def _evidence(self, chosen: Sequence[_Scored], asked: _Asked) -> float:
        """Return in 0..1 how strongly the chosen sentences answer."""
        if not chosen:
            return 0.0
        bags = [item.candidate.bag for item in chosen]
        around = [item.candidate.context for item in chosen]
        together = asked.coverage(frozenset().union(*bags), frozenset().union(*around))
        best = chosen[0]
        strength = together if best.fit is not False else together * 0.85
        if best.cosine is None:
            return strength
        return 0.55 * strength + 0.45 * _scaled(best.cosine)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question's words with their weights: rarity among the candidates."""

    weights: dict[str, float]
    pairs: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, question: str, offered: Sequence[Candidate]) -> _Asked:
        words = _content(question)
        counts = Counter(term for item in offered for term in item.bag)
        total = len(offered)
        weights = {
            term: math.log(1 + total / (1 + counts[term])) * _worth(term, words) for term in words
        }
        return cls(weights, read(question).pairs)

    def coverage(self, bag: frozenset[str], context: frozenset[str]) -> float:
        """Return which share of the question, by weight, is in a sentence or around it."""
        total = sum(self.weights.values())
        there = sum(
            weight if term in bag else weight * _CONTEXT_WORTH
            for term, weight in self.weights.items()
            if term in bag or term in context
        )
        return there / total if total else 0.0


def _content(question: str) -> list[str]:
    """Return the terms of a question that say what it is about, each once."""
    found = [term for word in salient_words(question) for term in terms(word)]
    return list(dict.fromkeys(found)) or list(dict.fromkeys(terms(question)))


def _worth(term: str, words: Sequence[str]) -> float:
    single = len(term) == 1 and "\u3400" <= term <= "\u9fff"
    paired = single and any(len(word) == 2 and term in word for word in words)
    return _HAN_CHARACTER_WORTH if paired else 1.0


def _lexically(candidate: Candidate, question: str, kind: Expected, asked: _Asked) -> _Scored:
    coverage = asked.coverage(candidate.bag, candidate.context)
    fit = fits(kind, candidate.text, question)
    shared = read(candidate.text).pairs & asked.pairs
    score = _COVERAGE * coverage
    score += _CLOSENESS * (len(shared) / len(asked.pairs) if asked.pairs else 0.0)
    score += _FIT if fit else _MISFIT if fit is False else 0.0
    score += _RANK / (1 + _RANK_DECAY * candidate.rank)
    score += _LONG_MALUS if len(candidate.text) > _LONG else 0.0
    return _Scored(candidate, score, coverage, None, fit)


def _scaled(cosine: float) -> float:
    """Return a cosine as 0..1 between what unrelated and what answering sentences have."""
    return min(1.0, max(0.0, (cosine - _COSINE_LOW) / (_COSINE_HIGH - _COSINE_LOW)))


def _in_context(candidate: Candidate) -> str:
    headings = candidate.chunk.heading_path[-1:]
    return ": ".join((*headings, candidate.text))


def _chosen(scored: Sequence[_Scored], kind: Expected) -> list[_Scored]:
    """Return the best and what adds to it, best first (Carbonell and Goldstein 1998, MMR)."""
    fact = kind in FACTS
    most, keep = (_MOST_FACTS, _KEEP_FACT) if fact else (_MOST_SENTENCES, _KEEP_OTHER)
    chosen: list[_Scored] = []
    for item in scored:
        if chosen and (item.score < keep * chosen[0].score or len(chosen) == most):
            break
        if fact and chosen and chosen[0].fit and not item.fit:
            continue
        if all(_overlap(item.candidate, other.candidate) < _REDUNDANT for other in chosen):
            chosen.append(item)
    return chosen


def _overlap(one: Candidate, other: Candidate) -> float:
    """Return which share of the shorter one's terms is in the other; 1 if one says both."""
    if one.chunk.id == other.chunk.id and {one.place, one.first_place} & {
        other.place,
        other.first_place,
    }:
        return 1.0
    smaller = min(len(one.bag), len(other.bag))
    return len(one.bag & other.bag) / smaller if smaller else 1.0


def _with_lists(
    chosen: Sequence[Candidate], offered: Sequence[Candidate], kind: Expected
) -> list[Candidate]:
    """Return the chosen with the list items that a lead-in announces, or that go with an item."""
    found = list(chosen)
    for candidate in chosen:
        leads = candidate.text.rstrip().endswith((":", "："))
        whole = candidate.item and kind in {"method", "list"}
        if leads or whole:
            found.extend(_items_around(candidate, offered, back=whole))
    return list(dict.fromkeys(found))


def _items_around(
    candidate: Candidate, offered: Sequence[Candidate], *, back: bool
) -> list[Candidate]:
    same = {c.place: c for c in offered if c.chunk.id == candidate.chunk.id and c.item}
    low = high = candidate.place
    while high + 1 in same and high - candidate.place < _MOST_ITEMS:
        high += 1
    while back and low - 1 in same and candidate.place - low < _MOST_ITEMS:
        low -= 1
    return [same[place] for place in range(low, high + 1) if place in same]


def _subject(question: str) -> frozenset[str]:
    """Return what a summary is asked of; empty when it is the document as such."""
    words = [word for word in salient_words(question) if not _DOCUMENT.fullmatch(word)]
    return frozenset(term for word in words for term in terms(word))


_DOCUMENT = re.compile(
    r"summar\w+|overview|abstract|gist|tl;?dr|main|key|points?|ideas?|findings?|takeaways?|messages?"
    r"|documents?|files?|papers?|reports?|texts?|articles?|pages?|about|contents?|brief(?:ly)?"
    r"|.*(?:总结|概括|概述|概要|归纳|摘要|综述|大意|要点|内容|文档|文件|文章|论文|报告|资料|全文|本文).*",
    re.IGNORECASE,
)


def _central(offered: Sequence[Candidate], subject: frozenset[str]) -> list[Candidate]:
    """Return the sentences that share most with the others, early ones first, from all over.

    Centrality is the mean weight of a sentence's terms by how many other sentences have them
    (after SumBasic, Nenkova and Vanderwende 2005); terms once told count less from then on.
    """
    counts = Counter(term for item in offered for term in item.bag if len(term) > 1)
    share = {term: count / len(offered) for term, count in counts.items()}
    told: Counter[str] = Counter()
    chosen: list[Candidate] = []
    pool = [item for item in offered if not item.row and len(item.bag) > _FEWEST_TERMS] or list(
        offered
    )
    while pool and len(chosen) < _SUMMARY_SENTENCES:
        best = max(pool, key=lambda item: _centrality(item, share, subject))
        chosen.append(best)
        told.update([best.chunk.id])
        for term in best.bag:
            share[term] = share.get(term, 0.0) ** 2
        pool = [
            item
            for item in pool
            if told[item.chunk.id] < _SUMMARY_PER_CHUNK
            and all(_overlap(item, other) < _REDUNDANT for other in chosen)
        ]
    return chosen


_FEWEST_TERMS = 4


def _centrality(item: Candidate, share: dict[str, float], subject: frozenset[str]) -> float:
    weights = [share[term] for term in item.bag if term in share]
    central = sum(weights) / (len(weights) + 3) if weights else 0.0
    early = 1 / (1 + item.place) + 1 / (2 + item.chunk.ordinal)
    about = len(subject & (item.bag | item.context)) / len(subject) if subject else 0.0
    return central * (1 + 0.35 * early) + 0.25 * about


def rendered(chosen: Sequence[Candidate], hits: Sequence[Hit]) -> str:
    """Return the chosen sentences in reading order, each with its marker; list items on lines."""
    text = ""
    ordered = sorted(chosen, key=lambda item: item.order)
    for before, item in zip([None, *ordered], ordered, strict=False):
        wide = language_of(item.text) == "zh"
        marker = f"[{item.rank + 1}]" if wide else f" [{item.rank + 1}]"
        if item.item or item.row or (before is not None and (before.item or before.row)):
            text += ("\n" if text else "") + ("- " if item.item or item.row else "")
        elif text:
            text += "" if wide else " "
        text += item.text + marker
    return text
