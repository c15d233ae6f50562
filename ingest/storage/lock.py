"""The lock that makes one process at a time the writer of a home's indexes.

Held while there is something to write and for a moment after, then given up, so that a rebuild or a
repair may have it. The operating system frees it when its holder dies, however it dies. Limits: on
network file systems it is as good as their locks.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from ingest.errors import Conflict, StoreUnavailable


class WorkerLock:
    """An exclusive lock on a file; as a context manager it raises Conflict when taken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # One object may be taken by one thread and released by another.
        self._lock = FileLock(path, thread_local=False)

    def acquire(self) -> bool:
        """Take the lock if it is free; say whether it was. Raises StoreUnavailable."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise StoreUnavailable(f"The lock {self._path} cannot be taken: {error}.") from error
        return True

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release(force=True)

    def __enter__(self) -> WorkerLock:
        if not self.acquire():
            raise Conflict(
                "Another process is writing the indexes of this library.",
                hint="Wait until it has nothing left to write (or stop it), then run this again.",
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
