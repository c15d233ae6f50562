"""Writes prepared documents to both indexes and makes them searchable.

For the holder of the indexes' lock, in one thread. Documents are published many at a time, because
writing to an index costs the same for one chunk as for a hundred. The order of writes guarantees
that nobody sees a half-written document, wherever a kill interrupts them:

1. The entries go into both indexes. Searches find them and drop them again, for their version is
   not live yet. After a kill the lease runs out, and the next holder writes the same entries again.
2. One transaction makes the versions live and deletes their stored vectors.
3. What the former versions have left is removed. After a kill the next worker does that when it
   starts (`PublishingLoop.sweep`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import select

from ingest.errors import IngestError
from ingest.index.base import Entry
from ingest.library.cleanup import Cleaner, drop_original
from ingest.library.current_indexes import IndexSource, IndexWriter
from ingest.library.generations import remove_retired
from ingest.processing.lease_groups import GroupLeases
from ingest.processing.queue import LeasedTask, Retries
from ingest.storage import pending_vectors
from ingest.storage.chunks import Chunks, Version, with_vector
from ingest.storage.database import Store, read_generation
from ingest.storage.files import FileStore
from ingest.storage.locks import WorkerLock
from ingest.storage.schema import documents

WRITE_AT_ONCE = 2_048
"""Chunks written to the indexes in one call: they are all in memory with their vectors."""
PUBLISH_AT_ONCE = 256
"""Documents published in one transaction."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _PreparedDocument:
    """A leased document and the ids of its chunks that the indexes lack."""

    task: LeasedTask
    version: Version
    new_ids: list[str]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds between two polls, and for how long the lock is kept with nothing to write."""

    poll_s: float
    linger_s: float


class PublishingLoop:
    """The part of a worker that writes to the indexes whenever there is something to write.

    `lock` is that of the indexes. `claim` leases prepared documents, up to a number of documents
    and of chunks. `check_indexes` raises IndexMismatch when another embedder built the indexes.
    """

    def __init__(
        self,
        *,
        store: Store,
        sources: Sequence[IndexSource],
        cleaner: Cleaner,
        lock: WorkerLock,
        leases: GroupLeases,
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
        self._wake_event = threading.Event()

    def sweep(self) -> None:
        """Remove what earlier workers have left over, unless another worker is writing."""
        if not self._lock.acquire():
            return
        try:
            remove_retired(self._store, self._sources)
            self._cleaner.finish_cleanup()
        except IngestError as error:  # only leftovers: the queue must not wait for them
            _log.warning("Clearing up leftovers failed: %s", error.message)
        finally:
            self._lock.release()

    def wake(self) -> None:
        """Make `run` look for work at once."""
        self._wake_event.set()

    def run(self, is_stopping: Callable[[], bool], timing: Timing, patient: bool) -> None:
        """Publish until `is_stopping` returns True.

        An error of docchat is logged and the work tried again; raised unless `patient`.
        """
        held, last_write = False, 0.0
        try:
            while not is_stopping():
                try:
                    has_work = self._has_work()
                    # Not free: then another worker publishes, also what this one has prepared.
                    held = held or (has_work and self._lock.acquire())
                    if held and has_work and self._purge_and_publish():
                        last_write = time.monotonic()
                        continue
                except IngestError as error:
                    if not patient:
                        raise
                    _log.error("%s Trying again.", error.message)
                # The lock is kept for a moment, so as not to take it for each of many small
                # documents, and then released, so that a rebuild or a repair can have it.
                if held and time.monotonic() - last_write > timing.linger_s:
                    self._lock.release()
                    held = False
                # A wake before the wait ends it at once. One between wait and clear is lost, but
                # not its work: the next round looks for work after the clear.
                self._wake_event.wait(timing.poll_s)
                self._wake_event.clear()
        finally:
            if held:
                self._lock.release()

    def _has_work(self) -> bool:
        return (
            self._leases.has_prepared_documents()
            or self._leases.find_document_to_purge() is not None
        )

    def _purge_and_publish(self) -> bool:
        """Purge one deleted document and publish prepared ones; say whether there were any."""
        written = False
        deleted_id = self._leases.find_document_to_purge()
        if deleted_id is not None:
            self._cleaner.purge(deleted_id)
            written = True
        with self._claim(PUBLISH_AT_ONCE, WRITE_AT_ONCE) as tasks:
            if tasks:
                self._check_indexes()  # their vectors must be of the same embedder
                self._publisher.publish(tasks)
                written = True
        return written


class Publisher:
    """Writes leased documents to the indexes and makes them live."""

    def __init__(
        self,
        *,
        store: Store,
        files: FileStore,
        chunks: Chunks,
        writer: IndexWriter,
        cleaner: Cleaner,
        leases: GroupLeases,
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
        """Make these documents searchable; one that cannot be is queued again or fails alone.

        Raises StoreUnavailable.
        """
        prepared = self._load_prepared(tasks)
        try:
            for part in self._read_entry_batches(prepared):
                self._writer.add(part)
            # Only now: see the order of writes at the head of the module.
            published = self._make_live(prepared)
        except IngestError as error:
            self._publish_one_by_one(prepared, error)
            return
        for task, former_sha256 in published:
            self._clear_former_version(task, former_sha256)

    def _load_prepared(self, tasks: Sequence[LeasedTask]) -> list[_PreparedDocument]:
        """Return what to write of these documents; queue those that must be prepared anew.

        So when a rebuild has switched to another generation since, or stored vectors are missing.
        """
        with self._store.read() as connection:
            generation = read_generation(connection)
            versions = [Version(task.document_id, generation, task.revision) for task in tasks]
            new_ids = pending_vectors.find_new_of_several(connection, versions)
            pending = pending_vectors.find_pending_of_several(connection, versions)
        prepared: list[_PreparedDocument] = []
        for task, version in zip(tasks, versions, strict=True):
            new = new_ids[task.document_id]
            # Nothing new is right for a version that only drops chunks, not for one without any.
            if new is None or not pending[task.document_id].issuperset(new):
                self._leases.send_back(task)
            else:
                prepared.append(_PreparedDocument(task, version, new))
        return prepared

    def _read_entry_batches(self, prepared: Sequence[_PreparedDocument]) -> Iterator[list[Entry]]:
        """Yield the entries of all documents in batches of `WRITE_AT_ONCE`."""
        versions = [each.version for each in prepared]
        new_ids = [chunk_id for each in prepared for chunk_id in each.new_ids]
        for start in range(0, len(new_ids), WRITE_AT_ONCE):
            entries = self._chunks.read_entries(
                versions[0].generation, new_ids[start : start + WRITE_AT_ONCE]
            )
            with self._store.read() as connection:
                ids = [entry.chunk_id for entry in entries]
                vectors = pending_vectors.read_vectors(connection, versions, ids)
            yield [with_vector(entry, vectors[entry.chunk_id]) for entry in entries]

    def _make_live(
        self, prepared: Sequence[_PreparedDocument]
    ) -> list[tuple[LeasedTask, str | None]]:
        """Make the new versions live, in one transaction; return tasks and former hashes.

        A document that was cancelled, replaced or deleted meanwhile is left out. Its entries belong
        to no live version, so nobody sees them; they are removed with that version's rows.
        """
        tasks = [each.task for each in prepared]
        with self._store.write() as connection:
            # Read before `finish_group` overwrites the live hashes.
            query = select(documents.c.id, documents.c.live_sha256).where(
                documents.c.id.in_([task.document_id for task in tasks])
            )
            former = {row.id: row.live_sha256 for row in connection.execute(query)}
            live = self._leases.finish_group(connection, tasks)
            pending_vectors.delete_vectors(
                connection, [each.version for each in prepared if each.task.document_id in live]
            )
        return [(task, former[task.document_id]) for task in tasks if task.document_id in live]

    def _publish_one_by_one(
        self, prepared: Sequence[_PreparedDocument], error: IngestError
    ) -> None:
        """After a failure of several, try each alone: none may fail because of another."""
        if len(prepared) == 1:
            self._leases.retry_or_fail(prepared[0].task, error, self._retries)
            return
        for each in prepared:
            self.publish([each.task])

    def _clear_former_version(self, task: LeasedTask, former_sha256: str | None) -> None:
        if task.revision == 1:
            return  # nothing was there before
        try:
            self._cleaner.remove_superseded(task.document_id)
            if former_sha256 is not None and former_sha256 != task.sha256:
                drop_original(self._store, self._files, former_sha256)
        except IngestError as error:
            # The document is ready all the same; the next worker to start removes what is left.
            _log.warning("Clearing up behind %s failed: %s", task.name, error.message)
