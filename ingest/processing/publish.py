"""Prepared documents into both indexes, and before everybody's eyes: the last step of their way.

For the holder of the indexes' lock, in one thread. Documents are published many at a time, because
writing an index costs the same for one chunk as for a hundred. The order is the promise that a
half-written document is never seen: entries, then one transaction that makes them answer, then the
clearing up behind. A step done twice changes nothing, so a kill anywhere is mended by doing it
again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ingest.errors import Cancelled, IngestError
from ingest.index.base import Entry
from ingest.library.cleanup import Cleaner, drop_original
from ingest.library.current_indexes import IndexSource, IndexWriter
from ingest.library.generations import remove_retired
from ingest.processing.queue import LeasedTask, Leases, Retries
from ingest.storage import pending_vectors
from ingest.storage.chunks import Chunks, Version, with_vector
from ingest.storage.database import Store, read_generation
from ingest.storage.files import FileStore
from ingest.storage.locks import WorkerLock
from ingest.storage.schema import documents

WRITE_AT_ONCE = 2_048
"""Chunks written to the indexes in one call; what one call may hold in memory."""
PUBLISH_AT_ONCE = 256
"""Documents published in one transaction."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _PreparedDocument:
    """A task and the chunks that the indexes lack of it."""

    task: LeasedTask
    version: Version
    new_ids: list[str]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds between two looks, and for how long the lock is kept with nothing to write."""

    poll_s: float
    linger_s: float


class PublishingLoop:
    """The part of a worker that writes the indexes whenever there is something to write.

    `lock` is that of the indexes. `claim` leases what waits, at most so many documents and about so
    many chunks together; `check_indexes` raises IndexMismatch when the indexes are another
    embedder's.
    """

    def __init__(
        self,
        *,
        store: Store,
        sources: Sequence[IndexSource],
        cleaner: Cleaner,
        lock: WorkerLock,
        leases: Leases,
        publisher: Publisher,
        claim: Callable[[int, int], AbstractContextManager[list[LeasedTask]]],
        check_indexes: Callable[[], None],
    ) -> None:
        self._store = store
        self._sources = sources
        self._cleaner = cleaner
        self._lock = lock
        self._leases = leases
        self._publisher = publisher
        self._claim = claim
        self._check_indexes = check_indexes
        self._woken = threading.Event()

    def sweep(self) -> None:
        """Clear up what an earlier worker has left, unless another is writing just now."""
        if not self._lock.acquire():
            return
        try:
            remove_retired(self._store, self._sources)
            self._cleaner.finish_cleanup()
        except IngestError as error:  # only leftovers: they do not keep the queue waiting
            _log.warning("Clearing up leftovers failed: %s", error.message)
        finally:
            self._lock.release()

    def wake(self) -> None:
        """Say that there may be something to write: it is looked for at once."""
        self._woken.set()

    def run(self, stopping: Callable[[], bool], timing: Timing, patient: bool) -> None:
        """Write until told to stop.

        What hinders is logged and tried again, or raised where nobody is `patient`.
        """
        held, last = False, 0.0
        try:
            while not stopping():
                try:
                    waits = self._has_work()
                    held = held or (waits and self._lock.acquire())
                    if held and waits and self._purge_and_publish():
                        last = time.monotonic()
                        continue
                except IngestError as error:
                    if not patient:
                        raise
                    _log.error("%s Trying again.", error.message)
                if held and time.monotonic() - last > timing.linger_s:
                    self._lock.release()
                    held = False
                self._woken.wait(timing.poll_s)
                self._woken.clear()
        finally:
            if held:
                self._lock.release()

    def _has_work(self) -> bool:
        return (
            self._leases.has_prepared_documents()
            or self._leases.find_document_to_purge() is not None
        )

    def _purge_and_publish(self) -> bool:
        """Clear up one deleted document and publish what waits; say whether that was possible."""
        written = False
        doomed = self._leases.find_document_to_purge()
        if doomed is not None:
            self._cleaner.purge(doomed)
            written = True
        with self._claim(PUBLISH_AT_ONCE, WRITE_AT_ONCE) as tasks:
            if tasks:
                self._check_indexes()  # those of another embedder take no vectors of ours
                self._publisher.publish(tasks)
                written = True
        return written


class Publisher:
    """Publishes leased documents."""

    def __init__(
        self,
        *,
        store: Store,
        files: FileStore,
        chunks: Chunks,
        writer: IndexWriter,
        cleaner: Cleaner,
        leases: Leases,
        retries: Retries,
    ) -> None:
        self._store = store
        self._files = files
        self._chunks = chunks
        self._writer = writer
        self._cleaner = cleaner
        self._leases = leases
        self._retries = retries

    def publish(self, tasks: Sequence[LeasedTask]) -> None:
        """Make these documents answer; each fails or is queued by itself.

        Raises StoreUnavailable.
        """
        prepared = [each for each in map(self._load_prepared, tasks) if each is not None]
        try:
            for part in self._read_entry_batches(prepared):
                self._writer.add(part)
            formers = self._make_live(prepared)
        except IngestError as error:
            self._publish_one_by_one(prepared, error)
            return
        for task, former in formers:
            self._clear_former_version(task, former)

    def _load_prepared(self, task: LeasedTask) -> _PreparedDocument | None:
        """Return what there is to write of a document; None for one that has to be prepared anew.

        That is so when a rebuild has made other indexes since, or what was embedded is gone.
        """
        with self._store.read() as connection:
            version = Version(task.document_id, read_generation(connection), task.revision)
            new = pending_vectors.find_new_ids(connection, version)
            waiting = pending_vectors.find_pending_ids(connection, version)
        whole = waiting.issuperset(new) and (new or self._chunks.count(version))
        if not whole:
            self._leases.send_back(task)
            return None
        return _PreparedDocument(task, version, new)

    def _read_entry_batches(self, prepared: Sequence[_PreparedDocument]) -> Iterator[list[Entry]]:
        """Yield the entries of all, some at a time, documents whole where they are small."""
        part: list[Entry] = []
        for each in prepared:
            rows = self._chunks.read_entry_batches(each.version, each.new_ids, WRITE_AT_ONCE // 4)
            for batch in rows:
                with self._store.read() as connection:
                    ids = [entry.chunk_id for entry in batch]
                    vectors = pending_vectors.read_vectors(connection, each.version, ids)
                part += [with_vector(entry, vectors[entry.chunk_id]) for entry in batch]
                if len(part) >= WRITE_AT_ONCE:
                    yield part
                    part = []
        if part:
            yield part

    def _make_live(
        self, prepared: Sequence[_PreparedDocument]
    ) -> list[tuple[LeasedTask, str | None]]:
        """Let the new versions answer, in one transaction; return the hashes of the former ones.

        A document that was cancelled, replaced or deleted meanwhile is left out.
        """
        formers: list[tuple[LeasedTask, str | None]] = []
        with self._store.write() as connection:
            for each in prepared:
                former = connection.execute(
                    documents.select().where(documents.c.id == each.task.document_id)
                ).one_or_none()
                try:
                    self._leases.finish(connection, each.task)
                except Cancelled as error:
                    _log.info("%s", error.message)
                    continue
                pending_vectors.delete_vectors(connection, each.version)
                formers.append((each.task, None if former is None else former.live_sha256))
        return formers

    def _publish_one_by_one(
        self, prepared: Sequence[_PreparedDocument], error: IngestError
    ) -> None:
        """After a failure of several try each alone, so that none fails for another."""
        if len(prepared) == 1:
            self._leases.retry_or_fail(prepared[0].task, error, self._retries)
            return
        for each in prepared:
            self.publish([each.task])

    def _clear_former_version(self, task: LeasedTask, former: str | None) -> None:
        if task.revision == 1:
            return  # nothing was there before
        try:
            self._cleaner.remove_superseded(task.document_id)
            if former is not None and former != task.sha256:
                drop_original(self._store, self._files, former)
        except IngestError as error:
            # The document is ready all the same; the worker's next start clears up what is left.
            _log.warning("Clearing up behind %s failed: %s", task.name, error.message)
