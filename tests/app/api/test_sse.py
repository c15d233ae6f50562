"""Blocking iterators told as event streams."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from app.http.sse import ThreadedStream, build_event


def run_source(source: Iterator[int]) -> list[int]:
    async def read() -> list[int]:
        return [item async for item in ThreadedStream(source)]

    return asyncio.run(read())


def test_items_come_in_order_from_one_thread() -> None:
    threads = set()

    def source() -> Iterator[int]:
        for number in range(100):
            threads.add(threading.current_thread().name)
            yield number

    assert run_source(source()) == list(range(100))
    assert threads == {"docchat-stream"}


def test_peek_keeps_the_first_item() -> None:
    async def read() -> tuple[int, list[int]]:
        stream = ThreadedStream(iter([1, 2, 3]))
        first = await stream.peek()
        return first, [item async for item in stream]

    assert asyncio.run(read()) == (1, [1, 2, 3])


def test_an_error_is_raised_where_the_stream_is_read() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run_source(source())


def test_an_error_before_the_first_item_is_raised_by_peek() -> None:
    def source() -> Iterator[int]:
        numbers: dict[str, int] = {}
        yield numbers["early"]

    async def read() -> None:
        await ThreadedStream(source()).peek()

    with pytest.raises(KeyError, match="early"):
        asyncio.run(read())


def test_closing_stops_the_source_at_its_next_item_and_frees_the_slot() -> None:
    closed, ended, go_on = threading.Event(), threading.Event(), threading.Event()

    def source() -> Iterator[int]:
        try:
            yield 1
            go_on.wait(10)
            yield 2
            yield 3
        finally:
            closed.set()

    async def read() -> int:
        stream = ThreadedStream(source(), on_end=ended.set)
        first = await stream.peek()
        stream.close()
        stream.close()
        go_on.set()
        await asyncio.to_thread(ended.wait, 10)
        return first

    assert asyncio.run(read()) == 1
    assert closed.is_set()
    assert ended.is_set()


def test_a_stream_outliving_its_loop_still_ends() -> None:
    ended, go_on = threading.Event(), threading.Event()

    def source() -> Iterator[int]:
        yield 1
        go_on.wait(10)
        yield 2

    async def leave() -> None:
        await ThreadedStream(source(), on_end=ended.set).peek()

    asyncio.run(leave())
    go_on.set()
    assert ended.wait(10)


def test_events_are_one_line_of_json_in_utf8() -> None:
    encoded = build_event("token", {"text": "年报\nline"}, id=7).encode()
    assert encoded == 'id: 7\nevent: token\ndata: {"text":"年报\\nline"}\n\n'.encode()
