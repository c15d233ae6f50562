"""Parses files in child processes that can be killed: a hostile or huge file costs one child.

The child parses, saves the parsed document and reports pages through a few bytes in a file, so
nothing large is sent between processes. The child imports no model library. Time is limited by
killing the child, memory by the operating system (`RLIMIT_AS`). Limits: no memory limit on Windows;
when the parent is killed, a child that is stuck in native code lives on until that code returns.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import struct
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pebble import ProcessExpired, ProcessPool

from ingest.document.figures import Figure
from ingest.errors import IngestError, LimitExceeded, ParserCrashed
from ingest.options import ParseOptions, Progress
from ingest.processes import end_with_parent, return_free_memory
from ingest.storage.files import FileStore
from ingest.types import Document

_NICE = 10
_POLL_S = 0.2
_PAGES = struct.Struct("<II")
_LARGE_PAGES = 500
"""After so many pages a child gives its free memory back; that takes some 10 ms."""
_SMALL_TIMEOUT_S = 15.0
"""Longest time for one of several small files: what takes longer is parsed alone, with the limits
of the settings. Set by hand: a file of 20 kB takes some 10 ms, a child starts in two seconds."""
_TASKS_PER_CHILD = 200
"""A child is replaced after so many files, because parsing libraries leak memory."""


class Parser(Protocol):
    """Turns bytes and a name into a document. A module-level function: it is sent to the child."""

    def __call__(
        self, data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
    ) -> Document:
        """Return the document. `progress` gets (pages done, pages). Raises FileRejected."""
        ...


@dataclass(frozen=True, slots=True)
class ParseJob:
    """One version of a document to parse; its original is in the file store."""

    document_id: str
    revision: int
    name: str
    sha256: str


class ParseRunner(Protocol):
    """Parses stored files: a `Sandbox` on this machine, or the `ClusterParser` of Ray."""

    def run(self, job: ParseJob, step: Progress) -> None:
        """Parse and save one version. `step` is called while waiting; if it raises, this ends."""
        ...

    def run_together(
        self, jobs: Sequence[ParseJob], check: Callable[[], None]
    ) -> list[IngestError | None]:
        """Parse and save small files; return for each the error it met, or None.

        `check` is called while waiting; if it raises, this ends. Raises an IngestError when all of
        them have to be parsed alone.
        """
        ...

    def draw(self, sha256: str, figure: Figure) -> bytes:
        """Return a figure of a stored PDF as PNG."""
        ...

    def close(self) -> None:
        """Stop everything that is still running."""
        ...


class Sandbox:
    """Parses in up to `jobs` child processes at once; `memory_mb` is per file.

    A file is stopped when no page was finished for `timeout_s`, or when it takes longer than
    `timeout_s` plus `page_timeout_s` for each page finished: a scan of 300 pages may take long, one
    page may not.
    """

    def __init__(
        self,
        parse: Parser,
        files: FileStore,
        options: ParseOptions,
        *,
        jobs: int,
        timeout_s: float,
        memory_mb: int,
        page_timeout_s: float = 60.0,
    ) -> None:
        self._parse = parse
        self._files = files
        self._options = options
        self._jobs = jobs
        self._timeout_s = timeout_s
        self._page_timeout_s = page_timeout_s
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None

    def run(self, job: ParseJob, step: Progress) -> None:
        """Parse and save one version. `step` is called while waiting; if it raises, parsing ends.

        Raises FileRejected, ParserCrashed, StoreUnavailable.
        """
        deadline = _ParseDeadline(self._timeout_s, self._page_timeout_s)
        self._run_in_child(_parse_and_save, job, step, deadline)

    def run_together(
        self, jobs: Sequence[ParseJob], check: Callable[[], None]
    ) -> list[IngestError | None]:
        """Parse and save small files one after the other; return for each its error, or None.

        `check` is called while waiting; if it raises, this ends. Raises ParserCrashed and
        LimitExceeded when one of them killed the child or took too long: what was parsed until then
        is saved, the rest is better parsed alone.
        """
        longest = min(self._timeout_s, _SMALL_TIMEOUT_S)
        deadline = _ParseDeadline(longest, longest)
        found: list[IngestError | None] = self._run_in_child(
            _parse_and_save_all, tuple(jobs), lambda _done, _total: check(), deadline
        )
        return found

    def _run_in_child(
        self, work: Callable[..., Any], jobs: Any, step: Progress, deadline: _ParseDeadline
    ) -> Any:
        """Return what `work` returns for these jobs; `step` is called while waiting."""
        pages = self._files.make_scratch_path(".pages")
        arguments = (self._parse, self._files, jobs, self._options, pages, self._memory_mb)
        try:
            pool = self._ensure_pool()
            future = pool.schedule(work, arguments)
            try:
                while not wait([future], timeout=_POLL_S).done:
                    done, total = _read_page_counts(pages)
                    step(done, total)
                    if future.running():  # not while it waits for a free child
                        deadline.check(done)
                    if not pool.active:  # stopped by another thread: the future may never end
                        raise CancelledError
            except BaseException:
                future.cancel()  # type: ignore[no-untyped-call]  # kills the child
                raise
            return future.result()
        except ProcessExpired as error:
            raise ParserCrashed(
                f"The parsing process died (exit code {error.exitcode})."
            ) from error
        except CancelledError as error:  # another thread found the pool broken and closed it
            raise ParserCrashed("The parsing process was stopped.") from error
        except (BrokenProcessPool, RuntimeError) as error:
            self.close()  # the next file starts a new pool; files of this one end as stopped, above
            raise ParserCrashed(f"The parsing process could not be used: {error}") from error
        finally:
            pages.unlink(missing_ok=True)

    def draw(self, sha256: str, figure: Figure) -> bytes:
        """Return a figure of a stored PDF as PNG. Raises FileRejected, ParserCrashed."""
        try:
            arguments = (self._files.path_of(sha256), figure)
            future = self._ensure_pool().schedule(
                _render_figure, arguments, timeout=self._page_timeout_s
            )
            picture: bytes = future.result()
        except TimeoutError as error:
            raise LimitExceeded(
                f"Drawing took longer than {self._page_timeout_s:g} seconds."
            ) from error
        except (ProcessExpired, CancelledError, BrokenProcessPool, RuntimeError) as error:
            raise ParserCrashed(f"The drawing process could not be used: {error}") from error
        return picture

    def close(self) -> None:
        """Stop the children."""
        with self._lock:  # two threads may close at once: only one gets the pool
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def _ensure_pool(self) -> ProcessPool:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=self._jobs,
                    max_tasks=_TASKS_PER_CHILD,
                    initializer=prepare_child,
                    initargs=(os.getpid(), self._memory_mb),
                    context=multiprocessing.get_context("spawn"),
                )
            return self._pool


class _ParseDeadline:
    """Decides when parsing has taken too long, by when its pages were finished.

    The time begins with the first check: before, the file may have waited for a free child.
    """

    def __init__(self, timeout_s: float, page_timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._page_timeout_s = page_timeout_s
        self._started = self._last_progress = 0.0
        self._done = 0

    def check(self, done: int) -> None:
        """Raise LimitExceeded when no page was finished for too long, or all took too long."""
        now = time.monotonic()
        self._started = self._started or now
        if done != self._done or not self._last_progress:
            self._last_progress, self._done = now, done
        allowed = self._timeout_s + self._page_timeout_s * done
        if now - self._last_progress <= self._timeout_s and now - self._started <= allowed:
            return
        what = f" after {done} pages" if done else ""
        raise LimitExceeded(
            f"Parsing took longer than {min(allowed, now - self._started):.0f} seconds{what}.",
            hint="Split the file, or raise parse.timeout_s.",
        )


def prepare_child(parent: int, memory_mb: int) -> None:
    """Set up a child: limit its memory, ignore Ctrl-C (the parent decides), end with the parent.

    It runs at low priority, so that answering questions goes first.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    if os.name == "posix":
        import resource

        os.nice(_NICE)

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = memory_mb * 1024**2
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _parse_and_save(
    parse: Parser,
    files: FileStore,
    job: ParseJob,
    options: ParseOptions,
    pages: Path,
    memory_mb: int,
) -> None:
    """Read, parse and save a file. Runs in the child."""
    try:
        data = files.path_of(job.sha256).read_bytes()
        document = parse(data, job.name, options, _make_page_reporter(pages))
        del data  # the child's memory is limited, and encoding the document needs some, too
        files.save_parsed(job.document_id, job.revision, replace(document, id=job.document_id))
        large = len(document.pages) >= _LARGE_PAGES
        del document
        if large:  # the child waits for the next file while the parent has this one in memory
            return_free_memory()
    except MemoryError as error:
        raise LimitExceeded(
            f"Parsing needs more than {memory_mb} MiB of memory.",
            hint="Split the file, or raise parse.memory_mb.",
        ) from error
    except IngestError:
        raise
    except Exception as error:
        raise ParserCrashed(f"The parser failed: {type(error).__name__}: {error}") from error


