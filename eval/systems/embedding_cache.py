"""Stores embeddings between runs, by model and text, so that an evaluation embeds a text once.

One SQLite file for each model, called by the model's name, which has the fingerprint of its weights
in it: other weights get another file. Vectors are float32, as the model gave them, together with
the signs of the words where the model gives signs.

Limits: grows without end; delete the folder when it is too large. Two processes may share it.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.errors import EvalError
from eval.systems.pass_through import pass_through
from ingest.embedding.base import (
    Embedder,
    EncodedPassage,
    EncodedQuestion,
    encode_passages,
    encode_question,
    stack_vectors,
)
from ingest.embedding.forwarding import ForwardingEmbedder

_WAIT_S = 60.0


class EmbeddingCache:
    """Vectors of one model by the hash of their text. Safe to use from several threads."""

    def __init__(self, folder: Path, model: str) -> None:
        """Open or make the file in `folder`. Raises EvalError."""
        path = folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', model)}.sqlite"
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
            self._rows.execute("PRAGMA journal_mode=WAL")
            self._rows.execute("PRAGMA synchronous=OFF")  # a lost vector is computed again
            self._rows.execute(
                "CREATE TABLE IF NOT EXISTS passages "
                "(key BLOB PRIMARY KEY, vector BLOB NOT NULL, signs BLOB NOT NULL)"
            )
        except (OSError, sqlite3.Error) as error:
            raise EvalError(
                f"The cache of embeddings {path} cannot be used: {error}",
                hint="Name another folder with --cache, or delete this file.",
            ) from error

    def get(self, texts: Sequence[str]) -> dict[str, EncodedPassage]:
        """Return the stored passages among `texts`, by text."""
        found: dict[str, EncodedPassage] = {}
        with self._lock:
            for text in texts:
                row = self._rows.execute(
                    "SELECT vector, signs FROM passages WHERE key = ?", (_hash_text(text),)
                ).fetchone()
                if row is not None:
                    found[text] = EncodedPassage(np.frombuffer(row[0], dtype=np.float32), row[1])
        return found

    def put(self, encoded: Mapping[str, EncodedPassage]) -> None:
        """Store encoded passages by text."""
        rows = [
            (_hash_text(text), np.ascontiguousarray(each.vector, np.float32).tobytes(), each.signs)
            for text, each in encoded.items()
        ]
        with self._lock, self._rows:
            self._rows.executemany("INSERT OR REPLACE INTO passages VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._rows.close()


def _hash_text(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class CachedEmbedder(ForwardingEmbedder):
    """An embedder that reads the cache first; inside `bypass_cache` it always computes.

    All other methods of the wrapped embedder are passed through as they are.
    """

    def __init__(self, inner: Embedder, cache: EmbeddingCache) -> None:
        super().__init__(inner)
        self._cache = cache
        self._bypassed = False
        pass_through(self, inner)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d). Raises EmbeddingFailed."""
        if self._bypassed:
            return self._inner.embed(texts)
        return stack_vectors(self.embed_passages(texts), self.dimension)

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vector and signs of each text. Raises EmbeddingFailed."""
        if self._bypassed:
            return encode_passages(self._inner, texts)
        known = self._cache.get(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            fresh = dict(zip(missing, encode_passages(self._inner, missing), strict=True))
            self._cache.put(fresh)
            known.update(fresh)
        return [known[text] for text in texts]

    def embed_question(self, text: str) -> EncodedQuestion:
        """Return vector and words of a question, always computed. Raises EmbeddingFailed."""
        return encode_question(self._inner, text)

    @contextmanager
    def bypass_cache(self) -> Iterator[None]:
        """Compute every vector again inside this context, for timing; one thread at a time."""
        self._bypassed = True
        try:
            yield
        finally:
            self._bypassed = False
