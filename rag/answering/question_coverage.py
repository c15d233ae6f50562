"""Measures how much of a question's words a sentence contains; the main part of its score.

Words are weighted by their rarity among the candidates. Chinese is compared by pairs of characters,
cut without regard to words, so a missing pair that only bridges two words costs little.

Limits: compares words, not meanings; a sentence with "cost" for "price" needs the embedder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from ingest.text.scripts import is_han
from ingest.text.terms import extract_terms
from rag.analysis.rarity import weigh_rarity
from rag.analysis.term_bag import build_term_bag
from rag.answering.candidates import Candidate
from rag.question.follow_up import salient_words

_HEADING_WORTH, _CONTEXT_WORTH = 0.6, 0.45
"""Worth of a word that is not in the sentence but in its headings, or in a statement beside it."""
_HAN_CHARACTER_WORTH = 0.25
"""Worth of a single Chinese character where the question also has a pair with it."""
_BRIDGED_PAIR_WORTH, _HALF_PAIR_WORTH = 0.85, 0.25
"""What a missing pair of characters is worth when both stand in pairs that are there (it only
bridges two words), and when one of its characters is there."""
_NO_SURROUNDING_WORDS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """The question's words with their weights: rarity among the candidates.

    `unknown` is the share, by weight, of words that no candidate and no heading has.
    """

    weights: Mapping[str, float]
    pairs: frozenset[tuple[str, str]]
    unknown: float = 0.0

    @classmethod
    def from_question(cls, question: str, candidates: Sequence[Candidate]) -> QuestionWords:
        """Return the question's words, weighted by their rarity among the candidates."""
        words = _extract_content_terms(question)
        counts = Counter(term for item in candidates for term in item.bag)
        total = len(candidates)
        weights = {
            term: weigh_rarity(total, 1 + counts[term]) * _weigh_term(term, words) for term in words
        }
        plain = cls(weights, build_term_bag(question).pairs)
        everything = (item.bag | item.headings | item.context for item in candidates)
        return replace(
            plain, unknown=1 - plain.measure_coverage(frozenset[str]().union(*everything))
        )

    def measure_coverage(
        self,
        bag: frozenset[str],
        around: Mapping[str, float] = _NO_SURROUNDING_WORDS,
        *,
        exact: bool = False,
    ) -> float:
        """Return which share of the question, by weight, is in a sentence or around it.

        `around` is the worth of words that are not in it (`weigh_surrounding_words`); `exact` gives
        no credit for half a pair of characters.
        """
        paired = {char for term in self.weights if _is_pair(term) and term in bag for char in term}
        there = 0.0
        for term, weight in self.weights.items():
            if term in bag:
                there += weight
            elif _is_pair(term) and paired.issuperset(term):
                there += weight * _BRIDGED_PAIR_WORTH
            else:
                half = _is_pair(term) and not exact and any(char in bag for char in term)
                there += weight * max(around.get(term, 0.0), _HALF_PAIR_WORTH if half else 0.0)
        total = sum(self.weights.values())
        return there / total if total else 0.0


def weigh_surrounding_words(candidates: Sequence[Candidate]) -> dict[str, float]:
    """Return the words around these candidates and in their headings, with their worth."""
    worth: dict[str, float] = {}
    for item in candidates:
        worth.update(dict.fromkeys(item.context - worth.keys(), _CONTEXT_WORTH))
    for item in candidates:
        worth.update(dict.fromkeys(item.headings, _HEADING_WORTH))
    return worth


def _is_pair(term: str) -> bool:
    return len(term) == 2 and all(map(is_han, term))


def _extract_content_terms(question: str) -> list[str]:
    """Return the terms of a question that say what it is about, each once."""
    words = salient_words(_FILLER.sub(" ", question)) or [question]
    found: list[str] = []
    for word in words:
        # An identifier ("ST-200") is one word, not also each of its parts.
        found.extend(
            extract_terms(word)[:1] if _IDENTIFIER.fullmatch(word) else extract_terms(word)
        )
    return list(dict.fromkeys(found))


_FILLER = re.compile(
    r"\bhow (?:long|far|old|tall|big|large|heavy|high|deep|fast|often|soon|wide)\b"
    r"|\bwhat (?:kinds?|types?|sorts?) of\b|\bhappens?\b"
    r"|请问|受到|进行|应该|可能|通常|一般|大约|大概|会|要|应",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"(?=.*\d)[A-Za-z0-9][\w.\-/]*")


def _weigh_term(term: str, words: Sequence[str]) -> float:
    single = len(term) == 1 and is_han(term)
    paired = single and any(_is_pair(word) and term in word for word in words)
    return _HAN_CHARACTER_WORTH if paired else 1.0
