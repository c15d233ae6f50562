"""Scores how far a question names a document by words of its file name.

"What was Acme's revenue in FY22?" names `ACME_2022_10K.pdf` more than `ACME_2021_10K.pdf`: words of
the name stand in the question as they are, joined ("Acme Health": ACMEHEALTH), or as capitals that
are initials ("JnJ": JOHNSON_JOHNSON). Words that few of the names have count more.

Limits: a name of digits alone names nothing; translations and nicknames are not known.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePath

from ingest.text.terms import extract_terms
from rag.analysis.rarity import weigh_rarity

_WORD = re.compile(r"[^\W_]+")
_MOST_CAPITALS = 5
_YEAR = re.compile(r"(?:19|20)\d\d")


def score_named_documents(question: str, names: Collection[str]) -> dict[str, float]:
    """Return how far `question` names each document, 0 to 1, by name; the most named one gets 1."""
    terms = _collect_question_terms(question)
    capitals = _extract_capitals(question)
    found = {
        name: _terms_of_name(name) & terms | _initials_of_name(name) & capitals for name in names
    }
    if not any(found.values()):
        return dict.fromkeys(names, 0.0)
    holders = Counter(
        word for name in names for word in _terms_of_name(name) | _initials_of_name(name)
    )
    scores = {
        name: math.fsum(weigh_rarity(len(names), holders[word]) for word in words)
        for name, words in found.items()
    }
    most = max(scores.values(), default=0.0)
    return {name: score / most if most else 0.0 for name, score in scores.items()}


def _collect_question_terms(question: str) -> frozenset[str]:
    """Return the question's terms, and its neighbouring words as one."""
    words = [word.casefold() for word in _WORD.findall(question)]
    return frozenset((*extract_terms(question), *(one + other for one, other in pairwise(words))))


def _extract_capitals(question: str) -> frozenset[str]:
    """Return the capitals of words that have several, as in "CVS" and "JnJ"."""
    found = ("".join(c for c in word if c.isupper()) for word in _WORD.findall(question))
    return frozenset(word for word in found if 2 <= len(word) <= _MOST_CAPITALS)


@lru_cache(maxsize=1 << 12)
def _terms_of_name(name: str) -> frozenset[str]:
    """Return the terms of a name that name something; none where it is digits alone."""
    stem = PurePath(name).stem
    if not any(char.isalpha() for char in stem):
        return frozenset()
    return frozenset(
        term
        for word in _WORD.findall(stem)
        for term in (*extract_terms(word), word.casefold())
        if len(term) > 1 and (not term.isdigit() or _YEAR.fullmatch(term))
    )


@lru_cache(maxsize=1 << 12)
def _initials_of_name(name: str) -> frozenset[str]:
    """Return the initials of runs of at least two words of a name, in capitals."""
    letters = "".join(
        word[0].upper() if word.isalpha() else " " for word in _WORD.findall(PurePath(name).stem)
    )
    return frozenset(
        run[start:end]
        for run in letters.split()
        for start in range(len(run))
        for end in range(start + 2, min(len(run), start + _MOST_CAPITALS) + 1)
    )
