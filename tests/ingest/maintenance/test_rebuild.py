"""Tests another embedder or chunker: refused, rebuilt beside the old index, then switched to."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from ingest.chunking.chunker import ChunkOptions
from ingest.errors import Conflict, IndexMismatch
from ingest.index.base import Query
from ingest.library.current_indexes import FILL_AT_ONCE
from ingest.maintenance.audit import audit_library
from ingest.maintenance.rebuild import rebuild_indexes
from ingest.types import DocumentState
from tests.support.library import CHUNKS, Home, WatchedEmbedder


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    home = Home(tmp_path, database_url=database_url)
    yield home
    home.close()


def test_an_index_of_other_settings_is_refused_until_rebuilt(home: Home) -> None:
    collection = home.collection()
    document = home.add("# A\n\nFirst text.\f# B\n\nSecond text.", "a.txt", collection).document
    home.work()
    changed = home.open(lambda: WatchedEmbedder(64), ChunkOptions(64, 0))
    with pytest.raises(IndexMismatch, match="dimension 32 became 64, max_tokens 32 became 64"):
        changed.check_fingerprint()
    assert home.search("text"), "the old library goes on answering"
    seen: list[tuple[int, int]] = []
    rebuild_indexes(changed, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 1), (1, 1)]
    changed.check_fingerprint()
    assert audit_library(changed, deep=True) == []
    assert home.unsigned(document.id, changed) == []
    assert changed.dense.search(Query("first text"), 1) is not None
    with pytest.raises(IndexMismatch):
        home.library.dense.search(Query("text"), 5)
    assert changed.get_document(document.id).chunks == len(changed.read_chunks(document.id))
    assert home.dense.generations[1].entries == {}, "the old generation is emptied"


def test_an_interrupted_rebuild_goes_on_and_the_old_index_answers_meanwhile(home: Home) -> None:
    collection = home.collection()
    for name in "abc":
        pages = (f"# Part {number}\n\nText {number} of {name}." for number in range(FILL_AT_ONCE))
        home.add("\f".join(pages), f"{name}.txt", collection)
    home.work()
    slow = WatchedEmbedder(64)
    changed = home.open(lambda: slow)

    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_indexes(changed, interrupt)
    assert len(home.search("text")) == 100
    assert audit_library(home.library) == []
    home.add("Text of d.", "d.txt", collection)
    home.work()
    assert len(slow.texts) == 2 * FILL_AT_ONCE
    rebuild_indexes(changed)
    assert len(slow.texts) == 3 * FILL_AT_ONCE + 1, "what was embedded is not embedded again"
    assert audit_library(changed) == []
    assert len(changed.read_passages(list(changed.dense.ids()))) == 3 * FILL_AT_ONCE + 1


def test_a_rebuild_starts_over_when_the_settings_changed_again(home: Home) -> None:
    home.add("Some text.", "a.txt", home.collection())
    home.work()

    def interrupt(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_indexes(home.open(lambda: WatchedEmbedder(64)), interrupt)
    final = home.open(lambda: WatchedEmbedder(16))
    rebuild_indexes(final)
    assert audit_library(final) == []
    assert [len(index.entries) for index in home.dense.generations.values()].count(1) == 1


def test_a_rebuild_queues_what_has_lost_its_parsed_form(home: Home) -> None:
    kept = home.add("Kept text.", "a.txt", home.collection()).document
    lost = home.add("Lost text.", "b.txt", kept.collection_id).document
    home.work()
    home.library.files.remove_parsed(lost.id, 1)
    changed = home.open(lambda: WatchedEmbedder(64))
    rebuild_indexes(changed)
    assert changed.get_document(kept.id).state is DocumentState.READY
    assert changed.get_document(lost.id).state is DocumentState.QUEUED
    home.work(library=changed)
    assert changed.get_document(lost.id).state is DocumentState.READY
    assert audit_library(changed, deep=True) == []


def test_an_empty_library_takes_any_embedder(home: Home) -> None:
    home.library.check_fingerprint()
    other = home.open(lambda: WatchedEmbedder(64), CHUNKS)
    other.check_fingerprint()
    other.add(BytesIO(b"Some text."), "a.txt", home.collection())
    home.work(library=other)
    assert audit_library(other) == []
    with pytest.raises(IndexMismatch):
        home.library.check_fingerprint()


def test_a_rebuild_and_a_worker_exclude_each_other(home: Home) -> None:
    with home.library.writer_lock(), pytest.raises(Conflict, match="Another process"):
        rebuild_indexes(home.open())
