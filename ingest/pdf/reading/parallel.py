"""Reads the pages of a long file in several processes at once; they come in order, as if read here.

Each process has the whole file and reads every n-th page; what it has read waits in a pipe, so no
process runs far ahead and memory stays bounded. The processes are plain child programs: the parser
itself runs in a daemon process, which may not use `multiprocessing`. They end with the `with`
block, and with this process however it ends. A page that kills its process costs that page alone.
Limits: pages must be asked for in order; on systems other than Linux a process that is busy in
native code outlives a killed parent until it returns from there.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import is_dataclass
from io import BytesIO
from typing import Any, BinaryIO

from ingest.errors import CorruptFile, IngestError, LimitExceeded
from ingest.pdf.page.content import PageContent, values_of
from ingest.pdf.reading.reader import PdfSource, open_pdf
from ingest.processes import count_cores

LONG_FILE_PAGES = 200
"""From so many pages on it pays to start processes."""
_MOST_PROCESSES = 4
_MOST_CRASHES = 5
"""After more crashes than this the rest of the file is read in this process."""
_PIPE_BYTES = 1 << 20
_LEAST_MEMORY = 1 << 30
"""Bytes that each process may have at least, where the parent's own limit allows it."""
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from ingest.pdf.reading.parallel import serve_pages; serve_pages()"
)


def choose_reader_count(chosen: int, pages: int) -> int:
    """Return how many processes read a file of so many pages; 1: none but this one.

    `chosen` 0 means one for each core, at most four.
    """
    if pages < LONG_FILE_PAGES:
        return 1
    if chosen:
        return min(chosen, pages)
    return min(_MOST_PROCESSES, count_cores())


@contextmanager
def read_ahead(source: PdfSource, data: bytes, chosen: int) -> Iterator[PdfSource]:
    """Give the source of a PDF's pages, read by several processes where the file is long.

    `data` are the bytes of that PDF, `chosen` is as for `choose_reader_count`.
    """
    processes = choose_reader_count(chosen, source.pages)
    if processes == 1:
        yield source
        return
    with ExitStack() as stack:
        yield source.with_feed(PageFeed(source, data, processes, stack))


class PageFeed:
    """The pages of a file, as its processes have read them."""

    def __init__(self, source: PdfSource, data: bytes, processes: int, stack: ExitStack) -> None:
        self._source = source
        self._data = data
        self._stack = stack
        self._deaths = 0
        self._processes = [stack.enter_context(_run_reader_process()) for _ in range(processes)]
        for at, process in enumerate(self._processes):
            _send_work(process, data, range(at + 1, source.pages + 1, processes))

    def read(self, number: int) -> PageContent:
        """Return page `number`, the one after the last asked for, or raise what reading it raised.

        A page that kills its process is a CorruptFile; where processes keep dying, the rest is
        read here.
        """
        if self._deaths > _MOST_CRASHES:
            return self._source.read(number)
        # Process n has the pages n, n + step, n + 2 step ...; its pipe gives them in this order.
        stream = self._processes[(number - 1) % len(self._processes)].stdout
        assert stream is not None
        try:
            found = pickle.load(stream)  # our own process wrote it
        except (EOFError, pickle.UnpicklingError) as error:
            self._replace_process(number)
            raise CorruptFile(f"page {number} cannot be read: its process died") from error
        if isinstance(found, PageContent):
            return found
        raise found

    def _replace_process(self, number: int) -> None:
        """Start another process in place of the one that died reading page `number`."""
        self._deaths += 1
        step = len(self._processes)
        process = self._stack.enter_context(_run_reader_process())
        self._processes[(number - 1) % step] = process
        _send_work(process, self._data, range(number + step, self._source.pages + 1, step))


@contextmanager
def _run_reader_process() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pipesize=_PIPE_BYTES if sys.platform == "linux" else -1,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _send_work(process: subprocess.Popen[bytes], data: bytes, numbers: range) -> None:
    assert process.stdin is not None
    try:
        pickle.dump(sys.path, process.stdin)
        pickle.dump((numbers, len(data)), process.stdin)
        process.stdin.write(data)
        process.stdin.flush()
    except BrokenPipeError:  # it died: that is seen when its first page is asked for
        return


def serve_pages() -> None:
    """Be one of the processes: read the pages asked for and write them to standard output."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    numbers, length = pickle.load(source)
    _limit_memory()
    data = source.read(length)
    _end_with_parent(source)
    try:
        _write_pages(data, numbers, target)
    except BrokenPipeError:  # nobody wants the rest
        os._exit(0)


def _write_pages(data: bytes, numbers: range, target: BinaryIO) -> None:
    with open_pdf(data) as document:
        for number in numbers:
            found: PageContent | IngestError
            try:
                found = document.read(number)
            except IngestError as error:
                found = error
            except MemoryError:
                found = LimitExceeded(
                    "Reading a page needs more memory than allowed.",
                    hint="Split the file, or raise parse.memory_mb.",
                )
            target.write(_pack_result(found))
            target.flush()


class _Packer(pickle.Pickler):
    """Packs frozen dataclasses by their fields in order: several times quicker than by default.

    Lines get their numbers where they are unpacked: those of two processes would collide.
    """

    def reducer_override(self, item: Any) -> Any:
        if is_dataclass(item) and not isinstance(item, type):
            return type(item), values_of(item)
        return NotImplemented


def _pack_result(found: PageContent | IngestError) -> bytes:
    buffer = BytesIO()
    _Packer(buffer, pickle.HIGHEST_PROTOCOL).dump(found)
    return buffer.getvalue()


def _limit_memory() -> None:
    """Take no more memory than the parent may have, for all that read for it together."""
    if os.name == "posix":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            own = max(soft // _MOST_PROCESSES, min(soft, _LEAST_MEMORY))
            resource.setrlimit(resource.RLIMIT_AS, (own, hard))


def _end_with_parent(source: BinaryIO) -> None:
    """End when the parent does: it holds the other end of `source` open as long as it lives."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    if sys.platform == "linux":
        # The thread below cannot run while native code holds Python's lock; this kills it then too.
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)

    def exit_after_parent() -> None:
        source.read()
        os._exit(1)

    threading.Thread(target=exit_after_parent, daemon=True).start()
