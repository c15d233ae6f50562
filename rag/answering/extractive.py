"""The answerer that needs no language model: it says the sentences that answer, with their source.

Every statement of the hits (`rag.answering.candidates`) is scored: how much of the question it
holds (rare words count more, words of its headings and neighbours count in part), whether it has
what is asked for (`rag.question.expected_answer`), how close together the question's words stand,
how good its hit is, and, in languages that the embedder reads, how near its meaning is. The best
one to four are said in reading order; too weak evidence is a refusal. A request for a summary gets
the most central sentences.

Limits: it says what is written and concludes nothing: no sums, no comparisons, no answer that is
spread over words that the question does not share. Questions in another language than the
documents need an embedder that reads both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest.embedding.base import Embedder
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences
from rag.analysis.term_bag import read
from rag.answering.candidates import Candidate, candidates, overlap
from rag.answering.question_coverage import Asked, around
from rag.answering.summary import central, subject_of
from rag.question.expected_answer import FACTS, Expected, fits
from rag.question.understand import Question
from rag.types import Hit, Turn

_COVERAGE, _MEANING, _FIT, _CLOSENESS, _RANK = 1.0, 0.9, 0.22, 0.12, 0.3
_MISFIT = -0.3
_LONG, _LONG_MALUS = 320, -0.1
_RANK_DECAY = 0.35
_MOST_EMBEDDED = 16
_WORDS_SHARE = 0.75
"""Share of the words in the evidence where there is a cosine too."""
_COSINE_LOW, _COSINE_HIGH = 0.25, 0.65
_REDUNDANT = 0.7
_ALONE = 0.7
"""Share of the best single sentence in the evidence; the rest is what all say together."""
_FACT_MISFIT = 0.7
"""What evidence is worth that lacks the number, date, name or place asked for."""
_KNOWN_WORTH = 0.5
"""How much the share of the question's words that no hit has takes from the evidence."""
_MOST: Mapping[Expected, int] = {"list": 4, "method": 4, "reason": 3, "condition": 3}
_KEEP: Mapping[Expected, float] = {"list": 0.66, "method": 0.66, "reason": 0.7, "condition": 0.7}
_MOST_OTHER, _KEEP_OTHER = 2, 0.8
_GAIN = 0.08
"""Share of the question's words that a further sentence must add, or be as good as the best."""
_AS_GOOD = 0.88
_MOST_ITEMS = 8
_CLAUSES = ";；"
USUAL_LATE = 0.5
"""The bundled model's late interaction where the answer may be there or not, as seen on SQuAD and
HotpotQA with the answering passages and without (`eval.benchmarks.answerable`)."""
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

    def __init__(
        self,
        embedder: Embedder | None = None,
        min_evidence: float = 0.35,
        usual_late: float | None = None,
    ) -> None:
        """`min_evidence` (0..1) is the strength below which it refuses.

        `usual_late`: what late interaction (`Hit.rerank`) gives where it cannot be told whether the
        passage answers; it differs from model to model. None: it is not looked at.
        """
        self._embedder = embedder
        self._min_evidence = min_evidence
        self._usual_late = usual_late

    @property
    def name(self) -> str:
        """Return "extractive"."""
        return "extractive"

    def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn] = (),
    ) -> Iterator[str]:
        """Yield the chosen sentences word by word; nothing when evidence is weak.

        The sentences are in the documents' language. `history` is not looked at: the question is
        expected to stand alone. Raises EmbeddingFailed.
        """
        for match in _PIECES.finditer(self._answer(question, hits)):
            yield match[0]

    def strength(self, question: Question, hits: Sequence[Hit]) -> float:
        """Return in 0..1 how strongly these hits answer: below `min_evidence` it refuses."""
        return self._judged(question, hits, candidates(hits))[1]

    def _answer(self, question: Question, hits: Sequence[Hit]) -> str:
        offered = candidates(hits)
        if offered and question.kind == "summary":
            return rendered(central(offered, subject_of(question.standalone)))
        chosen, strength = self._judged(question, hits, offered)
        if strength < self._min_evidence:
            return ""
        said = [item.candidate for item in chosen]
        return rendered(_with_lists(said, offered, question.expected))

    def _judged(
        self, question: Question, hits: Sequence[Hit], offered: Sequence[Candidate]
    ) -> tuple[list[_Scored], float]:
        """Return the statements that answer best, and how strongly they do."""
        asked = Asked.of(question.standalone, offered)
        if not offered or not asked.weights:
            return [], 0.0
        kind = question.expected
        chosen = _chosen(self._scored(question, asked, offered), kind, asked)
        late = [hit.rerank for hit in hits if hit.rerank is not None]
        strength = evidence(chosen, asked, kind)
        if self._usual_late is None or not late:
            return chosen, strength
        return chosen, min(1.0, max(0.0, strength + max(late) - self._usual_late))

    def _scored(
        self, question: Question, asked: Asked, offered: Sequence[Candidate]
    ) -> list[_Scored]:
        """Return the candidates with their scores, best first."""
        first = sorted(
            (
                _lexically(candidate, question.standalone, question.expected, asked)
                for candidate in offered
            ),
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

    def _cosines(self, question: Question, offered: Sequence[Candidate]) -> list[float]:
        embedder = self._embedder
        if embedder is None or not offered:
            return []
        if not {question.search_language, "*"} & embedder.languages:
            return []
        texts = [_in_context(candidate) for candidate in offered]
        vectors = embedder.embed([question.standalone, *texts])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]


