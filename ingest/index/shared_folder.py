"""Notices when another process has written to a shared folder, and lets threads reopen it safely.

`Stamp` works between processes, `SharedLock` between the threads of one. Limits: a stamp shows
finished writes, not one that is still running.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Stamp:
    """A file with a random text that changes after every write, so that other processes notice.

    A writer that dies between its write and its stamp leaves the old stamp: other processes keep
    what they have loaded, and miss that write. Nothing is lost by it, because the document is not
    made searchable before the write has returned: the worker repeats the write, and the stamp with
    it.

    No lock guards `_known`. Two threads that write at once may leave it at the earlier of their
    stamps: the next call then reopens the folder once without need. An unknown stamp is never
    taken for a known one, because each is a fresh random number.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / f"{name}.stamp"
        self._known = ""

    def is_foreign(self) -> bool:
        """Return whether another process has written since this index opened or wrote."""
        return self._read_stamp() != self._known

    def remember_current(self) -> None:
        """Take the present stamp as known. Call it before opening the folder, never after.

        A write that comes in between leaves a stamp that is not known: the folder is opened once
        more at the next call. The other way round that write would be known, yet not loaded.
        """
        self._known = self._read_stamp()

    def write_new(self) -> None:
        """Leave a new stamp, known to this index. Call it after the write, never before."""
        stamp = uuid.uuid4().hex
        draft = self._file.with_suffix(f".{stamp}")
        draft.write_text(stamp, encoding="ascii")
        # Renamed in one step: a reader finds the old stamp or the new one, never half of one. A
        # crash before it leaves a draft of its own name, which nobody reads.
        draft.replace(self._file)
        self._known = stamp

    def _read_stamp(self) -> str:
        try:
            return self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""


class SharedLock:
    """A lock that many threads share or one holds alone (a readers-writer lock).

    Calls share it; opening and closing hold it alone, and so never take an index away from a
    running call. Limits: not reentrant. A thread that shares it and asks for it alone waits for
    itself, for ever.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        """Guards the two fields below; held for moments, never while a caller works."""
        self._sharing = 0
        self._exclusive = False

    @contextmanager
    def enter_shared(self) -> Iterator[None]:
        """Share the lock with others; waits while a thread holds it alone, or waits to."""
        with self._condition:
            self._condition.wait_for(lambda: not self._exclusive)
            self._sharing += 1
        try:
            yield
        finally:
            with self._condition:
                self._sharing -= 1
                self._condition.notify_all()

    @contextmanager
    def enter_exclusive(self) -> Iterator[None]:
        """Hold the lock alone; waits until all others have left."""
        with self._condition:
            self._condition.wait_for(lambda: not self._exclusive)
            # Set before the others have left, so that no new ones come in: under steady searches
            # the count would never fall to 0.
            self._exclusive = True
            self._condition.wait_for(lambda: self._sharing == 0)
        try:
            yield
        finally:
            with self._condition:
                self._exclusive = False
                self._condition.notify_all()
