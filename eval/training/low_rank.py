"""Trains low-rank changes of the upper layers of the bundled encoder, with PyTorch.

Every matrix W of a trained layer becomes W + B A, with A of shape (r, in) and B of shape (out, r)
(Hu et al., "LoRA", ICLR 2022); the encoder's own weights stay as they are. The lower layers are
frozen, so their states are computed once for each example and kept, in float16.

Limits: for BERT encoders in a packed file; on a CPU the products are computed in bfloat16.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ingest.embedding.models.packed_file import PackedFile

MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class LowRankLinear(nn.Module):
    """A fixed matrix with a low-rank change that is trained; begins as the matrix alone."""

    def __init__(self, weight: NDArray[np.float32], bias: NDArray[np.float32], rank: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(weight).to(torch.bfloat16))
        self.register_buffer("bias", torch.from_numpy(bias).to(torch.bfloat16))
        rows, columns = weight.shape
        self.a = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
        self.b = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, states: Tensor) -> Tensor:
        """Return the product, shape (..., out)."""
        fixed = functional.linear(states, self.weight, self.bias)  # type: ignore[arg-type]
        changed: Tensor = functional.linear(functional.linear(states, self.a), self.b)
        return fixed + changed


class LowRankLayer(nn.Module):
    """One layer of a BERT encoder, post-norm."""

    def __init__(self, file: PackedFile, number: int, rank: int) -> None:
        super().__init__()
        self.heads, self.epsilon = file.sizes.heads, file.sizes.epsilon
        self.parts = nn.ModuleDict()
        for name in MATRICES:
            bias = file.read_tensor(f"l{number}.{name}.b").copy()
            weight = file.read_tensor(f"l{number}.{name}.w").reshape(len(bias), -1).copy()
            self.parts[name] = LowRankLinear(weight, bias, rank)
        for name in ("aln", "oln"):
            for part in ("w", "b"):
                values = torch.from_numpy(file.read_tensor(f"l{number}.{name}.{part}").copy())
                self.register_buffer(f"{name}_{part}", values)

    def forward(self, states: Tensor, hidden: Tensor, dropout: float) -> Tensor:
        """Return the next states; `hidden` is added to the attention, shape (n, 1, 1, t)."""
        size, length, width = states.shape
        shape = (size, length, self.heads, width // self.heads)
        query, key, value = (
            self.parts[name](states).view(shape).transpose(1, 2) for name in ("q", "k", "v")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, hidden.to(query.dtype))
        joined = self.parts["ao"](mixed.transpose(1, 2).reshape(size, length, width))
        states = self._normalize(states + self._drop(joined, dropout), "aln")
        wide = functional.gelu(self.parts["fi"](states))
        return self._normalize(states + self._drop(self.parts["fo"](wide), dropout), "oln")

    def _drop(self, states: Tensor, share: float) -> Tensor:
        return functional.dropout(states, share, self.training)

    def _normalize(self, states: Tensor, name: str) -> Tensor:
        weight, bias = getattr(self, f"{name}_w"), getattr(self, f"{name}_b")
        return functional.layer_norm(
            states.float(), (states.shape[-1],), weight, bias, self.epsilon
        )


def build_layers(file: PackedFile, numbers: Sequence[int], rank: int) -> nn.ModuleList:
    """Return these layers of the encoder, ready to be trained (rank 0: as they are)."""
    return nn.ModuleList(LowRankLayer(file, number, rank) for number in numbers)


def embed_ids(file: PackedFile, ids: NDArray[np.int64]) -> Tensor:
    """Return what goes into the first layer for ids of shape (n, t)."""
    hidden = file.sizes.hidden
    rows = torch.from_numpy(file.look_up("emb.word", ids, hidden))
    fixed = file.read_tensor("emb.pos").reshape(-1, hidden)[: ids.shape[1]]
    kind = file.read_tensor("emb.type").reshape(-1, hidden)[0]
    rows = rows + torch.from_numpy(fixed + kind)
    weight, bias = (torch.from_numpy(file.read_tensor(f"emb.ln.{part}").copy()) for part in "wb")
    return functional.layer_norm(rows, (hidden,), weight, bias, file.sizes.epsilon)


def hide_padding(mask: Tensor) -> Tensor:
    """Return what is added to the attention for a mask of shape (n, t): shape (n, 1, 1, t)."""
    return ((1 - mask) * -1e4)[:, None, None, :]


def compute_lower_states(
    file: PackedFile, ids: Sequence[Sequence[int]], layers: int, batch: int = 32
) -> list[NDArray[np.float16]]:
    """Return the states after the first `layers` layers, one array (tokens, d) for each text."""
    lower = build_layers(file, range(layers), 1).eval()
    found: list[NDArray[np.float16]] = [np.zeros((0, 0), np.float16)] * len(ids)
    for rows in cut_batches([len(each) for each in ids], batch):
        padded, mask = pad_rows([np.asarray(ids[row], np.int64) for row in rows])
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            states = embed_ids(file, padded)
            hidden = hide_padding(torch.from_numpy(mask))
            for layer in lower:
                states = layer(states, hidden, 0.0)
        for row, of_text in zip(rows, states.half().numpy(), strict=True):
            found[row] = of_text[: len(ids[row])].copy()
    return found


def cut_batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield row numbers in batches of `size`, texts of similar length together."""
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])
    for start in range(0, len(order), size):
        yield order[start : start + size]


_Kind = TypeVar("_Kind", bound=np.generic)


def pad_rows(rows: Sequence[NDArray[_Kind]]) -> tuple[NDArray[_Kind], NDArray[np.float32]]:
    """Return the rows padded by zeros, shape (n, longest, ...), and their mask (n, longest)."""
    longest = max(len(row) for row in rows)
    padded = np.zeros((len(rows), longest, *rows[0].shape[1:]), rows[0].dtype)
    mask = np.zeros((len(rows), longest), np.float32)
    for at, row in enumerate(rows):
        padded[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return padded, mask
