"""Reads an E5 model from one packed file: tokenizer, weights in 4 bits, and nothing else.

The file begins with `E5S1` and the sizes of a BERT encoder. Then come the pieces of a Unigram
tokenizer with their scores, a map of characters, and a list of named tensors: matrices in blocks
of 32 weights (a float16 scale, then 16 bytes whose low halves are the first 16 weights, each minus
8), all others in float32. All numbers are little-endian.

The file is mapped into memory, not read: of the table of 250,000 pieces only the rows of a text's
own tokens are ever unpacked, and processes share what the system has cached. Limits: version 1 of
the format; texts longer than `max_tokens` are cut by the embedder.
"""

from __future__ import annotations

import hashlib
import itertools
import mmap
import struct
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.tokenizer import PieceTokenizer, SpecialIds
from ingest.errors import EmbeddingFailed

_MAGIC = b"E5S1"
_HEADER = struct.Struct("<4s8If8I")
_MAP_HEADER = struct.Struct("<2I")
_MAP_ENTRY = struct.Struct("<IB")
_COUNT = struct.Struct("<I")
_NAME_LENGTH = struct.Struct("<H")
_TENSOR = struct.Struct("<BIQQ")
_FLOAT32, _BLOCKS_OF_4_BITS = 0, 1
_BLOCK = 32
"""Weights that share a scale."""
_BLOCK_BYTES = 2 + _BLOCK // 2


@dataclass(frozen=True, slots=True)
class BertSizes:
    """The sizes of a BERT encoder, and the epsilon of its layer norms."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    pieces: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class _Tensor:
    kind: int
    values: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Where the tokenizer's pieces are, how many, and the ids of the special ones."""

    count: int
    text_bytes: int
    begin: int
    end: int
    padding: int
    unknown: int


