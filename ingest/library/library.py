"""Adds, replaces, deletes, lists and reads documents: the one entry to all that is stored.

Adding, replacing and deleting are requests: they are durable when the call returns, and a worker
(`ingest.processing.worker`) carries them out. Reading shows only live versions. The embedder and
the indexes are given as functions and opened when first needed, so that listing documents loads no
model. Limits: one folder of files (`files.root`) belongs to one database.
"""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from ingest.chunking.chunker import CHUNKER_VERSION, ChunkOptions, chunk_document
from ingest.embedding.base import Embedder
from ingest.errors import EmptyFile, NotFound
from ingest.formats.common.front_matter import read_front_matter
from ingest.index.base import Scope
from ingest.library import generations
from ingest.library.cleanup import Cleaner, EmptyQuoteStore, QuoteStore, drop_original
from ingest.library.current_indexes import CurrentIndex, IndexSource, IndexWriter
from ingest.library.fingerprint import Fingerprint
from ingest.storage import attempts
from ingest.storage.attempts import Attempt
from ingest.storage.chunks import Chunks, Passage, Shown
from ingest.storage.database import Store, read_generation
from ingest.storage.documents import AddResult, Catalog, IncomingFile, require_document
from ingest.storage.files import FileStore, StagedFile
from ingest.storage.filters import ALWAYS, Period, find_scope
from ingest.storage.locks import Presence, WorkerLock
from ingest.storage.records import DocumentEvent, DocumentList
from ingest.text.terms import TERMS_VERSION
from ingest.types import AddedDocument, Chunk, Collection, Document, DocumentRecord, DocumentState
from ingest.validation import clean_metadata, clean_name

_DEFAULT_CHUNKS = ChunkOptions()
Sniffer = Callable[[bytes, str], str]
"""Returns the media type for first bytes and name; raises FileRejected for what cannot parse."""


