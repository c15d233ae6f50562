"""When a folder that several processes use must be opened anew, and how its threads make way.

Limits: a stamp tells of finished writes, not of one under way; a gate is for one process.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Stamp:
    """A file that changes with every write, so that other processes notice."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / f"{name}.stamp"
        self._known = ""

    def is_foreign(self) -> bool:
        """Say whether somebody else has written since this index opened or wrote."""
        return self._read_stamp() != self._known

    def remember_current(self) -> None:
        """Take the present stamp as known."""
        self._known = self._read_stamp()

    def write_new(self) -> None:
        """Leave a new stamp, known to this index."""
        stamp = uuid.uuid4().hex
        draft = self._file.with_suffix(f".{stamp}")
        draft.write_text(stamp, encoding="ascii")
        draft.replace(self._file)
        self._known = stamp

    def _read_stamp(self) -> str:
        try:
            return self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""


class SharedLock:
    """Many calls share it, or one holds it alone: reopening waits for the running calls."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._running = 0
        self._alone = False

    @contextmanager
    def enter_shared(self) -> Iterator[None]:
        """Be one of many; waits while somebody is alone."""
        with self._condition:
            self._condition.wait_for(lambda: not self._alone)
            self._running += 1
        try:
            yield
        finally:
            with self._condition:
                self._running -= 1
                self._condition.notify_all()

    @contextmanager
    def enter_exclusive(self) -> Iterator[None]:
        """Be alone; waits until nobody else is left."""
        with self._condition:
            self._condition.wait_for(lambda: not self._alone)
            self._alone = True
            self._condition.wait_for(lambda: self._running == 0)
        try:
            yield
        finally:
            with self._condition:
                self._alone = False
                self._condition.notify_all()
