from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.errors import EvalError
from eval.systems.embedding_cache import CachedEmbedder, EmbeddingCache
from ingest.embedding.hash_embedder import HashEmbedder


class Counting(HashEmbedder):
    """Counts what it is asked to embed."""

    def __init__(self, dimension: int = 8) -> None:
        super().__init__(dimension)
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return super().embed(texts)

    def token_vectors(self) -> str:
        return "more than an embedder need do"


def test_a_text_is_embedded_once_also_in_another_run(tmp_path: Path) -> None:
    inner = Counting()
    first = CachedEmbedder(inner, EmbeddingCache(tmp_path, inner.name))
    vectors = first.embed(["one", "two", "one"])
    assert inner.asked == ["one", "two"]
    assert (vectors == HashEmbedder(8).embed(["one", "two", "one"])).all()
    later = CachedEmbedder(inner, EmbeddingCache(tmp_path, inner.name))
    assert (later.embed(["two", "three"]) == HashEmbedder(8).embed(["two", "three"])).all()
    assert inner.asked == ["one", "two", "three"]
    assert later.embed([]).shape == (0, 8)


def test_other_models_have_other_vectors(tmp_path: Path) -> None:
    small, large = Counting(8), Counting(16)
    CachedEmbedder(small, EmbeddingCache(tmp_path, small.name)).embed(["one"])
    found = CachedEmbedder(large, EmbeddingCache(tmp_path, large.name)).embed(["one"])
    assert found.shape == (1, 16)


def test_for_timing_it_computes_anew(tmp_path: Path) -> None:
    inner = Counting()
    cached = CachedEmbedder(inner, EmbeddingCache(tmp_path, inner.name))
    cached.embed(["one"])
    with cached.bypass_cache():
        cached.embed(["one"])
    cached.embed(["one"])
    assert inner.asked == ["one", "one"]


def test_it_is_what_it_wraps(tmp_path: Path) -> None:
    inner = Counting()
    cached = CachedEmbedder(inner, EmbeddingCache(tmp_path, inner.name))
    assert (cached.name, cached.dimension, cached.max_tokens) == ("hash-8", 8, 256)
    assert cached.languages == {"*"}
    assert cached.count_tokens("two words") == 2
    more: Any = cached
    assert more.token_vectors() == "more than an embedder need do"


def test_a_cache_that_cannot_be_used_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvalError, match="cache of embeddings"):
        EmbeddingCache(tmp_path / "file", "m")
    (tmp_path / "m.sqlite").write_text("no database, whatever its name is. " * 100)
    with pytest.raises(EvalError, match="cache of embeddings"):
        EmbeddingCache(tmp_path, "m")
