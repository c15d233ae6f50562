"""Working the queue off from a command: here if nobody else does, else by waiting for who does.

One process at a time writes the indexes of a home. Where `docchat serve` holds them, a command
queues its work and watches; should the server go, the command takes its place.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.commands.terminal import note
from ingest.errors import IngestError, NotFound
from ingest.types import DocumentState

if TYPE_CHECKING:
    from rich.progress import Progress

    from ingest.library import Library
    from ingest.types import DocumentRecord
    from rag.bootstrap import Docchat

Advance = Callable[[str], None]
"""Called with the name of what is finished."""

_SETTLED = frozenset(
    {
        DocumentState.READY,
        DocumentState.FAILED,
        DocumentState.CANCELLED,
        DocumentState.DELETING,
    }
)
_POLL_S = 0.2
_JOIN_S = 60.0


def work_off(docchat: Docchat, records: Sequence[DocumentRecord]) -> list[DocumentRecord]:
    """Return `records` as they are when none of them is under way any more.

    Works the whole queue, deletions included, if no other process does. Raises IndexMismatch,
    StoreUnavailable, EmbeddingFailed.
    """
    library = docchat.library
    ours = _free(library)
    if not ours and records:
        note("Another docchat process works the queue; waiting for it.")
    watched = _Watched(library, records)
    with _worker(docchat) as alive, _stages_shown(watched) as show:
        # A worker that ended with an error works nothing off, whoever else may hold the lock.
        while alive() and (ours or watched.pending):
            show(watched.changes())
            threading.Event().wait(_POLL_S)
        show(watched.changes())
    return watched.records


class _Watched:
    """The documents of a command, kept up to date by the library's events."""

    def __init__(self, library: Library, records: Sequence[DocumentRecord]) -> None:
        self._library = library
        self._after = library.sequence()
        self._records = {record.id: self._present(record) for record in records}

    @property
    def records(self) -> list[DocumentRecord]:
        return list(self._records.values())

    @property
    def pending(self) -> int:
        return sum(record.state not in _SETTLED for record in self._records.values())

    def changes(self) -> list[DocumentRecord]:
        """Return what changed since the last call."""
        changed: list[DocumentRecord] = []
        while events := self._library.events(self._after):
            self._after = events[-1].sequence
            changed += [e.document for e in events if e.document.id in self._records]
        self._records.update({record.id: record for record in changed})
        return changed

    def _present(self, record: DocumentRecord) -> DocumentRecord:
        """Return the record as it is now: it may have moved on since it was queued."""
        if record.state in _SETTLED:
            return record
        try:
            return self._library.document(record.id)
        except NotFound:
            return record


def _free(library: Library) -> bool:
    """Return whether no process works the queue at this moment."""
    lock = library.lock()
    if not lock.acquire():
        return False
    lock.release()
    return True


@contextmanager
def _worker(docchat: Docchat) -> Iterator[Callable[[], bool]]:
    """Run a worker until the queue is empty or the block ends; its error is raised here."""
    stop = threading.Event()
    errors: list[IngestError] = []

    def work() -> None:
        try:
            docchat.worker().run(stop, until_idle=True)
        except IngestError as error:
            errors.append(error)

    thread = threading.Thread(target=work, name="docchat-worker")
    thread.start()
    try:
        yield thread.is_alive
    finally:
        stop.set()
        thread.join(_JOIN_S)
    if errors:
        raise errors[0]


@contextmanager
def progress_shown(what: str, total: int) -> Iterator[Advance]:
    """Show a bar on stderr where that is a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    with _bar() as bar:
        task = bar.add_task(what, total=total, name="")
        yield lambda name: bar.update(task, advance=1, name=name)


@contextmanager
def _stages_shown(watched: _Watched) -> Iterator[Callable[[Sequence[DocumentRecord]], None]]:
    """Show where documents stand: a bar on a terminal, a line for each finished one elsewhere."""
    total = watched.pending
    if not total or not sys.stderr.isatty():
        yield _finished_lines
        return
    with _bar() as bar:
        task = bar.add_task("working", total=total, name="")

        def show(changed: Sequence[DocumentRecord]) -> None:
            if changed:
                done = total - watched.pending
                bar.update(
                    task, completed=done, description=changed[-1].state, name=_stage(changed[-1])
                )

        yield show


def _finished_lines(changed: Sequence[DocumentRecord]) -> None:
    for record in changed:
        if record.state in _SETTLED:
            note(f"{record.state}: {record.name}")


def _stage(record: DocumentRecord) -> str:
    """Return the name of a document with how far it is in its present stage."""
    counts = {
        "parsing": (record.pages_done, record.pages),
        "embedding": (record.chunks_done, record.chunks),
        "indexing": (record.chunks_done, record.chunks),
    }
    done, total = counts.get(record.state, (0, 0))
    return f"{record.name} ({done}/{total})" if total else record.name


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[name]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
