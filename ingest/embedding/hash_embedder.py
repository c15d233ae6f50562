"""Embeds texts by their words alone, without a model: a deterministic Embedder for tests and demos.

Feature hashing (Weinberger et al. 2009): each search term adds, with a sign, to one of `dimension`
numbers; texts with terms in common are near, others nearly orthogonal. Chinese and English both
work because `ingest.text.terms.extract_terms` cuts both.

Limits: knows no synonyms and no order; with few dimensions unrelated terms collide.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.text.scripts import HAN, HAN_COMPATIBILITY
from ingest.text.terms import extract_terms

_TOKEN = re.compile(rf"[{HAN}{HAN_COMPATIBILITY}]|[^\W{HAN}{HAN_COMPATIBILITY}]+|[^\w\s]")


class HashEmbedder:
    """Bags of hashed terms as unit vectors; the same text gives the same bits everywhere."""

    def __init__(
        self, dimension: int = 64, *, languages: Sequence[str] = ("*",), max_tokens: int = 256
    ) -> None:
        if dimension < 1:
            raise ValueError(f"dimension must be positive, not {dimension}")
        self._dimension = dimension
        self._languages = frozenset(languages)
        self._max_tokens = max_tokens

    @property
    def name(self) -> str:
        """The kind of embedder and its dimension."""
        return f"hash-{self._dimension}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """What a caller should treat as the limit; nothing is cut."""
        return self._max_tokens

    @property
    def languages(self) -> frozenset[str]:
        """The languages given at construction, "*" by default."""
        return self._languages

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for term, count in Counter(extract_terms(text)).items():
                column, sign = _hash_term(term, self._dimension)
                vectors[row, column] += sign * (1.0 + np.log(count))
            norm = float(np.linalg.norm(vectors[row]))
            if norm == 0.0:
                # No terms, or terms that cancel out: the raw text gives the direction instead.
                vectors[row, _hash_term(text, self._dimension)[0]] = norm = 1.0
            vectors[row] /= norm
        return vectors

    def count_tokens(self, text: str) -> int:
        """Return the number of words, CJK characters and punctuation marks."""
        return len(_TOKEN.findall(text))


def _hash_term(term: str, dimension: int) -> tuple[int, float]:
    """Return the term's column and its sign, 1 or -1."""
    number = int.from_bytes(
        hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little"
    )
    return (number >> 1) % dimension, 1.0 if number & 1 else -1.0
