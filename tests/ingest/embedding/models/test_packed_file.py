"""A packed model file: what is in it comes out, and a damaged one is a typed error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.embedding.models.packed_file import PackedFile
from ingest.errors import EmbeddingFailed
from tests.support.packed_file import HIDDEN, PIECES, SCORES, make_table, write_packed


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
    length = data.draw(st.one_of(st.just(len(content)), st.integers(1, len(content))))
    path.write_bytes(bytes(content[:length]))
    try:
        file = PackedFile(path)
        file.read_pieces()
        file.read_replaced_characters()
        file.read_tensor("emb.word")
        file.look_up("emb.word", np.array([[0, 8]]), file.sizes.hidden)
        file.build_tokenizer().encode_texts(["pumping 水"])
    except EmbeddingFailed:
        return
