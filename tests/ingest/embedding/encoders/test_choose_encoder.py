"""What computes: as asked for, else as the machine can, and PyTorch where OpenVINO cannot."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

import pytest

from ingest.embedding.encoders import choose_encoder, openvino_encoder
from ingest.embedding.encoders.choose_encoder import make_encoder
from ingest.embedding.encoders.encoder import Precision, TokenizedText, pad_ids
from ingest.embedding.encoders.openvino_encoder import choose_precision
from ingest.embedding.models.base import NO_PREFIXES, EmbeddingModel
from ingest.embedding.models.bundled import open_minilm
from ingest.embedding.models.calibration import Calibration
from ingest.embedding.models.packed_file import PackedFile
from ingest.embedding.models.packed_model import PackedModel
from ingest.errors import EmbeddingFailed
from tests.support.packed_file import make_bert, write_packed

NOTHING_MEASURED = Calibration({}, {}, "")
needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None,
    reason="the package openvino is not installed (extra: openvino)",
)


def make_tiny(folder: Path, calibration: Calibration | None = None) -> PackedModel:
    file = PackedFile(write_packed(folder / "model.bin", make_bert()))
    return PackedModel(file, "tiny", NO_PREFIXES, calibration)


@pytest.mark.parametrize(
    ("asked", "able", "calibrated", "due"),
    [
        ("auto", {"INT8", "BF16"}, True, "int8"),
        ("auto", {"BF16"}, True, "bf16"),
        ("auto", {"INT8", "BF16"}, False, "bf16"),
        ("auto", {"INT8"}, False, "f32"),
        ("int8", set(), True, "int8"),
        ("bf16", {"INT8"}, True, "bf16"),
        ("f32", {"INT8", "BF16"}, True, "f32"),
    ],
)
def test_8_bits_are_taken_where_they_were_measured(
    tmp_path: Path, asked: Precision, able: set[str], calibrated: bool, due: str
) -> None:
    model = make_tiny(tmp_path, NOTHING_MEASURED if calibrated else None)
    assert choose_precision(asked, able, model) == due


def test_8_bits_that_were_never_measured_are_refused(tmp_path: Path) -> None:
    for model in (make_tiny(tmp_path), open_minilm()):
        with pytest.raises(EmbeddingFailed, match="not been calibrated") as caught:
            choose_precision("int8", {"INT8"}, model)
        assert "precision" in caught.value.advice


def test_ids_are_padded_to_the_longest() -> None:
    ids, mask = pad_ids([TokenizedText("", [7, 8, 9]), TokenizedText("", [5])])
    assert ids.tolist() == [[7, 8, 9], [5, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def refuse(_model: EmbeddingModel, _precision: Precision, _cache: Path | None) -> object:
    raise EmbeddingFailed("It cannot be compiled.")


@needs_openvino
def test_pytorch_serves_where_openvino_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(choose_encoder, "_prefers_openvino", lambda: True)
    monkeypatch.setattr(openvino_encoder, "OpenVinoEncoder", refuse)
    model = make_tiny(tmp_path)
    with caplog.at_level(logging.WARNING):
        encoder = make_encoder(model, "auto", "cpu", "auto", tmp_path)
    assert encoder.label == "torch f32 on cpu"
    assert "PyTorch is used instead" in caplog.text
    with pytest.raises(EmbeddingFailed, match="cannot be compiled"):
        make_encoder(model, "openvino", "cpu", "auto", tmp_path)


@needs_openvino
@pytest.mark.parametrize("backend", ["torch", "openvino"])
def test_a_damaged_model_is_a_typed_error_of_either(tmp_path: Path, backend: str) -> None:
    tensors = make_bert()
    del tensors["l0.fo.w"]
    file = PackedFile(write_packed(tmp_path / "model.bin", tensors))
    model = PackedModel(file, "tiny", NO_PREFIXES, None)
    with pytest.raises(EmbeddingFailed, match=r"no tensor l0\.fo\.w"):
        make_encoder(model, backend, "cpu", "auto", tmp_path)  # type: ignore[arg-type]
