"""Words as signs: what is kept of them, and how near the estimates come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.embedding.models.bundled import open_minilm
from ingest.embedding.token_signs import Signer, TokenStates, build_rotation, compute_similarities
from ingest.embedding.tokenizer import LocatedToken

DIMENSION = 384
GOLDEN = (-0.03597136, 0.04707423, 0.04497621)
"""The rotation's first numbers."""


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(open_minilm().build_tokenizer())


def ids_of(text: str) -> list[int]:
    return list(open_minilm().build_tokenizer().encode_texts([text])[0])


def drawn(rows: int, seed: int = 1) -> NDArray[np.float32]:
    states = np.random.default_rng(seed).standard_normal((rows, DIMENSION)).astype(np.float32)
    unit: NDArray[np.float32] = states / np.linalg.norm(states, axis=1, keepdims=True)
    return unit


def test_the_rotation_is_one_and_the_same_everywhere() -> None:
    """Signs made on one machine are compared with questions of another: tolerance of rounding."""
    turned = build_rotation(DIMENSION)
    assert np.allclose(turned @ turned.T, np.eye(DIMENSION), atol=1e-4)
    assert turned[0, :3] == pytest.approx(GOLDEN, abs=1e-5)
    assert build_rotation(64).shape == (64, 64)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The pump is noisy!", 2),
        ("It is what it is.", 0),
        ("", 0),
        ("e-mail: (42)", 3),
        ("水。", 1),
    ],
)
def test_only_words_that_say_something_are_kept(signer: Signer, text: str, words: int) -> None:
    ids = ids_of(text)
    signs = signer.make_signs(ids, drawn(len(ids) + 2))
    assert len(signs) == words * (4 + DIMENSION // 8)
    assert len(signer.build_token_states(ids, drawn(len(ids))).ids) == words


class Pieces:
    """A tokenizer that is only its vocabulary."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = pieces
        self.special_ids = frozenset({0})

    def encode_texts(self, texts: Sequence[str]) -> list[Sequence[int]]:
        raise NotImplementedError

    def count_tokens(self, text: str) -> int:
        raise NotImplementedError

    def locate_tokens(self, text: str) -> list[LocatedToken]:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("pieces", "kept"),
    [
        (
            ["<s>", "▁the", "▁The", "the", "▁pump", "in", "▁", "。", "38"],
            ["the", "▁pump", "in", "38"],
        ),
        (["<s>", "Ġthe", "the", "Ġrotor"], ["the", "Ġrotor"]),
        (["[CLS]", "the", "##the", "##ing", "!", "##!"], ["##the", "##ing"]),
        (["<s>", "▁x", "水", "，"], ["▁x", "水"]),
    ],
)
def test_a_stop_word_is_one_only_where_a_word_begins(pieces: list[str], kept: list[str]) -> None:
    selected = Signer(Pieces(pieces)).select_content_tokens(range(len(pieces)), 0)
    assert [pieces[place] for place in selected] == kept


def test_skipped_tokens_are_left_out_and_the_mean_is_taken_away() -> None:
    signer, states = Signer(Pieces(["<s>", "▁pump", "▁rotor"])), drawn(3) * 5
    ids = [1, 2, 1]
    mean = drawn(1, seed=3)[0] / 2
    asked = signer.build_token_states(ids, states, 1, mean)
    assert asked.ids.tolist() == [2, 1]
    due = (states[1:] / 5 - mean) @ build_rotation(DIMENSION)
    np.testing.assert_allclose(
        asked.states, due / np.linalg.norm(due, axis=1, keepdims=True), atol=1e-5
    )
    signs = signer.make_signs(ids, states, 1, mean)
    assert np.frombuffer(signs[:8], "<u4").tolist() == [2, 1]
    bits = np.unpackbits(np.frombuffer(signs[8:], np.uint8)).reshape(2, DIMENSION)
    assert ((due >= 0) == bits).mean() > 0.999, "but for rounding near nothing"
    assert signs != signer.make_signs(ids, states, 1)


def test_estimates_follow_the_cosines(signer: Signer) -> None:
    """Of independent directions the estimate is sqrt(2 / pi) of the cosine, give or take .05."""
    ids = ids_of("pump valve rotor sensor")
    states = drawn(len(ids))
    asked = signer.build_token_states(ids, states)
    mixed = states * 0.8 + 0.6 * drawn(len(ids), seed=2)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    near, has = compute_similarities(
        asked, [signer.make_signs(ids, states), signer.make_signs(ids, mixed)]
    )
    assert near.shape == has.shape == (4, 2)
    share = np.sqrt(2 / np.pi)
    assert near[:, 0] == pytest.approx(np.full(4, share), abs=0.05)
    cosines = np.sum(states * mixed, axis=1)[1:-1]
    assert near[:, 1] == pytest.approx(share * cosines, abs=0.1)


def test_it_is_told_which_passages_have_a_word(signer: Signer) -> None:
    pump, both = ids_of("pump"), ids_of("pump rotor")
    asked = signer.build_token_states(both, drawn(len(both)))
    passages = [signer.make_signs(ids, drawn(len(ids))) for ids in (pump, both)]
    _, has = compute_similarities(asked, passages)
    assert has.tolist() == [[True, True], [False, True]]


def test_a_dimension_that_is_no_multiple_of_eight_works() -> None:
    states = np.eye(12, dtype=np.float32)[:2]
    asked = TokenStates(np.array([7], np.uint32), (states @ build_rotation(12))[:1])
    packed = np.packbits(states @ build_rotation(12) >= 0, axis=1).tobytes()
    passage = np.array([7, 8], "<u4").tobytes() + packed
    near, has = compute_similarities(asked, [passage])
    assert near[0, 0] == pytest.approx(np.abs(build_rotation(12)[0]).sum() / np.sqrt(12), abs=1e-5)
    assert has.tolist() == [[True]]
