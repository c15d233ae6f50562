"""Defines EmbeddingModel: what is known of a model before anything computes with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.embedding.base import SimilarityScale
from ingest.embedding.models.calibration import Calibration
from ingest.embedding.tokenizer import TextTokenizer


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What stands before each question and each passage where the model was trained so."""

    question: str = ""
    passage: str = ""


NO_PREFIXES = Prefixes()


class EmbeddingModel(Protocol):
    """A model on disk. Every method raises EmbeddingFailed where its files cannot be read."""

    @property
    def label(self) -> str:
        """The model's name, for people: "multilingual-e5-small"."""
        ...

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change when the model does."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """The most tokens of a text that the model sees, its special tokens included."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of what it reads, "*" for all; empty where nobody has said it."""
        ...

    @property
    def similarity(self) -> SimilarityScale | None:
        """What its cosines mean, None where nobody has measured it."""
        ...

    @property
    def prefixes(self) -> Prefixes:
        """What the model expects before questions and passages."""
        ...

    @property
    def calibration(self) -> Calibration | None:
        """What was measured of the model, None where nothing was."""
        ...

    def build_tokenizer(self) -> TextTokenizer:
        """Return the model's tokenizer, which cuts nothing."""
        ...

    def provide_folder(self, cache: Path | None) -> Path:
        """Return a sentence-transformers folder of the model, made in `cache` if there is none."""
        ...
