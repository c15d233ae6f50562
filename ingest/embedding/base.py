"""Defines the Embedder protocol, and what an embedder returns for passages and questions.

Limits: texts longer than `max_tokens` are cut, so chunk below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.token_signs import TokenStates

Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPassage:
    """A passage: its unit vector, and the signs of its words where the model gives them."""

    vector: Vector
    signs: bytes = b""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedQuestion:
    """A question: its unit vector, and its words where the model gives them."""

    vector: Vector
    tokens: TokenStates | None = None


@dataclass(frozen=True, slots=True)
class SimilarityScale:
    """What the cosines of one embedder mean, for every model spreads them differently.

    `unrelated` is the mean cosine of sentences that have nothing to do with each other, `same` that
    of sentences that say the same in other words (`ingest.embedding.measured_languages`). `late` is
    what late interaction gives where it does not show whether a passage answers; None: not known.
    """

    unrelated: float
    same: float
    late: float | None = None

    def place_cosine(self, cosine: float) -> float:
        """Return where a cosine stands: 0 as unrelated sentences, 1 as those that say the same."""
        return (cosine - self.unrelated) / (self.same - self.unrelated)


USUAL_SCALE = SimilarityScale(0.045, 0.638)
"""That of all-MiniLM-L6-v2, with which the thresholds of answers and checks were found."""


class Embedder(Protocol):
    """Turns texts into unit vectors.

    `name` identifies model and version: an index remembers it. `languages` are the ISO 639-1
    codes the model was trained to read ("*" = all): the retriever trusts it only there.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def max_tokens(self) -> int: ...  # noqa: D102
    @property
    def languages(self) -> frozenset[str]: ...  # noqa: D102

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1. Raises EmbeddingFailed."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's own tokenizer makes of `text`, specials excluded."""
        ...


@runtime_checkable
class QuestionPassageEmbedder(Protocol):
    """An embedder that treats questions and passages differently, and gives the words of both."""

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vector and signs of each text. Raises EmbeddingFailed."""
        ...

    def embed_question(self, text: str) -> EncodedQuestion:
        """Return vector and words of a question. Raises EmbeddingFailed."""
        ...


@runtime_checkable
class ScaledEmbedder(Protocol):
    """An embedder that knows what its cosines mean."""

    @property
    def similarity(self) -> SimilarityScale:
        """Its scale. May load the model: EmbeddingFailed."""
        ...


def find_similarity(embedder: Embedder) -> SimilarityScale:
    """Return what an embedder's cosines mean, the usual scale where it does not say."""
    return embedder.similarity if isinstance(embedder, ScaledEmbedder) else USUAL_SCALE


def encode_passages(embedder: Embedder, texts: Sequence[str]) -> list[EncodedPassage]:
    """Return what an embedder makes of passages. Raises EmbeddingFailed."""
    if isinstance(embedder, QuestionPassageEmbedder):
        return embedder.embed_passages(texts)
    return [EncodedPassage(vector) for vector in embedder.embed(texts)]


def stack_vectors(encoded: Sequence[EncodedPassage], dimension: int) -> NDArray[np.float32]:
    """Return the vectors as one array of shape (n, d); n may be 0."""
    vectors = [each.vector for each in encoded]
    return np.stack(vectors) if vectors else np.zeros((0, dimension), np.float32)


def encode_question(embedder: Embedder, text: str) -> EncodedQuestion:
    """Return what an embedder makes of a question. Raises EmbeddingFailed."""
    if isinstance(embedder, QuestionPassageEmbedder):
        return embedder.embed_question(text)
    return EncodedQuestion(embedder.embed([text])[0])
