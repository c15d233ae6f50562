"""Works the queue off from a command, also while other processes work it.

Where `docchat serve` or another command works the same queue, all parse and embed side by side and
the one that holds the lock writes the indexes. A command alone works everything off, deletions
included; a command beside others ends when its own documents are finished.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.terminal.output import print_note
from app.terminal.progress import SETTLED, ChangeListener, show_document_stages
from ingest.errors import IngestError, NotFound

if TYPE_CHECKING:
    from ingest.library import Library
    from ingest.types import DocumentRecord
    from rag.pipeline.bootstrap import Docchat

_POLL_S = 0.2
_JOIN_S = 60.0


def _ignore_changes(changed: Sequence[DocumentRecord]) -> None:
    """Do nothing: nobody else listens."""


def work_off(
    docchat: Docchat, records: Sequence[DocumentRecord], report: ChangeListener = _ignore_changes
) -> list[DocumentRecord]:
    """Return `records` as they are when all of them are finished.

    Works the whole queue, deletions included, if no other process on this machine does. `report` is
    called with every change. Raises IndexMismatch, StoreUnavailable, EmbeddingFailed.
    """
    library = docchat.library
    alone = library.create_presence().is_alone()
    if not alone and records:
        print_note("Another docchat process works the queue as well.")
    watched = _WatchedDocuments(library, records)
    with _run_worker(docchat) as alive, show_document_stages(lambda: watched.by_id) as show:

        def report_changes() -> None:
            changed = watched.read_changes()
            show(changed)
            report(changed)

        # A worker that ended with an error works no more: then this command ends too, although
        # another process may go on with its documents.
        while alive() and (alone or watched.pending_count):
            report_changes()
            threading.Event().wait(_POLL_S)
        report_changes()
    return watched.records


class _WatchedDocuments:
    """The documents of a command, kept up to date by the library's events."""

    def __init__(self, library: Library, records: Sequence[DocumentRecord]) -> None:
        self._library = library
        # The sequence number is read before the records, so that a change in between comes twice
        # and never not at all.
        self._after = library.latest_event()
        self._records = {record.id: self._read_current(record) for record in records}

    @property
    def by_id(self) -> Mapping[str, DocumentRecord]:
        return self._records

    @property
    def records(self) -> list[DocumentRecord]:
        return list(self._records.values())

    @property
    def pending_count(self) -> int:
        return sum(record.state not in SETTLED for record in self._records.values())

    def read_changes(self) -> list[DocumentRecord]:
        """Return what changed since the last call."""
        changed: list[DocumentRecord] = []
        while events := self._library.list_events(self._after):
            self._after = events[-1].sequence
            changed += [e.document for e in events if e.document.id in self._records]
        self._records.update({record.id: record for record in changed})
        return changed

    def _read_current(self, record: DocumentRecord) -> DocumentRecord:
        """Return the record as it is now: it may have moved on since it was queued."""
        if record.state in SETTLED:
            return record
        try:
            return self._library.get_document(record.id)
        except NotFound:
            return record


@contextmanager
def _run_worker(docchat: Docchat) -> Iterator[Callable[[], bool]]:
    """Run a worker until the queue is empty or the block ends; its error is raised here."""
    stop = threading.Event()
    errors: list[IngestError] = []

    def work_queue() -> None:
        try:
            docchat.create_worker().run(stop, until_idle=True)
        except IngestError as error:
            errors.append(error)

    thread = threading.Thread(target=work_queue, name="docchat-worker")
    thread.start()
    try:
        yield thread.is_alive
    finally:
        stop.set()
        thread.join(_JOIN_S)
    if errors:
        raise errors[0]
