"""Tests that the audit finds each kind of error, and that the repair repairs what it can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from ingest.errors import Conflict
from ingest.index.base import Entry
from ingest.maintenance.audit import audit_library, repair_library
from ingest.storage.schema import attempts, chunks, documents
from ingest.types import DocumentState
from tests.support.library import Home, WatchedEmbedder


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    home = Home(tmp_path, database_url=database_url)
    collection = home.collection()
    home.add("# Pump\n\nThe pump needs oil.\f# 水泵\n\n水泵需要加油。", "a.txt", collection)
    home.add("Another document.", "b.txt", collection)
    home.work()
    assert audit_library(home.library, deep=True) == []
    yield home
    home.close()


def document(home: Home, name: str = "a.txt") -> str:
    (collection,) = home.library.list_collections()
    (found,) = home.library.list_documents(collection.id, q=name).items
    return found.id


def lose_vector(home: Home) -> None:
    index = home.dense.only
    index.remove([home.library.read_chunks(document(home))[0].id])


def lose_postings(home: Home) -> None:
    index = home.lexical.only
    index.remove(list(index.entries))


def lose_signs(home: Home) -> None:
    with home.library.store.write() as connection:
        connection.execute(
            update(chunks).where(chunks.c.document_id == document(home)).values(signs=None)
        )


def stray_entry(home: Home) -> None:
    home.dense.only.add([Entry("stray", "gone", "gone", "text")])
    home.lexical.only.add([Entry("stray", "gone", "gone", "text")])


def stray_file(home: Home) -> None:
    path = home.library.files.path_of("ab" * 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"stray")


def stray_parsed(home: Home) -> None:
    identity = document(home)
    home.library.files.save_parsed(identity, 77, home.library.read_parsed(identity))


def lose_parsed(home: Home) -> None:
    home.library.files.remove_parsed(document(home), 1)


def lose_rows(home: Home) -> None:
    with home.library.store.write() as connection:
        connection.execute(delete(chunks).where(chunks.c.document_id == document(home)))


def stale_rows(home: Home) -> None:
    with home.library.store.write() as connection:
        row = connection.execute(select(chunks)).first()
        assert row is not None
        connection.execute(insert(chunks).values({**row._mapping, "revision": 99}))


def stuck_lease(home: Home) -> None:
    with home.library.store.write() as connection:
        connection.execute(
            update(documents)
            .where(documents.c.name == "b.txt")
            .values(state=DocumentState.EMBEDDING, lease="nobody/1", lease_expires=1.0)
        )


@pytest.mark.parametrize(
    ("harm", "codes"),
    [
        (lose_vector, {"dense_missing"}),
        (lose_postings, {"lexical_missing"}),
        (lose_signs, {"signs_missing"}),
        (stray_entry, {"dense_orphaned", "lexical_orphaned"}),
        (stray_file, {"file_orphaned"}),
        (stray_parsed, {"parsed_orphaned"}),
        (lose_parsed, {"parsed_missing"}),
        (lose_rows, {"chunks_missing", "dense_orphaned", "lexical_orphaned"}),
        (stale_rows, {"revision_stale"}),
        (stuck_lease, {"lease_stuck"}),
    ],
)
def test_harm_is_found_and_mended(
    home: Home, harm: Callable[[Home], None], codes: set[str]
) -> None:
    harm(home)
    found = audit_library(home.library)
    assert {finding.code for finding in found} == codes
    assert all(finding.repairable for finding in found)
    mended = repair_library(home.library)
    assert {finding.code for finding in mended} >= codes - {"chunks_missing"}
    home.work()
    assert audit_library(home.library, deep=True) == []
    assert sorted(home.search("pump 水泵")) == ["The pump needs oil.", "水泵需要加油。"]
    assert home.search("another") == ["Another document."]
    assert home.unsigned(document(home)) == []


def test_a_lost_or_damaged_original_is_named_and_not_mended(home: Home) -> None:
    home.library.original_path(document(home, "a.txt")).unlink()
    home.library.original_path(document(home, "b.txt")).write_bytes(b"evil")
    found = {f.code: f for f in audit_library(home.library, deep=True)}
    assert set(found) == {"file_missing", "file_damaged"}
    assert not any(finding.repairable for finding in found.values())
    assert "a.txt" in found["file_missing"].message
    assert {f.code for f in audit_library(home.library)} == {"file_missing"}, (
        "hashes only on demand"
    )
    assert repair_library(home.library) == []


def test_originals_outlive_a_lost_database(home: Home) -> None:
    originals = set(home.library.files.list_originals())
    with home.library.store.write() as connection:
        for table in (chunks, attempts, documents):
            connection.execute(delete(table))
    found = {finding.code: finding for finding in audit_library(home.library)}
    assert not found["database_lost"].repairable
    repair_library(home.library)
    home.work()
    assert set(home.library.files.list_originals()) == originals != set()


def test_other_settings_are_named_and_not_mended(home: Home) -> None:
    changed = home.open(lambda: WatchedEmbedder(64))
    (finding,) = audit_library(changed)
    assert (finding.code, finding.repairable) == ("fingerprint_mismatch", False)
    assert "docchat rebuild" in finding.message
    assert repair_library(changed) == []
    assert audit_library(home.library) == []


def test_a_broken_index_is_named(home: Home) -> None:
    home.dense.only.broken = True
    (finding,) = audit_library(home.library)
    assert (finding.code, finding.repairable) == ("index_unavailable", False)


def test_a_repair_needs_the_lock(home: Home) -> None:
    with home.open().writer_lock(), pytest.raises(Conflict):
        repair_library(home.library)


def test_an_audit_of_an_empty_library_loads_nothing(tmp_path: Path) -> None:
    def refuse() -> WatchedEmbedder:
        raise AssertionError("nobody needs the embedder")

    home = Home(tmp_path)
    assert audit_library(home.open(refuse), deep=True) == []
    home.close()
