"""What an embedder reads is seen in whether it knows what means the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.measured_languages import (
    ALL_LANGUAGES,
    PAIRS,
    EmbedTexts,
    measure_competence,
    measure_languages,
)
from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder


def knowing(*languages: str) -> EmbedTexts:
    """Return an embedder that gives partners of these languages one vector, all else noise."""
    places = {
        text: 32 * (language == "zh") + number
        for language in languages
        for number, pair in enumerate(PAIRS[language])
        for text in pair
    }

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = []
        for text in texts:
            noise = np.random.default_rng(sum(map(ord, text))).standard_normal(64)
            row = np.eye(64)[places[text]] if text in places else noise / np.linalg.norm(noise)
            rows.append(row.astype(np.float32))
        return np.stack(rows)

    return embed


@pytest.mark.parametrize(
    ("languages", "read"),
    [(("en", "zh"), ALL_LANGUAGES), (("en",), {"en"}), (("zh",), {"zh"}), ((), set())],
)
def test_languages_are_told_apart(languages: tuple[str, ...], read: set[str]) -> None:
    assert measure_languages(knowing(*languages)) == read


def test_shared_words_are_no_understanding() -> None:
    """The pairs share next to no words, so an embedder of words alone finds few of them."""
    for language in PAIRS:
        assert measure_competence(HashEmbedder(1024).embed, language) < 0.4


def test_minilm_reads_english_and_no_chinese() -> None:
    model = SentenceTransformerEmbedder("minilm", backend="torch", device="cpu")
    assert measure_competence(model.embed, "en") > 0.9
    assert measure_competence(model.embed, "zh") < 0.4
