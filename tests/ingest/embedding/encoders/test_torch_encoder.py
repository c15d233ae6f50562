"""PyTorch on our own token ids gives what sentence-transformers gives of the text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.embedding.encoders.encoder import TokenizedText
from ingest.embedding.encoders.torch_encoder import TorchEncoder, load_model
from ingest.embedding.models.bundled import open_minilm
from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder
from ingest.errors import EmbeddingFailed

TEXTS = ["The warranty covers the battery for two years.", "pump", "电池的保修期为两年。", ""]


def tokenize(texts: Sequence[str]) -> list[TokenizedText]:
    ids = open_minilm().build_tokenizer().encode_texts(texts)
    return [TokenizedText(*each) for each in zip(texts, ids, strict=True)]


def take_all(
    batch: Sequence[TokenizedText],
    vectors: NDArray[np.float32],
    states: Sequence[NDArray[np.float32]],
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    return vectors, [of[: len(piece.ids)] for piece, of in zip(batch, states, strict=True)]


def test_vectors_are_those_of_sentence_transformers() -> None:
    """Tolerance: the order of additions in batches of other shapes."""
    folder = open_minilm().folder
    encoder = TorchEncoder(folder, "cpu")
    ((vectors, states),) = encoder.encode([tokenize(TEXTS)], take_all)
    due = load_model(folder, "cpu").encode(TEXTS, normalize_embeddings=True)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(units, due, atol=1e-5)
    assert [len(each) for each in states] == [len(piece.ids) for piece in tokenize(TEXTS)]


def test_a_model_that_shortens_its_vectors_does_so_here(tmp_path: Path) -> None:
    folder = tmp_path / "short"
    shutil.copytree(open_minilm().folder, folder)
    path = folder / "config_sentence_transformers.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"truncate_dim": 128}))
    embedder = SentenceTransformerEmbedder(str(folder), backend="torch", device="cpu")
    assert embedder.dimension == 128
    due = load_model(folder, "cpu").encode(TEXTS, normalize_embeddings=True, truncate_dim=128)
    np.testing.assert_allclose(embedder.embed(TEXTS), due, atol=1e-5)


def test_ids_that_the_model_does_not_know_are_a_typed_error() -> None:
    encoder = TorchEncoder(open_minilm().folder, "cpu")
    with pytest.raises(EmbeddingFailed, match="failed on 1 texts"):
        encoder.encode([[TokenizedText("", [101, 10_000_000, 102])]], take_all)