def _parse_and_save_all(
    parse: Parser,
    files: FileStore,
    jobs: Sequence[ParseJob],
    options: ParseOptions,
    done: Path,
    memory_mb: int,
) -> list[IngestError | None]:
    """Parse and save files one after the other; return for each its error. Runs in the child."""
    errors: list[IngestError | None] = []
    pages = done.with_suffix(".one")  # of the present file: nobody asks, and parsers report them
    report = _make_page_reporter(done)
    try:
        for job in jobs:
            try:
                _parse_and_save(parse, files, job, options, pages, memory_mb)
            except IngestError as error:
                errors.append(error)
            else:
                errors.append(None)
            report(len(errors), len(jobs))
    finally:
        pages.unlink(missing_ok=True)
    return errors


def _render_figure(path: Path, figure: Figure) -> bytes:
    """Return a figure as PNG. Runs in the child."""
    from ingest.pdf.reading.reader import render_page

    try:
        return render_page(path, figure.box.page, figure.scale, clip=figure.box)
    except IngestError:
        raise
    except Exception as error:
        raise ParserCrashed(f"Drawing failed: {type(error).__name__}: {error}") from error


def _make_page_reporter(pages: Path) -> Callable[[int, int], None]:
    def write_page_counts(done: int, total: int) -> None:
        pages.write_bytes(_PAGES.pack(done, total))

    return write_page_counts


def _read_page_counts(path: Path) -> tuple[int, int]:
    try:
        done, total = _PAGES.unpack(path.read_bytes())
    except (FileNotFoundError, struct.error):  # nothing reported yet, or just being written
        return 0, 0
    return done, total
