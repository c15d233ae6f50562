"""Runs a sentence-transformers model with PyTorch, in float32, on a CPU or a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.encoders.encoder import Device, TakeBatch, TokenizedText, pad_ids
from ingest.errors import EmbeddingFailed

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_Result = TypeVar("_Result")


class TorchEncoder:
    """Runs sentence-transformers as it is, in float32, on the token ids that it is given.

    In bfloat16 it was 1.1 to 1.3 times as fast where OpenVINO is 3 times, and its vectors depended
    on what else was in the batch.
    """

    def __init__(self, folder: Path, device: Device) -> None:
        """Load the model. Raises EmbeddingFailed."""
        self._model = load_model(folder, None if device == "auto" else device).eval()
        self._device_type = self._model.device.type

    @property
    def label(self) -> str:
        """What computes, and how."""
        return f"torch f32 on {self._device_type}"

    def encode(
        self, batches: Sequence[Sequence[TokenizedText]], take: TakeBatch[_Result]
    ) -> list[_Result]:
        """Return what `take` makes of each batch, in order. Raises EmbeddingFailed."""
        return [take(batch, *self._run_model(batch)) for batch in batches]

    def _run_model(
        self, batch: Sequence[TokenizedText]
    ) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        import torch

        # The ids that the embedder made, not the model's own `encode`: its tokenizer may take text
        # such as "<mask>" for a special token, and then words and states are not the same many.
        ids, mask = pad_ids(batch)
        try:
            features = {
                name: torch.from_numpy(values).to(self._model.device)
                for name, values in (("input_ids", ids), ("attention_mask", mask))
            }
            with torch.inference_mode():
                found = self._model(features)
            vectors, states = found["sentence_embedding"], found["token_embeddings"]
            vectors = vectors[:, : self._model.truncate_dim]
            return vectors.float().cpu().numpy(), [*states.float().cpu().numpy()]
        except Exception as error:  # torch raises anything
            raise EmbeddingFailed(f"The model failed on {len(batch)} texts: {error}") from error


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
