"""Measures the calibration of the bundled multilingual model on sets in BEIR layout.

Run as `python -m eval.benchmarks.calibrate_embedder --data FOLDER … --out FILE`. Passages and
questions are drawn by a fixed seed, as many of each set, and each language's mean is that of its
sets' means, so that no large set decides alone. Ranges of activations come from some of the same
texts, in float32. Limits: needs OpenVINO; the languages are those of the sets.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from eval.data.datasets import RetrievalSet, load_retrieval_set
from ingest.embedding.encoders.bert_graph import build_bert_graph
from ingest.embedding.encoders.openvino_encoder import import_openvino
from ingest.embedding.models.bundled import open_e5
from ingest.embedding.models.calibration import (
    ANY_LANGUAGE,
    Side,
    TextMeans,
    write_calibration,
)
from ingest.embedding.models.packed_model import PackedModel
from ingest.embedding.token_signs import Signer
from ingest.text.language import language_of

_SEED = 20_261_201
_LEAST_TEXTS = 20
"""A set with fewer texts of a language says nothing about its mean."""
_RANGE_TEXTS = 40
"""Passages of each set, and half as many questions, whose activations are measured."""

Ranges = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class _Text:
    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class _Means:
    """The unit vector of a text, and the mean of its words' unit states."""

    vector: NDArray[np.float32]
    words: NDArray[np.float32]


class Prober:
    """Runs the model in float32, a text at a time, and looks into it."""

    def __init__(self, model: PackedModel) -> None:
        openvino = import_openvino()
        graph, self._products = build_bert_graph(openvino, model.file, None, taps=True)
        settings = {"INFERENCE_PRECISION_HINT": "f32"}
        self._request = openvino.Core().compile_model(graph, "CPU", settings).create_infer_request()
        self._model = model
        self._tokenizer = model.build_tokenizer()
        self._signer = Signer(self._tokenizer)
        self.ranges: Ranges = {}

    def measure_text(self, text: _Text, *, with_ranges: bool) -> _Means:
        """Return what a text gives; with `with_ranges` its activations widen `ranges`."""
        prefix = getattr(self._model.prefixes, text.side)
        ids = self._tokenizer.encode_texts([prefix + text.text])[0][: self._model.max_tokens]
        rows = self._model.file.look_up("emb.word", np.asarray([ids]), self._model.dimension)
        outputs: Any = self._request.infer([rows, np.ones((1, len(ids)), np.float32)])
        if with_ranges:
            for number, name in enumerate(self._products):
                self._widen_range(name, outputs[number + 2][0])
        skipped = 1 + self._tokenizer.count_tokens(prefix)
        words = scale_to_units(outputs[1][0][self._signer.select_content_tokens(ids, skipped)])
        mean = words.mean(axis=0) if len(words) else np.zeros(self._model.dimension, np.float32)
        return _Means(scale_to_units(outputs[0])[0], mean)

    def _widen_range(self, name: str, values: NDArray[np.float32]) -> None:
        found = np.stack([values.min(axis=0), values.max(axis=0)])
        known = self.ranges.get(name, found)
        self.ranges[name] = np.stack(
            [np.minimum(known[0], found[0]), np.maximum(known[1], found[1])]
        )


def scale_to_units(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of length 1, shape (n, d)."""
    units: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units


def draw_texts(dataset: RetrievalSet, count: int) -> Iterator[list[_Text]]:
    """Yield at most `count` passages and as many questions of each language of a set."""
    chosen = random.Random(_SEED)
    passages = [f"{each.title}\n{each.text}".strip() for each in dataset.corpus]
    sides: dict[Side, list[str]] = {
        "passage": passages,
        "question": list(dataset.queries.values()),
    }
    for side, texts in sides.items():
        by_language: dict[str, list[str]] = defaultdict(list)
        for text in texts:
            by_language[language_of(text)].append(text)
        for language in sorted(by_language):
            known = by_language[language]
            drawn = chosen.sample(known, min(count, len(known)))
            if len(drawn) >= _LEAST_TEXTS:
                yield [_Text(side, text) for text in drawn]


def average_means(
    found: dict[tuple[Side, str], list[TextMeans]],
) -> dict[tuple[Side, str], TextMeans]:
    """Return the mean over the sets of each language, and over the languages for all others."""
    means = {key: _average(values) for key, values in found.items()}
    for side in ("question", "passage"):
        own = [mean for (of, _), mean in sorted(means.items()) if of == side]
        means[side, ANY_LANGUAGE] = _average(own)
    return means


def _average(means: Sequence[TextMeans]) -> TextMeans:
    return TextMeans(
        np.mean([each.texts for each in means], axis=0),
        np.mean([each.words for each in means], axis=0),
    )


def main(
    data: Annotated[list[Path], typer.Option(help="Folder in BEIR layout; repeated.")],
    out: Annotated[Path, typer.Option(help="The safetensors file that is written.")],
    count: Annotated[int, typer.Option(min=_LEAST_TEXTS, help="Texts of each kind.")] = 150,
) -> None:
    """Measure the means of languages and the ranges of activations of multilingual-e5-small."""
    prober = Prober(open_e5(calibrated=False))
    found: dict[tuple[Side, str], list[TextMeans]] = defaultdict(list)
    for folder in data:
        for texts in draw_texts(load_retrieval_set(folder), count):
            side, language = texts[0].side, language_of(texts[0].text)
            ranged = _RANGE_TEXTS if side == "passage" else _RANGE_TEXTS // 2
            probed = [
                prober.measure_text(text, with_ranges=number < ranged)
                for number, text in enumerate(texts)
            ]
            found[side, language].append(
                TextMeans(
                    np.mean([each.vector for each in probed], axis=0),
                    np.mean([each.words for each in probed], axis=0),
                )
            )
            typer.echo(f"{folder.name}: {len(texts)} {side}s, {language}")
    write_calibration(out, average_means(found), prober.ranges)
    typer.echo(f"{out}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    typer.run(main)
