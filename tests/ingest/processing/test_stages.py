"""Tests that a document cancelled or deleted at any stage stops and leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ingest.index.base import Entry
from ingest.maintenance.audit import audit_library
from ingest.processing.queue import Leases
from ingest.types import DocumentState
from tests.support.library import Home, MemoryIndex, Running, wait_for
from tests.support.odd_parsers import parse_wild

Hold = Callable[[Home, str], None]


class HeldIndex(MemoryIndex):
    """Waits in `add` until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.going = threading.Event(), threading.Event()

    def add(self, entries: Sequence[Entry]) -> None:
        self.reached.set()
        assert self.going.wait(60)
        super().add(entries)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.close()


def state(home: Home, document_id: str) -> DocumentState:
    return home.library.get_document(document_id).state


def cancel(home: Home, document_id: str) -> None:
    assert home.library.cancel(document_id).state is DocumentState.CANCELLED


def delete(home: Home, document_id: str) -> None:
    home.library.delete(document_id)


def nothing_is_left(home: Home, ended: Hold) -> None:
    """After a worker has run nothing is left of the document, and the audit finds nothing wrong."""
    home.work()
    assert home.search("words") == []
    assert audit_library(home.library, deep=True) == []
    if ended is delete:
        assert list(home.library.files.list_originals()) == []
        assert list(home.library.files.list_parsed()) == []
        assert home.library.dense.ids() == home.library.lexical.ids() == set()


@pytest.mark.parametrize("end", [cancel, delete])
def test_while_queued(home: Home, end: Hold) -> None:
    document_id = home.add("Some words.", "a.txt", home.collection()).document.id
    end(home, document_id)
    assert Leases(home.library.store).claim("me", 60, 5) is None
    nothing_is_left(home, end)


@pytest.mark.parametrize("end", [cancel, delete])
def test_while_parsing(home: Home, end: Hold) -> None:
    collection = home.collection()
    document_id = home.add("hang", "a.txt", collection).document.id
    with Running(home, parse_wild):
        wait_for(lambda: home.library.get_document(document_id).pages_done == 3)
        end(home, document_id)
        after = home.add("Goes on.", "next.txt", collection).document.id
        wait_for(lambda: state(home, after) is DocumentState.READY)
    home.library.delete(after)
    nothing_is_left(home, end)


@pytest.mark.parametrize("end", [cancel, delete])
def test_while_embedding(home: Home, end: Hold) -> None:
    document_id = home.add("Some words.", "a.txt", home.collection()).document.id
    home.embedder.going.clear()
    with Running(home):
        assert home.embedder.reached.wait(60)
        assert state(home, document_id) is DocumentState.EMBEDDING
        end(home, document_id)
        home.embedder.going.set()
    nothing_is_left(home, end)


@pytest.mark.parametrize("end", [cancel, delete])
def test_while_indexing(home: Home, end: Hold) -> None:
    held = HeldIndex()
    home.lexical.generations[1] = held
    document_id = home.add("Some words.", "a.txt", home.collection()).document.id
    with Running(home):
        assert held.reached.wait(60)
        assert state(home, document_id) is DocumentState.INDEXING
        end(home, document_id)
        held.going.set()
    nothing_is_left(home, end)


def test_a_replacement_is_cancelled_and_the_old_version_goes_on_answering(home: Home) -> None:
    collection = home.collection()
    document_id = home.add("Old words.", "a.txt", collection).document.id
    home.work()
    home.add("New words.", "a.txt", collection)
    home.embedder.going.clear()
    home.embedder.reached.clear()
    with Running(home):
        assert home.embedder.reached.wait(60)
        cancel(home, document_id)
        home.embedder.going.set()
    home.work()
    assert home.search("words") == ["Old words."]
    assert audit_library(home.library, deep=True) == []
