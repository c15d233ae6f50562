"""Prepares one document for the indexes: parses, describes figures, chunks, embeds.

Any number of workers do this at once, in any number of processes, because no index is touched. What
is prepared becomes searchable only by `ingest.processing.publish`.

A worker may die at any point, and another takes the document over. Each step therefore looks first
at what is already done, and doing a step twice changes nothing:

- Parsing: the parsed file of this revision exists, or it does not. It gets its name only when it
  is whole, and other bytes of a document always get another revision.
- Chunking: the rows are written in the same transaction that changes the state from `parsing` to
  `embedding`. Writing them again replaces them: chunk ids depend on content only, so vectors
  stored for them remain right.
- Embedding: each batch is stored in its own transaction, so at most one batch is lost. What has a
  stored vector, or stands in the indexes for the live version, is not embedded again.
- Handing over: the last batch and the state `indexing` are one transaction.

A worker that has lost its lease and has not noticed yet can do no harm: every transaction requires
the lease, and a parsed file that it still saves is of the same bytes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ingest.document.figure_descriptions import Describer, describe_figures
from ingest.document.figures import Figure
from ingest.embedding.base import Embedder, EncodedPassage
from ingest.embedding.batching import CallBatcher
from ingest.errors import (
    Cancelled,
    IngestError,
    NoTextFound,
    NotFound,
    StoreUnavailable,
)
from ingest.index.base import Entry
from ingest.library.current_indexes import embed_entries
from ingest.processing.queue import LeasedTask, Leases, Retries
from ingest.processing.sandbox import ParseJob, ParseRunner
from ingest.storage import pending_vectors
from ingest.storage.chunks import Chunks, Version, write_version
from ingest.storage.database import Store, read_generation
from ingest.storage.files import FileStore
from ingest.storage.records import warning_rows
from ingest.storage.schema import documents
from ingest.types import Chunk, Document, DocumentState

EMBED_AT_ONCE = 256
"""Chunks of one document in one call: enough to sort by length; a kill loses no more than these."""
_log = logging.getLogger(__name__)
_PROGRESS_S = 0.3
"""Shortest time between two records of progress: each is a writing transaction."""


class StopRequest(Exception):  # noqa: N818 - not an error: the worker was asked to stop
    """The worker stops; the document is released in the state it has reached."""


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """The chunks of a document, not yet written; `values` are columns of the document's row."""

    task: LeasedTask
    version: Version
    chunks: list[Chunk]
    values: dict[str, Any]


