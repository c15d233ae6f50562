"""Builds the OpenVINO graph of a BERT encoder from its weights, in float or in 8 bits.

Inputs are the tokens' rows of the word table, shape (n, t, d), and the mask, shape (n, t), both
float32. Outputs are the mean of the last states, shape (n, d), and the states themselves. The word
table stays outside: it is most of the model's bytes, and a text needs a few rows of it.

In 8 bits, both factors of each product are rounded: weights by a scale for each output, activations
by one scale for a whole tensor. A few channels of activations are far larger than the others, so
part of their range is moved into the weights first (Xiao et al., "SmoothQuant", ICML 2023), by the
ranges that were measured on sample texts (`ingest.embedding.models.calibration`). Limits: mean
pooling, absolute positions, one type of token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ingest.embedding.models.packed_file import PackedFile

Ranges = Mapping[str, NDArray[np.float32]]
"""By the name of a product ("l0.q"): least and greatest input of each channel, shape (2, d)."""

_MOVED_SHARE = 0.8
"""The exponent of SmoothQuant: how much of an activation's range goes into the weights. Of .5 to 1
this kept the vectors nearest to those of float32 (least cosine .995 on 300 texts)."""
_LEAST_SCALE, _GREATEST_SCALE = 1e-2, 1e2
_LEVELS = 256
_HIDDEN_BY_MASK = -1e4
"""Added to the attention on padding; far below any score, yet finite in bfloat16."""


@dataclass
class _Builder:
    """Makes the graph's nodes; `inputs` collects what goes into each product."""

    openvino: Any
    file: PackedFile
    ranges: Ranges | None
    inputs: list[tuple[str, Any]] = field(default_factory=list)

    def make_constant(self, values: Any, kind: Any = np.float32) -> Any:
        return self.openvino.constant(np.ascontiguousarray(values, dtype=kind))

    def read_row(self, name: str) -> Any:
        return self.make_constant(self.file.read_tensor(name).reshape(1, 1, -1))

    def multiply_weights(self, states: Any, names: Sequence[str]) -> list[Any]:
        """Return the products of `states` with the matrices of these names, biases added."""
        ops = self.openvino
        weights = []
        for name in names:
            bias = self.file.read_tensor(f"{name}.b")
            weights.append(self.file.read_tensor(f"{name}.w").reshape(len(bias), -1))
            self.inputs.append((name, states))
        if self.ranges is not None:
            scale = _compute_moved_scale(self.ranges[names[0]], weights)
            low, high = self.ranges[names[0]] / scale
            states = ops.multiply(states, self.make_constant((1 / scale).reshape(1, 1, -1)))
            bounds = [
                self.make_constant(np.full((1, 1, 1), each)) for each in (low.min(), high.max())
            ]
            states = ops.fake_quantize(states, *bounds, *bounds, _LEVELS)
            weights = [each * scale for each in weights]
        products = []
        for name, each in zip(names, weights, strict=True):
            matrix = self.make_constant(each) if self.ranges is None else self._round_weights(each)
            product = ops.matmul(states, matrix, False, True)
            products.append(ops.add(product, self.read_row(f"{name}.b")))
        return products

    def _round_weights(self, weights: NDArray[np.float32]) -> Any:
        scales = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-12) / 127
        rounded = self.make_constant(np.round(weights / scales), np.int8)
        return self.openvino.multiply(
            self.openvino.convert(rounded, "f32"), self.make_constant(scales)
        )

    def normalize_states(self, states: Any, name: str) -> Any:
        ops, axes = self.openvino, self.make_constant([-1], np.int64)
        normed = ops.mvn(states, axes, True, self.file.sizes.epsilon, "inside_sqrt")
        scaled = ops.multiply(normed, self.read_row(f"{name}.w"))
        return ops.add(scaled, self.read_row(f"{name}.b"))

    def add_positions(self, rows: Any) -> Any:
        ops, hidden = self.openvino, self.file.sizes.hidden
        zero, one = self.make_constant([0], np.int64), self.make_constant([1], np.int64)
        length = ops.gather(ops.shape_of(rows), one, self.make_constant(0, np.int64))
        fixed = self.file.read_tensor("emb.pos").reshape(-1, hidden)
        fixed = fixed + self.file.read_tensor("emb.type").reshape(-1, hidden)[0]
        positions = ops.slice(self.make_constant(fixed), zero, length, one, zero)
        return ops.add(rows, ops.unsqueeze(positions, zero))

    def attend(self, states: Any, bias: Any, layer: str) -> Any:
        ops, sizes = self.openvino, self.file.sizes
        width = sizes.hidden // sizes.heads
        order = self.make_constant([0, 2, 1, 3], np.int64)
        shape = self.make_constant([0, 0, sizes.heads, width], np.int64)
        question, key, value = (
            ops.transpose(ops.reshape(each, shape, True), order)
            for each in self.multiply_weights(states, [f"{layer}.{part}" for part in "qkv"])
        )
        scaled = ops.multiply(question, self.make_constant(width**-0.5))
        scores = ops.softmax(ops.add(ops.matmul(scaled, key, False, True), bias), -1)
        mixed = ops.transpose(ops.matmul(scores, value, False, False), order)
        joined = ops.reshape(mixed, self.make_constant([0, 0, sizes.hidden], np.int64), True)
        return self.multiply_weights(joined, [f"{layer}.ao"])[0]

    def pool_mean(self, states: Any, mask: Any) -> Any:
        ops, axis = self.openvino, self.make_constant([1], np.int64)
        weights = ops.unsqueeze(mask, self.make_constant(2, np.int64))
        total = ops.reduce_sum(ops.multiply(states, weights), axis)
        return ops.divide(total, ops.reduce_sum(weights, axis))