def evidence(chosen: Sequence[_Scored], asked: Asked, kind: Expected) -> float:
    """Return in 0..1 how strongly the chosen sentences answer.

    It is the share of the question that they and what stands around them have; less where a fact
    is asked and not there, and where words of the question are in no hit at all.
    """
    if not chosen:
        return 0.0
    said = [item.candidate for item in chosen]
    together = asked.coverage(frozenset[str]().union(*(item.bag for item in said)), around(said))
    alone = max(item.coverage for item in chosen)
    strength = _ALONE * alone + (1 - _ALONE) * together
    if kind in FACTS and chosen[0].fit is False:
        strength *= _FACT_MISFIT
    strength *= 1 - _KNOWN_WORTH * asked.unknown
    cosine = chosen[0].cosine
    if cosine is None:
        return strength
    return min(1.0, _WORDS_SHARE * strength + (1 - _WORDS_SHARE) * _scaled(cosine))


def _lexically(candidate: Candidate, question: str, kind: Expected, asked: Asked) -> _Scored:
    # Rows of a table are alike but for a word: there half a word says nothing.
    coverage = asked.coverage(candidate.bag, around([candidate]), exact=candidate.row)
    fit = fits(kind, candidate.text, question)
    shared = read(candidate.text).pairs & asked.pairs
    score = _COVERAGE * coverage
    score += _CLOSENESS * (len(shared) / len(asked.pairs) if asked.pairs else 0.0)
    score += _FIT if fit else _MISFIT if fit is False and kind in FACTS else 0.0
    score += _RANK / (1 + _RANK_DECAY * candidate.rank)
    score += _LONG_MALUS if len(candidate.text) > _LONG else 0.0
    return _Scored(candidate, score, coverage, None, fit)


def _scaled(cosine: float) -> float:
    """Return a cosine as 0..1 between what unrelated and what answering sentences have."""
    return min(1.0, max(0.0, (cosine - _COSINE_LOW) / (_COSINE_HIGH - _COSINE_LOW)))


def _in_context(candidate: Candidate) -> str:
    headings = candidate.chunk.heading_path[-1:]
    return ": ".join((*headings, candidate.text))


def _chosen(scored: Sequence[_Scored], kind: Expected, asked: Asked) -> list[_Scored]:
    """Return the best and what adds to it, best first (after MMR, Carbonell and Goldstein 1998)."""
    chosen: list[_Scored] = []
    bag: frozenset[str] = frozenset()
    for item in scored:
        if chosen:
            best = chosen[0].score
            if len(chosen) == _MOST.get(kind, _MOST_OTHER):
                break
            if item.score < _KEEP.get(kind, _KEEP_OTHER) * best:
                break
            if any(overlap(item.candidate, other.candidate) >= _REDUNDANT for other in chosen):
                continue
            if kind not in _KEEP and item.score < _AS_GOOD * best:
                together = asked.coverage(bag | item.candidate.bag)
                if together - asked.coverage(bag) < _GAIN:
                    continue
        chosen.append(item)
        bag |= item.candidate.bag
    return chosen


def _with_lists(
    chosen: Sequence[Candidate], offered: Sequence[Candidate], kind: Expected
) -> list[Candidate]:
    """Return the chosen with the list items that a lead-in announces, or that go with an item."""
    found = list(chosen)
    for candidate in chosen:
        leads = candidate.text.rstrip().endswith((":", "："))
        whole = candidate.item and kind in {"method", "list"}
        if leads or whole:
            found.extend(_itemsaround(candidate, offered, back=whole))
    return list(dict.fromkeys(found))


def _itemsaround(
    candidate: Candidate, offered: Sequence[Candidate], *, back: bool
) -> list[Candidate]:
    same = {c.place: c for c in offered if c.chunk.id == candidate.chunk.id and c.item}
    low = high = candidate.place
    while high + 1 in same and high - candidate.place < _MOST_ITEMS:
        high += 1
    while back and low - 1 in same and candidate.place - low < _MOST_ITEMS:
        low -= 1
    return [same[place] for place in range(low, high + 1) if place in same]


def rendered(chosen: Sequence[Candidate]) -> str:
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
        text += _marked(item.text, marker)
    return text


def _marked(text: str, marker: str) -> str:
    """Return a candidate's text with the marker behind each of its sentences: each has a source."""
    every = [end for _, end in split_sentences(text)]
    ends = [end for end in every[:-1] if text[end - 1] not in _CLAUSES] + [len(text)]
    starts = [0, *ends[:-1]]
    return "".join(text[low:high] + marker for low, high in zip(starts, ends, strict=True))
