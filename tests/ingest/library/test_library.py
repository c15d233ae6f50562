"""Tests the library: what adding a file does, and what can be read of the documents."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from ingest.errors import (
    Conflict,
    EmptyFile,
    IngestError,
    InvalidRequest,
    MislabelledFile,
    NotFound,
    StoreUnavailable,
)
from ingest.index.base import Entry, Query, Scope
from ingest.library import Library, Passage, Shown
from ingest.maintenance.audit import audit_library
from ingest.storage.chunks import Version, write_version
from ingest.storage.database import read_generation
from ingest.storage.filters import Period
from ingest.storage.schema import documents
from ingest.types import DocumentState
from tests.support.library import Home


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    home = Home(tmp_path, database_url=database_url)
    yield home
    home.close()


# Collections


def test_collections_are_made_found_renamed_and_counted(home: Home) -> None:
    made = home.library.create_collection("手册", "all manuals")
    assert home.library.get_collection(made.id) == home.library.get_collection("手册") == made
    home.add("text", "a.txt", made.id)
    assert home.library.rename_collection(made.id, description="none").name == "手册"
    renamed = home.library.rename_collection(made.id, "manuals")
    assert (renamed.name, renamed.description, renamed.documents) == ("manuals", "none", 1)
    with pytest.raises(NotFound):
        home.library.get_collection("手册")


def test_a_taken_or_empty_name_is_refused(home: Home) -> None:
    home.collection("one")
    other = home.collection("two")
    with pytest.raises(Conflict, match="already a collection"):
        home.library.create_collection("one")
    with pytest.raises(Conflict):
        home.library.rename_collection(other, "one")
    assert home.library.rename_collection(other, "two").name == "two"
    with pytest.raises(InvalidRequest):
        home.library.create_collection("  ")


def test_a_deleted_collection_is_hidden_at_once_and_cleared_up_later(home: Home) -> None:
    collection = home.collection("old")
    document = home.add("Some text.", "a.txt", collection).document
    home.work()
    home.library.delete_collection(collection)
    assert home.library.list_collections() == []
    assert home.search("text") == []
    for ask in (
        home.library.get_collection,
        home.library.delete_collection,
        home.library.list_documents,
    ):
        with pytest.raises(NotFound):
            ask(collection)
    with pytest.raises(NotFound):
        home.library.get_document(document.id)
    assert home.collection("old") != collection, "the name is free again"
    home.work()
    assert list(home.library.files.list_originals()) == []
    assert audit_library(home.library) == []


# Adding


def test_the_same_bytes_twice_are_unchanged(home: Home) -> None:
    collection = home.collection()
    first = home.add("Same text.", "a.txt", collection)
    assert first.outcome == "added"
    again = home.add("Same text.", "a.txt", collection)
    assert (again.outcome, again.document) == ("unchanged", first.document)
    other_name = home.add("Same text.", "b.txt", collection)
    assert (other_name.outcome, other_name.document.name) == ("unchanged", "a.txt")
    elsewhere = home.add("Same text.", "a.txt", home.collection("other"))
    assert elsewhere.outcome == "added"
    assert len(list(home.library.files.list_originals())) == 1


def test_a_shared_original_outlives_one_of_its_documents(home: Home) -> None:
    first = home.add("Same text.", "a.txt", home.collection("one")).document
    second = home.add("Same text.", "a.txt", home.collection("two")).document
    home.work()
    home.library.delete(first.id)
    home.work()
    assert home.library.original_path(second.id).read_bytes() == b"Same text."
    assert audit_library(home.library, deep=True) == []


def test_metadata_is_updated_on_unchanged(home: Home) -> None:
    collection = home.collection()
    home.add("Text.", "a.txt", collection, {"year": "2023"})
    changed = home.add("Text.", "a.txt", collection, {"year": "2024", "语言": "中文"})
    assert changed.outcome == "unchanged"
    assert changed.document.metadata == {"year": "2024", "语言": "中文"}
    kept = home.add("Text.", "a.txt", collection)
    assert kept.document.metadata == {"year": "2024", "语言": "中文"}


def test_a_failed_document_added_again_is_queued_again(home: Home) -> None:
    collection = home.collection()
    home.embedder.failures = 99
    first = home.add("Text.", "a.txt", collection).document
    home.work()
    home.embedder.failures = 0
    again = home.add("Text.", "a.txt", collection)
    assert (again.outcome, again.document.id) == ("added", first.id)
    assert again.document.failure is None
    home.work()
    assert home.library.get_document(first.id).state is DocumentState.READY


def test_replacing_by_id_keeps_the_name(home: Home) -> None:
    collection = home.collection()
    first = home.add("Old text.", "a.txt", collection).document
    home.work()
    replaced = home.library.replace(first.id, BytesIO(b"New text."))
    assert (replaced.outcome, replaced.document.name) == ("replaced", "a.txt")
    assert home.library.replace(first.id, BytesIO(b"New text.")).outcome == "unchanged"
    home.add("Not worked yet.", "b.txt", collection)
    answering = home.library.list_documents(collection, searchable=True)
    assert [each.name for each in answering.items] == ["a.txt"], "the old version still answers"
    home.work()
    assert home.search("text") == ["New text."]
    with pytest.raises(NotFound):
        home.library.replace("unknown", BytesIO(b"New text."))


def test_what_cannot_be_added_leaves_nothing(home: Home, tmp_path: Path) -> None:
    collection = home.collection()
    cases: list[tuple[type[IngestError], bytes, str, str]] = [
        (EmptyFile, b"", "a.txt", collection),
        (InvalidRequest, b"text", "", collection),
        (NotFound, b"text", "a.txt", "unknown"),
    ]
    for error, data, name, where in cases:
        with pytest.raises(error):
            home.library.add(BytesIO(data), name, where)
    assert home.library.list_documents(collection).total == 0
    assert list(home.library.files.list_originals()) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_sniffer_refuses_before_anything_is_stored(home: Home) -> None:
    def sniff(head: bytes, name: str) -> str:
        if head.startswith(b"MZ"):
            raise MislabelledFile(f"{name} is a program.")
        return "text/x-test"

    library = Library(
        home.library.store,
        home.library.files,
        home.dense.source,
        home.lexical.source,
        lambda: home.embedder,
        sniff=sniff,
    )
    collection = home.collection()
    with pytest.raises(MislabelledFile):
        library.add(BytesIO(b"MZ..."), "a.pdf", collection)
    assert library.add(BytesIO(b"text"), "a.txt", collection).document.media_type == "text/x-test"
    assert len(list(library.files.list_originals())) == 1


def test_a_full_disk_leaves_no_row(tmp_path: Path) -> None:
    def opener(path: Path) -> BinaryIO:
        raise OSError(errno.ENOSPC, "No space left on device")

    home = Home(tmp_path, opener)
    collection = home.collection()
    with pytest.raises(StoreUnavailable, match="No space left"):
        home.add("text", "a.txt", collection)
    assert home.library.list_documents(collection).total == 0
    home.close()


def test_a_lost_original_is_mended_by_adding_it_again(home: Home) -> None:
    collection = home.collection()
    document = home.add("Text.", "a.txt", collection).document
    home.library.original_path(document.id).unlink()
    with pytest.raises(NotFound):
        home.library.original_path(document.id)
    assert home.add("Text.", "a.txt", collection).outcome == "unchanged"
    assert home.library.original_path(document.id).read_bytes() == b"Text."


# Looking


def test_documents_are_listed_by_page_name_and_state(home: Home) -> None:
    collection = home.collection()
    for name in ("beta 50%.txt", "alpha.txt", "手册.txt"):
        home.add(f"Text of {name}", name, collection)
    home.add("broken", "broken.txt", collection)
    home.work()
    library = home.library
    listed = library.list_documents(collection, page=2, page_size=2)
    assert listed.total == 4
    assert [d.name for d in listed.items] == ["broken.txt", "手册.txt"]
    largest = library.list_documents(collection, page_size=1, order_by="-size")
    assert [d.name for d in largest.items] == ["beta 50%.txt"]
    assert [d.name for d in library.list_documents(collection, q="50%").items] == ["beta 50%.txt"]
    assert [d.name for d in library.list_documents(collection, q="ALPHA").items] == ["alpha.txt"]
    assert [d.name for d in library.list_documents(collection, q="手").items] == ["手册.txt"]
    failed = library.list_documents(collection, state=DocumentState.FAILED)
    assert [d.name for d in failed.items] == ["broken.txt"]
    for wrong in ({"order_by": "lease"}, {"page": 0}, {"page_size": 0}):
        with pytest.raises(InvalidRequest):
            library.list_documents(collection, **wrong)


def test_unknown_documents_are_not_found(home: Home) -> None:
    library = home.library
    for ask in (
        library.get_document,
        library.delete,
        library.retry,
        library.cancel,
        library.read_parsed,
        library.original_path,
        library.read_chunks,
    ):
        with pytest.raises(NotFound):
            ask("unknown")


def test_what_does_not_fit_the_state_is_a_conflict(home: Home) -> None:
    document = home.add("Text.", "a.txt", home.collection()).document
    with pytest.raises(Conflict, match="only a failed document"):
        home.library.retry(document.id)
    home.work()
    with pytest.raises(Conflict, match="nothing to cancel"):
        home.library.cancel(document.id)


def test_events_tell_each_change_once_and_in_order(home: Home) -> None:
    library = home.library
    collection = home.collection()
    start = library.latest_event()
    first = home.add("One.", "1.txt", collection).document
    second = home.add("Two.", "2.txt", collection).document
    events = library.list_events(start)
    assert [event.document.id for event in events] == [first.id, second.id]
    assert [event.sequence for event in events] == [start + 1, start + 2]
    library.cancel(first.id)
    (event,) = library.list_events(events[-1].sequence)
    assert (event.document.id, event.document.state) == (first.id, DocumentState.CANCELLED)
    assert library.list_events(event.sequence) == []
    assert event.sequence == library.latest_event()


# Searching


def test_only_live_chunks_come_out_whatever_the_index_holds(home: Home) -> None:
    collection = home.collection()
    ready = home.add("# A\n\nReady text.\f# B\n\nMore text.", "a.txt", collection).document
    home.work()
    queued = home.add("Queued text.", "b.txt", collection).document
    index = home.lexical.only
    index.add([Entry("stray", queued.id, collection, "stray text")])
    assert "stray" in {m.chunk_id for m in home.library.lexical.search(Query("text"), 9)}
    assert sorted(home.search("text")) == ["More text.", "Ready text."]
    ids = [chunk.id for chunk in home.library.read_chunks(ready.id)]
    found = home.library.read_passages([ids[1], "stray", ids[0], ids[1]])
    assert list(found) == [ids[1], ids[0]], "in the order asked for, each once"
    live = home.library.get_document(ready.id)
    chunk = home.library.read_chunks(ready.id)[0]
    assert found[ids[0]] == Passage(
        chunk.id, live.id, live.name, collection, live.media_type, chunk.text, '["A"]'
    )
    assert found[ids[0]].heading_path == chunk.heading_path
    assert found[ids[0]].indexed_text == chunk.indexed_text
    assert home.library.read_passages([]) == {}
    shown = home.library.read_shown([ids[1], "stray", ids[0], ids[1]])
    assert list(shown) == [ids[1], ids[0]], "in the order asked for, each once"
    assert shown[ids[0]] == Shown(chunk)
    assert home.library.read_shown([], 1) == {}
    home.library.delete(ready.id)
    assert home.library.read_passages(ids) == {}
    assert home.library.read_shown(ids, 1) == {}


def test_the_name_and_type_of_a_passage_are_those_that_answer(home: Home) -> None:
    collection = home.collection()
    document = home.add("Some text.", "a.txt", collection).document
    home.work()
    (chunk,) = home.library.read_chunks(document.id)
    with home.library.store.write() as connection:  # as between a replace and its publication
        connection.execute(documents.update().values(media_type="text/html"))
    (passage,) = home.library.read_passages([chunk.id]).values()
    assert (passage.document_name, passage.media_type) == ("a.txt", "text/plain")
    with home.library.store.write() as connection:
        connection.execute(documents.update().values(live_media_type=""))
    (passage,) = home.library.read_passages([chunk.id]).values()
    assert passage.media_type == "text/html"


def test_neighbours_stand_before_and_after(home: Home) -> None:
    text = "\f".join(f"# Part {n}\n\nThe text of part {n} is here." for n in range(5))
    document = home.add(text, "a.txt", home.collection()).document
    home.work()
    chunks = home.library.read_chunks(document.id)
    assert len(chunks) == 5
    ids = [chunk.id for chunk in chunks]
    found = home.library.read_shown([ids[2], ids[0]], 1)
    assert found == {
        ids[2]: Shown(chunks[2], (chunks[1],), (chunks[3],)),
        ids[0]: Shown(chunks[0], (), (chunks[1],)),
    }
    assert home.library.read_shown([ids[4]], 9) == {ids[4]: Shown(chunks[4], tuple(chunks[:4]), ())}
    home.library.delete(document.id)
    assert home.library.read_shown([ids[2]], 1) == {}


def test_a_repeated_id_stands_at_its_first_place(home: Home) -> None:
    text = "\f".join(f"# Part {n}\n\nThe text of part {n} is here." for n in range(5))
    document = home.add(text, "a.txt", home.collection()).document
    home.work()
    found = home.library.read_chunks(document.id)
    again = replace(found[1], ordinal=3)
    with home.library.store.write() as connection:
        version = Version(document.id, read_generation(connection), 1)
        write_version(connection, version, [*found[:3], again, found[4]])
    assert home.library.read_shown([again.id], 1) == {
        again.id: Shown(found[1], (found[0],), (found[2],))
    }
    assert list(home.library.read_passages([again.id])) == [again.id]


def test_filters_become_a_scope(home: Home) -> None:
    library, one, two = home.library, home.collection("one"), home.collection("two")
    a = home.add(
        "A text.", "a.txt", one, {"year": "2023", "语言": "中文", "a.b-c": "x's"}
    ).document.id
    b = home.add("B text.", "b.txt", one, {"year": "2024"}).document.id
    c = home.add("C text.", "c.txt", two, {"year": "2024"}).document.id
    home.work()
    assert library.find_scope() == Scope()
    assert library.find_scope([one], None, {}) == Scope((one,), None)
    assert library.find_scope(None, [b, b]) == Scope(None, (b,))
    assert set(library.find_scope(None, None, {"year": "2024"}).document_ids or ()) == {b, c}
    assert library.find_scope([one], None, {"year": "2024"}) == Scope((one,), (b,))
    assert library.find_scope(None, None, {"year": "2023", "语言": "中文"}).document_ids == (a,)
    assert library.find_scope(None, None, {"a.b-c": "x's"}).document_ids == (a,)
    assert library.find_scope(None, [a], {"year": "2024"}).document_ids == ()
    with pytest.raises(NotFound):
        library.find_scope(["unknown"])
    with pytest.raises(NotFound):
        library.find_scope(None, [a, "unknown"])


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2023", "2023", "ab"),
        ("2023-06", "", "bcn"),
        ("", "2023-05-31", "a"),
        ("2023-07-01", "2023-07-01", "b"),
        ("2024-02", "2024-02", "c"),
        ("2025", "", "n"),
        ("", "9999", "abcn"),
        ("0001", "9999-12-31", "abcn"),
        ("", "1999", ""),
    ],
)
def test_documents_are_chosen_by_their_date(home: Home, since: str, until: str, found: str) -> None:
    """By `date` of their metadata, else by the day they were added, which is after 2025."""
    collection = home.collection()
    dates = {"a": "2023-05", "b": "2023-07-01", "c": "2024-02-29"}
    ids = {
        name: home.add(f"Text {name}.", name, collection, {"date": date}).document.id
        for name, date in dates.items()
    }
    ids["n"] = home.add("Text without a date.", "n", collection, {"year": "2023"}).document.id
    home.work()
    scope = home.library.find_scope(period=Period(since, until))
    assert set(scope.document_ids or ()) == {ids[name] for name in found}


@pytest.mark.parametrize("text", ["May", "2023-13", "2023-02-30", "23", "2023-5", "2023-05-31T00"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="no date"):
        Period(since=text)
    with pytest.raises(InvalidRequest, match="no date"):
        Period(until=text)
