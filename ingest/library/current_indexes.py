"""Opens the current generation of both indexes, follows a rebuild, and writes both.

Every generation of an index is stored apart from the others; the number of the current one is in
the store. Limits: any number may search, but only the holder of the indexes' lock may write
(`IndexWriter` and the writing methods of `CurrentIndex`).
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ingest.embedding.base import Embedder, EncodedPassage, encode_passages
from ingest.errors import EmbeddingFailed, IndexUnavailable
from ingest.index.base import EVERYWHERE, Entry, Index, Match, Query, Scope, TermIndex, TitleIndex
from ingest.storage.chunks import Chunks, Version, indexed_text, with_vector
from ingest.text.language import language_of

FILL_AT_ONCE = 256
"""Chunks embedded and written together; an interruption costs no more than these."""

Embed = Callable[[Sequence[Entry]], Sequence[EncodedPassage]]
"""Returns vector and signs for each entry."""


@dataclass(frozen=True, slots=True)
class IndexSource:
    """Opens an index by generation and dimension; `folder` returns its folder, if it has one."""

    open: Callable[[int, int], Index]
    folder: Callable[[int], Path] | None = None

    def drop(self, generation: int, dimension: int) -> None:
        """Delete a generation. Raises IndexUnavailable."""
        if self.folder is None:
            index = self.open(generation, dimension)
            index.remove(sorted(index.ids()))
            index.close()
            return
        try:
            shutil.rmtree(self.folder(generation))
        except FileNotFoundError:
            return  # already deleted, before a kill that came before it was recorded
        except NotADirectoryError:  # somebody put a file there
            self.folder(generation).unlink()
        except OSError as error:
            raise IndexUnavailable(f"An old index could not be removed: {error}.") from error


class CurrentIndex:
    """The current generation of an index; an `Index` itself.

    `number` returns the current generation, and every search asks for it; `present` returns the
    generation with its dimension, to open it. `guard` is called before the first search of each
    generation and raises IndexMismatch when the index was built by another embedder or chunker. An
    index that a rebuild has replaced stays open until `close`: a search may still be using it.
    """

    def __init__(
        self,
        source: IndexSource,
        number: Callable[[], int],
        present: Callable[[], tuple[int, int]],
        guard: Callable[[], None],
    ) -> None:
        self._source = source
        self._number = number
        self._present = present
        self._guard = guard
        self._guarded: set[int] = set()
        self._lock = threading.Lock()
        self._opened: dict[int, Index] = {}

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries."""
        self._open_index().add(entries)

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries."""
        self._open_index().remove(chunk_ids)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Search the current generation."""
        return self._open_guarded_index().search(query, limit, scope)

    def search_titles(
        self, keys: Collection[str], query: Query, limit: int, scope: Scope = EVERYWHERE
    ) -> list[Match]:
        """Return chunks by the titles of their documents; none where the index knows no titles."""
        index = self._open_guarded_index()
        return (
            index.search_titles(keys, query, limit, scope) if isinstance(index, TitleIndex) else []
        )

    def find_near_terms(self, terms: Mapping[str, int]) -> dict[str, str]:
        """Return the nearest terms of unknown ones; none where the index knows no terms."""
        index = self._open_guarded_index()
        return index.find_near_terms(terms) if isinstance(index, TermIndex) else {}

    def ids(self) -> set[str]:
        """Return the ids of all entries."""
        return self._open_index().ids()

    def close(self) -> None:
        """Close all generations that were opened."""
        with self._lock:
            for index in self._opened.values():
                index.close()
            self._opened.clear()

    def _open_guarded_index(self) -> Index:
        """Return the index to search, after `guard` has let it pass."""
        # Without the lock: it is held while an index opens, and no search should wait for that of
        # another generation. If two threads come first at once, both call `guard`, which changes
        # nothing the second time.
        number = self._number()
        if number not in self._guarded:
            self._guard()
            self._guarded.add(number)
            # Reads the number again: for empty indexes the guard may begin a new generation.
            return self._open_index()
        return self._opened.get(number) or self._open_index()

    def _open_index(self) -> Index:
        # A rebuild may switch between reading the number and opening: this search then still uses
        # the old generation, the next one the new. Writing cannot meet a switch, because a rebuild
        # needs the lock that the writer holds.
        generation, dimension = self._present()
        with self._lock:
            if generation not in self._opened:
                self._opened[generation] = self._source.open(generation, dimension)
            return self._opened[generation]


