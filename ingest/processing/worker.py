"""The worker: takes queued documents through their states until told to stop.

Any number of workers, in one process, in several, on several machines with one database, prepare
documents side by side (`ingest.processing.prepare`). Whichever of them holds the indexes' lock
publishes what all have prepared (`ingest.processing.publish`) and clears up what was deleted; it
gives the lock back when there is nothing to write. Documents are begun by one more than there are
parsing processes; behind those, up to `_MAX_PARSED_WAITING` parsed ones wait to be embedded
together. Limits: a stage of one document is never split between workers.
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
from ingest.processing.prepare import Preparer
from ingest.processing.publish import Publisher, PublishingLoop, Timing
from ingest.processing.queue import LeasedTask, Leases, Retries
from ingest.processing.sandbox import Parser, ParseRunner, Sandbox
from ingest.storage.locks import WorkerLock

__all__ = ["Retries", "Worker", "WorkerLock", "WorkerOptions"]

_log = logging.getLogger(__name__)
_MAX_PARSED_WAITING = 8
"""Documents past parsing at a time: small ones are embedded together."""
_PAUSE_S = 0.05
_DEAD_WORKER_CHECK_S = 2.0
"""How often a worker looks whether another of this machine has died."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What a worker may use, in seconds and MiB, and how patient it is."""

    parse: ParseOptions = field(default_factory=ParseOptions)
    jobs: int = 1
    timeout_s: float = 600.0
    page_timeout_s: float = 60.0
    memory_mb: int = 4096
    retries: Retries = field(default_factory=Retries)
    max_deaths: int = 5
    """A document that was in work when so many workers died fails: it may be what kills them."""
    lease_s: float = 60.0
    heartbeat_s: float = 15.0
    poll_s: float = 0.25
    linger_s: float = 2.0
    """How long the indexes' lock is kept when there is nothing to write."""


