"""Forgives typing mistakes: a word that no document has gives way to the nearest word that one has.

Names are left alone (capitals, digits): a name that is not there is most often asked about in vain.
A question without unknown words is searched for as it is.

Limits: English only; the first letter has to be right; an index that does not know its terms
(Milvus) forgives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from ingest.index.base import Index, TermIndex
from ingest.text.near_words import measure_edits
from ingest.text.terms import extract_terms, is_stop_word
from rag.question.understand import Question, build_question
from rag.types import Hit, Respelling

_WORD = re.compile(r"(?<![\w'’.@/-])[a-z]{4,}(?![\w'’@/-]|\.\w)")
"""Words without capitals, digits or joining signs."""


_TWO_EDITS = 8
"""Letters from which a word may differ by two; with this for stems as well, 7 of 303 questions of
SQuAD 2.0 had a right word that no document has taken for another, before spelling was compared."""


def _count_forgiven_edits(word: str) -> int:
    return 2 if len(word) >= _TWO_EDITS else 1


class Speller:
    """Replaces mistyped words by those of the documents. Safe to call from several threads."""

    def __init__(self, lexical: Index) -> None:
        self._lexical = lexical

    def respell(self, question: Question) -> tuple[Question, Mapping[str, str]]:
        """Return the question with words of the documents, and their terms by mistyped words.

        Raises IndexUnavailable.
        """
        if not isinstance(self._lexical, TermIndex):
            return question, {}
        terms = {
            word: found[0]
            for word in _WORD.findall(question.standalone)
            if not is_stop_word(word) and len(found := extract_terms(word)) == 1
        }
        forgiven = {term: _count_forgiven_edits(term) for term in terms.values()}
        near = self._lexical.find_near_terms(forgiven) if forgiven else {}
        replaced = {word: near[term] for word, term in terms.items() if term in near}
        if not replaced:
            return question, {}
        text = _WORD.sub(lambda match: replaced.get(match[0], match[0]), question.standalone)
        return build_question(question.text, text), replaced


def name_respellings(replaced: Mapping[str, str], hits: Sequence[Hit]) -> tuple[Respelling, ...]:
    """Return the words that were searched for instead, as the passages found spell them.

    The index has stems: "definit" is near to "deficit", but "definition" is not. What no passage
    spells alike is left out.
    """
    words = {word for hit in hits for word in _WORD.findall(hit.chunk.text.lower())}
    found = ((asked, _find_spelling(asked, term, words)) for asked, term in replaced.items())
    return tuple(Respelling(asked, searched) for asked, searched in found if searched)


def _find_spelling(asked: str, term: str, words: Collection[str]) -> str:
    most = _count_forgiven_edits(asked)
    edits = {word: measure_edits(asked, word, most) for word in words}
    near = (word for word in words if edits[word] <= most and extract_terms(word) == [term])
    return min(near, key=lambda word: (edits[word], word), default="")
