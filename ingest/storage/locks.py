"""Which workers of this machine live: what a dead one held is taken over at once, not in a minute.

A living worker holds a lock on a file of its own; the operating system lets go of it when the
worker dies, however it dies. Limits: of workers on other machines nothing is known here, their
leases run out; on network file systems it is as good as their locks.
"""

from __future__ import annotations

import hashlib
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import StoreUnavailable

_SUFFIX = ".lock"
_REGISTER = "register"
_PATIENCE_S = 30.0


class Presence:
    """A worker's sign of life in `folder`; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._host = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
        self.name = f"{self._host}-{uuid.uuid4().hex[:16]}"
        self._lock = FileLock(self._path(self.name), thread_local=False)

    def __enter__(self) -> Presence:
        with self._registering():
            self._lock.acquire(timeout=0)
        return self

    def __exit__(self, *_: object) -> None:
        with self._registering():
            self._lock.release(force=True)
            self._path(self.name).unlink(missing_ok=True)

    def bury(self) -> list[str]:
        """Return the names of workers of this machine that have died, each once."""
        dead = []
        with self._registering():
            for name in self._names():
                if name != self.name and _is_free(self._path(name)):
                    self._path(name).unlink(missing_ok=True)
                    dead.append(name)
        return dead

    def alone(self) -> bool:
        """Say whether no other worker of this machine lives."""
        with self._registering():
            return not any(
                name != self.name and not _is_free(self._path(name)) for name in self._names()
            )

    def _names(self) -> list[str]:
        found = self._folder.glob(f"{self._host}-*{_SUFFIX}")
        return [path.name.removesuffix(_SUFFIX) for path in found]

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    @contextmanager
    def _registering(self) -> Iterator[None]:
        """One at a time looks or signs in: a file without its lock is a dead worker's."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path(_REGISTER), timeout=_PATIENCE_S):
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
