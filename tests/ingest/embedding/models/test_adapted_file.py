from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ingest.embedding.models.adapted_file import AdaptedFile
from ingest.embedding.models.packed_file import PackedFile
from ingest.errors import EmbeddingFailed
from tests.support.packed_file import make_bert, write_packed


def test_a_matrix_comes_changed_and_the_others_as_they_are(tmp_path: Path) -> None:
    path = write_packed(tmp_path / "m.bin", make_bert())
    plain = PackedFile(path)
    hidden = plain.sizes.hidden
    down, up = np.ones((1, hidden), np.float32), np.full((hidden, 1), 0.5, np.float32)
    save_file({"l0.q.a": down, "l0.q.b": up, "head.w": down}, tmp_path / "c.safetensors")
    adapted = AdaptedFile(path, tmp_path / "c.safetensors")
    assert np.allclose(adapted.read_tensor("l0.q.w"), plain.read_tensor("l0.q.w") + 0.5)
    assert np.array_equal(adapted.read_tensor("l0.k.w"), plain.read_tensor("l0.k.w"))
    assert np.array_equal(adapted.read_tensor("l0.q.b"), plain.read_tensor("l0.q.b"))
    assert adapted.digest != plain.digest
    assert adapted.read_head("head.w").shape == (1, hidden)
    with pytest.raises(EmbeddingFailed):
        adapted.read_head("head.none")


def test_a_file_that_holds_no_tensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.safetensors").write_bytes(b"none")
    with pytest.raises(EmbeddingFailed):
        AdaptedFile(write_packed(tmp_path / "m.bin"), tmp_path / "c.safetensors")
