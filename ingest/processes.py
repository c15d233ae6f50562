"""Counts this process's cores, limits numpy's threads, returns memory, ends with a parent.

OpenBLAS lets its threads spin for a while after each product. Beside an encoder that uses all cores
this took a fifth of the time of embedding a question (8.0 ms instead of 6.3 on two cores), so
numpy's products get one thread. Limits: OpenBLAS only; child processes need the environment
variable `OPENBLAS_NUM_THREADS` instead.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time

from threadpoolctl import ThreadpoolController


def limit_blas_threads() -> None:
    """Limit the OpenBLAS of this process, if it is loaded, to one thread from now on."""
    ThreadpoolController().select(internal_api="openblas").limit(limits=1)


def count_cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def return_free_memory() -> None:
    """Give memory that is free in this process back to the system, where it is glibc that keeps it.

    After a large document, half of what it took stays with a process otherwise, for ever.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)


def end_with_parent(parent: int) -> None:
    """Wait until the parent process has ended, then end this one; runs in a thread of its own."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
