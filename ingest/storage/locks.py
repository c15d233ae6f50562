"""Locks files: which process may write the indexes, and which workers are alive.

A worker holds the writer's lock while there is something to write and for a moment after, then
releases it, so that a rebuild or a repair can take it. In addition every living worker holds a lock
on a file of its own: when it dies, other workers take over its documents at once instead of waiting
a minute for its leases to run out. The operating system frees a lock when its holder dies, however
it dies; a process number could not serve, because another process may get it.

Limits: on network file systems the locks are as good as those of the file system. Workers on other
machines are not seen here: their leases run out.
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
"""How long to wait for the register: its holders only list a folder and try a few locks."""


class Presence:
    """Shows that a worker is alive, by a locked file in `folder`; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Only locks of this machine can be trusted: `folder` may be on a network file system.
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
        """Remove the files of dead workers of this machine and return their names, each once."""
        # Under the register's lock, so that of several living workers only one gets each name.
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
        """Let one process at a time make, try or remove the workers' files.

        Without it a worker that has made its file and not locked it yet would be taken for dead,
        and two workers that try the same lock would take each other for its living owner.
        """
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
    """The lock of the one index writer; as a context manager it raises Conflict when taken."""

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
