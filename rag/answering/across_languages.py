"""Chooses statements that answer a question asked in another language than theirs.

Words of the question cannot be looked for in them, except names and numbers that both languages
write alike ("DeepSeek-R1", "MATH-500"): nearness in meaning decides. The statements stay in their
language, and the answer says so in the question's.

Limits: needs an embedder that reads both languages; meaning alone separates less well than words
do, so more questions without an answer are answered than within one language
(`docs/benchmarks.md`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.embedding.base import Embedder, encode_question
from ingest.text.language import language_of
from ingest.text.terms import extract_terms
from rag.answering.candidates import Candidate, measure_overlap
from rag.question.expected_answer import has_expected_answer
from rag.question.understand import Question
from rag.types import Language

_MOST_READ = 40
"""Statements whose meaning is compared, those of the best hits first."""
_FAR, _NEAR = 0.25, 0.6
"""Cosines of question and statement, each without the mean of its language: of 70 questions the
best statement had .37 or more where the passages answer in four of five, else in two of five."""
_MISSING_CODES = 0.6
"""What is lost where none of the question's names and numbers stands in or around a statement."""
_FIT = 0.08
"""What a number, date or name adds where one is asked for."""
_AS_GOOD = 0.95
_MOST_CHOSEN = 2
_REDUNDANT = 0.7
"""Share of common terms from which two statements say the same."""
_LATIN_WORD = re.compile(r"[A-Za-z0-9][\w.\-/%]*")
_CODE = re.compile(r"(?=[\w.\-/%]*(?:\d|[A-Z][\w\-]*[A-Z]))[A-Za-z0-9][\w.\-/%]*")
_FRAMES: dict[tuple[Language, Language], str] = {
    ("en", "zh"): "The documents say, in Chinese:\n",
    ("zh", "en"): "文档原文（英文）：\n",
}


@dataclass(frozen=True, slots=True)
class ForeignStatement:
    """A statement in another language, and how strongly it answers, 0 to 1."""

    candidate: Candidate
    strength: float


def is_asked_across(
    question: Question, candidates: Sequence[Candidate], embedder: Embedder | None
) -> bool:
    """Return whether the best hit is in a language that is not the question's and can be read."""
    if embedder is None or "*" not in embedder.languages or not candidates:
        return False
    first = min(candidates, key=lambda each: each.order)
    return language_of(first.chunk.text) != question.search_language


def choose_across(
    question: Question, candidates: Sequence[Candidate], embedder: Embedder
) -> list[ForeignStatement]:
    """Return the statements that come nearest to the question, best first. Raises EmbeddingFailed.

    Only those that are not in the question's language are looked at.
    """
    foreign = [each for each in candidates if language_of(each.text) != question.search_language]
    nearest = sorted(foreign, key=lambda each: each.order)[:_MOST_READ]
    if not nearest:
        return []
    asked = encode_question(embedder, question.standalone).vector
    vectors = embedder.embed(
        [": ".join((*each.chunk.heading_path[-1:], each.text)) for each in nearest]
    )
    codes = extract_codes(question)
    scored = [
        ForeignStatement(each, _measure_strength(question, each, codes, float(cosine)))
        for each, cosine in zip(nearest, vectors @ asked, strict=True)
    ]
    scored.sort(key=lambda each: (-each.strength, each.candidate.order))
    chosen: list[ForeignStatement] = []
    for each in scored:
        good = each.strength >= _AS_GOOD * scored[0].strength
        if len(chosen) == _MOST_CHOSEN or not good:
            break
        # Statements that belong together are also candidates as one: no sentence is said twice.
        if all(measure_overlap(each.candidate, other.candidate) < _REDUNDANT for other in chosen):
            chosen.append(each)
    return chosen


def extract_codes(question: Question) -> frozenset[str]:
    """Return the terms of names and numbers that the other language writes in the same way."""
    pattern = _LATIN_WORD if question.search_language == "zh" else _CODE
    found = (extract_terms(word)[:1] for word in pattern.findall(question.standalone))
    return frozenset(term for terms in found for term in terms)


def frame_answer(language: Language, answer: str) -> str:
    """Return an answer with a line before it that says in which language it quotes."""
    quoted: Language = "zh" if language == "en" else "en"
    return _FRAMES[language, quoted] + answer


def _measure_strength(
    question: Question, candidate: Candidate, codes: frozenset[str], cosine: float
) -> float:
    strength = min(1.0, max(0.0, (cosine - _FAR) / (_NEAR - _FAR)))
    if codes:
        known = codes & (candidate.bag | candidate.headings | candidate.context)
        strength *= 1 - _MISSING_CODES * (1 - len(known) / len(codes))
    if has_expected_answer(question.expected, candidate.text, question.standalone):
        strength += _FIT
    return min(1.0, strength)
