"""Defines TextTokenizer, and makes one of a tokenizer.json or of the pieces of a Unigram model.

Pieces go to sentencepiece: for 250,000 of them it takes 50 MB where `tokenizers` takes 245, and a
third of the time; the ids are the same.
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


@dataclass(frozen=True, slots=True)
class LocatedToken:
    """A piece's id and the characters `[start, end)` of the text that it stands for."""

    id: int
    start: int
    end: int


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

    def locate_tokens(self, text: str) -> list[LocatedToken]:
        """Return the pieces of a text, without special ones, with their places in it."""
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

    def locate_tokens(self, text: str) -> list[LocatedToken]:
        """Return the pieces of a text, without special ones, with their places in it."""
        found = self._tokenizer.encode(text, add_special_tokens=False)
        return [
            LocatedToken(number, *place)
            for number, place in zip(found.ids, found.offsets, strict=True)
        ]


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

    def locate_tokens(self, text: str) -> list[LocatedToken]:
        """Return the pieces of a text, without special ones, with their places in it."""
        # sentencepiece sees the normalised text, so the places are counted there and mapped back.
        normal, places = _normalize_with_places(text, self._replaced)
        found: list[LocatedToken] = []
        at = 0
        for number, surface in zip(*self._cut_text(normal), strict=True):
            while at < len(normal) and normal[at].isspace():
                at += 1
            bare = surface.strip(_SPACE_PIECE + " ")
            start, at = at, min(len(normal), at + len(bare))
            last = places[at - 1] if at > start else (places[start] if start < at else (0, 0))
            first = places[start] if at > start else last
            found.append(LocatedToken(number, first[0], last[1]))
        return found

    def _cut_text(self, normal: str) -> tuple[list[int], list[str]]:
        """Return the ids of the pieces and the text of each."""
        encoded = self._processor.encode(normal, return_type="proto")
        return [each.id for each in encoded.pieces], [each.surface for each in encoded.pieces]

    def _encode_text(self, text: str) -> list[int]:
        normal = unicodedata.normalize("NFKC", text.translate(self._replaced))
        ids: list[int] = self._processor.encode(normal)
        return ids


_SPACE_PIECE = "\u2581"
"""What sentencepiece writes for a space."""


def _normalize_with_places(
    text: str, replaced: dict[int, str]
) -> tuple[str, list[tuple[int, int]]]:
    """Return the text as `_encode_text` normalises it, and each character's place in `text`."""
    normal: list[str] = []
    places: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = start + 1
        # A mark that combines with the letter before it is normalised together with it.
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        part = unicodedata.normalize("NFKC", text[start:end].translate(replaced))
        normal.append(part)
        places.extend([(start, end)] * len(part))
        start = end
    return "".join(normal), places


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
