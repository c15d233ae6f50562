"""Numpy's products take one thread, in this process and in those that it starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import ROOT

CODE = """
import numpy
from threadpoolctl import ThreadpoolController
from rag.pipeline.bootstrap import disable_telemetry
disable_telemetry()
libraries = ThreadpoolController().select(internal_api="openblas").lib_controllers
print({each.num_threads for each in libraries})
import os
print(os.environ["OPENBLAS_NUM_THREADS"])
"""


def test_products_take_one_thread() -> None:
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=root, capture_output=True, check=True, text=True
    )
    assert done.stdout.split("\n")[:2] == ["{1}", "1"]


FREE = """
import os
from ingest.processes import return_free_memory
def resident():
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE")
held = [bytearray(60_000) for _ in range(2_000)]
last = bytearray(60_000)  # above all others: what lies below it is not given back by itself
full = resident()
del held
return_free_memory()
print(full - resident() > 80_000_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
def test_free_memory_is_given_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FREE], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "True"
