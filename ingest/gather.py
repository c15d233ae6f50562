"""Work of several threads done in one call, where one call for many costs little more than for one.

The way databases commit in groups (DeWitt et al. 1984): whoever comes while a call is under way
waits, and the first of those that waited does the next call for all of them. Limits: for threads of
one process; the order among those who wait is that of their coming.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ingest.errors import IndexUnavailable

_log = logging.getLogger(__name__)
_Item = TypeVar("_Item")


@dataclass(slots=True)
class _Request(Generic[_Item]):
    items: Sequence[_Item]
    check: Callable[[], None]
    done: bool = False
    error: Exception | None = field(default=None)

    def end(self, error: Exception | None = None) -> None:
        self.done, self.error = True, error


class Gathering(Generic[_Item]):
    """Calls `work` with the items of all threads that wait, while `lock` is held."""

    def __init__(
        self, work: Callable[[list[_Item]], None], lock: AbstractContextManager[object]
    ) -> None:
        self._work = work
        self._lock = lock
        self._waiting: list[_Request[_Item]] = []
        self._changes = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many threads wait for the next call."""
        return len(self._waiting)

    def do(self, items: Sequence[_Item], check: Callable[[], None]) -> None:
        """Have `items` worked on; return when that is done.

        `check` is called under the lock, right before the work, perhaps by another thread; what it
        raises is raised here, and these items are left out. So is what `work` raises; when several
        were gathered, each is tried alone first, so that nobody fails for another's items.
        """
        request = _Request(items, check)
        with self._changes:
            self._waiting.append(request)
        with self._lock:
            if not request.done:
                with self._changes:
                    gathered, self._waiting = self._waiting, []
                self._serve(gathered)
        if request.error is not None:
            raise request.error

    def _serve(self, gathered: Sequence[_Request[_Item]]) -> None:
        try:
            willing = [request for request in gathered if _passes(request)]
            if len(willing) > 1 and self._together(willing):
                return
            for request in willing:
                self._alone(request)
        finally:
            for request in gathered:  # whoever stopped us, nobody takes undone work for done
                if not request.done:
                    request.end(IndexUnavailable("The work was interrupted."))

    def _together(self, requests: Sequence[_Request[_Item]]) -> bool:
        """Do all in one call; say whether it went well."""
        try:
            self._work([item for request in requests for item in request.items])
        except Exception as error:  # noqa: BLE001 - each is tried alone then, and raises its own
            _log.info("%d pieces of work failed together: %s", len(requests), error)
            return False
        for request in requests:
            request.end()
        return True

    def _alone(self, request: _Request[_Item]) -> None:
        try:
            self._work(list(request.items))
        except Exception as error:  # noqa: BLE001 - raised in the thread it belongs to
            request.end(error)
        else:
            request.end()


def _passes(request: _Request[_Item]) -> bool:
    try:
        request.check()
    except Exception as error:  # noqa: BLE001 - raised in the thread it belongs to
        request.end(error)
        return False
    return True
