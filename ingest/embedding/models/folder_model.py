"""Reads a model's folder: tokenizer, size of its vectors, longest text, and a fingerprint.

Only the folder's own files are read, so that describing a model costs no import of torch. Limits:
the fingerprint samples the weights rather than reading gigabytes: it notices any retrained model,
not a single changed byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.embedding.base import SimilarityScale
from ingest.embedding.models.base import NO_PREFIXES, Prefixes
from ingest.embedding.models.calibration import Calibration
from ingest.embedding.tokenizer import FolderTokenizer, TextTokenizer
from ingest.errors import EmbeddingFailed

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_SAMPLE_BYTES = 4_096
_SAMPLES = 64
_WEIGHT_SUFFIXES = frozenset({".safetensors", ".bin", ".onnx", ".xml", ".pt"})
_IDENTITY_SUFFIXES = _WEIGHT_SUFFIXES | {".json", ".txt", ".model"}


class FolderModel:
    """A model in a folder of sentence-transformers, such as `save_pretrained` writes."""

    def __init__(
        self,
        folder: Path,
        label: str = "",
        languages: frozenset[str] = frozenset(),
        prefixes: Prefixes = NO_PREFIXES,
        similarity: SimilarityScale | None = None,
    ) -> None:
        """Look whether `folder` is one. Raises EmbeddingFailed."""
        if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
            raise EmbeddingFailed(
                f"{folder} is no model folder: it has neither config.json nor modules.json.",
                hint='Set embedder.model to "bundled" or to the folder of a downloaded model.',
            )
        self.folder = folder.resolve()
        self._label = label or self.folder.name
        self._languages = languages
        self._prefixes = prefixes
        self._similarity = similarity

    @property
    def label(self) -> str:
        """The folder's name, or what the model is called."""
        return self._label

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change when the files do. Raises EmbeddingFailed."""
        return compute_model_fingerprint(self.folder)

    @cached_property
    def dimension(self) -> int:
        """Length of a vector. Raises EmbeddingFailed."""
        return read_dimension(self.folder)

    @cached_property
    def max_tokens(self) -> int:
        """The sequence length the model was made for. Raises EmbeddingFailed."""
        return read_max_tokens(self.folder)

    @property
    def languages(self) -> frozenset[str]:
        """What it reads as far as it was said."""
        return self._languages

    @property
    def similarity(self) -> SimilarityScale | None:
        """What its cosines mean as far as it was said."""
        return self._similarity

    @property
    def prefixes(self) -> Prefixes:
        """What stands before questions and passages."""
        return self._prefixes

    @property
    def calibration(self) -> Calibration | None:
        """None: nothing was measured of a model that somebody brings."""
        return None

    def build_tokenizer(self) -> TextTokenizer:
        """Return the folder's tokenizer, which cuts nothing. Raises EmbeddingFailed."""
        return FolderTokenizer(read_tokenizer(self.folder))

    def provide_folder(self, cache: Path | None) -> Path:
        """Return the folder."""
        return self.folder


def compute_model_fingerprint(folder: Path) -> str:
    """Return 12 hex digits that change when the model in `folder` does.

    Configuration and vocabulary are hashed whole; of weights the size and 64 blocks spread evenly
    over the file, since any training step changes nearly every weight.
    """
    digest = hashlib.sha256()
    try:
        files = [path for path in folder.rglob("*") if path.suffix in _IDENTITY_SUFFIXES]
        for path in sorted(files):
            digest.update(f"{path.relative_to(folder).as_posix()}:{path.stat().st_size}".encode())
            for piece in (
                _read_weight_samples(path)
                if path.suffix in _WEIGHT_SUFFIXES
                else [path.read_bytes()]
            ):
                digest.update(piece)
    except OSError as error:
        raise EmbeddingFailed(f"The model in {folder} cannot be read: {error}") from error
    return digest.hexdigest()[:12]


def _read_weight_samples(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    step = max(_SAMPLE_BYTES, size // _SAMPLES)
    with path.open("rb") as stream:
        for offset in range(0, size, step):
            stream.seek(offset)
            yield stream.read(_SAMPLE_BYTES)


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


def read_tokenizer(folder: Path) -> Tokenizer:
    """Return the folder's tokenizer, which cuts and pads nothing. Raises EmbeddingFailed."""
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


def read_dimension(folder: Path) -> int:
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


def read_max_tokens(folder: Path) -> int:
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
