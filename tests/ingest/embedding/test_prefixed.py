"""Words before questions and passages, for models that were trained with them."""

from __future__ import annotations

import numpy as np

from ingest.embedding.base import encode_question
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.prefixed import PrefixedEmbedder

INNER = HashEmbedder(64)


def test_questions_and_passages_are_told_apart() -> None:
    embedder = PrefixedEmbedder(INNER, "zebra ", "giraffe ")
    assert np.array_equal(embedder.embed(["pump"])[0], INNER.embed(["giraffe pump"])[0])
    assert np.array_equal(encode_question(embedder, "pump").vector, INNER.embed(["zebra pump"])[0])
    assert np.array_equal(encode_question(INNER, "pump").vector, INNER.embed(["pump"])[0])


def test_it_is_the_embedder_within_otherwise() -> None:
    embedder = PrefixedEmbedder(INNER, "zebra ", "giraffe ")
    assert embedder.dimension == INNER.dimension
    assert embedder.languages == INNER.languages
    assert embedder.max_tokens == INNER.max_tokens - 1
    assert embedder.count_tokens("one two") == INNER.count_tokens("one two")


def test_only_what_stands_before_passages_makes_it_another_for_an_index() -> None:
    assert PrefixedEmbedder(INNER, "zebra ", "").name == INNER.name
    assert PrefixedEmbedder(INNER, "", "giraffe ").name != INNER.name
