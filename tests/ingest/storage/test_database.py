"""Tests the store: tables, migrations, transactions, states, and the packing of chunk rows."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, text
from sqlalchemy.dialects import postgresql

from ingest.document.geometry import pack_geometry, unpack_geometry
from ingest.errors import Conflict, InvalidRequest, StoreUnavailable
from ingest.storage.chunks import build_visibility_condition
from ingest.storage.database import Store, read_generation, read_note, set_note, sqlite_url
from ingest.storage.documents import Catalog
from ingest.storage.schema import TABLES, chunks, collections, documents, metadata
from ingest.storage.states import (
    ALLOWED_TRANSITIONS,
    RUNNING_STATES,
    UNSETTLED_STATES,
    change_state,
    find_source_states,
    get_utc_now,
    update_document,
)
from ingest.types import Box, DocumentState, Span
from ingest.validation import clean_metadata, clean_name


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store.open(database_url)
    yield store
    store.close()


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    ours = {table.name for table in TABLES}

    def only_ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or name in ours

    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": only_ours})
        assert compare_metadata(context, metadata) == []


def test_opening_again_changes_nothing(database_url: str, store: Store) -> None:
    Catalog(store).create_collection("kept", "")
    again = Store.open(database_url)
    assert [c.name for c in Catalog(again).list_collections()] == ["kept"]
    again.close()


def test_a_database_of_a_newer_program_is_refused(database_url: str, store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="newer docchat"):
        Store.open(database_url)


@pytest.mark.parametrize("url", ["nonsense", "postgresql+nodriver://x/y"])
def test_a_bad_url_is_a_typed_error(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        Store.open(url)


def test_a_file_that_is_no_database_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "docchat.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreUnavailable):
        Store.open(sqlite_url(path))


def test_what_fails_is_rolled_back(store: Store) -> None:
    def fail_half_way() -> None:
        with store.write() as connection:
            set_note(connection, "key", "value")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert store.read_note("key") is None


def test_a_contradiction_is_a_conflict(store: Store) -> None:
    row = {
        "id": "a",
        "name": "same",
        "description": "",
        "created_at": get_utc_now(),
        "tombstone": "",
    }
    with pytest.raises(Conflict), store.write() as connection:
        connection.execute(insert(collections), [row, row])


def test_writers_wait_for_each_other_and_lose_nothing(store: Store) -> None:
    def count() -> None:
        for _ in range(25):
            with store.write() as connection:
                before = int(read_note(connection, "count") or 0)
                set_note(connection, "count", str(before + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read_note("count") == "100"


def test_a_store_that_stays_locked_is_a_typed_error(database_url: str, store: Store) -> None:
    impatient = Store.open(database_url, busy_timeout_s=0.05)
    with (
        store.write(),
        pytest.raises(StoreUnavailable, match="lock"),
        impatient.write(),
    ):
        raise AssertionError("two writers at once")
    impatient.close()


def test_times_keep_their_zone(store: Store) -> None:
    moment = datetime(2024, 2, 29, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    with store.write() as connection:
        connection.execute(
            insert(collections).values(id="a", name="a", description="", created_at=moment)
        )
        found = connection.execute(select(collections.c.created_at)).scalar_one()
    assert found == moment
    assert found.tzinfo is UTC


def test_the_statements_are_also_those_of_postgresql() -> None:
    query = (
        select(chunks)
        .join(documents)
        .where(
            build_visibility_condition(),
            documents.c["metadata"]["year"].as_string() == "2024",
            documents.c.name.icontains("50%", autoescape=True),
        )
    )
    compiled = str(query.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert "->>" in compiled
    assert "lower(" in compiled or "ILIKE" in compiled


# States


def _document(connection: Connection, state: DocumentState) -> None:
    connection.execute(
        insert(collections).values(id="c", name="c", description="", created_at=get_utc_now())
    )
    connection.execute(
        insert(documents).values(
            id="d",
            collection_id="c",
            name="d",
            state=state,
            sha256="0" * 64,
            size=1,
            created_at=get_utc_now(),
            updated_at=get_utc_now(),
            sequence=0,
        )
    )


@pytest.mark.parametrize("source", list(DocumentState))
def test_a_state_moves_only_along_its_edges(store: Store, source: DocumentState) -> None:
    for target in DocumentState:
        with store.write() as connection:
            connection.execute(delete(documents))
            connection.execute(delete(collections))
            _document(connection, source)
            moved = change_state(connection, "d", target)
            state = connection.execute(select(documents.c.state)).scalar_one()
        assert moved == (target in ALLOWED_TRANSITIONS[source])
        assert state == (target if moved else source)


def test_the_edges_make_sense() -> None:
    assert set(ALLOWED_TRANSITIONS) == set(DocumentState)
    assert ALLOWED_TRANSITIONS[DocumentState.DELETING] == frozenset(), (
        "nothing comes back from deletion"
    )
    assert find_source_states(DocumentState.READY) == (DocumentState.INDEXING,), (
        "nothing skips a stage"
    )
    for state in RUNNING_STATES:
        assert {DocumentState.FAILED, DocumentState.CANCELLED} <= ALLOWED_TRANSITIONS[state]
    assert set(UNSETTLED_STATES) == {DocumentState.QUEUED, *RUNNING_STATES}


def test_every_change_has_a_number_of_its_own(store: Store) -> None:
    with store.write() as connection:
        _document(connection, DocumentState.QUEUED)
        seen = []
        for size in (10, 20, 30):
            assert update_document(connection, "d", size=size)
            seen.append(connection.execute(select(documents.c.sequence)).scalar_one())
        assert not update_document(connection, "unknown", size=1)
        assert read_generation(connection) == 1
    assert seen == sorted(set(seen))


# Geometry

narrow = st.floats(-1e5, 1e5, width=32)
wide = st.floats(-1e300, 1e300)


def boxes(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Box]:
    return st.builds(Box, st.integers(1, 9999), numbers, numbers, numbers, numbers)


def spans(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Span]:
    return st.builds(Span, st.integers(0, 10**6), st.integers(0, 10**6), boxes(numbers))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(*[st.tuples(st.lists(boxes(n)), st.lists(spans(n))) for n in (narrow, wide)]))
def test_geometry_comes_back_exactly(geometry: tuple[list[Box], list[Span]]) -> None:
    found = unpack_geometry(pack_geometry(*geometry))
    assert found == (tuple(geometry[0]), tuple(geometry[1]))


def test_coordinates_of_32_bits_take_less_room() -> None:
    some = [Box(1, x / 8, x / 4, x / 2, float(x)) for x in range(200)]
    odd = [Box(1, math.sqrt(x), math.sqrt(x + 1), x / 3, x / 7) for x in range(200)]
    assert len(pack_geometry(some, [])) < len(pack_geometry(odd, [])) * 0.6


@pytest.mark.parametrize("blob", [b"x", b"\x01\x04" + b"\x00" * 8 + b"junk", b"\x09" * 40])
def test_damaged_geometry_is_an_error(blob: bytes) -> None:
    with pytest.raises(ValueError, match="stored geometry"):
        unpack_geometry(blob)


# Names


@pytest.mark.parametrize(
    ("given_name", "cleaned"),
    [
        ("  a.pdf ", "a.pdf"),
        ("用户手册.pdf", "用户手册.pdf"),
        ("e\u0301.txt", "\xe9.txt"),
        ("a/../b", "a/../b"),
    ],
)
def test_names_are_normalised(given_name: str, cleaned: str) -> None:
    assert clean_name(given_name, "A name") == cleaned


@pytest.mark.parametrize("bad", ["", "   ", "a\x00b", "a\nb", "\ud800", "x" * 513])
def test_impossible_names_are_refused(bad: str) -> None:
    with pytest.raises(InvalidRequest):
        clean_name(bad, "A name")


@pytest.mark.parametrize(
    "bad", [{"": "x"}, {'a"b': "x"}, {"a": "x\x00"}, {"a": 1}, {"a": "x" * 4001}]
)
def test_impossible_metadata_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        clean_metadata(bad)
