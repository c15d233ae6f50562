"""Joins the calls of several threads into one, where one call for many costs little more than one.

This is group commit as databases do it (DeWitt et al. 1984). A thread that comes while a call is
running waits. When that call ends, one of the waiting threads makes the next call for all of them.
Requests keep the order in which they came.

Limits: serves the threads of one process only.
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
    """What one thread wants done, and later its results or its error.

    Only the thread that holds `CallBatcher._lock` ends a request, and the thread that made it looks
    at `done` only while it holds the same lock. So these fields need no lock of their own.
    """

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
        """Held by the thread that works, for as long as its call takes: one call at a time."""
        self._waiting: list[_Request[_Item, _Result]] = []
        self._waiting_lock = threading.Lock()
        """Guards `_waiting`, for moments only, so that threads can join the list during a call."""

    @property
    def queue_length(self) -> int:
        """How many threads wait for the next call."""
        return len(self._waiting)

    def run(self, items: Sequence[_Item], check: Callable[[], None]) -> Sequence[_Result]:
        """Return the results of `items`, in order, from a call shared with other threads.

        `check` is called right before the work, perhaps by another thread. If it raises, the error
        is raised here and these items are left out. An error of `work` is raised here too; if the
        call was for several threads, each request is then tried alone, so that no thread fails
        because of another's items.
        """
        request: _Request[_Item, _Result] = _Request(items, check)
        with self._waiting_lock:
            self._waiting.append(request)
        # All waiting threads stop at this lock. The first to get it works for all of them; the
        # others find their request done when their turn comes, and leave at once.
        with self._lock:
            # Not done means: still in `_waiting`. Whoever takes a request off the list holds
            # `_lock` and ends the request before giving `_lock` back.
            if not request.done:
                # Swapped only now, under `_lock`: all that came during the last call go together.
                with self._waiting_lock:
                    requests, self._waiting = self._waiting, []
                self._serve_requests(requests)
        if request.error is not None:
            raise request.error
        return request.results

    def _serve_requests(self, requests: Sequence[_Request[_Item, _Result]]) -> None:
        """End every one of these requests; the caller holds `_lock`."""
        try:
            checked = [request for request in requests if _passes_check(request)]
            if len(checked) > 1 and self._run_together(checked):
                return
            for request in checked:
                self._run_alone(request)
        finally:
            # KeyboardInterrupt and SystemExit pass through here and end only this thread's call.
            # The requests are off the list, so no other thread would ever serve them: without an
            # error, their threads would take the empty results for real ones.
            for request in requests:
                if not request.done:
                    request.end(error=EmbeddingFailed("The work was interrupted."))

    def _run_together(self, requests: Sequence[_Request[_Item, _Result]]) -> bool:
        """Do all in one call; return whether it succeeded. If not, no request has been ended."""
        try:
            results = self._work([item for request in requests for item in request.items])
        except Exception as error:  # noqa: BLE001 - each is tried alone next, and gets its own error
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
