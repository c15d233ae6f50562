"""Takes queued documents through their states until it is asked to stop.

Any number of workers, in one process or several, on one machine or several with one database,
prepare documents at the same time (`ingest.processing.prepare`). The one that holds the indexes'
lock publishes what all have prepared (`ingest.processing.publish`) and removes what was deleted; it
releases the lock when there is nothing to write.

Threads of a worker: one dispatches documents to a pool that prepares them, one publishes, one
renews the leases. Limits: a stage of one document is never split between workers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from ingest.document.figure_descriptions import Describer
from ingest.embedding.base import Embedder
from ingest.errors import IngestError, StoreUnavailable
from ingest.library import Library
from ingest.options import ParseOptions
from ingest.processing.lease_groups import GroupLeases
from ingest.processing.prepare import Preparer
from ingest.processing.prepare_small import SmallPreparer
from ingest.processing.publish import Publisher, PublishingLoop, Timing
from ingest.processing.queue import LeasedTask, Retries
from ingest.processing.sandbox import Parser, ParseRunner, Sandbox

_log = logging.getLogger(__name__)
_MAX_PARSED_WAITING = 8
"""Documents that are chunked and being embedded: small ones share one call of the embedder."""
_SMALL_BYTES = 20_000
"""Smaller files are prepared together: each costs less than what is done once for a file."""
_SMALL_AT_ONCE = 64
"""Small files prepared together; set by hand: a killed worker has these to do again."""
_PAUSE_S = 0.05
_DEAD_WORKER_CHECK_S = 2.0
"""Seconds between two looks for dead workers of this machine."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Limits and intervals of a worker, in seconds and MiB."""

    parse: ParseOptions = field(default_factory=ParseOptions)
    jobs: int = 1
    timeout_s: float = 600.0
    page_timeout_s: float = 60.0
    memory_mb: int = 4096
    retries: Retries = field(default_factory=Retries)
    max_deaths: int = 5
    """A document fails when so many workers died while working on it: it may have killed them."""
    lease_s: float = 60.0
    heartbeat_s: float = 15.0
    poll_s: float = 0.25
    linger_s: float = 2.0
    """How long the indexes' lock is kept when there is nothing to write."""


