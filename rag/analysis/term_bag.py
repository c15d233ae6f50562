"""A text with its search terms, as answering and grounding compare it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ingest.text.scripts import is_han
from ingest.text.terms import terms


@dataclass(frozen=True, slots=True)
class Read:
    """A text with its terms: `order` as they follow each other, `bag` each once."""

    text: str
    order: tuple[str, ...]
    bag: frozenset[str]
    pairs: frozenset[tuple[str, str]]


@lru_cache(maxsize=8_192)
def read(text: str) -> Read:
    """Return a text with its terms; of Chinese the pairs of characters count, not the single."""
    order = tuple(terms(text))
    content = tuple(term for term in order if not _is_han_character(term)) or order
    return Read(text, content, frozenset(content), frozenset(pairwise(content)))


def _is_han_character(term: str) -> bool:
    return len(term) == 1 and is_han(term)
