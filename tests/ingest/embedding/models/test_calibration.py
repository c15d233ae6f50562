"""A calibration is read as it was written; anything else is a typed error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ingest.embedding.models.calibration import (
    Side,
    TextMeans,
    read_calibration,
    write_calibration,
)
from ingest.errors import EmbeddingFailed


def make_means(value: float) -> TextMeans:
    return TextMeans(np.full(4, value, np.float32), np.full(4, value / 2, np.float32))


MEANS: dict[tuple[Side, str], TextMeans] = {
    ("question", "*"): make_means(1),
    ("passage", "*"): make_means(2),
    ("passage", "zh"): make_means(3),
}
RANGES = {"l0.q": np.array([[-1.0, -2.0], [1.0, 4.0]], np.float32)}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_calibration(path, MEANS, RANGES)
    found = read_calibration(path)
    assert found.find_means("passage", "zh").texts.tolist() == [3.0] * 4
    assert found.find_means("passage", "zh").words.tolist() == [1.5] * 4
    assert np.array_equal(found.ranges["l0.q"], RANGES["l0.q"])


def test_a_language_without_a_mean_gets_that_of_all(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_calibration(path, MEANS, RANGES)
    found = read_calibration(path)
    assert found.find_means("passage", "de").texts.tolist() == [2.0] * 4
    assert found.find_means("question", "zh").texts.tolist() == [1.0] * 4


def test_the_digest_changes_with_the_means_alone(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two", "three")]
    write_calibration(paths[0], MEANS, RANGES)
    write_calibration(paths[1], MEANS, {"l0.q": 2 * RANGES["l0.q"]})
    write_calibration(paths[2], MEANS | {("passage", "zh"): make_means(4)}, RANGES)
    one, two, three = (read_calibration(path).digest for path in paths)
    assert one == two, "ranges change only the last digits of vectors"
    assert one != three


def test_what_is_no_calibration_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    with pytest.raises(EmbeddingFailed, match="no calibration"):
        read_calibration(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(EmbeddingFailed, match="no calibration"):
        read_calibration(path)
    save_file({"mean.passage.*": np.zeros((2, 4), np.float16)}, path)
    with pytest.raises(EmbeddingFailed, match="no mean of every question"):
        read_calibration(path)
