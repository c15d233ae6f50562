"""File locks: which process may write the indexes of a home, and which workers are alive.

The writer's lock is held while there is something to write and for a moment after, then given up,
so that a rebuild or a repair may have it. Besides, every living worker holds a lock on a file of
its own, so that what a dead worker had leased is taken over at once, not in a minute. The operating
system frees a lock when its holder dies, however it dies.

Limits: on network file systems the locks are as good as those of the file system. Of workers on
other machines nothing is known here: their leases run out.
"""

from __future__ import annotations

import hashlib
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from ingest.errors import Conflict, StoreUnavailable

_SUFFIX = ".lock"
_REGISTER = "register"
_PATIENCE_S = 30.0


class Presence:
    """A worker's sign of life in `folder`; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._host = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
        self.name = f"{self._host}-{uuid.uuid4().hex[:16]}"
        self._lock = FileLock(self._lock_path_of(self.name), thread_local=False)

    def __enter__(self) -> Presence:
        with self._lock_register():
            self._lock.acquire(timeout=0)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock_register():
            self._lock.release(force=True)
            self._lock_path_of(self.name).unlink(missing_ok=True)

    def remove_dead_workers(self) -> list[str]:
        """Return the names of workers of this machine that have died, each once."""
        dead = []
        with self._lock_register():
            for name in self._list_workers():
                if name != self.name and _is_free(self._lock_path_of(name)):
                    self._lock_path_of(name).unlink(missing_ok=True)
                    dead.append(name)
        return dead

    def is_alone(self) -> bool:
        """Say whether no other worker of this machine lives."""
        with self._lock_register():
            return not any(
                name != self.name and not _is_free(self._lock_path_of(name))
                for name in self._list_workers()
            )

    def _list_workers(self) -> list[str]:
        found = self._folder.glob(f"{self._host}-*{_SUFFIX}")
        return [path.name.removesuffix(_SUFFIX) for path in found]

    def _lock_path_of(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    @contextmanager
    def _lock_register(self) -> Iterator[None]:
        """One at a time looks or signs in: a file without its lock is a dead worker's."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._lock_path_of(_REGISTER), timeout=_PATIENCE_S):
                yield
        except (OSError, Timeout) as error:
            raise StoreUnavailable(
                f"The folder of workers {self._folder} cannot be used: {error}."
            ) from error


def _is_free(path: Path) -> bool:
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release(force=True)
    return True


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