def guess_media_type(head: bytes, name: str) -> str:
    """Return the media type that the name suggests, without looking at the bytes."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


@dataclass(frozen=True, slots=True)
class LibraryParts:
    """The parts of a library, for workers and maintenance: they hand on the ones that are needed.

    `sources` open the dense and the lexical index, in this order; `writer` writes both.
    """

    store: Store
    files: FileStore
    chunks: Chunks
    sources: tuple[IndexSource, IndexSource]
    writer: IndexWriter
    cleaner: Cleaner


class Library:
    """Documents in collections, and the two indexes over them. Safe to use from several threads.

    `dense` and `lexical` are `Index`es for searching: they open when first used and follow a
    rebuild. `embedder` is called at most once. `sniff` may refuse a file before it is stored.
    `quoting` deletes the words of deleted documents from conversations.
    """

    def __init__(
        self,
        store: Store,
        files: FileStore,
        dense: IndexSource,
        lexical: IndexSource,
        embedder: Callable[[], Embedder],
        chunk_options: ChunkOptions = _DEFAULT_CHUNKS,
        *,
        sniff: Sniffer = guess_media_type,
        quoting: QuoteStore | None = None,
    ) -> None:
        self.store = store
        self.files = files
        self.sources = (dense, lexical)
        self._chunk_options = chunk_options
        self._catalog = Catalog(store)
        self._chunks = Chunks(store)
        self.dense = CurrentIndex(
            dense,
            self._read_generation,
            self._read_generation_and_dimension,
            self.check_fingerprint,
        )
        self.lexical = CurrentIndex(
            lexical,
            self._read_generation,
            self._read_generation_and_dimension,
            self.check_fingerprint,
        )
        writer = IndexWriter(self.dense, self.lexical)
        cleaner = Cleaner(store, files, writer, quoting or EmptyQuoteStore())
        self.parts = LibraryParts(store, files, self._chunks, self.sources, writer, cleaner)
        self._make_embedder = embedder
        self._loading = threading.Lock()
        self._sniff = sniff

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded when first asked for. Raises EmbeddingFailed."""
        with self._loading:  # `cached_property` alone would let two threads load two models
            return self._loaded_embedder

    @cached_property
    def _loaded_embedder(self) -> Embedder:
        return self._make_embedder()

    @property
    def fingerprint(self) -> Fingerprint:
        """What this library would build an index with. Loads the embedder."""
        embedder, options = self.embedder, self._chunk_options
        return Fingerprint(
            embedder.name,
            embedder.dimension,
            CHUNKER_VERSION,
            options.max_tokens,
            options.overlap_tokens,
            TERMS_VERSION,
        )

    def check_fingerprint(self) -> None:
        """Raise IndexMismatch unless the indexes fit the present embedder and chunker."""
        generations.check_fingerprint(self.store, self.fingerprint)

    def split_into_chunks(self, document: Document) -> list[Chunk]:
        """Return the chunks of a parsed document, in order. Loads the embedder to count tokens."""
        return chunk_document(document, self._chunk_options, self.embedder.count_tokens)

    def writer_lock(self) -> WorkerLock:
        """Return the lock, not yet taken, whose holder alone may write the indexes."""
        return WorkerLock(self.files.root / "worker.lock")

    def create_presence(self) -> Presence:
        """Return the `Presence` of one more worker."""
        return Presence(self.files.root / "workers")

    def close(self) -> None:
        """Close indexes and database."""
        self.dense.close()
        self.lexical.close()
        self.store.close()

    # Collections

    def create_collection(self, name: str, description: str = "") -> Collection:
        """Create a collection. Raises Conflict when the name is taken, InvalidRequest."""
        return self._catalog.create_collection(name, description)

    def list_collections(self) -> list[Collection]:
        """Return all collections by name."""
        return self._catalog.list_collections()

    def get_collection(self, id_or_name: str) -> Collection:
        """Return one collection, by id or else by name. Raises NotFound."""
        return self._catalog.get_collection(id_or_name)

    def rename_collection(
        self, collection_id: str, name: str | None = None, description: str | None = None
    ) -> Collection:
        """Change name or description (None: as it is). Raises NotFound, Conflict."""
        self._catalog.change_collection(collection_id, name, description)
        return self._catalog.get_collection(collection_id)

    def delete_collection(self, collection_id: str) -> None:
        """Delete a collection with its documents; hidden at once. Raises NotFound."""
        self._catalog.delete_collection(collection_id)

    # Documents: requests

    def add(
        self,
        source: Path | BinaryIO,
        name: str,
        collection_id: str,
        metadata: Mapping[str, str] | None = None,
        priority: int = 0,
    ) -> AddedDocument:
        """Store a file and queue it; its bytes are safe when this returns.

        Higher priorities go first. The same name with other bytes replaces, the same bytes again
        are unchanged. What the front matter of a Markdown file says is metadata where `metadata`
        does not say otherwise. Raises FileRejected, InvalidRequest, NotFound, StoreUnavailable.
        """
        name, metadata = clean_name(name, "A document's name"), clean_metadata(metadata or {})
        with (
            self._stage_offer(source, name, metadata, priority) as (staged, offer),
            self.store.write() as connection,
        ):
            added = self._catalog.add_or_replace(connection, collection_id, offer)
            # Before the commit: a row never refers to bytes that are not there. A kill in between
            # leaves a file without a row, which the cleanup removes.
            self._keep_original(staged)
        return self._finish_adding(added)

    def replace(
        self, document_id: str, source: Path | BinaryIO, priority: int = 0
    ) -> AddedDocument:
        """Queue new bytes under the same id; the old version answers until they are ready.

        Raises as `add`.
        """
        former = self.get_document(document_id)
        with (
            self._stage_offer(source, former.name, {}, priority) as (staged, offer),
            self.store.write() as connection,
        ):
            row = require_document(connection, document_id)
            added = self._catalog.replace(connection, row, offer)
            self._keep_original(staged)
        return self._finish_adding(added)

    def delete(self, document_id: str) -> None:
        """Delete a document; from now on no search finds it. Raises NotFound."""
        self._catalog.delete(document_id)

    def retry(self, document_id: str) -> DocumentRecord:
        """Queue a failed or cancelled document again. Raises NotFound, Conflict."""
        self._catalog.retry(document_id)
        return self.get_document(document_id)

    def cancel(self, document_id: str) -> DocumentRecord:
        """Stop what is queued or under way for a document. Raises NotFound, Conflict."""
        self._catalog.cancel(document_id)
        return self.get_document(document_id)

    # Documents: reading

    def list_documents(
        self,
        collection_id: str,
        page: int = 1,
        page_size: int = 50,
        order_by: str = "name",
        q: str = "",
        state: DocumentState | None = None,
        searchable: bool = False,
    ) -> DocumentList:
        """Return one page of a collection's documents. Raises NotFound, InvalidRequest.

        With `searchable`, only those that searches find (also while they are being replaced).
        """
        return self._catalog.list_documents(
            collection_id,
            page=page,
            page_size=page_size,
            order_by=order_by,
            q=q,
            state=state,
            searchable=searchable,
        )

    def get_document(self, document_id: str) -> DocumentRecord:
        """Return a document's record. Raises NotFound."""
        return self._catalog.get_document(document_id)

    def read_attempts(self, document_id: str) -> list[Attempt]:
        """Return the last attempts at a document, the oldest first. Raises NotFound."""
        with self.store.read() as connection:
            require_document(connection, document_id)
            return attempts.attempts_of(connection, document_id)

    def read_parsed(self, document_id: str) -> Document:
        """Return the parsed document: the live version, else the newest. Raises NotFound."""
        with self.store.read() as connection:
            row = require_document(connection, document_id)
        return self.files.read_parsed(document_id, row.live_revision or row.revision)

    def original_path(self, document_id: str) -> Path:
        """Return the path of the original file: of the live version, else of the newest."""
        with self.store.read() as connection:
            row = require_document(connection, document_id)
        sha256 = row.sha256 if row.live_revision is None else row.live_sha256
        if not self.files.has_original(sha256):
            raise NotFound(
                f"The original of {row.name} is missing.",
                hint="Run `docchat doctor`, then add the file again.",
            )
        return self.files.path_of(sha256)

    def read_chunks(self, document_id: str) -> list[Chunk]:
        """Return the chunks of the live version, in order; none while there is none."""
        with self.store.read() as connection:
            require_document(connection, document_id)
        return self._chunks.read_live_chunks(document_id)

    def list_events(self, after: int) -> list[DocumentEvent]:
        """Return what changed after event number `after`, oldest first, at most 1000.

        A document that changed several times is returned once, as it is now; a deleted one in
        state `deleting`. Sees the changes of all processes.
        """
        return self._catalog.list_events(after)

    def count_by_state(self) -> dict[DocumentState, int]:
        """Return how many documents are in each state, those being deleted included."""
        return self._catalog.count_by_state()

    def latest_event(self) -> int:
        """Return the number of the latest event."""
        return self._catalog.read_sequence()

    # Searching

    def read_passages(
        self, chunk_ids: Sequence[str], pages: tuple[int, int] | None = None
    ) -> dict[str, Passage]:
        """Return those of the chunks that may be shown, in the order asked for.

        Whatever an index may hold, only chunks of the live versions of documents are returned; with
        `pages`, only those on a page from the first to the last.
        """
        return self._chunks.read_passages(chunk_ids, pages)

    def read_signs(self, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the signs (`ingest.embedding.token_signs`) of those chunks that have any."""
        return self._chunks.read_signs(chunk_ids)

    def read_shown(self, chunk_ids: Sequence[str], around: int = 0) -> dict[str, Shown]:
        """Return those of the chunks that may be shown, whole, in the order asked for.

        With each come up to `around` chunks before and after it.
        """
        return self._chunks.read_shown(chunk_ids, around)

    def find_scope(
        self,
        collection_ids: Sequence[str] | None = None,
        document_ids: Sequence[str] | None = None,
        metadata: Mapping[str, str] | None = None,
        period: Period = ALWAYS,
    ) -> Scope:
        """Return where an index should search. Raises NotFound for unknown ids, InvalidRequest."""
        return find_scope(self.store, collection_ids, document_ids, metadata or {}, period)

    # Helpers

    def _read_generation(self) -> int:
        with self.store.read() as connection:
            return read_generation(connection)

    def _read_generation_and_dimension(self) -> tuple[int, int]:
        with self.store.read() as connection:
            number, builder = read_generation(connection), generations.built_by(connection)
        return number, self.embedder.dimension if builder is None else builder.dimension

    @contextmanager
    def _stage_offer(
        self, source: Path | BinaryIO, name: str, metadata: Mapping[str, str], priority: int
    ) -> Iterator[tuple[StagedFile, IncomingFile]]:
        with self.files.stage(source) as staged:
            if not staged.size:
                raise EmptyFile(f"{name}: the file has no bytes.")
            media_type = self._sniff(staged.head, name)
            known = read_front_matter(staged.head, name) | dict(metadata)
            yield (
                staged,
                IncomingFile(name, staged.sha256, staged.size, media_type, known, priority),
            )

    def _finish_adding(self, added: AddResult) -> AddedDocument:
        if added.superseded is not None:
            drop_original(self.store, self.files, added.superseded)
        return AddedDocument(self.get_document(added.document_id), added.outcome)

    def _keep_original(self, staged: StagedFile) -> None:
        # Also when the document is unchanged: this restores an original that was lost.
        if not self.files.has_original(staged.sha256):
            staged.keep()
