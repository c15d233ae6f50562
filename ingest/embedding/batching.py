"""Work of several threads done in one call, where one call for many costs little more than for one.

The way databases commit in groups (DeWitt et al. 1984): whoever comes while a call is under way
waits, and the first of those that waited does the next call for all of them. Limits: for threads of
one process; the order among those who wait is that of their coming.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ingest.errors import EmbeddingFailed

_log = logging.getLogger(__name__)
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(slots=True)
class _Request(Generic[_Item, _Result]):
    items: Sequence[_Item]
    check: Callable[[], None]
    results: Sequence[_Result] = ()
    done: bool = False
    error: Exception | None = field(default=None)

    def end(self, results: Sequence[_Result] = (), error: Exception | None = None) -> None:
        self.results, self.error, self.done = results, error, True


class CallBatcher(Generic[_Item, _Result]):
    """Calls `work` with the items of all threads that wait; it gives a result for each item."""

    def __init__(self, work: Callable[[list[_Item]], Sequence[_Result]]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._waiting: list[_Request[_Item, _Result]] = []
        self._changes = threading.Lock()

    @property
    def queue_length(self) -> int:
        """How many threads wait for the next call."""
        return len(self._waiting)

    def run(self, items: Sequence[_Item], check: Callable[[], None]) -> Sequence[_Result]:
        """Have `items` worked on; return their results, in order.

        `check` is called right before the work, perhaps by another thread; what it raises is raised
        here, and these items are left out. So is what `work` raises; when several were gathered,
        each is tried alone first, so that nobody fails for another's items.
        """
        request: _Request[_Item, _Result] = _Request(items, check)
        with self._changes:
            self._waiting.append(request)
        with self._lock:
            if not request.done:
                with self._changes:
                    gathered, self._waiting = self._waiting, []
                self._serve_requests(gathered)
        if request.error is not None:
            raise request.error
        return request.results

    def _serve_requests(self, gathered: Sequence[_Request[_Item, _Result]]) -> None:
        try:
            willing = [request for request in gathered if _passes_check(request)]
            if len(willing) > 1 and self._run_together(willing):
                return
            for request in willing:
                self._run_alone(request)
        finally:
            for request in gathered:  # whoever stopped us, nobody takes undone work for done
                if not request.done:
                    request.end(error=EmbeddingFailed("The work was interrupted."))

    def _run_together(self, requests: Sequence[_Request[_Item, _Result]]) -> bool:
        """Do all in one call; say whether it went well."""
        try:
            results = self._work([item for request in requests for item in request.items])
        except Exception as error:  # noqa: BLE001 - each is tried alone then, and raises its own
            _log.info("%d pieces of work failed together: %s", len(requests), error)
            return False
        start = 0
        for request in requests:
            end = start + len(request.items)
            request.end(results[start:end])
            start = end
        return True

    def _run_alone(self, request: _Request[_Item, _Result]) -> None:
        try:
            results = self._work(list(request.items))
        except Exception as error:  # noqa: BLE001 - raised in the thread it belongs to
            request.end(error=error)
        else:
            request.end(results)


def _passes_check(request: _Request[_Item, _Result]) -> bool:
    try:
        request.check()
    except Exception as error:  # noqa: BLE001 - raised in the thread it belongs to
        request.end(error=error)
        return False
    return True