class IndexWriter:
    """Writes both indexes; for the holder of their lock, in one thread."""

    def __init__(self, dense: Index, lexical: Index) -> None:
        self._dense = dense
        self._lexical = lexical

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries with their vectors. Raises IndexUnavailable."""
        self._dense.add(entries)
        self._lexical.add(entries)

    def remove(self, chunk_ids: Iterable[str]) -> None:
        """Remove chunks from both indexes. Raises IndexUnavailable."""
        ids = sorted(set(chunk_ids))
        if ids:
            self._dense.remove(ids)
            self._lexical.remove(ids)

    def keep_only(self, chunk_ids: set[str]) -> None:
        """Remove all other chunks from both indexes. Raises IndexUnavailable."""
        for index in (self._dense, self._lexical):
            surplus = sorted(index.ids() - chunk_ids)
            if surplus:
                index.remove(surplus)

    def fill(
        self, generation: int, versions: Iterable[Version], chunks: Chunks, embed: Embed
    ) -> None:
        """Add to each index the chunks of these versions that it lacks, embedding where needed.

        All versions are of one generation, that of these indexes. For rebuild and repair: it asks
        the indexes which chunks they hold, so interrupted work continues where it stopped. Raises
        EmbeddingFailed, IndexUnavailable.
        """
        held_dense, held_lexical = self._dense.ids(), self._lexical.ids()
        for batch in _split_into_batches(_read_entries(versions, chunks), FILL_AT_ONCE):
            unsigned = chunks.find_unsigned(generation, [entry.chunk_id for entry in batch])
            lacking = [
                entry
                for entry in batch
                if entry.chunk_id not in held_dense or entry.chunk_id in unsigned
            ]
            if lacking:
                found = embed(lacking)
                pairs = list(zip(lacking, found, strict=True))
                # Signs before entries: a chunk that the dense index holds counts as done, so a kill
                # in between must not leave an entry without signs.
                chunks.keep_signs(generation, {e.chunk_id: each.signs for e, each in pairs})
                self._dense.add([with_vector(entry, each.vector) for entry, each in pairs])
            self._lexical.add([entry for entry in batch if entry.chunk_id not in held_lexical])


def embed_entries(embedder: Embedder, entries: Sequence[Entry]) -> list[EncodedPassage]:
    """Return vector and signs for each entry. Raises EmbeddingFailed, also for invalid vectors.

    A text in a language that the embedder does not read gets no signs: they would be worthless.
    """
    found = encode_passages(embedder, [indexed_text(entry) for entry in entries])
    shapes = {each.vector.shape for each in found}
    if (
        len(found) != len(entries)
        or shapes - {(embedder.dimension,)}
        or not all(np.isfinite(each.vector).all() for each in found)
    ):
        raise EmbeddingFailed(
            f"The embedder {embedder.name} gave {len(found)} vectors of shapes {shapes} for "
            f"{len(entries)} texts of dimension {embedder.dimension}, or values that are no "
            "numbers."
        )
    reads = embedder.languages
    if "*" in reads:
        return found
    return [
        each if language_of(entry.text) in reads else EncodedPassage(each.vector)
        for entry, each in zip(entries, found, strict=True)
    ]


def _read_entries(versions: Iterable[Version], chunks: Chunks) -> Iterator[Entry]:
    for version in versions:
        for batch in chunks.read_entry_batches(version, chunks.read_ids(version), FILL_AT_ONCE):
            yield from batch


def _split_into_batches(entries: Iterator[Entry], size: int) -> Iterator[list[Entry]]:
    while batch := list(islice(entries, size)):
        yield batch
