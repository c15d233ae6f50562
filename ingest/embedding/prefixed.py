"""Puts the prefixes before texts that some models expect: "query: ..." and "passage: ...".

E5, BGE and others were trained with such words before questions and before passages; without them
they find less. Limits: sentences of an answer that are compared with sentences of a passage are
embedded as passages on both sides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.base import (
    Embedder,
    EncodedPassage,
    EncodedQuestion,
    encode_passages,
    encode_question,
)
from ingest.embedding.forwarding import ForwardingEmbedder


class PrefixedEmbedder(ForwardingEmbedder):
    """Wraps an embedder and puts the prefix of questions or of passages before each text."""

    def __init__(self, inner: Embedder, query: str, passage: str) -> None:
        super().__init__(inner)
        self._query = query
        self._passage = passage
        # An index remembers the name, and only the prefix of passages changes what it holds.
        digest = hashlib.sha256(passage.encode()).hexdigest()[:8]
        self._name = f"{inner.name}+{digest}" if passage else inner.name

    @property
    def name(self) -> str:
        """The wrapped embedder's name, and a hash of the prefix of passages."""
        return self._name

    @property
    def max_tokens(self) -> int:
        """The most tokens of a text that the model sees beside its prefix."""
        longest = max(self._inner.count_tokens(each) for each in (self._query, self._passage))
        return self._inner.max_tokens - longest

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d) of passages. Raises EmbeddingFailed."""
        return self._inner.embed([self._passage + text for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vector and signs of each passage. Raises EmbeddingFailed."""
        return encode_passages(self._inner, [self._passage + text for text in texts])

    def embed_question(self, text: str) -> EncodedQuestion:
        """Return vector and words of a question. Raises EmbeddingFailed."""
        return encode_question(self._inner, self._query + text)
