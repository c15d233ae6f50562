"""A base class for embedders that wrap another one: what they do not change is the other's."""

from __future__ import annotations

from ingest.embedding.base import Embedder, Question, read_question


class ForwardingEmbedder:
    """Answers for the embedder within: name, sizes, languages, token counts and questions.

    A subclass adds `embed` and, where it reads words, `embed_passages`.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """Model and version of the embedder within."""
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

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's own tokenizer makes of `text`, specials excluded."""
        return self._inner.count_tokens(text)

    def embed_question(self, text: str) -> Question:
        """Return vector and words of a question. Raises EmbeddingFailed."""
        return read_question(self._inner, text)
