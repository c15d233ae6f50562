"""The worker: takes queued documents through their states until told to stop.

One process at a time writes the indexes of a home (`ingest.lock`); others wait for their turn and
may only queue. The holder knows that no other worker lives, so it takes over at once what a killed
one has left. Documents are begun by one more than there are parsing processes; behind those, up to
`_BEHIND` parsed ones wait to be embedded and indexed together (`ingest.gather`). Limits: a stage of
one document is never split between workers.
"""

from __future__ import annotations

import hashlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from ingest.describe import Describe
from ingest.errors import IndexUnavailable, IngestError, StoreUnavailable
from ingest.generations import remove_retired
from ingest.leases import Leases, Task
from ingest.library import Library
from ingest.lock import WorkerLock
from ingest.options import ParseOptions
from ingest.process import Processor, Retries
from ingest.sandbox import Parser, Sandbox

__all__ = ["Retries", "Worker", "WorkerLock", "WorkerOptions"]

_log = logging.getLogger(__name__)
_BEHIND = 8
"""Documents past parsing at a time, besides those being parsed: small ones are written together."""


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


class Worker:
    """Works on one library. `clock` returns seconds and is that of the leases.

    `describe` says what figures show; without it none is described.
    """

    def __init__(
        self,
        library: Library,
        parse: Parser,
        options: WorkerOptions | None = None,
        clock: Callable[[], float] = time.time,
        describe: Describe | None = None,
    ) -> None:
        self._library = library
        self._parse = parse
        self._describe = describe
        self._options = options or WorkerOptions()
        self._leases = Leases(library.store, clock)
        home = f"{socket.gethostname()}:{library.files.root.resolve()}"
        self._owner = hashlib.sha256(home.encode()).hexdigest()[:16]
        self._active: set[str] = set()
        self._begun = threading.Semaphore(self._options.jobs + 1)
        self._checked = False

    def run(self, stop: threading.Event, until_idle: bool = False) -> None:
        """Work until `stop` is set or, with `until_idle`, until nothing is left to do.

        While another process holds the lock this one waits, and takes its place if it goes.
        Raises IndexMismatch and StoreUnavailable; single documents fail by themselves.
        """
        lock = self._library.lock()
        while not stop.is_set():
            if lock.acquire():
                try:
                    self._hold(stop, until_idle)
                finally:
                    lock.release()
                return
            if until_idle and self._idle():
                return
            stop.wait(self._options.poll_s)

    def _hold(self, stop: threading.Event, until_idle: bool) -> None:
        options, library = self._options, self._library
        halt = threading.Event()

        def stopping() -> bool:
            return stop.is_set() or halt.is_set()

        self._checked = False
        self._take_over()
        sandbox = Sandbox(
            self._parse,
            library.files,
            options.parse,
            jobs=options.jobs,
            timeout_s=options.timeout_s,
            page_timeout_s=options.page_timeout_s,
            memory_mb=options.memory_mb,
        )
        processor = Processor(
            library, sandbox, self._leases, options.retries, stopping, self._describe
        )
        count = options.jobs + 1 + _BEHIND
        try:
            with self._heartbeat(), ThreadPoolExecutor(count) as threads:
                futures = [
                    threads.submit(self._loop, processor, stopping, stop, until_idle)
                    for _ in range(count)
                ]
                try:
                    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                finally:
                    halt.set()
            for future in done:
                future.result()
        finally:
            sandbox.close()

    def _take_over(self) -> None:
        """Begin where a former worker, stopped or killed, has left off."""
        library = self._library
        library.writer.forget()
        dead = self._leases.take_over(self._owner)
        if dead:
            _log.warning("Taking up %d documents that a killed worker had begun", dead)
        try:
            remove_retired(library.store, library.sources)
            library.cleaner.sweep()
        except IngestError as error:  # only leftovers: they do not keep the queue waiting
            _log.warning("Clearing up leftovers failed: %s", error.message)

    def _loop(
        self,
        processor: Processor,
        stopping: Callable[[], bool],
        stop: threading.Event,
        until_idle: bool,
    ) -> None:
        while not stopping():
            try:
                if self._clear_up(until_idle) or self._work(processor):
                    continue
                if until_idle and self._idle():
                    return
            except StoreUnavailable as error:
                if until_idle:
                    raise
                _log.error("%s Trying again.", error.message)
            stop.wait(self._options.poll_s)

    def _clear_up(self, until_idle: bool) -> bool:
        with self._library.writer.lock:  # of several threads one does it
            doomed = self._leases.doomed()
            if doomed is None:
                return False
            try:
                self._library.cleaner.purge(doomed)
            except IndexUnavailable as error:
                if until_idle:
                    raise
                _log.error("A deleted document could not be cleared up: %s", error.message)
                return False  # the queue goes on
        return True

    def _work(self, processor: Processor) -> bool:
        if not self._checked and self._leases.unsettled():
            self._library.check()  # loads the embedder: only when there is something for it
            self._checked = True
        options = self._options
        with ExitStack() as place:
            self._begun.acquire()
            place.callback(self._begun.release)
            task = self._leases.claim(self._owner, options.lease_s, options.max_deaths)
            if task is None:
                return False
            with self._renewed(task):
                processor.process(task, parsed=place.close)
        return True

    def _idle(self) -> bool:
        return self._leases.unsettled() == 0 and self._leases.doomed() is None

    @contextmanager
    def _renewed(self, task: Task) -> Iterator[None]:
        self._active.add(task.lease)
        try:
            yield
        finally:
            self._active.discard(task.lease)

    @contextmanager
    def _heartbeat(self) -> Iterator[None]:
        """Keep the leases of the documents in work alive from a thread of its own."""
        end = threading.Event()

        def beat() -> None:
            while not end.wait(self._options.heartbeat_s):
                try:
                    self._leases.renew(set(self._active), self._options.lease_s)
                except IngestError as error:
                    _log.error("Leases could not be renewed: %s", error.message)

        thread = threading.Thread(target=beat, name="docchat-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()
