"""Runs a function over many inputs in child processes: a crash or a hang costs only one input.

The children are set up as those of the product's sandbox: limited memory, they ignore Ctrl-C, and
they end with their parent. Limits: the function and its inputs must be picklable.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from eval.measures.cases import CaseFailure
from ingest.errors import IngestError, LimitExceeded, ParserCrashed
from ingest.processing.sandbox import prepare_child

_Input = TypeVar("_Input")
_Output = TypeVar("_Output")


@dataclass(frozen=True, slots=True)
class Children:
    """Child processes: how many work at once, and the time and memory that an input may take."""

    jobs: int
    timeout_s: float
    memory_mb: int

    def map(
        self,
        function: Callable[[_Input], _Output],
        inputs: Sequence[tuple[str, _Input]],
        *,
        warm: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[_Output | CaseFailure]:
        """Return, in order, what `function` returns for each (name, input), or why it failed.

        `warm` runs once in every child before its first input. Errors of `ingest`, crashes and
        timeouts are failures of the input; other errors are raised.
        """
        pool = ProcessPool(
            max_workers=min(self.jobs, max(1, len(inputs))),
            initializer=_prepare_process,
            initargs=(os.getpid(), self.memory_mb, warm),
            context=multiprocessing.get_context("spawn"),
        )
        try:
            futures: list[Future[_Output]] = [
                pool.schedule(function, (each,), timeout=self.timeout_s) for _, each in inputs
            ]
            results: list[_Output | CaseFailure] = []
            for (name, _), future in zip(inputs, futures, strict=True):
                if progress is not None:
                    progress(len(results), len(inputs))
                outcome = self._wait_for_result(name, future)
                results.append(outcome)
            return results
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def _wait_for_result(self, name: str, future: Future[_Output]) -> _Output | CaseFailure:
        try:
            return future.result()
        except IngestError as error:
            return CaseFailure(name, error.code, error.message)
        except TimeoutError:
            message = f"It took longer than {self.timeout_s:.0f} seconds."
            return CaseFailure(name, LimitExceeded.code, message)
        except ProcessExpired as error:
            message = f"The process died (exit code {error.exitcode})."
            return CaseFailure(name, ParserCrashed.code, message)


def _prepare_process(parent: int, memory_mb: int, warm: Callable[[], None] | None) -> None:
    prepare_child(parent, memory_mb)
    if warm is not None:
        warm()
