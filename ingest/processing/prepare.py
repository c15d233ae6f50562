"""One document's way from queued to prepared: parse, describe, chunk, embed.

Any number of workers may do this, in any number of processes: nothing here touches an index. Every
step first looks at what is already there, so that a document taken over from a dead worker goes on
where it stood, and doing a step twice changes nothing. Limits: what is prepared answers nobody
until `ingest.processing.publish` has been there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

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
"""Chunks of one document embedded in one call: enough to sort by length, and all a kill costs."""
_log = logging.getLogger(__name__)
_PROGRESS_S = 0.3
"""The least time between two notes of progress: the store has better things to do."""


class StopRequest(Exception):  # noqa: N818 - not an error: the worker was asked to stop
    """The worker stops; the document is given back in the state it has reached."""


class Preparer:
    """Takes leased documents from their state to the door of the indexes.

    `embedder` turns texts into vectors; those of several documents go to it together. `prepared` is
    called whenever one is at the door.
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
        stopping: Callable[[], bool],
        describe: Describer | None = None,
        prepared: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._files = files
        self._chunks = chunks
        self._sandbox = sandbox
        self._split_into_chunks = split_into_chunks
        self._leases = leases
        self._retries = retries
        self._stopping = stopping
        self._describe = describe
        self._prepared = prepared
        self._embedder = embedder
        self._embedding: CallBatcher[Entry, EncodedPassage] = CallBatcher(self._encode_entries)

    def prepare(self, task: LeasedTask, parsed: Callable[[], None]) -> None:
        """Take a document as far as it goes. Raises only StoreUnavailable.

        `parsed` is called when the next document may be begun.
        """
        try:
            self._run_stages(task, parsed)
        except StopRequest:
            self._leases.release(task)
        except Cancelled as error:
            _log.info("%s", error.message)
        except IngestError as error:
            self._leases.retry_or_fail(task, error, self._retries)
        except Exception as error:  # noqa: BLE001
            # A mistake of ours in one document must neither stop the queue nor stay unnamed.
            _log.exception("Document %s failed", task.document_id)
            unforeseen = IngestError(f"{type(error).__name__}: {error}")
            self._leases.retry_or_fail(task, unforeseen, self._retries)

    def _run_stages(self, task: LeasedTask, parsed: Callable[[], None]) -> None:
        with self._store.read() as connection:
            version = Version(task.document_id, read_generation(connection), task.revision)
        ticker = _TaskProgress(task, self._leases, self._stopping)
        self._parse_file(task, ticker)
        self._write_chunks(task, version, ticker)
        parsed()  # not before: chunking holds the whole document in memory
        self._embed_chunks(task, version, ticker)

    def _parse_file(self, task: LeasedTask, ticker: _TaskProgress) -> None:
        if self._files.has_parsed(task.document_id, task.revision):
            return
        if not self._files.has_original(task.sha256):
            raise NotFound(f"The original of {task.name} is missing.", hint="Add the file again.")
        job = ParseJob(task.document_id, task.revision, task.name, task.sha256)
        self._sandbox.run(job, ticker.record_pages)

    def _write_chunks(self, task: LeasedTask, version: Version, ticker: _TaskProgress) -> None:
        """Write the chunk rows where they are missing."""
        if task.state is not DocumentState.PARSING and self._chunks.count(version):
            return
        ticker.raise_if_stopping()
        document = self._with_descriptions(task, self._read_parsed_document(task), ticker)
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
        with self._store.write() as connection:
            if task.state is DocumentState.PARSING:
                self._leases.advance(connection, task, DocumentState.EMBEDDING, **values)
            else:  # taken over, and a rebuild has since made another generation of indexes
                self._leases.note(connection, task, **values)
            write_version(connection, version, found)

    def _embed_chunks(self, task: LeasedTask, version: Version, ticker: _TaskProgress) -> None:
        """Embed what neither the index nor the spool has, and hand the document over."""
        with self._store.read() as connection:
            waiting = pending_vectors.find_pending_ids(connection, version)
            missing = [
                each
                for each in pending_vectors.find_new_ids(connection, version)
                if each not in waiting
            ]
        left, encoded = len(missing), {}
        for batch in self._chunks.read_entry_batches(version, missing, EMBED_AT_ONCE):
            found = self._embedding.run(batch, ticker.raise_if_stopping)
            encoded = {entry.chunk_id: each for entry, each in zip(batch, found, strict=True)}
            left -= len(batch)
            if left:
                with self._store.write() as connection:
                    self._leases.note(connection, task, chunks_done=documents.c.chunks - left)
                    pending_vectors.save_vectors_and_signs(connection, version, encoded)
        with self._store.write() as connection:
            self._leases.hand_over(connection, task)
            pending_vectors.save_vectors_and_signs(connection, version, encoded)
            pending_vectors.copy_live_signs(connection, version)
        self._prepared()

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
        self, task: LeasedTask, document: Document, ticker: _TaskProgress
    ) -> Document:
        """Return the document with its figures described, where that is wished; it is kept so."""
        if self._describe is None or task.state is not DocumentState.PARSING:
            return document
        if document.media_type != "application/pdf":
            return document

        def draw_figure(figure: Figure) -> bytes:
            return self._sandbox.draw(task.sha256, figure)

        described = describe_figures(document, self._describe, draw_figure, ticker.check)
        if described != document:
            self._files.save_parsed(task.document_id, task.revision, described)
        return described


class _TaskProgress:
    """Called between the pieces of work: is it still ours to do, and how far has it come?"""

    def __init__(self, task: LeasedTask, leases: Leases, stopping: Callable[[], bool]) -> None:
        self._task = task
        self._leases = leases
        self._stopping = stopping
        self._noted = time.monotonic()
        self._pages = (0, 0)

    def raise_if_stopping(self) -> None:
        """Raise Stopping when the worker is to end."""
        if self._stopping():
            raise StopRequest

    def check(self) -> None:
        """Raise Stopping or Cancelled when the work is to end."""
        self.raise_if_stopping()
        self._leases.check(self._task)

    def record_pages(self, done: int, total: int) -> None:
        """Note pages read; the lease is looked at only as often as progress is noted."""
        self.raise_if_stopping()
        if not self._is_note_due():
            return
        if (done, total) == self._pages:
            self._leases.check(self._task)
            return
        self._pages = (done, total)
        self._leases.record_progress(self._task, pages_done=done, pages=total)

    def _is_note_due(self) -> bool:
        moment = time.monotonic()
        due = moment - self._noted >= _PROGRESS_S
        if due:
            self._noted = moment
        return due