class PackedFile:
    """The content of one file; safe to read from several threads."""

    def __init__(self, path: Path) -> None:
        """Map the file and read its directory. Raises EmbeddingFailed when it is no such file."""
        self._path = path
        with self._translate_errors():
            with path.open("rb") as stream:
                # Mapped for as long as anything looks into it, although the file is closed here.
                self._bytes = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
            self.sizes, self._pieces = self._read_header()
            self._characters_at = (
                _HEADER.size + 8 * self._pieces.count + 4 + self._pieces.text_bytes
            )
            self._tensors = self._read_directory()

    @property
    def special_ids(self) -> SpecialIds:
        """The ids of the pieces that are no text; the mask is the last piece."""
        each = self._pieces
        return SpecialIds(each.begin, each.end, each.padding, each.unknown, each.count - 1)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the file, in hexadecimal digits."""
        return hashlib.sha256(self._bytes).hexdigest()

    def read_tensor(self, name: str) -> NDArray[np.float32]:
        """Return a tensor's values in one dimension. Raises EmbeddingFailed."""
        tensor = self._find_tensor(name)
        with self._translate_errors():
            raw = self._read_bytes(tensor)
            if tensor.kind == _FLOAT32:
                return raw.view("<f4").astype(np.float32)
            return _unpack_blocks(raw.reshape(-1, _BLOCK_BYTES)).reshape(-1)

    def look_up(self, name: str, rows: NDArray[np.int64], width: int) -> NDArray[np.float32]:
        """Return these rows of a matrix that is `width` wide, shape (*rows.shape, width)."""
        tensor = self._find_tensor(name)
        with self._translate_errors():
            table = self._read_bytes(tensor).reshape(-1, width // _BLOCK, _BLOCK_BYTES)
            return _unpack_blocks(table[rows]).reshape(*rows.shape, width)

    def build_tokenizer(self) -> PieceTokenizer:
        """Return the tokenizer, with `<s>` before and `</s>` after a text."""
        pieces, scores = self.read_pieces()
        replaced = self.read_replaced_characters()
        with self._translate_errors():
            return PieceTokenizer(pieces, scores, self.special_ids, replaced)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn what a damaged file makes Python and libraries raise into EmbeddingFailed."""
        try:
            yield
        except (
            OSError,
            ValueError,
            LookupError,
            OverflowError,
            RuntimeError,
            struct.error,
        ) as error:
            raise EmbeddingFailed(f"{self._path} is no packed model: {error}") from error

    def _find_tensor(self, name: str) -> _Tensor:
        if name not in self._tensors:
            raise EmbeddingFailed(f"{self._path} has no tensor {name}.")
        return self._tensors[name]

    def _read_bytes(self, tensor: _Tensor) -> NDArray[np.uint8]:
        return np.frombuffer(self._bytes, np.uint8, tensor.size, tensor.offset)

    def _read_header(self) -> tuple[BertSizes, _Pieces]:
        (magic, version, *sizes, _types, epsilon, block, count, begin, end, padding, unknown) = (
            _HEADER.unpack_from(self._bytes)[:16]
        )
        text_bytes = _HEADER.unpack_from(self._bytes)[16]
        if (magic, version, block) != (_MAGIC, 1, _BLOCK):
            raise ValueError(f"it begins with {magic!r}, version {version}, blocks of {block}")
        hidden, layers, heads, intermediate, pieces, positions = sizes
        return (
            BertSizes(hidden, layers, heads, intermediate, pieces, positions, epsilon),
            _Pieces(count, text_bytes, begin, end, padding, unknown),
        )

    def read_pieces(self) -> tuple[list[str], list[float]]:
        """Return the tokenizer's pieces by id, and their scores."""
        with self._translate_errors():
            count, start = self._pieces.count, _HEADER.size
            offsets = np.frombuffer(self._bytes, "<u4", count + 1, start).tolist()
            scores = np.frombuffer(self._bytes, "<f4", count, start + 4 * (count + 1)).tolist()
            text_at = self._characters_at - self._pieces.text_bytes
            text = self._bytes[text_at : self._characters_at].tobytes()
            names = [text[low:high].decode() for low, high in itertools.pairwise(offsets)]
            return names, scores

    def read_replaced_characters(self) -> dict[int, str]:
        """Return by code point what becomes of characters that NFKC alone treats otherwise."""
        with self._translate_errors():
            found: dict[int, str] = {}
            at = self._characters_at
            count, _size = _MAP_HEADER.unpack_from(self._bytes, at)
            at += _MAP_HEADER.size
            for _ in range(count):
                code, length = _MAP_ENTRY.unpack_from(self._bytes, at)
                at += _MAP_ENTRY.size
                into = "".join(map(chr, np.frombuffer(self._bytes, "<u4", length, at).tolist()))
                at += 4 * length
                if unicodedata.normalize("NFKC", chr(code)) != into:
                    found[code] = into
            return found

    def _read_directory(self) -> dict[str, _Tensor]:
        _count, size = _MAP_HEADER.unpack_from(self._bytes, self._characters_at)
        at = self._characters_at + _MAP_HEADER.size + size
        (count,) = _COUNT.unpack_from(self._bytes, at)
        at += _COUNT.size
        found: dict[str, _Tensor] = {}
        for _ in range(count):
            (length,) = _NAME_LENGTH.unpack_from(self._bytes, at)
            at += _NAME_LENGTH.size
            name = self._bytes[at : at + length].tobytes().decode()
            at += length
            tensor = _Tensor(*_TENSOR.unpack_from(self._bytes, at))
            at += _TENSOR.size
            if tensor.offset + tensor.size > len(self._bytes):
                raise ValueError(f"{name} ends behind the end of the file")
            if tensor.kind not in (_FLOAT32, _BLOCKS_OF_4_BITS):
                raise ValueError(f"{name} is of the unknown kind {tensor.kind}")
            found[name] = tensor
        return found


def _unpack_blocks(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the weights of blocks of shape (..., 18) as shape (..., 32)."""
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    halves = blocks[..., 2:]
    weights = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32)
    weights -= 8
    weights *= scales
    return weights