class Worker:
    """Works on one library; run it once. `clock` returns seconds, for the leases.

    `embedder` returns what embeds passages, by default that of the library. `describe` describes
    figures; without it none is described. `parsing` parses instead of a sandbox on this machine.
    """

    def __init__(
        self,
        library: Library,
        parse: Parser,
        options: WorkerOptions | None = None,
        clock: Callable[[], float] = time.time,
        describe: Describer | None = None,
        embedder: Callable[[], Embedder] | None = None,
        parsing: ParseRunner | None = None,
    ) -> None:
        self._library = library
        self._parts = library.parts
        self._parse = parse
        self._describe = describe
        self._embedder = embedder or (lambda: library.embedder)
        self._parsing = parsing
        self._options = options or WorkerOptions()
        self._leases = GroupLeases(self._parts.store, clock)
        self._presence = library.create_presence()
        self._active: set[str] = set()
        self._next_dead_worker_check = 0.0
        self._indexes_checked = False

    def run(self, stop: threading.Event, until_idle: bool = False) -> None:
        """Work until `stop` is set or, with `until_idle`, until no worker has anything left to do.

        Raises IndexMismatch and StoreUnavailable; single documents fail by themselves.
        """
        halt = threading.Event()

        def is_stopping() -> bool:
            return stop.is_set() or halt.is_set()

        # They end in reverse order: the publisher first, then the heartbeat, and last the sign of
        # life. Without it another worker would take over documents that are still in work here.
        with self._presence, self._run_heartbeat(), ThreadPoolExecutor(1) as publisher_thread:
            self._expire_dead_leases()
            publishing = self._make_publishing_loop()
            publishing.sweep()
            timing = Timing(self._options.poll_s, self._options.linger_s)
            writer = publisher_thread.submit(publishing.run, is_stopping, timing, not until_idle)
            # If one of the two threads fails, the other stops: both need the same store.
            writer.add_done_callback(lambda _: halt.set())
            try:
                self._prepare_all(publishing.wake, is_stopping, until_idle)
            finally:
                halt.set()
            writer.result()

    def _make_publishing_loop(self) -> PublishingLoop:
        parts = self._parts
        publisher = Publisher(
            store=parts.store,
            files=parts.files,
            chunks=parts.chunks,
            writer=parts.writer,
            cleaner=parts.cleaner,
            leases=self._leases,
            retries=self._options.retries,
        )
        return PublishingLoop(
            store=parts.store,
            sources=parts.sources,
            cleaner=parts.cleaner,
            lock=self._library.writer_lock(),
            leases=self._leases,
            publisher=publisher,
            claim=self._claim_prepared,
            check_indexes=self._library.check_fingerprint,
        )

    def _prepare_all(
        self, on_prepared: Callable[[], None], is_stopping: Callable[[], bool], until_idle: bool
    ) -> None:
        options, parts = self._options, self._parts
        sandbox = self._parsing or Sandbox(
            self._parse,
            parts.files,
            options.parse,
            jobs=options.jobs,
            timeout_s=options.timeout_s,
            page_timeout_s=options.page_timeout_s,
            memory_mb=options.memory_mb,
        )
        alone = Preparer(
            store=parts.store,
            files=parts.files,
            chunks=parts.chunks,
            sandbox=sandbox,
            split_into_chunks=self._library.split_into_chunks,
            embedder=self._embedder,
            leases=self._leases,
            retries=options.retries,
            is_stopping=is_stopping,
            describe=self._describe,
            on_prepared=on_prepared,
        )
        preparer = SmallPreparer(
            store=parts.store,
            files=parts.files,
            chunks=parts.chunks,
            sandbox=sandbox,
            leases=self._leases,
            alone=alone,
            on_prepared=on_prepared,
        )
        try:
            with ThreadPoolExecutor(options.jobs + 1 + _MAX_PARSED_WAITING) as threads:
                self._dispatch_documents(preparer, threads, is_stopping, until_idle)
        finally:
            sandbox.close()

    def _dispatch_documents(
        self,
        preparer: SmallPreparer,
        threads: ThreadPoolExecutor,
        is_stopping: Callable[[], bool],
        until_idle: bool,
    ) -> None:
        """Claim documents and hand them to the threads, as many at a time as there is room for.

        Small documents that are prepared together count as one. Two semaphores limit the documents
        in work, from when one is claimed:

        - `unchunked` until its chunks are written. Until then it needs a parsing process and then
          its whole text in memory. One more than there are processes, so that the next is there
          when a process becomes free.
        - `claimed` until it is prepared. The difference, `_MAX_PARSED_WAITING`, is for documents
          that are being embedded while the next ones are parsed; small ones share a call of the
          embedder (`CallBatcher`).

        With one semaphore of the larger size, documents would be leased long before they can be
        parsed, and too many be in memory at once; with one of the smaller size, parsing would wait
        for embedding.
        """
        claimed = threading.Semaphore(self._options.jobs + 1 + _MAX_PARSED_WAITING)
        unchunked = threading.Semaphore(self._options.jobs + 1)
        while not is_stopping():
            # Both with a timeout, to look at `is_stopping`. Only this thread acquires them, so
            # their order cannot lead to a deadlock.
            if not claimed.acquire(timeout=self._options.poll_s):
                continue
            tasks: list[LeasedTask] = []
            with ExitStack() as places:
                places.callback(claimed.release)
                if not unchunked.acquire(timeout=self._options.poll_s):
                    continue
                places.callback(unchunked.release)
                tasks = self._claim_next(until_idle)
                if tasks:
                    threads.submit(self._prepare_documents, preparer, tasks, unchunked, claimed)
                    places.pop_all()  # from here on the thread releases them
            if not tasks:
                if until_idle and self._is_idle():
                    return
                self._pause_polling(is_stopping)

    def _prepare_documents(
        self,
        preparer: SmallPreparer,
        tasks: list[LeasedTask],
        unchunked: threading.Semaphore,
        claimed: threading.Semaphore,
    ) -> None:
        try:
            with ExitStack() as place, self._register_leases(*tasks):
                # Released once: when the chunks are written, or at the end if it fails before.
                place.callback(unchunked.release)
                preparer.prepare(tasks, on_chunked=place.close)
        except StoreUnavailable as error:
            # Nothing can be written to their rows. The leases run out, and a worker continues with
            # the documents where this one stopped.
            _log.error("%s: %s", ", ".join(task.name for task in tasks), error.message)
        finally:
            claimed.release()

    def _claim_next(self, until_idle: bool) -> list[LeasedTask]:
        """Claim the next document, or several small ones; none where there is none.

        Raises IndexMismatch; StoreUnavailable only `until_idle`.
        """
        try:
            self._expire_dead_leases()
            if not self._indexes_checked and self._leases.count_unsettled():
                # Loads the embedder: only when there is something for it.
                self._library.check_fingerprint()
                self._indexes_checked = True
            tasks = self._claim_documents()
            if tasks:
                self._embedder()  # begins to load while the document is parsed
            return tasks
        except StoreUnavailable as error:
            if until_idle:
                raise
            _log.error("%s Trying again.", error.message)
            return []

    def _claim_documents(self) -> list[LeasedTask]:
        name, lease_s, deaths = self._presence.name, self._options.lease_s, self._options.max_deaths
        # Not on a cluster, whose nodes take one file at a time, and not where a model describes
        # figures, which takes seconds for each.
        if self._parsing is None and self._describe is None:
            tasks = self._leases.claim_small(name, lease_s, _SMALL_BYTES, _SMALL_AT_ONCE)
            if tasks:
                return tasks
        task = self._leases.claim(name, lease_s, deaths)
        return [] if task is None else [task]

    def _claim_prepared(
        self, documents: int, chunks: int
    ) -> AbstractContextManager[list[LeasedTask]]:
        """Claim prepared documents to publish together; their leases are renewed in the context."""
        options = self._options
        tasks = self._leases.claim_prepared(
            self._presence.name, options.lease_s, options.max_deaths, documents, chunks
        )
        return self._register_leases(*tasks)

    def _expire_dead_leases(self) -> None:
        """End the leases of dead workers of this machine, so that they need not run out."""
        moment = time.monotonic()
        if moment < self._next_dead_worker_check:
            return
        self._next_dead_worker_check = moment + _DEAD_WORKER_CHECK_S
        # Each name comes once, to one worker. If this one is killed before it has ended the leases,
        # they run out by time.
        for name in self._presence.remove_dead_workers():
            if count := self._leases.expire_leases(name):
                _log.warning("Taking up %d documents that a killed worker had begun", count)

    def _is_idle(self) -> bool:
        # Counts those of all workers: a document that another holds may return to the queue.
        return self._leases.count_unsettled() == 0 and self._leases.find_document_to_purge() is None

    def _pause_polling(self, is_stopping: Callable[[], bool]) -> None:
        end = time.monotonic() + self._options.poll_s
        while not is_stopping() and time.monotonic() < end:
            time.sleep(min(_PAUSE_S, self._options.poll_s))

    @contextmanager
    def _register_leases(self, *tasks: LeasedTask) -> Iterator[list[LeasedTask]]:
        """Have the heartbeat renew the leases of these tasks within the context."""
        # Several threads change the set while the heartbeat copies it. Each of these is one step of
        # the interpreter, so no lock is needed. A lease that is renewed once more after its task
        # has ended is no longer in the row, or runs out a little later.
        leases = {task.lease for task in tasks}
        self._active |= leases
        try:
            yield list(tasks)
        finally:
            self._active -= leases

    @contextmanager
    def _run_heartbeat(self) -> Iterator[None]:
        """Renew the leases of the documents in work, in a thread, however long one step takes."""
        end = threading.Event()

        def renew_leases() -> None:
            while not end.wait(self._options.heartbeat_s):
                try:
                    self._leases.renew(set(self._active), self._options.lease_s)
                except IngestError as error:  # tried again: a lease lasts several heartbeats
                    _log.error("Leases could not be renewed: %s", error.message)

        thread = threading.Thread(target=renew_leases, name="docchat-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()
