"""Who computes an embedder's vectors: PyTorch or OpenVINO, and which of them is quickest here.

All give the same vectors but for the last digits: a cosine below `FAITHFUL` between a quick encoder
and plain float32 is a failure, not a choice. "auto" takes a CUDA device where there is one, else
OpenVINO where it is installed (bfloat16 where the processor computes in it), else PyTorch. Limits:
only sentence-transformers folders.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.errors import EmbeddingFailed

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Backend = Literal["auto", "torch", "openvino"]
Device = Literal["auto", "cpu", "cuda"]
FAITHFUL = 0.995
"""The least cosine to float32 that a quick encoder may have; bfloat16 has .9995 and more."""
_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)
_NVIDIA = Path("/proc/driver/nvidia")


@dataclass(frozen=True, slots=True)
class Piece:
    """A text and its token ids, special tokens included, cut to what the model takes."""

    text: str
    ids: Sequence[int]


Take = Callable[[Sequence[Piece], NDArray[np.float32], Sequence[NDArray[np.float32]]], _Result]
"""What is kept of a batch: called with its texts, their vectors of shape (n, d), and for each text
the encoder's last hidden states, a row for each token (and perhaps more, for padding). The arrays
are the encoder's own and change with the next batch."""


class Encoder(Protocol):
    """Computes vectors of batches of texts."""

    @property
    def label(self) -> str:
        """What computes, and how: "openvino bf16 on cpu"."""
        ...

    def encode(self, batches: Sequence[Sequence[Piece]], take: Take[_Result]) -> list[_Result]:
        """Return what `take` makes of each batch, in order. Raises EmbeddingFailed."""
        ...


def make_encoder(
    folder: Path, backend: Backend, device: Device, max_tokens: int, cache: Path | None
) -> Encoder:
    """Load the model in `folder`; `cache` is a folder for compiled models.

    Raises EmbeddingFailed when the backend named is not there or not faithful.
    """
    if backend == "torch" or device == "cuda" or (backend == "auto" and not _prefers_openvino()):
        encoder: Encoder = TorchEncoder(folder, device, max_tokens)
    else:
        from ingest.openvino_encoder import OpenVinoEncoder

        try:
            encoder = OpenVinoEncoder(folder, max_tokens, cache)
        except EmbeddingFailed as error:
            if backend == "openvino":
                raise
            _log.warning("%s PyTorch is used instead.", error.message)
            encoder = TorchEncoder(folder, device, max_tokens)
    _log.info("Embedding by %s", encoder.label)
    return encoder


def _prefers_openvino() -> bool:
    if importlib.util.find_spec("openvino") is None:
        return False
    if not _NVIDIA.exists():
        return True
    import torch

    return not torch.cuda.is_available()


class TorchEncoder:
    """sentence-transformers as it is, in float32.

    In bfloat16 it was 1.1 to 1.3 times as fast where OpenVINO is 3 times, and its vectors depended
    on what else was in the batch.
    """

    def __init__(self, folder: Path, device: Device, max_tokens: int) -> None:
        """Load the model. Raises EmbeddingFailed."""
        self._model = load_model(folder, None if device == "auto" else device)
        # The length that the folder's description names is what callers were told.
        self._model.max_seq_length = max_tokens
        self._place = self._model.device.type

    @property
    def label(self) -> str:
        """What computes, and how."""
        return f"torch f32 on {self._place}"

    def encode(self, batches: Sequence[Sequence[Piece]], take: Take[_Result]) -> list[_Result]:
        """Return what `take` makes of each batch, in order. Raises EmbeddingFailed."""
        return [take(batch, *self._run(batch)) for batch in batches]

    def _run(self, batch: Sequence[Piece]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        try:
            # Its type knows only vectors; so asked it returns the features of each text.
            found: Any = self._model.encode(
                [piece.text for piece in batch],
                batch_size=len(batch),
                output_value=None,
                show_progress_bar=False,
                convert_to_numpy=False,
            )
            vectors = [each["sentence_embedding"].float().cpu().numpy() for each in found]
            states = [each["token_embeddings"].float().cpu().numpy() for each in found]
        except Exception as error:  # torch raises anything
            raise EmbeddingFailed(f"The model failed on {len(batch)} texts: {error}") from error
        return np.stack(vectors), states


def load_model(folder: Path, device: str | None) -> SentenceTransformer:
    """Return the model in `folder`; nothing is fetched. Raises EmbeddingFailed."""
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(
            str(folder), device=device, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # loading reads foreign files and raises anything
        raise EmbeddingFailed(f"The model in {folder} cannot be loaded: {error}") from error


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
