"""Tests attempts: each records its worker, times, the state reached and the reason of its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.errors import EmbeddingFailed, NotFound
from ingest.processing.queue import LeasedTask, Leases
from ingest.storage.attempts import KEPT_ATTEMPTS, Attempt
from ingest.storage.schema import attempts
from ingest.types import DocumentState
from tests.support.library import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.close()


def claimed(leases: Leases) -> LeasedTask:
    task = leases.claim("me", 60, 100)
    assert task is not None
    return task


def only(home: Home, document_id: str) -> Attempt:
    (attempt,) = home.library.read_attempts(document_id)
    return attempt


def test_a_good_run_is_one_attempt(home: Home) -> None:
    document = home.add("Some text.", "a.txt", home.collection()).document
    assert home.library.read_attempts(document.id) == []
    home.work()
    attempt = only(home, document.id)
    assert (attempt.number, attempt.revision) == (1, 1)
    assert (attempt.outcome, attempt.reached) == ("ready", DocumentState.READY)
    assert attempt.worker.endswith(f":{os.getpid()}")
    assert attempt.ended is not None
    assert document.created_at <= attempt.started <= attempt.ended


def test_each_failure_is_told_with_its_reason(home: Home) -> None:
    home.embedder.failures = 2
    document = home.add("Some text.", "a.txt", home.collection()).document
    home.work()
    told = [
        (a.number, a.outcome, a.reached, a.code) for a in home.library.read_attempts(document.id)
    ]
    failed = EmbeddingFailed.code
    assert told == [
        (1, "postponed", DocumentState.EMBEDDING, failed),
        (2, "postponed", DocumentState.EMBEDDING, failed),
        (3, "ready", DocumentState.READY, None),
    ]
    assert home.library.read_attempts(document.id)[0].message == "The embedder is out of sorts."


def test_a_final_failure_is_told(home: Home) -> None:
    document = home.add("broken", "a.txt", home.collection()).document
    home.work()
    attempt = only(home, document.id)
    assert (attempt.outcome, attempt.reached) == ("failed", DocumentState.PARSING)
    failure = home.failure(document.id)
    assert (attempt.code, attempt.message) == (failure.code, failure.message)


def test_what_a_dead_worker_began_is_lost_and_goes_on(home: Home) -> None:
    document = home.add("Some text.", "a.txt", home.collection()).document
    leases = Leases(home.library.store)
    claimed(leases)
    assert only(home, document.id).outcome is None
    leases.expire_leases("me")
    leases.release(claimed(leases))
    home.work()
    told = [(a.outcome, a.reached) for a in home.library.read_attempts(document.id)]
    assert told == [
        ("lost", DocumentState.PARSING),
        ("released", DocumentState.PARSING),
        ("ready", DocumentState.READY),
    ]


def test_who_takes_the_document_away_is_told(home: Home) -> None:
    collection, leases = home.collection(), Leases(home.library.store)
    document = home.add("One text.", "a.txt", collection).document
    late = claimed(leases)
    home.add("Other text.", "a.txt", collection)
    second = claimed(leases)
    home.library.cancel(document.id)
    leases.fail(late, EmbeddingFailed("too late"))
    leases.fail(second, EmbeddingFailed("too late"))
    told = [(a.revision, a.outcome, a.code) for a in home.library.read_attempts(document.id)]
    assert told == [(1, "replaced", None), (2, "cancelled", None)]


def test_only_the_last_are_kept_and_none_of_a_deleted_document(home: Home) -> None:
    document = home.add("Some text.", "a.txt", home.collection()).document
    leases = Leases(home.library.store)
    for _ in range(KEPT_ATTEMPTS + 5):
        leases.release(claimed(leases))
    kept = [attempt.number for attempt in home.library.read_attempts(document.id)]
    assert kept == list(range(6, KEPT_ATTEMPTS + 6))
    home.library.delete(document.id)
    with pytest.raises(NotFound):
        home.library.read_attempts(document.id)
    home.work()
    with home.library.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(attempts)).scalar_one() == 0
