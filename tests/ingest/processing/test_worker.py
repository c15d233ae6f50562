"""Tests the worker: processing interrupted in every way still ends in a right state."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from ingest.errors import Cancelled, IndexMismatch
from ingest.index.base import Query
from ingest.maintenance.audit import audit_library
from ingest.maintenance.rebuild import rebuild_indexes
from ingest.processing.queue import Leases, Retries
from ingest.processing.worker import Worker
from ingest.types import DocumentState
from tests.support.library import (
    CHUNKS,
    QUICK,
    Home,
    Running,
    WatchedEmbedder,
    wait_for,
)
from tests.support.odd_parsers import parse_plain, parse_wild

READY, FAILED, CANCELLED = DocumentState.READY, DocumentState.FAILED, DocumentState.CANCELLED


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    home = Home(tmp_path, database_url=database_url)
    yield home
    home.close()


def test_a_document_becomes_searchable(home: Home) -> None:
    collection = home.collection()
    added = home.add("# Warranty\n\nTwo years.\f# 保修\n\n保修期为两年。", "guide.txt", collection)
    assert added.document.state is DocumentState.QUEUED
    home.work()
    document = home.library.get_document(added.document.id)
    assert (document.state, document.searchable, document.pages) == (READY, True, 2)
    assert document.chunks == document.chunks_done == len(home.library.read_chunks(document.id)) > 1
    assert document.media_type == "text/plain"
    assert home.search("保修") == ["保修期为两年。"]
    assert home.search("years") == ["Two years."]
    assert home.library.read_parsed(document.id).id == document.id
    assert home.unsigned(document.id) == []
    assert audit_library(home.library, deep=True) == []


def test_a_document_without_text_fails_and_is_never_ready(home: Home) -> None:
    added = home.add("\f\f", "scan.txt", home.collection())
    home.work()
    failure = home.failure(added.document.id)
    assert failure.code == "no_text_found"
    assert "3 of 3 pages" in failure.message
    assert home.library.get_document(added.document.id).state is FAILED
    assert not home.library.get_document(added.document.id).searchable


def test_a_rejected_file_fails_at_once_with_its_reason(home: Home) -> None:
    added = home.add("broken bytes", "bad.txt", home.collection())
    home.work()
    failure = home.failure(added.document.id)
    assert failure.code == "corrupt_file"
    assert failure.hint
    assert home.library.get_document(added.document.id).attempts == 1


@pytest.mark.parametrize(
    ("text", "code", "attempts"),
    [
        ("hang", "limit_exceeded", 1),
        ("die", "parser_crashed", 3),
        ("eat", "limit_exceeded", 1),
        ("mistake", "parser_crashed", 3),
    ],
)
def test_a_wild_parser_costs_only_its_document(
    home: Home, text: str, code: str, attempts: int
) -> None:
    collection = home.collection()
    wild = home.add(text, "wild.txt", collection).document.id
    home.add("A tame document.", "tame.txt", collection)
    # Long enough for the tame one on a busy machine, where a child alone takes seconds to start.
    home.work(parse_wild, replace(QUICK, timeout_s=8.0, memory_mb=1024))
    assert home.failure(wild).code == code
    assert home.library.get_document(wild).attempts == attempts
    assert home.states(collection) == {"wild.txt": "failed", "tame.txt": "ready"}
    assert audit_library(home.library) == []


def test_a_parser_that_dies_once_is_forgiven(home: Home, tmp_path: Path) -> None:
    added = home.add(f"once {tmp_path / 'marker'} was enough", "once.txt", home.collection())
    home.work(parse_wild)
    document = home.library.get_document(added.document.id)
    assert (document.state, document.attempts, document.failure) == (READY, 2, None)


def test_passing_errors_are_retried_with_growing_pauses(home: Home) -> None:
    home.embedder.failures = 2
    added = home.add("Some text.", "a.txt", home.collection())
    home.work()
    document = home.library.get_document(added.document.id)
    assert (document.state, document.attempts) == (READY, 3)


def test_errors_that_do_not_pass_fail_in_the_end(home: Home) -> None:
    home.embedder.failures = 99
    added = home.add("Some text.", "a.txt", home.collection())
    home.work()
    document = home.library.get_document(added.document.id)
    assert (document.state, document.attempts) == (FAILED, 3)
    assert home.failure(document.id).code == "embedding_failed"
    home.embedder.failures = 0
    assert home.library.retry(document.id).attempts == 0
    home.work()
    assert home.library.get_document(document.id).state is READY


def test_a_document_waits_out_its_pause(home: Home) -> None:
    now = [1000.0]
    home.embedder.failures = 1
    added = home.add("Some text.", "a.txt", home.collection())
    options = replace(QUICK, retries=Retries(attempts=3, backoff_s=5.0))
    stop = threading.Event()
    worker = Worker(home.library, parse_plain, options, clock=lambda: now[0])
    thread = threading.Thread(target=worker.run, args=(stop, True))
    thread.start()
    wait_for(lambda: home.library.get_document(added.document.id).failure is not None)
    assert home.library.get_document(added.document.id).state is DocumentState.QUEUED
    assert home.failure(added.document.id).code == "embedding_failed"
    now[0] += 10.0  # five seconds times two to the first
    thread.join(60)
    assert home.library.get_document(added.document.id).state is READY


def test_the_old_version_answers_until_the_new_one_is_ready(home: Home) -> None:
    collection = home.collection()
    first = home.add("# One\n\nThe old torque.\f# Two\n\nSame page.", "a.txt", collection)
    home.work()
    former = home.library.original_path(first.document.id)
    embedded = len(home.embedder.texts)
    home.embedder.going.clear()
    home.embedder.reached.clear()
    with Running(home):
        again = home.add("# One\n\nThe new torque.\f# Two\n\nSame page.", "a.txt", collection)
        assert (again.outcome, again.document.id) == ("replaced", first.document.id)
        assert home.embedder.reached.wait(60)
        assert home.search("torque") == ["The old torque."]
        assert home.library.get_document(first.document.id).searchable
        assert home.library.original_path(first.document.id) == former
        home.embedder.going.set()
        wait_for(lambda: home.library.get_document(first.document.id).state is READY)
    assert home.search("torque") == ["The new torque."]
    assert len(home.embedder.texts) == embedded + 1, "the unchanged chunk is not embedded again"
    assert home.unsigned(first.document.id) == [], "and has the signs it had"
    assert not former.exists()
    assert audit_library(home.library, deep=True) == []


def test_a_failed_replacement_leaves_the_old_version_answering(home: Home) -> None:
    collection = home.collection()
    first = home.add("The good text.", "a.txt", collection)
    home.work()
    home.add("broken", "a.txt", collection)
    home.work()
    document = home.library.get_document(first.document.id)
    assert (document.state, document.searchable) == (FAILED, True)
    assert home.search("good") == ["The good text."]
    assert home.add("The good text.", "a.txt", collection).outcome == "replaced"
    home.work()
    assert home.library.get_document(first.document.id).state is READY
    assert audit_library(home.library, deep=True) == []


def test_a_cancelled_document_stops_wherever_it_is(home: Home) -> None:
    collection = home.collection()
    hanging = home.add("hang", "hang.txt", collection).document.id
    queued = home.add("Never begun.", "later.txt", collection).document.id
    assert home.library.cancel(queued).state is CANCELLED
    with Running(home, parse_wild, replace(QUICK, timeout_s=600.0)):
        wait_for(lambda: home.library.get_document(hanging).pages == 7)
        assert home.library.get_document(hanging).pages_done == 3
        home.library.cancel(hanging)
        after = home.add("Goes on.", "next.txt", collection).document.id
        wait_for(lambda: home.library.get_document(after).state is READY)
    assert home.library.get_document(hanging).state is CANCELLED
    assert home.library.retry(queued).state is DocumentState.QUEUED
    home.work()
    assert home.library.get_document(queued).state is READY


def test_a_document_cancelled_while_embedding_is_not_published(home: Home) -> None:
    added = home.add("Some text.", "a.txt", home.collection())
    home.embedder.going.clear()
    with Running(home):
        assert home.embedder.reached.wait(60)
        home.library.cancel(added.document.id)
        home.embedder.going.set()
        other = home.add("Other text.", "b.txt", added.document.collection_id)
        wait_for(lambda: home.library.get_document(other.document.id).state is READY)
    assert home.library.get_document(added.document.id).state is CANCELLED
    assert home.search("text") == ["Other text."]
    assert audit_library(home.library) == []


def test_a_replacement_overtaken_by_another_leaves_nothing_behind(home: Home) -> None:
    collection = home.collection()
    first = home.add("Version one.", "a.txt", collection)
    home.embedder.going.clear()
    with Running(home):
        assert home.embedder.reached.wait(60)
        home.add("Version two.", "a.txt", collection)
        home.add("Version three.", "a.txt", collection)
        home.embedder.going.set()
        wait_for(lambda: home.library.get_document(first.document.id).state is READY)
    assert home.search("version") == ["Version three."]
    assert len(list(home.library.files.list_originals())) == 1
    assert audit_library(home.library, deep=True) == []


def test_a_deleted_document_is_gone_at_once_and_its_traces_soon(home: Home) -> None:
    collection = home.collection()
    kept = home.add("Kept text.", "kept.txt", collection)
    doomed = home.add("Doomed text.", "doomed.txt", collection)
    home.work()
    before = home.library.latest_event()
    home.library.delete(doomed.document.id)
    assert home.search("text") == ["Kept text."]
    assert len(home.dense.only.entries) == 2, "the worker has not been yet"
    home.work()
    assert len(home.dense.only.entries) == len(home.lexical.only.entries) == 1
    assert list(home.library.files.list_originals()) == [kept.document.sha256]
    (event,) = home.library.list_events(before)
    assert (event.document.id, event.document.state) == (
        doomed.document.id,
        DocumentState.DELETING,
    )
    assert home.add("Other.", "doomed.txt", collection).outcome == "added"
    assert audit_library(home.library, deep=True) == []


def test_deleting_while_searching_never_shows_a_deleted_chunk(home: Home) -> None:
    collection = home.collection()
    ids = [
        home.add(f"Common word number {n}.", f"{n}.txt", collection).document.id for n in range(12)
    ]
    home.work()
    wrong: list[str] = []
    done, gone = threading.Event(), set[str]()

    def search() -> None:
        while not done.is_set():
            already = set(gone)
            matches = home.library.lexical.search(Query("common word"), 100)
            found = home.library.read_passages([match.chunk_id for match in matches])
            wrong.extend(p.document_id for p in found.values() if p.document_id in already)

    thread = threading.Thread(target=search)
    thread.start()
    with Running(home):
        for document_id in ids[:10]:
            home.library.delete(document_id)
            gone.add(document_id)
        wait_for(lambda: len(home.lexical.only.entries) == 2)
    done.set()
    thread.join()
    assert wrong == []
    assert len(home.search("common")) == 2


def test_a_worker_that_is_stopped_gives_its_documents_back(home: Home) -> None:
    added = home.add("Some text.", "a.txt", home.collection())
    home.embedder.going.clear()
    with Running(home):
        assert home.embedder.reached.wait(60)
        threading.Timer(0.3, home.embedder.going.set).start()
    assert home.library.get_document(added.document.id).state in (
        DocumentState.EMBEDDING,
        DocumentState.INDEXING,
        READY,
    )
    home.work()
    document = home.library.get_document(added.document.id)
    assert (document.state, document.attempts) == (READY, 1)
    assert len(home.embedder.texts) == 1, "what was embedded is not embedded again"


def test_several_workers_prepare_side_by_side(home: Home) -> None:
    collection = home.collection()
    # Too large to be prepared together: each takes one of the worker's two places.
    texts = [f"hang {n} " + "x" * 20_000 for n in range(2)]
    stuck = [home.add(text, f"{n}.txt", collection).document.id for n, text in enumerate(texts)]
    with Running(home, parse_wild, replace(QUICK, timeout_s=600.0)):
        wait_for(lambda: set(home.states(collection).values()) == {"parsing"})
        other = WatchedEmbedder()
        second = home.open(lambda: other)
        home.add("Second text.", "b.txt", collection)
        beside = threading.Thread(target=home.work, kwargs={"library": second})
        beside.start()
        wait_for(lambda: home.states(collection)["b.txt"] == "ready")
        assert other.texts == ["Second text."], "it did not wait for the one that is stuck"
        assert beside.is_alive(), "it ends when nothing is left to do by anybody"
        for each in stuck:
            home.library.cancel(each)
        beside.join(60)
        assert not beside.is_alive()
    assert audit_library(home.library, deep=True) == []


def test_what_is_prepared_waits_for_the_lock_of_the_indexes(home: Home) -> None:
    collection = home.collection()
    added = home.add("Some text.", "a.txt", collection).document
    with home.library.writer_lock(), Running(home):
        wait_for(lambda: home.library.get_document(added.id).state is DocumentState.INDEXING)
        assert home.search("text") == []
    home.work()
    assert home.search("text") == ["Some text."]


def test_the_lock_is_given_up_when_there_is_nothing_to_write(home: Home) -> None:
    added = home.add("Some text.", "a.txt", home.collection()).document
    with Running(home, options=replace(QUICK, linger_s=0.05)):
        wait_for(lambda: home.library.get_document(added.id).state is READY)
        lock = home.library.writer_lock()
        wait_for(lock.acquire, "the lock to be free")
        lock.release()


def test_what_was_prepared_for_other_indexes_is_prepared_anew(home: Home) -> None:
    collection = home.collection()
    kept = home.add("Kept text.", "kept.txt", collection).document
    home.work()
    late = home.add("Late text.", "late.txt", collection).document
    with home.library.writer_lock(), Running(home):
        wait_for(lambda: home.library.get_document(late.id).state is DocumentState.INDEXING)
    smaller = home.open(options=replace(CHUNKS, max_tokens=33))
    rebuild_indexes(smaller)
    home.work(library=smaller)
    assert {smaller.get_document(each.id).state for each in (kept, late)} == {READY}
    matches = smaller.lexical.search(Query("text"), 10)
    found = smaller.read_passages([match.chunk_id for match in matches]).values()
    assert sorted(passage.text for passage in found) == ["Kept text.", "Late text."]
    assert audit_library(smaller, deep=True) == []


def test_a_worker_refuses_an_index_of_another_embedder(home: Home) -> None:
    collection = home.collection()
    home.add("Some text.", "a.txt", collection)
    home.work()
    other = home.open(lambda: WatchedEmbedder(64))
    home.add("More text.", "b.txt", collection)
    with pytest.raises(IndexMismatch, match="dimension 32 became 64"):
        home.work(library=other)
    with pytest.raises(IndexMismatch):
        other.dense.search(Query("text"), 5)
    home.work()
    assert home.states(collection) == {"a.txt": "ready", "b.txt": "ready"}


def test_an_embedder_is_loaded_only_for_work(tmp_path: Path) -> None:
    home = Home(tmp_path)
    collection = home.collection()

    def refuse() -> WatchedEmbedder:
        raise AssertionError("nobody needs the embedder")

    library = home.open(refuse)
    added = library.add(BytesIO(b"Some text."), "a.txt", collection)
    library.delete(added.document.id)
    home.work(library=library)
    assert library.list_documents(collection).total == 0
    home.close()


def test_urgent_documents_go_first(home: Home) -> None:
    collection = home.collection()
    for name, priority in (("slow.txt", 0), ("urgent.txt", 5), ("later.txt", 0)):
        home.library.add(BytesIO(name.encode()), name, collection, None, priority)
    claimed = []
    leases = Leases(home.library.store)
    while task := leases.claim("me", 60, 5):
        claimed.append(task.name)
    assert claimed == ["urgent.txt", "slow.txt", "later.txt"]


def test_a_document_that_outlives_its_workers_fails(home: Home) -> None:
    document = home.add("Some text.", "a.txt", home.collection()).document
    leases = Leases(home.library.store)
    for death in range(3):
        task = leases.claim("me", 60, max_deaths=3)
        assert task is not None
        assert leases.claim("me", 60, max_deaths=3) is None, "a lease is for one worker"
        assert leases.expire_leases("somebody else") == 0
        assert leases.expire_leases("me") == 1, death
    assert leases.claim("me", 60, max_deaths=3) is None
    assert home.failure(document.id).code == "parser_crashed"
    assert "3 workers died" in home.failure(document.id).message


def test_a_lease_that_ran_out_is_taken_and_the_former_holder_hears_of_it(home: Home) -> None:
    now = [1000.0]
    document = home.add("Some text.", "a.txt", home.collection()).document
    leases = Leases(home.library.store, lambda: now[0])
    first = leases.claim("one", 60, 5)
    assert first is not None
    now[0] += 50
    leases.renew([first.lease], 60)
    now[0] += 50
    leases.check(first)
    assert leases.claim("two", 60, 5) is None
    now[0] += 50
    second = leases.claim("two", 60, 5)
    assert second is not None
    for late in (leases.check, lambda task: leases.record_progress(task, pages=9)):
        with pytest.raises(Cancelled):
            late(first)
    leases.fail(first, Cancelled("late"))
    assert home.library.get_document(document.id).state is DocumentState.PARSING
    leases.check(second)


def test_many_may_add_the_same_file_at_once(home: Home) -> None:
    collection = home.collection()
    outcomes: list[str] = []

    def add() -> None:
        outcomes.append(home.add("Same text.", "a.txt", collection).outcome)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", *["unchanged"] * 7]
    assert home.library.list_documents(collection).total == 1