class Preparer:
    """Takes leased documents from the state they are in to `indexing`.

    `embedder` returns what embeds the texts; texts of several documents are embedded together.
    `on_prepared` is called whenever a document has reached `indexing`.
    """

    def __init__(
        self,
        *,
        store: Store,
        files: FileStore,
        chunks: Chunks,
        sandbox: ParseRunner,
        split_into_chunks: Callable[[Document], list[Chunk]],
        embedder: Callable[[], Embedder],
        leases: Leases,
        retries: Retries,
        is_stopping: Callable[[], bool],
        describe: Describer | None = None,
        on_prepared: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._files = files
        self._chunks = chunks
        self._sandbox = sandbox
        self._split_into_chunks = split_into_chunks
        self._leases = leases
        self._retries = retries
        self._is_stopping = is_stopping
        self._describe = describe
        self._on_prepared = on_prepared
        self._embedder = embedder
        self._embedding: CallBatcher[Entry, EncodedPassage] = CallBatcher(self._encode_entries)

    def prepare(self, task: LeasedTask, on_chunked: Callable[[], None]) -> None:
        """Prepare a document; let it fail or queue it again if that is not possible.

        `on_chunked` is called when the next document may be begun. Raises only StoreUnavailable.
        """
        with self.settle_errors(task):
            self._run_stages(task, on_chunked)

    @contextmanager
    def settle_errors(self, task: LeasedTask) -> Iterator[None]:
        """Let the document fail, queue it again or release it, by what is raised in the block.

        Raises only StoreUnavailable.
        """
        try:
            yield
        except StopRequest:
            self._leases.release(task)
        except Cancelled as error:
            # The lease is lost: the row belongs to somebody else and must not be touched.
            _log.info("%s", error.message)
        except IngestError as error:
            self._leases.retry_or_fail(task, error, self._retries)
        except Exception as error:  # noqa: BLE001
            # A bug that shows in one document must neither stop the queue nor go unnoticed.
            _log.exception("Document %s failed", task.document_id)
            unforeseen = IngestError(f"{type(error).__name__}: {error}")
            self._leases.retry_or_fail(task, unforeseen, self._retries)

    def _run_stages(self, task: LeasedTask, on_chunked: Callable[[], None]) -> None:
        with self._store.read() as connection:
            version = Version(task.document_id, read_generation(connection), task.revision)
        progress = _TaskProgress(task, self._leases, self._is_stopping)
        self._parse_file(task, progress)
        self._write_chunks(task, version, progress)
        on_chunked()  # not before: chunking holds the whole document in memory
        self._embed_chunks(task, version, progress)

    def _parse_file(self, task: LeasedTask, progress: _TaskProgress) -> None:
        if self._files.has_parsed(task.document_id, task.revision):
            return
        self._sandbox.run(make_parse_job(self._files, task), progress.record_pages)

    def _write_chunks(self, task: LeasedTask, version: Version, progress: _TaskProgress) -> None:
        """Write the chunk rows unless they are there already."""
        # In state `parsing` they are written in any case: rows that are there may be of an earlier
        # attempt. In a later state they are missing only when a rebuild has switched to another
        # generation since.
        if task.state is not DocumentState.PARSING and self._chunks.count(version):
            return
        split = self._split_document(task, version, progress)
        with self._store.write() as connection:
            self.write_split_document(connection, split)

    def split_document(self, task: LeasedTask, version: Version) -> SplitDocument:
        """Return the chunks of a parsed document. Raises NoTextFound, StopRequest."""
        progress = _TaskProgress(task, self._leases, self._is_stopping)
        return self._split_document(task, version, progress)

    def _split_document(
        self, task: LeasedTask, version: Version, progress: _TaskProgress
    ) -> SplitDocument:
        progress.raise_if_stopping()
        document = self._with_descriptions(task, self._read_parsed_document(task), progress)
        found = self._split_into_chunks(document)
        if not found:
            pages = len(document.pages)
            raise NoTextFound(f"No text found on {pages} of {pages} pages.")
        values: dict[str, Any] = {
            "pages": len(document.pages),
            "pages_done": len(document.pages),
            "chunks": len(found),
            "chunks_done": 0,
            "warnings": warning_rows(document.warnings),
            "media_type": document.media_type,
        }
        return SplitDocument(task, version, found, values)

    def write_split_document(self, connection: Connection, split: SplitDocument) -> None:
        """Write the chunk rows and the state that says so. Raises Cancelled."""
        if split.task.state is DocumentState.PARSING:
            self._leases.advance(connection, split.task, DocumentState.EMBEDDING, **split.values)
        else:
            self._leases.note(connection, split.task, **split.values)
        write_version(connection, split.version, split.chunks)

    def embed_alone(self, task: LeasedTask, version: Version) -> None:
        """Embed the chunks of one document and hand it over. Raises as `embed_together`."""
        self._embed_chunks(task, version, _TaskProgress(task, self._leases, self._is_stopping))

    def embed_together(self, entries: Sequence[Entry]) -> Sequence[EncodedPassage]:
        """Embed entries of any documents. Raises as the embedder, StopRequest."""
        return self._embedding.run(entries, self.raise_if_stopping)

    def raise_if_stopping(self) -> None:
        """Raise StopRequest when the worker has to stop."""
        if self._is_stopping():
            raise StopRequest

    def _embed_chunks(self, task: LeasedTask, version: Version, progress: _TaskProgress) -> None:
        """Embed the chunks that have no vector yet, and hand the document over for publishing."""
        with self._store.read() as connection:
            missing = pending_vectors.find_unembedded_ids(connection, version)
        left, encoded = len(missing), {}
        for batch in self._chunks.read_entry_batches(version, missing, EMBED_AT_ONCE):
            found = self._embedding.run(batch, progress.raise_if_stopping)
            encoded = {entry.chunk_id: each for entry, each in zip(batch, found, strict=True)}
            left -= len(batch)
            if left:  # the last batch is stored below, with the change of state
                with self._store.write() as connection:
                    self._leases.note(connection, task, chunks_done=documents.c.chunks - left)
                    pending_vectors.save_vectors_and_signs(connection, version, encoded)
        with self._store.write() as connection:
            self._leases.hand_over(connection, task)
            pending_vectors.save_vectors_and_signs(connection, version, encoded)
            pending_vectors.copy_live_signs(connection, version)
        self._on_prepared()

    def _encode_entries(self, entries: Sequence[Entry]) -> list[EncodedPassage]:
        return embed_entries(self._embedder(), entries)

    def _read_parsed_document(self, task: LeasedTask) -> Document:
        try:
            return self._files.read_parsed(task.document_id, task.revision)
        except StoreUnavailable:
            # Damaged: without it the retry parses anew.
            self._files.remove_parsed(task.document_id, task.revision)
            raise

    def _with_descriptions(
        self, task: LeasedTask, document: Document, progress: _TaskProgress
    ) -> Document:
        """Return the document with descriptions of its figures, if wanted, and store it so."""
        # Only in state `parsing`: later, the stored document has its descriptions already.
        if self._describe is None or task.state is not DocumentState.PARSING:
            return document
        if document.media_type != "application/pdf":
            return document

        def draw_figure(figure: Figure) -> bytes:
            return self._sandbox.draw(task.sha256, figure)

        described = describe_figures(document, self._describe, draw_figure, progress.check)
        if described != document:
            self._files.save_parsed(task.document_id, task.revision, described)
        return described


def make_parse_job(files: FileStore, task: LeasedTask) -> ParseJob:
    """Return what to parse of a document. Raises NotFound when its original is gone."""
    if not files.has_original(task.sha256):
        raise NotFound(f"The original of {task.name} is missing.", hint="Add the file again.")
    return ParseJob(task.document_id, task.revision, task.name, task.sha256)


class _TaskProgress:
    """Checks between steps whether to go on with a document, and records its progress."""

    def __init__(self, task: LeasedTask, leases: Leases, is_stopping: Callable[[], bool]) -> None:
        self._task = task
        self._leases = leases
        self._is_stopping = is_stopping
        self._last_record = time.monotonic()
        self._pages = (0, 0)

    def raise_if_stopping(self) -> None:
        """Raise StopRequest when the worker has to stop."""
        if self._is_stopping():
            raise StopRequest

    def check(self) -> None:
        """Raise StopRequest when the worker has to stop, Cancelled when the lease is lost."""
        self.raise_if_stopping()
        self._leases.check(self._task)

    def record_pages(self, done: int, total: int) -> None:
        """Record the pages parsed; raises as `check`. Checks the lease only every `_PROGRESS_S`."""
        self.raise_if_stopping()
        if not self._is_record_due():
            return
        if (done, total) == self._pages:  # a page takes long: look, but do not write
            self._leases.check(self._task)
            return
        self._pages = (done, total)
        self._leases.record_progress(self._task, pages_done=done, pages=total)

    def _is_record_due(self) -> bool:
        moment = time.monotonic()
        due = moment - self._last_record >= _PROGRESS_S
        if due:
            self._last_record = moment
        return due
