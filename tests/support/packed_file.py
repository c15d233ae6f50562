"""Writes packed model files that are small: a tokenizer of nine pieces and a BERT of one layer."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁pump", "水", "ing", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -9.0, -2.0, -3.0, -4.0, 0.0]
REPLACED = {0x01: "", 0x200B: " ", 0xFF21: "A"}
"""A control character, a space without width, and a wide A, of which NFKC makes an A anyway."""
HIDDEN, INTERMEDIATE, POSITIONS = 64, 128, 8


def pack_blocks(weights: Array) -> bytes:
    """Return float weights in 4 bits, 32 to a scale."""
    packed = b""
    for block in weights.reshape(-1, 32):
        scale = np.float16(max(float(np.abs(block).max()), 1e-6) / 7)
        codes = np.clip(np.round(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        packed += scale.tobytes() + (codes[:16] | codes[16:] << 4).astype(np.uint8).tobytes()
    return packed


def write_packed(path: Path, tensors: dict[str, Array] | None = None) -> Path:
    """Write a file of one layer; tensors of two dimensions go into blocks of 4 bits."""
    text = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    header = struct.pack(
        "<4s8If8I", b"E5S1", 1, HIDDEN, 1, 2, INTERMEDIATE, len(PIECES), POSITIONS, 2, 1e-12,
        32, len(PIECES), 0, 2, 1, 3, len(text), 0,
    )  # fmt: skip
    entries = b"".join(
        struct.pack("<IB", code, len(into)) + np.array([*map(ord, into)], "<u4").tobytes()
        for code, into in REPLACED.items()
    )
    head = header + ends.tobytes() + np.array(SCORES, "<f4").tobytes() + text
    head += struct.pack("<2I", len(REPLACED), len(entries)) + entries
    chosen = tensors if tensors is not None else {"emb.word": make_table(), "emb.ln.b": np.ones(3)}
    stored = [
        (name, int(values.ndim == 2), values.size,
         pack_blocks(values) if values.ndim == 2 else values.astype("<f4").tobytes())
        for name, values in chosen.items()
    ]  # fmt: skip
    at = len(head) + 4 + sum(2 + len(name.encode()) + 21 for name, *_ in stored)
    directory, data = struct.pack("<I", len(stored)), b""
    for name, kind, count, content in stored:
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, at + len(data), len(content))
        data += content
    path.write_bytes(head + directory + data)
    return path


def make_table() -> Array:
    return np.random.RandomState(5).standard_normal((len(PIECES), HIDDEN))


def make_bert() -> dict[str, Array]:
    """Return all tensors of a BERT encoder of one layer, drawn at random."""
    draw = np.random.RandomState(7).standard_normal
    shapes = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN)}
    shapes |= {"ao": (HIDDEN, HIDDEN), "fi": (INTERMEDIATE, HIDDEN), "fo": (HIDDEN, INTERMEDIATE)}
    found: dict[str, Array] = {
        "emb.word": make_table(),
        "emb.pos": draw((POSITIONS, HIDDEN)),
        "emb.type": draw((2, HIDDEN)),
    }
    for name, shape in shapes.items():
        found[f"l0.{name}.w"] = draw(shape) / 8
        found[f"l0.{name}.b"] = draw(shape[0]) / 8
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        found[f"{name}.w"] = 1 + draw(HIDDEN) / 8
        found[f"{name}.b"] = draw(HIDDEN) / 8
    return found
