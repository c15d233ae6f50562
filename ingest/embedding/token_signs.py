"""Packs the tokens of a passage into signs for late interaction: one bit for each number.

Late interaction compares each word of a question with each word of a passage (Khattab and Zaharia,
"ColBERT", SIGIR 2020). The model's states of the words are turned by one fixed random rotation, and
of each number only the sign is kept (Charikar, "Similarity Estimation Techniques from Rounding
Algorithms", STOC 2002; the question's side stays exact). Words that say nothing by themselves
(punctuation, stop words) are left out. On five development sets this found as much as the states
themselves, in 52 bytes a word instead of 1,536 (`docs/retrieval.md`).

Limits: signs are comparable only with questions of the same model; `SIGNS_VERSION` is part of its
name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.tokenizer import TextTokenizer
from ingest.text.terms import is_stop_word

SIGNS_VERSION = "signs1"
"""Changes whenever the same states would give other signs, or other words would be left out."""
_ID = np.dtype("<u4")
_SEED = 384
_BEGINNINGS = ("▁", "Ġ")
_MARKS = "#▁Ġ"
"""What tokenizers put before a piece to mark where a word begins or goes on."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenStates:
    """The words of a question: ids of shape (t,), float32 states of shape (t, d), rotated units."""

    ids: NDArray[np.uint32]
    states: NDArray[np.float32]


class Signer:
    """Makes signs of the states that one model gives."""

    def __init__(self, tokenizer: TextTokenizer) -> None:
        self._is_stop_token = _mark_stop_tokens(tokenizer)

    def make_signs(
        self,
        ids: Sequence[int],
        states: NDArray[np.float32],
        skipped: int = 0,
        mean: NDArray[np.float32] | None = None,
    ) -> bytes:
        """Return the words' ids and signs; `states` has a row for each id, and perhaps more.

        The first `skipped` tokens are left out. `mean` is taken from the unit states: without it,
        most signs of a model whose states all point one way would say nothing.
        """
        rows = self.select_content_tokens(ids, skipped)
        rotated = _centre_states(states[rows], mean) @ build_rotation(states.shape[1])
        return np.asarray(ids, _ID)[rows].tobytes() + np.packbits(rotated >= 0, axis=1).tobytes()

    def build_token_states(
        self,
        ids: Sequence[int],
        states: NDArray[np.float32],
        skipped: int = 0,
        mean: NDArray[np.float32] | None = None,
    ) -> TokenStates:
        """Return the words of a question, to be compared with signs made in the same way."""
        rows = self.select_content_tokens(ids, skipped)
        rotated = _centre_states(states[rows], mean) @ build_rotation(states.shape[1])
        return TokenStates(np.asarray(ids, _ID)[rows], _scale_to_units(rotated))

    def select_content_tokens(self, ids: Sequence[int], skipped: int) -> NDArray[np.intp]:
        """Return the positions of the tokens that are no stop words or marks."""
        is_content = ~self._is_stop_token[np.asarray(ids, np.intp)]
        is_content[:skipped] = False
        return np.flatnonzero(is_content)


def _centre_states(
    states: NDArray[np.float32], mean: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Return states as they are, or their units without the mean, shape (t, d)."""
    return states if mean is None else _scale_to_units(states) - mean


def _scale_to_units(states: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(states, axis=1, keepdims=True)
    units: NDArray[np.float32] = states / np.maximum(lengths, 1e-12)
    return units


def compute_similarities(
    question: TokenStates, passages: Sequence[bytes]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return how similar each passage is to each word of the question, and whether it has the word.

    Both arrays have the shape (words, passages). The similarity is the greatest estimated cosine of
    the passage's words to the question's word. No passage may be without words.
    """
    dimension = question.states.shape[1]
    width = _ID.itemsize + -(-dimension // 8)
    lengths = [len(each) // width for each in passages]
    starts = np.cumsum([0, *lengths[:-1]])
    cuts = [length * _ID.itemsize for length in lengths]
    ids = np.frombuffer(b"".join(p[:cut] for p, cut in zip(passages, cuts, strict=True)), _ID)
    packed = np.frombuffer(b"".join(p[cut:] for p, cut in zip(passages, cuts, strict=True)), "u1")
    bits = np.unpackbits(packed.reshape(len(ids), -1), axis=1, count=dimension)
    # With signs s = 2 bits - 1: q . s = 2 (q . bits) - sum(q).
    products = question.states @ bits.astype(np.float32).T
    near = (2 * products - question.states.sum(axis=1, keepdims=True)) / np.sqrt(dimension)
    has = ids[None, :] == question.ids[:, None]
    return (
        np.maximum.reduceat(near, starts, axis=1).astype(np.float32),
        np.logical_or.reduceat(has, starts, axis=1),
    )


@lru_cache(maxsize=4)
def build_rotation(dimension: int) -> NDArray[np.float32]:
    """Return the rotation, of shape (d, d), the same one everywhere and for ever."""
    # The old generator, because NumPy promises never to change what it draws. Of a matrix's many QR
    # forms the one with a positive diagonal is unique (Mezzadri 2007), so the signs do not depend
    # on the linear algebra library.
    random = np.random.RandomState(_SEED).standard_normal((dimension, dimension))
    q, r = np.linalg.qr(random)
    rotation: NDArray[np.float32] = (q * np.sign(np.diag(r))).astype(np.float32)
    return rotation


def _mark_stop_tokens(tokenizer: TextTokenizer) -> NDArray[np.bool_]:
    """Return for each token id whether the token says nothing by itself."""
    special, pieces = tokenizer.special_ids, tokenizer.pieces
    marks_beginnings = any(piece.startswith(_BEGINNINGS) for piece in pieces)
    marked = [
        number in special or _is_stop_piece(piece, marks_beginnings)
        for number, piece in enumerate(pieces)
    ]
    return np.asarray(marked, np.bool_)


def _is_stop_piece(piece: str, marks_beginnings: bool) -> bool:
    """Return whether a piece has no letter or digit, or is a stop word.

    Within a word a piece may look like a stop word and is none. Some vocabularies mark where words
    go on, others where they begin; Chinese words begin anywhere.
    """
    word = piece.lstrip(_MARKS).casefold()
    if not any(map(str.isalnum, word)):
        return True
    if marks_beginnings:
        begins = piece.startswith(_BEGINNINGS) or not word.isascii()
    else:
        begins = not piece.startswith("##")
    return begins and is_stop_word(word)
