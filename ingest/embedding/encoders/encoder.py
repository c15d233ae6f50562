"""Defines the Encoder protocol: what computes an embedder's vectors, its input and its output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Backend = Literal["auto", "torch", "openvino"]
Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "int8", "bf16", "f32"]
MIN_FAITHFUL_COSINE = 0.995
"""The least cosine to float32 that a quick encoder may have; bfloat16 has .9995 and more."""
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """A text and its token ids, special tokens included, cut to what the model takes."""

    text: str
    ids: Sequence[int]


TakeBatch = Callable[
    [Sequence[TokenizedText], NDArray[np.float32], Sequence[NDArray[np.float32]]], _Result
]
"""Makes what the caller keeps of a batch. It is called with the batch's texts, their vectors of
shape (n, d), and for each text the encoder's last hidden states, a row for each token (and perhaps
more, for padding). The arrays are the encoder's own and change with the next batch."""


class Encoder(Protocol):
    """Computes vectors of batches of texts."""

    @property
    def label(self) -> str:
        """What computes, and how: "openvino bf16 on cpu"."""
        ...

    def encode(
        self, batches: Sequence[Sequence[TokenizedText]], take: TakeBatch[_Result]
    ) -> list[_Result]:
        """Return what `take` makes of each batch, in order. Raises EmbeddingFailed."""
        ...


def pad_ids(batch: Sequence[TokenizedText]) -> list[NDArray[Any]]:
    """Return token ids and attention mask of a batch, both int64 of shape (n, longest)."""
    longest = max(len(piece.ids) for piece in batch)
    ids = np.zeros((len(batch), longest), np.int64)
    mask = np.zeros((len(batch), longest), np.int64)
    for row, piece in enumerate(batch):
        ids[row, : len(piece.ids)] = piece.ids
        mask[row, : len(piece.ids)] = 1
    return [ids, mask]
