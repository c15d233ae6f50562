"""Helpers of the tests of store, library and worker: a home on disk, and fakes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.chunking.chunker import ChunkOptions
from ingest.embedding.base import Embedder, EncodedPassage, EncodedQuestion
from ingest.embedding.forwarding import ForwardingEmbedder
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.errors import EmbeddingFailed, IndexUnavailable
from ingest.index.base import EVERYWHERE, Entry, Match, Query, Scope
from ingest.library import Library
from ingest.library.current_indexes import IndexSource
from ingest.processing.queue import Retries
from ingest.processing.sandbox import Parser
from ingest.processing.worker import Worker, WorkerOptions
from ingest.storage.database import Store, sqlite_url
from ingest.storage.files import FileStore, Opener, open_new
from ingest.text.terms import extract_terms
from ingest.types import AddedDocument, Failure
from tests.support.odd_parsers import parse_plain

CHUNKS = ChunkOptions(max_tokens=32, overlap_tokens=0)
QUICK = WorkerOptions(retries=Retries(attempts=3, backoff_s=0.01), poll_s=0.02, heartbeat_s=0.5)


class MemoryIndex:
    """An index in memory that records added ids; with `broken` set, every call fails."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.added: list[str] = []
        self.broken = False
        self._lock = threading.Lock()

    def add(self, entries: Sequence[Entry]) -> None:
        self._check_broken()
        with self._lock:
            self.entries.update((entry.chunk_id, entry) for entry in entries)
            self.added.extend(entry.chunk_id for entry in entries)

    def remove(self, chunk_ids: Sequence[str]) -> None:
        self._check_broken()
        with self._lock:
            for chunk_id in chunk_ids:
                self.entries.pop(chunk_id, None)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        self._check_broken()
        wanted = Counter(extract_terms(query.text))
        with self._lock:
            entries = list(self.entries.values())
        scores = [
            Match(entry.chunk_id, float((wanted & Counter(extract_terms(entry.text))).total()))
            for entry in entries
            if scope.collection_ids is None or entry.collection_id in scope.collection_ids
            if scope.document_ids is None or entry.document_id in scope.document_ids
        ]
        found = sorted(scores, key=lambda match: (-match.score, match.chunk_id))
        return [match for match in found if match.score > 0][:limit]

    def ids(self) -> set[str]:
        self._check_broken()
        with self._lock:
            return set(self.entries)

    def close(self) -> None:
        """Keep all entries for the next opening."""

    def _check_broken(self) -> None:
        if self.broken:
            raise IndexUnavailable("The index is broken.")


class Memory:
    """The generations of one index; they outlive the closing of a library."""

    def __init__(self) -> None:
        self.generations: dict[int, MemoryIndex] = {}

    def open(self, generation: int, dimension: int) -> MemoryIndex:
        return self.generations.setdefault(generation, MemoryIndex())

    @property
    def source(self) -> IndexSource:
        return IndexSource(self.open)

    @property
    def only(self) -> MemoryIndex:
        """The one generation that holds anything."""
        (index,) = (index for index in self.generations.values() if index.entries)
        return index


class WatchedEmbedder(ForwardingEmbedder):
    """A HashEmbedder that records texts, waits until `going` is set, and fails `failures` times."""

    def __init__(self, dimension: int = 32, failures: int = 0) -> None:
        super().__init__(HashEmbedder(dimension))
        self.texts: list[str] = []
        self.failures = failures
        self.going = threading.Event()
        self.going.set()
        self.reached = threading.Event()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.reached.set()
        assert self.going.wait(60)
        if self.failures:
            self.failures -= 1
            raise EmbeddingFailed("The embedder is out of sorts.")
        self.texts.extend(texts)
        return self._inner.embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return signs that are made from the text, so that a test can check whose they are."""
        return [
            EncodedPassage(vector, signs_of(text))
            for text, vector in zip(texts, self.embed(texts), strict=True)
        ]

    def embed_question(self, text: str) -> EncodedQuestion:
        return EncodedQuestion(self.embed([text])[0])


def signs_of(text: str) -> bytes:
    """Return the signs that `WatchedEmbedder` gives a text."""
    return hashlib.sha256(text.encode()).digest()


class Home:
    """A library in a folder, with the indexes and the embedder, which outlive closing it."""

    def __init__(self, root: Path, opener: Opener = open_new, database_url: str = "") -> None:
        self.root = root
        self.database_url = database_url or sqlite_url(root / "docchat.db")
        self.dense, self.lexical = Memory(), Memory()
        self.embedder = WatchedEmbedder()
        self.opener = opener
        self._opened: list[Library] = []
        self.library = self.open()

    def open(
        self, embedder: Callable[[], Embedder] | None = None, options: ChunkOptions = CHUNKS
    ) -> Library:
        library = Library(
            Store.open(self.database_url),
            FileStore(self.root, opener=self.opener),
            self.dense.source,
            self.lexical.source,
            embedder or (lambda: self.embedder),
            options,
        )
        self._opened.append(library)
        return library

    def close(self) -> None:
        for library in self._opened:
            library.close()

    def collection(self, name: str = "manuals") -> str:
        return self.library.create_collection(name).id

    def add(
        self, text: str, name: str, collection_id: str, metadata: Mapping[str, str] | None = None
    ) -> AddedDocument:
        return self.library.add(BytesIO(text.encode()), name, collection_id, metadata)

    def work(
        self,
        parse: Parser = parse_plain,
        options: WorkerOptions = QUICK,
        library: Library | None = None,
    ) -> None:
        """Run a worker until the queue is empty."""
        worker = Worker(library or self.library, parse, options)
        worker.run(threading.Event(), until_idle=True)

    def search(self, text: str) -> list[str]:
        """Return the texts of the live chunks that share a term, best first."""
        matches = self.library.lexical.search(Query(text), 100)
        found = self.library.read_passages([match.chunk_id for match in matches])
        return [passage.text for passage in found.values()]

    def unsigned(self, document_id: str, library: Library | None = None) -> list[str]:
        """Return the texts of chunks that lack their own signs."""
        library = library or self.library
        found = library.read_chunks(document_id)
        signs = library.read_signs([chunk.id for chunk in found])
        return [c.text for c in found if signs.get(c.id) != signs_of(c.indexed_text)]

    def states(self, collection_id: str) -> dict[str, str]:
        listed = self.library.list_documents(collection_id, page_size=1000)
        return {document.name: str(document.state) for document in listed.items}

    def failure(self, document_id: str) -> Failure:
        """Return why a document failed; fails where it did not."""
        document = self.library.get_document(document_id)
        assert document.failure is not None
        return document.failure


class Running:
    """A worker in a thread of its own; leaving the block stops it."""

    def __init__(
        self, home: Home, parse: Parser = parse_plain, options: WorkerOptions = QUICK
    ) -> None:
        self._stop = threading.Event()
        self._worker = Worker(home.library, parse, options)
        self._thread = threading.Thread(target=self._worker.run, args=(self._stop,))

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()


def wait_for(holds: Callable[[], bool], what: str = "the condition", seconds: float = 60.0) -> None:
    """Wait until `holds()` is true; fail after a long while."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} did not come to hold"
        time.sleep(0.01)
