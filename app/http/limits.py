"""Limits what requests may cost: bytes of a body, answers at once, wrong keys per minute.

Limits of parsing (pages, expansion, time, memory) belong to `ingest`; these here protect the
server before a file or a question reaches it. Counters are in memory, one set per process.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import ApiError, BodyTooLarge

MAX_JSON_BYTES = 1024 * 1024
"""Bodies of all routes but uploads."""
MAX_UPLOAD_FILES = 200
"""Each is an open file until the request ends, and programs often may have 1,024."""
UPLOAD_FACTOR = 4
"""A whole upload may have this many times the bytes of the largest allowed file."""
MULTIPART_OVERHEAD = 1024 * 1024
"""Bytes for boundaries, headers and form fields besides those of files."""
MAX_ANSWERS = 16
"""Answers written at the same time; each holds a thread and perhaps a model."""
MAX_WRONG_KEYS = 20
WRONG_KEY_WINDOW_S = 60.0
MAX_CLIENTS = 10_000

_UPLOAD = re.compile(r"/api/(collections/[^/]+/documents|documents/[^/]+/file)/?")


def route_path(scope: Scope) -> str:
    """Return the path that routes see: without the prefix that a proxy serves docchat under."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    return path.removeprefix(root) if path.startswith(root + "/") else path


class BodyLimit:
    """Middleware that refuses bodies above the limit, declared or not, with 413.

    The declared length is refused before a byte is read; chunked bodies are counted.
    """

    def __init__(self, inner: ASGIApp, max_file_bytes: int) -> None:
        self._inner = inner
        self._upload_limit = UPLOAD_FACTOR * max_file_bytes + MULTIPART_OVERHEAD

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        limit = self._upload_limit if _UPLOAD.fullmatch(route_path(scope)) else MAX_JSON_BYTES
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            raise BodyTooLarge(limit)
        received = 0

        async def receive_and_count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(limit)
            return message

        await self._inner(scope, receive_and_count, send)


class Slots:
    """How many answers may be written at the same time; more are refused, not queued."""

    def __init__(self, count: int = MAX_ANSWERS) -> None:
        self._free = threading.BoundedSemaphore(count)

    def take(self) -> Callable[[], None]:
        """Take a slot; return the function that releases it. Raises ApiError 503 `busy`."""
        if not self._free.acquire(blocking=False):
            raise ApiError(
                503,
                "busy",
                "Too many answers are being written at the moment.",
                "Ask again in a few seconds.",
                headers={"retry-after": "5"},
            )
        return self._free.release

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold a slot for the length of a block. Raises ApiError 503 `busy`."""
        release = self.take()
        try:
            yield
        finally:
            release()


class WrongKeys:
    """Slows guessing: after too many wrong keys a client waits out the window.

    Remembers at most MAX_CLIENTS addresses and forgets the oldest first.
    """

    def __init__(
        self,
        allowed: int = MAX_WRONG_KEYS,
        window_s: float = WRONG_KEY_WINDOW_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = allowed
        self._window = window_s
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, client: str) -> None:
        """Raise ApiError 429 `too_many_attempts` when `client` has to wait."""
        with self._lock:
            times = self._find_recent_attempts(client)
            if len(times) < self._allowed:
                return
            wait = max(1, round(self._window - (self._clock() - times[0])))
        raise ApiError(
            429,
            "too_many_attempts",
            "Too many wrong keys from this address.",
            f"Wait {wait} seconds and use the right key.",
            headers={"retry-after": str(wait)},
        )

    def record(self, client: str) -> None:
        """Remember that `client` gave a wrong key."""
        with self._lock:
            times = self._find_recent_attempts(client)
            times.append(self._clock())
            self._seen[client] = times
            self._seen.move_to_end(client)
            while len(self._seen) > MAX_CLIENTS:
                self._seen.popitem(last=False)

    def _find_recent_attempts(self, client: str) -> deque[float]:
        times = self._seen.get(client, deque())
        while times and self._clock() - times[0] > self._window:
            times.popleft()
        return times
