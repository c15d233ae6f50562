"""Reads a text as search terms, in the form in which answering and grounding compare texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ingest.text.scripts import is_han
from ingest.text.terms import extract_terms


@dataclass(frozen=True, slots=True)
class TermBag:
    """A text with its terms: `order` as they follow each other, `bag` each once.

    `pairs` are terms that follow each other.
    """

    text: str
    order: tuple[str, ...]
    bag: frozenset[str]
    pairs: frozenset[tuple[str, str]]


@lru_cache(maxsize=8_192)
def build_term_bag(text: str) -> TermBag:
    """Return a text with its terms; of Chinese, pairs of characters and not single ones."""
    order = tuple(extract_terms(text))
    content = tuple(term for term in order if not _is_han_character(term)) or order
    return TermBag(text, content, frozenset(content), frozenset(pairwise(content)))


def _is_han_character(term: str) -> bool:
    return len(term) == 1 and is_han(term)
