"""Numpy's products take one thread, in this process and in those that it starts."""

from __future__ import annotations

import subprocess
import sys

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
