"""Defines TextTokenizer, and makes one of a tokenizer.json or of the pieces of a Unigram model.

Pieces go to sentencepiece: for 250,000 of them it takes 50 MB where `tokenizers` takes 245, and a
third of the time; the ids are the same. Limits: a text's offsets in tokens are not kept.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_UNIGRAM = 1
_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3
"""The numbers of sentencepiece's own description of a model."""


class TextTokenizer(Protocol):
    """Cuts texts into the numbered pieces that a model knows; safe to use from several threads."""

    @property
    def pieces(self) -> Sequence[str]:
        """The pieces, by id."""
        ...

    @property
    def special_ids(self) -> frozenset[int]:
        """Ids of pieces that are no text."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """Return the ids of each text, with the special ones before and behind it."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many pieces a text has, without special ones."""
        ...


class FolderTokenizer:
    """The tokenizer of a tokenizer.json."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        vocabulary = tokenizer.get_vocab()
        pieces = [""] * (max(vocabulary.values()) + 1)
        for piece, number in vocabulary.items():
            pieces[number] = piece
        self._pieces = pieces

    @property
    def pieces(self) -> Sequence[str]:
        """The pieces, by id; "" where an id is not used."""
        return self._pieces

    @property
    def special_ids(self) -> frozenset[int]:
        """Ids of the tokens that were added to the vocabulary."""
        return frozenset(self._tokenizer.get_added_tokens_decoder())

    def encode_texts(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """Return the ids of each text, with the special ones before and behind it."""
        return [each.ids for each in self._tokenizer.encode_batch_fast(list(texts))]

    def count_tokens(self, text: str) -> int:
        """Return how many pieces a text has, without special ones."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)


@dataclass(frozen=True, slots=True)
class SpecialIds:
    """The ids of a Unigram model's special pieces."""

    begin: int
    end: int
    padding: int
    unknown: int
    mask: int


class PieceTokenizer:
    """A Unigram model (Kudo, "Subword Regularization", ACL 2018) run by sentencepiece."""

    def __init__(
        self,
        pieces: Sequence[str],
        scores: Sequence[float],
        special: SpecialIds,
        replaced: Mapping[int, str],
    ) -> None:
        """Take the pieces by id; `replaced` characters are replaced before NFKC."""
        from sentencepiece import SentencePieceProcessor

        self._pieces = pieces
        self._special = special
        self._replaced = dict(replaced)
        model = _serialize_model(pieces, scores, special)
        self._processor = SentencePieceProcessor(model_proto=model)

    @property
    def pieces(self) -> Sequence[str]:
        """The pieces, by id."""
        return self._pieces

    @property
    def special_ids(self) -> frozenset[int]:
        """Begin, end, padding, unknown and mask."""
        each = self._special
        return frozenset({each.begin, each.end, each.padding, each.unknown, each.mask})

    def encode_texts(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """Return the ids of each text, with the special ones before and behind it."""
        begin, end = self._special.begin, self._special.end
        return [[begin, *self._encode_text(text), end] for text in texts]

    def count_tokens(self, text: str) -> int:
        """Return how many pieces a text has, without special ones."""
        return len(self._encode_text(text))

    def _encode_text(self, text: str) -> list[int]:
        normal = unicodedata.normalize("NFKC", text.translate(self._replaced))
        ids: list[int] = self._processor.encode(normal)
        return ids


def _serialize_model(pieces: Sequence[str], scores: Sequence[float], special: SpecialIds) -> bytes:
    """Return the model as sentencepiece reads it; texts come to it normalised already."""
    from sentencepiece import sentencepiece_model_pb2

    model: Any = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined] # made by protobuf
    control = {special.begin, special.end, special.padding, special.mask}
    kinds = {special.unknown: _UNKNOWN} | dict.fromkeys(control, _CONTROL)
    for number, (piece, score) in enumerate(zip(pieces, scores, strict=True)):
        kind = kinds.get(number, _NORMAL)
        model.pieces.add(piece=piece, score=score, type=kind)
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    trainer.model_type = _UNIGRAM
    trainer.unk_id, trainer.bos_id = special.unknown, special.begin
    trainer.eos_id, trainer.pad_id = special.end, special.padding
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = True
    normalizer.remove_extra_whitespaces = True
    normalizer.escape_whitespaces = True
    serialized: bytes = model.SerializeToString()
    return serialized