def build_bert_graph(
    openvino: Any, file: PackedFile, ranges: Ranges | None, *, taps: bool = False
) -> tuple[Any, list[str]]:
    """Return the model, and the names of its further outputs.

    With `ranges` it computes its products in 8 bits. With `taps` it also gives the input of every
    product, from which ranges are measured.
    """
    ops = openvino.opset13
    make, sizes = _Builder(ops, file, ranges), file.sizes
    rows = ops.parameter([-1, -1, sizes.hidden], np.float32, "rows")
    mask = ops.parameter([-1, -1], np.float32, "mask")
    seen = ops.unsqueeze(mask, make.make_constant([1, 2], np.int64))
    bias = ops.multiply(
        ops.subtract(make.make_constant(1.0), seen), make.make_constant(_HIDDEN_BY_MASK)
    )
    states = make.normalize_states(make.add_positions(rows), "emb.ln")
    for number in range(sizes.layers):
        layer = f"l{number}"
        attended = make.attend(states, bias, layer)
        states = make.normalize_states(ops.add(states, attended), f"{layer}.aln")
        (wide,) = make.multiply_weights(states, [f"{layer}.fi"])
        (narrow,) = make.multiply_weights(ops.gelu(wide, "erf"), [f"{layer}.fo"])
        states = make.normalize_states(ops.add(states, narrow), f"{layer}.oln")
    outputs = [make.pool_mean(states, mask), states]
    tapped = make.inputs if taps else []
    model = openvino.Model([*outputs, *(node for _, node in tapped)], [rows, mask], "bert")
    return model, [name for name, _ in tapped]


def _compute_moved_scale(
    ranges: NDArray[np.float32], weights: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return by what each channel of the activations is divided, and its weights multiplied."""
    active = np.abs(ranges).max(axis=0)
    weighed = np.maximum(np.max([np.abs(each).max(axis=0) for each in weights], axis=0), 1e-6)
    scale = np.maximum(active, 1e-6) ** _MOVED_SHARE / weighed ** (1 - _MOVED_SHARE)
    scale = scale / np.exp(np.log(scale).mean())
    clipped: NDArray[np.float32] = np.clip(scale, _LEAST_SCALE, _GREATEST_SCALE)
    return clipped.astype(np.float32)
