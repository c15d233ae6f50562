"""Reads a packed file with low-rank changes of some of its matrices, for another task than search.

A matrix W of the file becomes W + B A (Hu et al., "LoRA", ICLR 2022). A and B stand in a
safetensors file as `<matrix>.a` of shape (r, in) and `<matrix>.b` of shape (out, r); tensors of
other names there belong to the task's head.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.models.packed_file import PackedFile
from ingest.errors import EmbeddingFailed


class AdaptedFile(PackedFile):
    """A packed file whose matrices come changed; safe to read from several threads."""

    def __init__(self, path: Path, changes: Path) -> None:
        """Map the file and load the changes. Raises EmbeddingFailed."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        super().__init__(path)
        try:
            self._changes = {
                name: each.astype(np.float32) for name, each in load_file(changes).items()
            }
            self._changes_digest = hashlib.sha256(changes.read_bytes()).hexdigest()
        except (OSError, SafetensorError) as error:
            raise EmbeddingFailed(f"{changes} holds no changes of a model: {error}") from error

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of both files."""
        both = super().digest + self._changes_digest
        return hashlib.sha256(both.encode()).hexdigest()

    def read_tensor(self, name: str) -> NDArray[np.float32]:
        """Return a tensor's values in one dimension, changed where there is a change."""
        values = super().read_tensor(name)
        matrix = name.removesuffix(".w")
        down, up = self._changes.get(f"{matrix}.a"), self._changes.get(f"{matrix}.b")
        if matrix == name or down is None or up is None:
            return values
        return values + (up @ down).reshape(-1)

    def read_head(self, name: str) -> NDArray[np.float32]:
        """Return a tensor of the task's head. Raises EmbeddingFailed."""
        if name not in self._changes:
            raise EmbeddingFailed(f"The changes of the model have no tensor {name}.")
        return self._changes[name]
