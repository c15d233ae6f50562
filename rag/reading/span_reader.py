"""Finds the words of a passage that answer a question, by the bundled encoder trained to read.

Question and passage go through the encoder together, its upper layers changed by low-rank weights
that were trained on SQuAD 2.0 and CMRC 2018 (`eval.training.train_reader`); two logits for each
token then say where the answer begins and ends, or that there is none (Devlin et al., "BERT", 2019,
section 4.3).

Limits: English and Chinese are measured, other languages only what the encoder carries over; one
answer in one place, at most 40 tokens; it reads no tables.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.encoders.choose_encoder import make_encoder
from ingest.embedding.encoders.encoder import Backend, Device, Encoder, Precision, TokenizedText
from ingest.embedding.models.adapted_file import AdaptedFile
from ingest.embedding.models.base import NO_PREFIXES
from ingest.embedding.models.bundled import MISSING_E5, MISSING_E5_HINT, find_e5_file
from ingest.embedding.models.packed_model import PackedModel
from ingest.errors import EmbeddingFailed
from rag.reading.tokens import FoundSpan, choose_span, tokenize_pair

WEIGHTS = Path(__file__).with_name("reader.safetensors")


class Reader(Protocol):
    """Finds the words of passages that answer a question."""

    def read(self, question: str, passages: Sequence[str]) -> list[FoundSpan]:
        """Return the likeliest answer in each passage and how likely it is."""
        ...


class SpanReader:
    """Reads with the bundled encoder; safe to call from several threads."""

    def __init__(
        self,
        weights: Path = WEIGHTS,
        *,
        backend: Backend = "auto",
        device: Device = "auto",
        precision: Precision = "auto",
        cache: Path | None = None,
    ) -> None:
        """Read the weights. Raises EmbeddingFailed where the bundled model is not installed."""
        path = find_e5_file()
        if path is None:
            raise EmbeddingFailed(MISSING_E5, hint=MISSING_E5_HINT)
        self._file = AdaptedFile(path, weights)
        self._model = PackedModel(self._file, "reader", NO_PREFIXES, None)
        self._tokenizer = self._model.build_tokenizer()
        self._head = (self._file.read_head("head.w").T, self._file.read_head("head.b"))
        self._options = (backend, device, precision, cache)
        self._lock = threading.Lock()
        """Guards `_encoder`, which is loaded once and runs one call at a time."""
        self._encoder: Encoder | None = None

    def read(self, question: str, passages: Sequence[str]) -> list[FoundSpan]:
        """Return the likeliest answer in each passage. Raises EmbeddingFailed."""
        if not passages:
            return []
        pairs = [tokenize_pair(self._tokenizer, question, each) for each in passages]
        weight, bias = self._head

        def compute_logits(
            batch: Sequence[TokenizedText],
            _vectors: NDArray[np.float32],
            states: Sequence[NDArray[np.float32]],
        ) -> list[NDArray[np.float32]]:
            return [
                of_text[: len(each.ids)] @ weight + bias
                for each, of_text in zip(batch, states, strict=False)
            ]

        batches = [[TokenizedText("", pair.ids)] for pair in pairs]
        with self._lock:
            if self._encoder is None:
                self._encoder = make_encoder(self._model, *self._options)
            found = self._encoder.encode(batches, compute_logits)
        return [choose_span(pair, logits) for pair, (logits,) in zip(pairs, found, strict=True)]
