"""What cosines mean is the same through whatever wraps an embedder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from ingest.embedding.background import ProcessEmbedder
from ingest.embedding.base import USUAL_SCALE, Embedder, SimilarityScale, find_similarity
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.question_cache import QuestionCache

SCALE = SimilarityScale(0.3, 0.7, 0.5)


class Scaled(HashEmbedder):
    """Knows what its cosines mean."""

    @property
    def similarity(self) -> SimilarityScale:
        return SCALE


@pytest.mark.parametrize(
    ("cosine", "place"), [(0.3, 0), (0.7, 1), (0.5, 0.5), (0.1, -0.5), (0.9, 1.5)]
)
def test_a_cosine_stands_between_unrelated_and_same(cosine: float, place: float) -> None:
    assert SCALE.place_cosine(cosine) == pytest.approx(place)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: inner,
        QuestionCache,
        lambda inner: ProcessEmbedder(inner, partial(HashEmbedder, 64)),
        lambda inner: QuestionCache(QuestionCache(inner)),
    ],
)
def test_a_wrapper_tells_the_scale_of_what_it_wraps(wrap: Callable[[Embedder], Embedder]) -> None:
    assert find_similarity(wrap(Scaled(64))) == SCALE
    assert find_similarity(wrap(HashEmbedder(64))) == USUAL_SCALE
