"""Tests that small documents are prepared together, and that each fails, ends or dies alone."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pytest

from ingest.errors import EmbeddingFailed
from ingest.maintenance.audit import audit_library
from ingest.processing.lease_groups import GroupLeases
from ingest.types import DocumentState
from tests.ingest.processing.killable_worker import open_library
from tests.ingest.processing.test_worker_killed import kill_after, start
from tests.support.library import Home, Running, wait_for
from tests.support.odd_parsers import parse_wild

READY = DocumentState.READY
COUNT = 12


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    home = Home(tmp_path, database_url=database_url)
    yield home
    home.close()


def add_many(home: Home, collection: str, count: int = COUNT) -> list[str]:
    return [
        home.add(f"# Note {n}\n\nWords of number {n}.", f"{n}.txt", collection).document.id
        for n in range(count)
    ]


def test_many_share_a_call_of_the_embedder(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    embed = home.embedder.embed

    def count_texts(texts: Sequence[str]) -> object:
        calls.append(len(texts))
        return embed(texts)

    monkeypatch.setattr(home.embedder, "embed", count_texts)
    ids = add_many(home, home.collection())
    home.work()
    assert calls == [COUNT]
    for document_id in ids:
        document = home.library.get_document(document_id)
        assert (document.state, document.attempts, document.pages_done) == (READY, 1, 1)
        assert document.chunks == document.chunks_done == 1
        (attempt,) = home.library.read_attempts(document_id)
        assert (attempt.outcome, attempt.reached) == ("ready", READY)
        assert home.unsigned(document_id) == []
    assert audit_library(home.library, deep=True) == []


def test_their_states_come_as_events_of_their_own(home: Home) -> None:
    ids = add_many(home, home.collection())
    before = home.library.latest_event()
    home.embedder.going.clear()
    with Running(home):
        assert home.embedder.reached.wait(60)
        seen = {each.document.id: each for each in home.library.list_events(before)}
        assert {each.document.state for each in seen.values()} == {DocumentState.EMBEDDING}
        assert len({each.sequence for each in seen.values()}) == len(ids)
        home.embedder.going.set()
        wait_for(lambda: all(home.library.get_document(each).state is READY for each in ids))


@pytest.mark.parametrize(
    ("text", "code", "attempts"),
    [
        ("broken bytes", "corrupt_file", 1),
        ("\f\f", "no_text_found", 1),
        ("die", "parser_crashed", 3),
    ],
)
def test_a_bad_file_among_many_fails_alone(home: Home, text: str, code: str, attempts: int) -> None:
    collection = home.collection()
    good = add_many(home, collection, COUNT // 2)
    bad = home.add(text, "bad.txt", collection).document.id
    good.append(home.add("The last words.", "last.txt", collection).document.id)
    home.work(parse_wild)
    assert home.failure(bad).code == code
    assert home.library.get_document(bad).attempts == attempts
    assert {home.library.get_document(each).state for each in good} == {READY}
    assert {home.library.get_document(each).attempts for each in good} == {1}
    assert audit_library(home.library, deep=True) == []


def test_a_text_that_cannot_be_embedded_fails_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed = home.embedder.embed

    def refuse_some(texts: Sequence[str]) -> object:
        if any("number 3" in text for text in texts):
            raise EmbeddingFailed("The embedder cannot read it.")
        return embed(texts)

    monkeypatch.setattr(home.embedder, "embed", refuse_some)
    collection = home.collection()
    add_many(home, collection)
    home.work()
    states = home.states(collection)
    assert states.pop("3.txt") == "failed"
    assert set(states.values()) == {"ready"}
    assert audit_library(home.library, deep=True) == []


def test_one_that_is_deleted_and_one_that_is_cancelled_end_alone(home: Home) -> None:
    collection = home.collection()
    ids = add_many(home, collection)
    home.embedder.going.clear()
    with Running(home):
        assert home.embedder.reached.wait(60)
        home.library.delete(ids[2])
        home.library.cancel(ids[5])
        home.embedder.going.set()
        rest = [each for each in ids if each not in (ids[2], ids[5])]
        wait_for(lambda: all(home.library.get_document(each).state is READY for each in rest))
    home.work()
    states = home.states(collection)
    assert "2.txt" not in states
    assert states.pop("5.txt") == "cancelled"
    assert set(states.values()) == {"ready"}
    assert home.search("number")
    assert all(" 2." not in each for each in home.search("number"))
    assert audit_library(home.library, deep=True) == []


def test_what_was_begun_before_or_is_large_is_not_claimed_with_others(home: Home) -> None:
    collection = home.collection()
    begun = add_many(home, collection, 1)[0]
    leases = GroupLeases(home.library.store)
    assert leases.claim_small("me", 60, 1000, 8) == [], "one alone is for `claim`"
    assert leases.claim("me", 60, 5) is not None
    leases.expire_leases("me")
    home.add("Second words.", "b.txt", collection)
    home.add("Third words.", "c.txt", collection)
    assert leases.claim_small("me", 60, 1000, 8) == [], "the one that was begun goes first"
    taken = leases.claim("me", 60, 5)
    assert taken is not None
    assert taken.document_id == begun
    home.add("Large. " * 200, "d.txt", collection)
    assert [task.name for task in leases.claim_small("me", 60, 1000, 8)] == ["b.txt", "c.txt"]
    assert leases.claim_small("me", 60, 1000, 8) == []


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_many_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(5)
    library = open_library(tmp_path)
    collection = library.create_collection("notes").id
    ids = [
        library.add(
            BytesIO(f"# Note {n}\n\nThe pump of model {n} needs oil.".encode()),
            f"{n}.txt",
            collection,
        ).document.id
        for n in range(30)
    ]
    for _ in range(4):
        kill_after(library, tmp_path, chance.randint(1, 90))
    library.delete(ids[7])
    process = start(tmp_path)
    assert process.wait(300) in (0, -signal.SIGKILL)
    listed = library.list_documents(collection, page_size=100).items
    assert {document.id for document in listed} == set(ids) - {ids[7]}
    assert {document.state for document in listed} == {READY}
    assert audit_library(library, deep=True) == []
    assert len(library.dense.ids()) == sum(document.chunks for document in listed)
    library.close()
