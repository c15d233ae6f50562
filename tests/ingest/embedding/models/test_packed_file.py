"""A packed model file: what is in it comes out, and a damaged one is a typed error."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.embedding.models.packed_file import PackedFile
from ingest.errors import EmbeddingFailed

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁pump", "水", "ing", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -9.0, -2.0, -3.0, -4.0, 0.0]
REPLACED = {0x01: "", 0x200B: " ", 0xFF21: "A"}
"""A control character, a space without width, and a wide A, of which NFKC makes an A anyway."""
HIDDEN = 64


def pack_blocks(weights: np.ndarray) -> bytes:
    """Return float weights in 4 bits, 32 to a scale."""
    packed = b""
    for block in weights.reshape(-1, 32):
        scale = np.float16(max(float(np.abs(block).max()), 1e-6) / 7)
        codes = np.clip(np.round(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        packed += scale.tobytes() + (codes[:16] | codes[16:] << 4).astype(np.uint8).tobytes()
    return packed


def write_packed(path: Path, tensors: dict[str, np.ndarray] | None = None) -> Path:
    """Write a file of one layer; tensors of two dimensions go into blocks of 4 bits."""
    text = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    header = struct.pack(
        "<4s8If8I", b"E5S1", 1, HIDDEN, 1, 2, 128, len(PIECES), 8, 2, 1e-12,
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


def make_table() -> np.ndarray:
    return np.random.RandomState(5).standard_normal((len(PIECES), HIDDEN))


@pytest.fixture
def packed(tmp_path: Path) -> PackedFile:
    return PackedFile(write_packed(tmp_path / "model.bin"))


def test_sizes_and_special_pieces_are_read(packed: PackedFile) -> None:
    sizes = packed.sizes
    assert (sizes.hidden, sizes.layers, sizes.heads, sizes.intermediate) == (HIDDEN, 1, 2, 128)
    assert (sizes.pieces, sizes.positions) == (len(PIECES), 8)
    assert sizes.epsilon == pytest.approx(1e-12)
    special = packed.special_ids
    assert (special.begin, special.padding, special.end, special.unknown) == (0, 1, 2, 3)
    assert special.mask == len(PIECES) - 1
    assert packed.read_pieces() == (PIECES, SCORES)
    assert len(packed.digest) == 64


def test_only_characters_that_nfkc_treats_otherwise_are_replaced(packed: PackedFile) -> None:
    assert packed.read_replaced_characters() == {0x01: "", 0x200B: " "}


def test_weights_in_4_bits_come_back_within_half_a_step(packed: PackedFile) -> None:
    table = make_table()
    found = packed.read_tensor("emb.word").reshape(table.shape)
    steps = np.abs(table.reshape(-1, 32)).max(axis=1, keepdims=True) / 7
    assert (np.abs(found.reshape(-1, 32) - table.reshape(-1, 32)) <= 0.51 * steps).all()
    assert packed.read_tensor("emb.ln.b").tolist() == [1.0, 1.0, 1.0]


def test_rows_are_those_of_the_whole_table(packed: PackedFile) -> None:
    whole = packed.read_tensor("emb.word").reshape(-1, HIDDEN)
    ids = np.array([[5, 0, 8], [1, 1, 6]])
    assert np.array_equal(packed.look_up("emb.word", ids, HIDDEN), whole[ids])


def test_a_tensor_that_is_not_there_is_named(packed: PackedFile) -> None:
    with pytest.raises(EmbeddingFailed, match=r"no tensor l7\.q"):
        packed.read_tensor("l7.q")


def test_its_tokenizer_normalises_and_cuts(packed: PackedFile) -> None:
    tokenizer = packed.build_tokenizer()
    assert tokenizer.encode_texts(["pumping水"]) == [[0, 5, 7, 6, 2]]
    assert tokenizer.encode_texts(["pu\x01mp \u200b 水 "]) == [[0, 5, 4, 6, 2]]
    assert tokenizer.count_tokens("pump") == 1
    assert tokenizer.special_ids == {0, 1, 2, 3, 8}


@pytest.mark.parametrize("content", [b"", b"E5S1", b"PK\x03\x04" + bytes(500), bytes(4_000)])
def test_another_file_is_a_typed_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(content)
    with pytest.raises(EmbeddingFailed, match="no packed model"):
        PackedFile(path)


def test_a_missing_file_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingFailed, match="no packed model"):
        PackedFile(tmp_path / "none.bin")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_a_typed_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write_packed(tmp_path_factory.mktemp("packed") / "model.bin")
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, 420))
    content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
    try:
        file = PackedFile(path)
        file.read_pieces()
        file.read_replaced_characters()
        file.read_tensor("emb.word")
    except EmbeddingFailed:
        return
