"""Sends the items of a blocking iterator to a client as server-sent events, with heartbeats.

An answer is a blocking generator (database, models). `ThreadedStream` runs it in a thread of its
own from the first item to the last, so that it never moves between threads, and passes the items
to the event loop. When the client leaves, the generator is closed as soon as it yields next, which
stops a language model between two tokens.

Limits: items wait in memory when a client reads slowly (an answer is small). A generator that
blocks without yielding is not interrupted; its thread is a daemon and never delays shutdown.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Any, Generic, TypeVar

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

SEPARATOR = "\n"
FAREWELL_S = 2.0
"""How long a stream may take to end when the server stops."""


class _End:
    """Marks the end of a stream in the queue."""


_END = _End()


class ThreadedStream(Generic[T]):
    """An async iterator over a blocking one that runs in its own thread.

    `on_end` is called exactly once, from the thread, after the source was closed.
    """

    # Two threads share this object. The source's own thread runs `_forward_items` and uses only
    # `_source`, `_on_end`, `_stopped` and, through the loop, the queue. All else belongs to the
    # event loop.
    # `asyncio.Queue` is not thread-safe, so items reach it by `call_soon_threadsafe` alone.

    def __init__(self, source: Iterator[T], on_end: Callable[[], None] = lambda: None) -> None:
        self._source = source
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[T | Exception | _End] = asyncio.Queue()
        self._stopped = threading.Event()
        self._ended = False
        self._peeked: list[T] = []
        threading.Thread(target=self._forward_items, name="docchat-stream", daemon=True).start()

    def close(self) -> None:
        """Ask the source to stop at its next item; returns at once, may be called twice."""
        self._stopped.set()

    async def peek(self) -> T:
        """Wait for the first item and keep it for iteration. Raises what the source raised.

        Raises StopAsyncIteration when there is no item at all.
        """
        item = await self.__anext__()
        self._peeked.append(item)
        return item

    def __aiter__(self) -> AsyncIterator[T]:
        """Return itself: the items can be read once."""
        return self

    async def __anext__(self) -> T:
        """Return the next item. Raises what the source raised."""
        if self._peeked:
            return self._peeked.pop()
        if self._ended:
            raise StopAsyncIteration
        item = await self._queue.get()
        if isinstance(item, _End):
            self._ended = True
            raise StopAsyncIteration
        if isinstance(item, Exception):
            self._ended = True
            raise item
        return item

    def _forward_items(self) -> None:
        last: Exception | _End = _END
        try:
            for item in self._source:
                if self._stopped.is_set():
                    break
                self._enqueue_item(item)
        except Exception as error:  # noqa: BLE001 - raised again on the reading side
            last = error
        finally:
            # The order matters: close the source first, so that the model has stopped when `on_end`
            # frees the slot for the next answer; then report the end, so that whoever has read the
            # end of a stream finds its slot free. Closed here and not by the event loop: a running
            # generator cannot be closed from another thread.
            close = getattr(self._source, "close", None)
            try:
                if close is not None:
                    close()
            finally:
                self._on_end()
                self._enqueue_item(last)

    def _enqueue_item(self, item: T | Exception | _End) -> None:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)
        except RuntimeError:  # the loop is closed: nobody listens any more
            self._stopped.set()


class StreamResponse(EventSourceResponse):
    """An event stream that calls `on_close` when the client has left or the stream is over.

    When the server stops, the stream ends properly, with `farewell` as its last event.
    """

    def __init__(
        self,
        events: AsyncIterable[ServerSentEvent],
        *,
        heartbeat_s: float,
        on_close: Callable[[], None] = lambda: None,
        heartbeat: Callable[[], ServerSentEvent] | None = None,
        farewell: ServerSentEvent | None = None,
    ) -> None:
        stopping = anyio.Event()
        super().__init__(
            _until_stopping(events, stopping, farewell),
            ping=heartbeat_s,
            sep=SEPARATOR,
            ping_message_factory=heartbeat or _build_heartbeat,
            shutdown_event=stopping,
            shutdown_grace_period=FAREWELL_S,
        )
        self._on_close = on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the end, the client's leaving or the server's shutdown."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._on_close()


def build_event(name: str | None, data: Any, *, id: int | None = None) -> ServerSentEvent:
    """Return a server-sent event with `data` as one line of JSON."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    number = None if id is None else str(id)
    return ServerSentEvent(data=text, event=name, id=number, sep=SEPARATOR)


async def _until_stopping(
    events: AsyncIterable[ServerSentEvent],
    stopping: anyio.Event,
    farewell: ServerSentEvent | None,
) -> AsyncIterator[ServerSentEvent]:
    """Yield events until they end or the server stops; then yield `farewell`."""
    # Waiting for the next event alone would keep the stream open for as long as a model is silent,
    # and the server would cut it off without a word. So two futures are awaited at once: the next
    # event, and the server's stop.
    iterator = aiter(events)
    stop = asyncio.ensure_future(stopping.wait())
    following: asyncio.Future[ServerSentEvent] | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(iterator))
            await asyncio.wait((following, stop), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                break
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            yield event
        if farewell is not None:
            yield farewell
    finally:
        stop.cancel()
        if following is not None:
            following.cancel()


def _build_heartbeat() -> ServerSentEvent:
    return ServerSentEvent(comment="heartbeat", sep=SEPARATOR)
