"""Counts the seconds of each stage of a search, by wrappers around the objects that do the work.

Time is counted once: when a stage calls another one, that time counts for the other one only.
Limits: every method of a wrapped object is counted. A stage that waits for another thread counts
the wait as its own.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class Clock:
    """Adds up seconds by stage since the last `reset`; `now` returns the time in seconds."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._spent: dict[str, float] = {}
        self._lock = threading.Lock()
        self._inner = threading.local()

    @property
    def seconds_by_stage(self) -> Mapping[str, float]:
        """Seconds by stage."""
        return dict(self._spent)

    def reset(self) -> None:
        """Begin anew."""
        self._spent = {}

    @contextmanager
    def time_stage(self, name: str) -> Iterator[None]:
        """Count the time until the context ends, without that of stages within."""
        # Each thread adds up the time of the stages inside the one that is open now, so that this
        # time can be taken off it. A nested stage starts from 0 and then counts for its caller.
        outside = getattr(self._inner, "seconds", 0.0)
        self._inner.seconds = 0.0
        start = self._now()
        try:
            yield
        finally:
            elapsed = self._now() - start
            within = self._inner.seconds
            self._inner.seconds = outside + elapsed
            with self._lock:
                self._spent[name] = self._spent.get(name, 0.0) + elapsed - within


class TimedProxy:
    """Stands for another object and times its methods as `stage`, or as `stages` says by name."""

    def __init__(
        self, inner: object, clock: Clock, stage: str, stages: Mapping[str, str] | None = None
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._stage = stage
        self._stages = stages or {}
        for name in dir(
            inner
        ):  # callers may ask whether a method exists: eval.systems.pass_through
            if not name.startswith("_") and inspect.isroutine(inspect.getattr_static(inner, name)):
                setattr(self, name, self._wrap_method(name, getattr(inner, name)))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        return self._wrap_method(name, value) if callable(value) else value

    def _wrap_method(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        stage = self._stages.get(name, self._stage)

        def call_timed(*args: Any, **kwargs: Any) -> Any:
            with self._clock.time_stage(stage):
                return method(*args, **kwargs)

        return call_timed
