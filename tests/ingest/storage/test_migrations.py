"""Tests that a database of every earlier version is migrated and keeps its content."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from ingest.storage.database import Store, newest_schema, sqlite_url
from ingest.storage.documents import Catalog
from ingest.storage.schema import metadata
from rag.conversations.store import Conversations, evidence_table
from tests.ingest.storage.schema_dumps import FOLDER, ROWS
from tests.support import ROOT

DUMPS = sorted(FOLDER.glob("*.sql"))
MIGRATIONS = ROOT / "ingest/storage/migrations/versions"


def restored(dump: Path, folder: Path) -> Path:
    """Return a database file as that version has written it."""
    path = folder / "docchat.db"
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    return path


def rows_in(path: Path, table: str) -> list[dict[str, Any]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]
    finally:
        connection.close()


def tables_in(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {row[0] for row in found} - {"alembic_version"}
    finally:
        connection.close()


@pytest.fixture(params=DUMPS, ids=[dump.stem for dump in DUMPS])
def former(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path: Path = restored(request.param, tmp_path)
    return path


@pytest.fixture
def upgraded(former: Path) -> Iterator[Store]:
    store = Store.open(sqlite_url(former))
    yield store
    store.close()


def test_there_is_a_dump_of_every_version() -> None:
    versions = {path.name.split("_")[0] for path in MIGRATIONS.glob("[0-9]*.py")}
    assert {dump.stem for dump in DUMPS} == versions, "python -m tests.ingest.storage.schema_dumps"


def test_every_row_is_kept(former: Path) -> None:
    before = {table: rows_in(former, table) for table in tables_in(former)}
    filled = {table for table, rows in before.items() if rows}
    assert filled >= {"collections", "documents", "chunks", "meta"}
    Store.open(sqlite_url(former)).close()
    for table, rows in before.items():
        after = rows_in(former, table)
        assert [row | old for row, old in zip(after, rows, strict=True)] == after, table
    assert rows_in(former, "alembic_version") == [{"version_num": newest_schema()}]


def test_the_tables_are_those_of_today(upgraded: Store) -> None:
    with upgraded.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_was_stored_is_understood(upgraded: Store) -> None:
    catalog = Catalog(upgraded)
    assert [collection.name for collection in catalog.list_collections()] == ["手册"]
    document = catalog.get_document("d1")
    assert (document.name, document.searchable) == (ROWS["documents"]["name"], True)
    assert document.metadata == {"年": "2026"}


def test_old_answers_are_known_to_hold_words_of_their_documents(upgraded: Store) -> None:
    with upgraded.read() as connection:
        held = [tuple(row) for row in connection.execute(select(evidence_table))]
    conversations = Conversations(upgraded)
    if not conversations.list():
        pytest.skip("this version had no conversations")
    assert held == [("m1", "d1")]
    (message,) = conversations.list_messages("v1")
    assert message.answer is not None
    assert message.answer.citations[0].quote == "Das Öl wird gewechselt."
    Catalog(upgraded).delete("d1")
    (message,) = conversations.list_messages("v1")
    assert message.answer is not None
    assert message.answer.citations[0].deleted
