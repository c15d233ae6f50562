"""Tests repeated kill -9 in the middle of work: nothing is lost, nothing is there twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.library import Library
from ingest.maintenance.audit import audit_library
from ingest.storage.schema import chunks
from ingest.types import DocumentState
from tests.ingest.processing.killable_worker import open_library
from tests.support import ROOT
from tests.support.library import wait_for

DOCUMENTS = 6
SENTENCES = (
    "The pump of model {n} needs oil after {m} hours.",
    "型号{n}的水泵在{m}小时后需要加油。",
    "Part {m} of unit {n} is replaced every year.",
)


def text_of(number: int, version: int) -> str:
    return "\f".join(
        f"# Chapter {part}\n\n"
        + "\n\n".join(s.format(n=number, m=part * 100 + version) for s in SENTENCES)
        for part in range(12)
    )


def start(root: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.ingest.processing.killable_worker", str(root)]
    return subprocess.Popen(command, cwd=ROOT)


def kill_after(library: Library, root: Path, changes: int) -> None:
    """Start a worker, wait for a number of changes, and kill it."""
    before = library.latest_event()
    process = start(root)
    wait_for(
        lambda: library.latest_event() >= before + changes or process.poll() is not None,
        "the worker's progress",
        120,
    )
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) in (-signal.SIGKILL, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_worker_loses_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    library = open_library(tmp_path)
    collection = library.create_collection("pumps").id
    ids = {
        n: library.add(BytesIO(text_of(n, 0).encode()), f"{n}.txt", collection).document.id
        for n in range(DOCUMENTS)
    }
    for _ in range(2):
        kill_after(library, tmp_path, chance.randint(1, 9))
    library.add(BytesIO(text_of(1, 1).encode()), "1.txt", collection)
    library.delete(ids[2])
    for _ in range(2):
        kill_after(library, tmp_path, chance.randint(1, 9))
    process = start(tmp_path)
    assert process.wait(300) == 0

    listed = library.list_documents(collection).items
    assert [d.name for d in listed] == [f"{n}.txt" for n in range(DOCUMENTS) if n != 2]
    assert {d.state for d in listed} == {DocumentState.READY}
    assert audit_library(library, deep=True) == []
    for document in listed:
        held = library.read_chunks(document.id)
        assert [chunk.ordinal for chunk in held] == list(range(document.chunks))
    with library.store.read() as connection:
        rows = connection.execute(select(func.count()).select_from(chunks)).scalar_one()
    assert rows == sum(d.chunks for d in listed) == len(library.dense.ids())
    assert "needs oil after 1 hours" in library.read_chunks(ids[1])[0].text, (
        "the replacement answers"
    )
    library.close()
