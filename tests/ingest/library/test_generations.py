"""Tests the current generation: recorded once, and never a number that is to be removed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ingest.library.fingerprint import Fingerprint
from ingest.library.generations import built_by, check_fingerprint, find_rebuild_generation
from ingest.maintenance.audit import audit_library
from ingest.maintenance.rebuild import rebuild_indexes
from ingest.storage.database import Store, read_generation, sqlite_url
from ingest.types import DocumentState
from tests.support.library import Home, WatchedEmbedder

OWN = Fingerprint("hash-32", 32, "1", 32, 0)


class MeetingStore(Store):
    """A store whose first two readers wait for each other after reading."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.engine)
        self._meeting = threading.Barrier(2)
        self._guests = iter((True, True))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with super().read() as connection:
            yield connection
        if next(self._guests, False):
            self._meeting.wait(timeout=30)


def test_two_threads_that_note_the_fingerprint_at_once_keep_the_generation(tmp_path: Path) -> None:
    plain = Store.open(sqlite_url(tmp_path / "docchat.db"))
    store = MeetingStore(plain)
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(check_fingerprint, store, OWN) for _ in range(2)]:
            done.result()
    with plain.read() as connection:
        assert read_generation(connection) == 1
        assert built_by(connection) == OWN
    plain.close()


def test_a_rebuild_given_up_is_not_taken_for_the_generation_that_answers(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = home.add("Some text.", "a.txt", home.collection()).document
    home.work()
    changed = home.open(lambda: WatchedEmbedder(64))

    def interrupt(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_indexes(changed, interrupt)
    # Everything is deleted, so the new embedder may begin in empty indexes without a rebuild.
    home.library.delete(first.id)
    home.work()
    changed.check_fingerprint()
    second = home.add("Other text.", "b.txt", home.collection("more")).document
    home.work(library=changed)
    with home.library.store.read() as connection:
        assert find_rebuild_generation(connection) is None
    rebuild_indexes(changed)
    assert changed.get_document(second.id).state is DocumentState.READY
    assert audit_library(changed, deep=True) == []
    assert len(changed.dense.ids()) == 1
    home.close()