class Worker:
    """Works on one library; run it once. `clock` returns seconds and is that of the leases.

    `embedder` embeds passages, that of the library where none is given; `describe` says what
    figures show, without it none is described; `parsing` parses instead of a sandbox here.
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
        self._leases = Leases(self._parts.store, clock)
        self._presence = library.presence()
        self._active: set[str] = set()
        self._next_burial = 0.0
        self._checked = False

    def run(self, stop: threading.Event, until_idle: bool = False) -> None:
        """Work until `stop` is set or, with `until_idle`, until nothing is left to do by anybody.

        Raises IndexMismatch and StoreUnavailable; single documents fail by themselves.
        """
        halt = threading.Event()

        def is_stopping() -> bool:
            return stop.is_set() or halt.is_set()

        with self._presence, self._run_heartbeat(), ThreadPoolExecutor(1) as beside:
            self._expire_dead_leases()
            publishing = self._make_publishing_loop()
            publishing.sweep()
            timing = Timing(self._options.poll_s, self._options.linger_s)
            writer = beside.submit(publishing.run, is_stopping, timing, not until_idle)
            # What ends the one ends the other: a library whose store is gone is no place to work.
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
            check_indexes=self._library.check,
        )

    def _prepare_all(
        self, prepared: Callable[[], None], stopping: Callable[[], bool], until_idle: bool
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
        preparer = Preparer(
            store=parts.store,
            files=parts.files,
            chunks=parts.chunks,
            sandbox=sandbox,
            split_into_chunks=self._library.split_into_chunks,
            embedder=self._embedder,
            leases=self._leases,
            retries=options.retries,
            stopping=stopping,
            describe=self._describe,
            prepared=prepared,
        )
        try:
            with ThreadPoolExecutor(options.jobs + 1 + _MAX_PARSED_WAITING) as threads:
                self._dispatch_documents(preparer, threads, stopping, until_idle)
        finally:
            sandbox.close()

    def _dispatch_documents(
        self,
        preparer: Preparer,
        threads: ThreadPoolExecutor,
        stopping: Callable[[], bool],
        until_idle: bool,
    ) -> None:
        """Claim documents and hand them to the threads, as many at a time as there is room for."""
        room = threading.Semaphore(self._options.jobs + 1 + _MAX_PARSED_WAITING)
        begun = threading.Semaphore(self._options.jobs + 1)
        while not stopping():
            if not room.acquire(timeout=self._options.poll_s):
                continue
            task = None
            with ExitStack() as places:
                places.callback(room.release)
                if not begun.acquire(timeout=self._options.poll_s):
                    continue
                places.callback(begun.release)
                task = self._claim_next(until_idle)
                if task is not None:
                    threads.submit(self._prepare_document, preparer, task, begun, room)
                    places.pop_all()
            if task is None:
                if until_idle and self._is_idle():
                    return
                self._pause_polling(stopping)

    def _prepare_document(
        self,
        preparer: Preparer,
        task: LeasedTask,
        begun: threading.Semaphore,
        room: threading.Semaphore,
    ) -> None:
        try:
            with ExitStack() as place, self._register_leases(task):
                place.callback(begun.release)
                preparer.prepare(task, parsed=place.close)
        except StoreUnavailable as error:
            # The lease runs out, and the document is taken up from where it was left.
            _log.error("%s: %s", task.name, error.message)
        finally:
            room.release()

    def _claim_next(self, until_idle: bool) -> LeasedTask | None:
        """Claim the next document. Raises IndexMismatch; StoreUnavailable only `until_idle`."""
        try:
            self._expire_dead_leases()
            if not self._checked and self._leases.count_unsettled():
                self._library.check()  # loads the embedder: only when there is something for it
                self._checked = True
            options = self._options
            task = self._leases.claim(self._presence.name, options.lease_s, options.max_deaths)
            if task is not None:
                self._embedder()  # begins to load while the document is parsed
            return task
        except StoreUnavailable as error:
            if until_idle:
                raise
            _log.error("%s Trying again.", error.message)
            return None

    def _claim_prepared(
        self, documents: int, chunks: int
    ) -> AbstractContextManager[list[LeasedTask]]:
        """Claim what is to be published together, and keep it leased within the context."""
        options = self._options
        tasks = self._leases.claim_prepared(
            self._presence.name, options.lease_s, options.max_deaths, documents, chunks
        )
        return self._register_leases(*tasks)

    def _expire_dead_leases(self) -> None:
        """Free what a dead worker of this machine held."""
        moment = time.monotonic()
        if moment < self._next_burial:
            return
        self._next_burial = moment + _DEAD_WORKER_CHECK_S
        for name in self._presence.remove_dead_workers():
            if count := self._leases.expire_leases(name):
                _log.warning("Taking up %d documents that a killed worker had begun", count)

    def _is_idle(self) -> bool:
        return self._leases.count_unsettled() == 0 and self._leases.find_document_to_purge() is None

    def _pause_polling(self, stopping: Callable[[], bool]) -> None:
        end = time.monotonic() + self._options.poll_s
        while not stopping() and time.monotonic() < end:
            time.sleep(min(_PAUSE_S, self._options.poll_s))

    @contextmanager
    def _register_leases(self, *tasks: LeasedTask) -> Iterator[list[LeasedTask]]:
        leases = {task.lease for task in tasks}
        self._active |= leases
        try:
            yield list(tasks)
        finally:
            self._active -= leases

    @contextmanager
    def _run_heartbeat(self) -> Iterator[None]:
        """Keep the leases of the documents in work alive from a thread of its own."""
        end = threading.Event()

        def renew_leases() -> None:
            while not end.wait(self._options.heartbeat_s):
                try:
                    self._leases.renew(set(self._active), self._options.lease_s)
                except IngestError as error:
                    _log.error("Leases could not be renewed: %s", error.message)

        thread = threading.Thread(target=renew_leases, name="docchat-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()
