"""Working the queue off from a command, and taking up again what failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from app.commands.serve import work_until
from app.terminal.work_queue import work_off
from ingest.errors import IndexMismatch, OcrFailed
from ingest.processing.queue import Leases
from ingest.types import DocumentState
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.settings import ChunkSettings, Settings
from tests.support import ROOT
from tests.support.cli_runner import Cli


@contextmanager
def opened(**settings: Any) -> Iterator[Docchat]:
    docchat = build_docchat(Settings(**settings))
    try:
        yield docchat
    finally:
        docchat.close()


def note_in(cli: Cli) -> Path:
    path = cli.home.parent / "note.md"
    path.write_text("# Note\n\nA text that is long enough to be found again.")
    return path


def test_retrying_all_leaves_what_tries_again_by_itself(cli: Cli) -> None:
    path = note_in(cli)
    with opened() as docchat:
        library = docchat.library
        collection = library.create_collection("notes")
        document = library.add(path, path.name, collection.id).document
        leases = Leases(library.store)
        task = leases.claim("worker", 60.0, 5)
        assert task is not None
        leases.postpone(task, OcrFailed("The engine stumbled."), 0.0)
        waiting = library.get_document(document.id)
        assert (waiting.state, waiting.failure is None) == (DocumentState.QUEUED, False)
    result = cli("docs", "retry")
    assert (result.code, result.out) == (0, "")
    assert cli("docs", "show", "note.md", "--format", "json").data["state"] == "ready"


def test_a_retry_that_fails_is_told_although_the_old_version_answers(cli: Cli) -> None:
    path = cli.home.parent / "paper.pdf"
    path.write_bytes((ROOT / "data/samples/tidal-turbines.pdf").read_bytes())
    assert cli("ingest", path).code == 0
    path.write_bytes(b"%PDF-1.7\nnothing that a reader could use")
    assert cli("ingest", path).code == 1
    shown = cli("docs", "show", "paper.pdf", "--format", "json").data
    assert (shown["state"], shown["searchable"]) == ("failed", True)
    assert cli("docs", "retry", "paper.pdf").code == 1


def test_who_works_beside_another_process_tells_why_it_cannot(filled_cli: Cli) -> None:
    path = note_in(filled_cli)
    with opened(chunk=ChunkSettings(max_tokens=64)) as docchat:
        library = docchat.library
        collection = library.create_collection("notes")
        document = library.add(path, path.name, collection.id).document
        with library.create_presence(), pytest.raises(IndexMismatch):
            work_off(docchat, [document])


def test_a_command_in_company_ends_when_its_own_documents_are_through(filled_cli: Cli) -> None:
    path = note_in(filled_cli)
    with opened() as docchat:
        library = docchat.library
        collection = library.create_collection("notes")
        document = library.add(path, path.name, collection.id).document
        elsewhere = library.add(BytesIO(b"Other text."), "other.txt", collection.id).document
        somebody = Leases(library.store)
        held = [somebody.claim("somebody", 60.0, 5) for _ in range(2)]
        for task in held:
            if task is not None and task.document_id == document.id:
                somebody.release(task)
        with library.create_presence():
            (done,) = work_off(docchat, [document])
        assert done.state == "ready"
        assert library.get_document(elsewhere.id).state == "parsing", (
            "somebody else's, still at work"
        )


class BrokenWorker:
    """A docchat whose worker has a programming error, and is told to stop meanwhile."""

    def create_worker(self) -> BrokenWorker:
        return self

    def run(self, stop: threading.Event) -> NoReturn:
        stop.set()
        raise ZeroDivisionError("a mistake of ours")


def test_a_mistake_in_the_worker_is_logged_and_leaves_the_server_its_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work_until(cast(Docchat, BrokenWorker()), threading.Event())
    assert "The queue stands still." in caplog.text
    assert "a mistake of ours" in caplog.text
