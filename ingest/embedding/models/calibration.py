"""Reads what was measured of a bundled model on sample texts: its calibration.

- the mean vector of each language, of passages and of questions, and the same of their words: texts
  of one language lie near each other whatever they say, and without their mean a question finds
  what means the same in another language;
- the least and greatest input of each channel of each product, to compute it in 8 bits.

The file is made by `eval.benchmarks.calibrate_embedder`. Limits: a language without a mean of its
own is served by the mean of all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ingest.errors import EmbeddingFailed

Side = Literal["question", "passage"]
_MEANS, _RANGES = "mean", "range"
ANY_LANGUAGE = "*"


@dataclass(frozen=True, slots=True)
class TextMeans:
    """The mean unit vector of texts, and that of their words' unit states; shape (d,)."""

    texts: NDArray[np.float32]
    words: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What was measured of one model; `digest` changes with what changes its vectors."""

    means: Mapping[tuple[Side, str], TextMeans]
    ranges: Mapping[str, NDArray[np.float32]]
    digest: str

    def find_means(self, side: Side, language: str) -> TextMeans:
        """Return the means of questions or passages in a language, of all where it has none."""
        return self.means.get((side, language)) or self.means[side, ANY_LANGUAGE]


def read_calibration(path: Path) -> Calibration:
    """Return the calibration in a safetensors file. Raises EmbeddingFailed."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(path)
        means: dict[tuple[Side, str], TextMeans] = {}
        digest = hashlib.sha256()
        for side in ("question", "passage"):
            start = f"{_MEANS}.{side}."
            for name in sorted(tensors):
                if name.startswith(start):
                    texts, words = tensors[name].astype(np.float32)
                    means[side, name.removeprefix(start)] = TextMeans(texts, words)
                    digest.update(name.encode() + tensors[name].tobytes())
            if (side, ANY_LANGUAGE) not in means:
                raise ValueError(f"it has no mean of every {side}")
        ranges = {
            name.removeprefix(f"{_RANGES}."): values.astype(np.float32)
            for name, values in tensors.items()
            if name.startswith(f"{_RANGES}.")
        }
    except (OSError, ValueError, SafetensorError) as error:
        raise EmbeddingFailed(f"{path} is no calibration of a model: {error}") from error
    return Calibration(means, ranges, digest.hexdigest()[:8])


def write_calibration(
    path: Path,
    means: Mapping[tuple[Side, str], TextMeans],
    ranges: Mapping[str, NDArray[np.float32]],
) -> None:
    """Write a calibration as float16 values in a safetensors file."""
    from safetensors.numpy import save_file

    tensors = {
        f"{_MEANS}.{side}.{language}": np.stack([each.texts, each.words]).astype(np.float16)
        for (side, language), each in means.items()
    }
    tensors |= {f"{_RANGES}.{name}": each.astype(np.float16) for name, each in ranges.items()}
    save_file(tensors, path)
