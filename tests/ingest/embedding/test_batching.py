"""Work gathered from several threads: together when it goes well, each for itself when not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest

from ingest.embedding.batching import CallBatcher
from ingest.errors import Cancelled, IndexUnavailable


class Held:
    """Work that notes its calls and waits to be let go the first time."""

    def __init__(self, refuse: Callable[[list[str]], bool] = lambda items: False) -> None:
        self.calls: list[list[str]] = []
        self.begun = threading.Event()
        self.go = threading.Event()
        self._refuse = refuse

    def __call__(self, items: list[str]) -> list[str]:
        self.calls.append(sorted(items))
        self.begun.set()
        assert self.go.wait(30)
        if self._refuse(items):
            raise IndexUnavailable(f"not {items}")
        return [item.upper() for item in items]


def nothing() -> None:
    """Let everything pass."""


def gathered(
    work: Held, names: str, check: Callable[[str], None] = lambda name: None
) -> dict[str, Future[Sequence[str]]]:
    """Start the first name, let the others wait behind it, then let all go."""
    gathering = CallBatcher(work)
    with ThreadPoolExecutor(len(names)) as threads:
        futures = {names[0]: threads.submit(gathering.run, [names[0]], nothing)}
        assert work.begun.wait(30)
        for name in names[1:]:
            futures[name] = threads.submit(gathering.run, [name], partial(check, name))
        while gathering.queue_length < len(names) - 1:
            threading.Event().wait(0.01)
        work.go.set()
    return futures


def test_those_who_wait_are_served_in_one_call() -> None:
    work = Held()
    futures = gathered(work, "abcd")
    assert [future.result() for future in futures.values()] == [["A"], ["B"], ["C"], ["D"]]
    assert work.calls == [["a"], ["b", "c", "d"]]


def test_who_may_not_go_on_hears_it_and_holds_nobody_up() -> None:
    def check(name: str) -> None:
        if name == "c":
            raise Cancelled("c is gone")

    work = Held()
    futures = gathered(work, "abcd", check)
    assert work.calls == [["a"], ["b", "d"]]
    with pytest.raises(Cancelled):
        futures.pop("c").result()
    assert [future.result() for future in futures.values()] == [["A"], ["B"], ["D"]]


def test_nobody_fails_for_anothers_items() -> None:
    work = Held(lambda items: "c" in items)
    futures = gathered(work, "abcd")
    assert work.calls[:2] == [["a"], ["b", "c", "d"]]
    assert sorted(work.calls[2:]) == [["b"], ["c"], ["d"]]
    with pytest.raises(IndexUnavailable, match=r"not \['c'\]"):
        futures.pop("c").result()
    assert [future.result() for future in futures.values()] == [["A"], ["B"], ["D"]]


def test_nothing_that_was_interrupted_passes_for_done() -> None:
    def interrupted(items: list[str]) -> list[str]:
        raise KeyboardInterrupt

    gathering: CallBatcher[str, str] = CallBatcher(interrupted)
    with pytest.raises(KeyboardInterrupt):
        gathering.run(["a"], nothing)
    assert not gathering.queue_length
