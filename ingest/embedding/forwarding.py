"""Gives embedders that wrap another one a base class: it forwards what they do not change."""

from __future__ import annotations

from ingest.embedding.base import (
    Embedder,
    EncodedQuestion,
    SimilarityScale,
    encode_question,
    find_similarity,
)


class ForwardingEmbedder:
    """Forwards name, sizes, languages, token counts and questions to the wrapped embedder.

    A subclass adds `embed` and, where it gives the words of passages, `embed_passages`.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """Model and version of the wrapped embedder."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._inner.dimension

    @property
    def max_tokens(self) -> int:
        """The most tokens of a text that the model sees, its special tokens included."""
        return self._inner.max_tokens

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of the languages the model reads, or "*"."""
        return self._inner.languages

    @property
    def similarity(self) -> SimilarityScale:
        """What the wrapped embedder's cosines mean. Raises EmbeddingFailed."""
        return find_similarity(self._inner)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's own tokenizer makes of `text`, specials excluded."""
        return self._inner.count_tokens(text)

    def embed_question(self, text: str) -> EncodedQuestion:
        """Return vector and words of a question. Raises EmbeddingFailed."""
        return encode_question(self._inner, text)
