"""One document's way from queued to ready: parse, describe, chunk, embed, index, publish, tidy.

Every step first looks at what is already there, so that a document taken over from a dead worker
goes on where it stood, and doing a step twice changes nothing. Limits: for the holder of the
worker's lock; the order of the steps is the promise that a half-written document is never seen.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ingest.chunk import chunk_document
from ingest.chunkrows import Version, write_version
from ingest.cleanup import drop_original
from ingest.describe import Describe, describe_figures
from ingest.errors import (
    Cancelled,
    FileRejected,
    IngestError,
    NoTextFound,
    NotFound,
    StoreUnavailable,
)
from ingest.figures import Figure
from ingest.leases import Leases, Task
from ingest.library import Library
from ingest.records import warning_rows
from ingest.sandbox import ParseJob, Sandbox
from ingest.schema import documents
from ingest.store import generation
from ingest.types import Document, DocumentState

_log = logging.getLogger(__name__)
_PROGRESS_S = 0.3
"""The least time between two notes of progress: the store has better things to do."""


class Stopping(Exception):  # noqa: N818 - not an error: the worker was asked to stop
    """The worker stops; the document is given back in the state it has reached."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How errors that may pass are met: the n-th failure waits `backoff_s` times 2 to the n."""

    attempts: int = 3
    backoff_s: float = 1.0


class Processor:
    """Takes leased documents through their states."""

    def __init__(
        self,
        library: Library,
        sandbox: Sandbox,
        leases: Leases,
        retries: Retries,
        stopping: Callable[[], bool],
        describe: Describe | None = None,
    ) -> None:
        self._library = library
        self._sandbox = sandbox
        self._leases = leases
        self._retries = retries
        self._stopping = stopping
        self._describe = describe

    def process(self, task: Task, parsed: Callable[[], None]) -> None:
        """Take a document as far as it goes. Raises only StoreUnavailable.

        `parsed` is called when the next document may be begun.
        """
        try:
            self._run(task, parsed)
        except Stopping:
            self._leases.release(task)
        except Cancelled as error:
            _log.info("%s", error.message)
        except IngestError as error:
            self._settle(task, error)
        except Exception as error:  # noqa: BLE001
            # A mistake of ours in one document must neither stop the queue nor stay unnamed.
            _log.exception("Document %s failed", task.document_id)
            self._settle(task, IngestError(f"{type(error).__name__}: {error}"))

    def _run(self, task: Task, parsed: Callable[[], None]) -> None:
        with self._library.store.read() as connection:
            version = Version(task.document_id, generation(connection), task.revision)
        ticker = _Ticker(task, self._leases, self._stopping)
        self._parse(task, ticker)
        state = self._chunk(task, version, ticker)
        parsed()  # not before: chunking holds the whole document in memory
        self._library.writer.embed(version, ticker.chunks)
        if state is not DocumentState.INDEXING:
            with self._library.store.write() as connection:
                self._leases.advance(connection, task, DocumentState.INDEXING)
        self._library.writer.index(version, ticker.check)
        self._clear_behind(task, self._publish(task))

    def _parse(self, task: Task, ticker: _Ticker) -> None:
        if self._library.files.has_parsed(task.document_id, task.revision):
            return
        if not self._library.files.has(task.sha256):
            raise NotFound(f"The original of {task.name} is missing.", hint="Add the file again.")
        job = ParseJob(task.document_id, task.revision, task.name, task.sha256)
        self._sandbox.run(job, ticker.pages)

    def _chunk(self, task: Task, version: Version, ticker: _Ticker) -> DocumentState:
        """Write the chunk rows where they are missing; return the state reached."""
        if task.state is not DocumentState.PARSING and self._library.rows.count(version):
            return task.state
        ticker.check(0, 0)
        document = self._with_descriptions(task, self._read(task), ticker)
        found = chunk_document(
            document, self._library.chunk_options, self._library.embedder.count_tokens
        )
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
        with self._library.store.write() as connection:
            if task.state is DocumentState.PARSING:
                self._leases.advance(connection, task, DocumentState.EMBEDDING, **values)
            else:  # taken over, and a rebuild has since made another generation of indexes
                self._leases.note(connection, task, **values)
            write_version(connection, version, found)
        return DocumentState.EMBEDDING if task.state is DocumentState.PARSING else task.state

    def _read(self, task: Task) -> Document:
        files = self._library.files
        try:
            return files.parsed(task.document_id, task.revision)
        except StoreUnavailable:
            files.remove_parsed(task.document_id, task.revision)  # damaged: the retry parses anew
            raise

    def _with_descriptions(self, task: Task, document: Document, ticker: _Ticker) -> Document:
        """Return the document with its figures described, where that is wished; it is kept so."""
        if self._describe is None or task.state is not DocumentState.PARSING:
            return document
        if document.media_type != "application/pdf":
            return document

        def draw(figure: Figure) -> bytes:
            return self._sandbox.draw(task.sha256, figure)

        described = describe_figures(document, self._describe, draw, lambda: ticker.check(0, 0))
        if described != document:
            self._library.files.save_parsed(task.document_id, task.revision, described)
        return described

    def _publish(self, task: Task) -> str | None:
        """Make the version answer; return the hash of the one that did."""
        with self._library.store.write() as connection:
            former = connection.execute(
                documents.select().where(documents.c.id == task.document_id)
            ).one_or_none()
            self._leases.finish(connection, task)
        return None if former is None else former.live_sha256

    def _clear_behind(self, task: Task, former: str | None) -> None:
        try:
            self._library.cleaner.tidy(task.document_id)
            if former is not None and former != task.sha256:
                drop_original(self._library.store, self._library.files, former)
        except IngestError as error:
            # The document is ready all the same; the worker's next start clears up what is left.
            _log.warning("Clearing up behind %s failed: %s", task.name, error.message)

    def _settle(self, task: Task, error: IngestError) -> None:
        if error.retryable and task.attempts < self._retries.attempts:
            seconds = self._retries.backoff_s * 2**task.attempts
            _log.warning("%s: %s Trying again in %.0f s.", task.name, error.message, seconds)
            self._leases.postpone(task, error, seconds)
        else:
            # A bad file is no trouble of ours; whoever added it is told by the document itself.
            level = logging.INFO if isinstance(error, FileRejected) else logging.WARNING
            _log.log(level, "%s failed (%s): %s", task.name, error.code, error.message)
            self._leases.fail(task, error)


class _Ticker:
    """Called between the pieces of work: is it still ours to do, and how far has it come?"""

    def __init__(self, task: Task, leases: Leases, stopping: Callable[[], bool]) -> None:
        self._task = task
        self._leases = leases
        self._stopping = stopping
        self._noted = time.monotonic()
        self._pages = (0, 0)

    def check(self, done: int, total: int) -> None:
        """Raise Stopping or Cancelled when the work is to end."""
        if self._stopping():
            raise Stopping
        self._leases.check(self._task)

    def pages(self, done: int, total: int) -> None:
        """Note pages read; the lease is looked at only as often as progress is noted."""
        if self._stopping():
            raise Stopping
        if not self._due():
            return
        if (done, total) == self._pages:
            self._leases.check(self._task)
            return
        self._pages = (done, total)
        self._leases.progress(self._task, pages_done=done, pages=total)

    def chunks(self, done: int, total: int) -> None:
        """Note chunks embedded."""
        self.check(done, total)
        if self._due():
            self._leases.progress(self._task, chunks_done=done)

    def _due(self) -> bool:
        moment = time.monotonic()
        due = moment - self._noted >= _PROGRESS_S
        if due:
            self._noted = moment
        return due
