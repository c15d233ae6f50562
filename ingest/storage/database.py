"""Opens the SQL database, migrates its tables and provides transactions.

SQLite by default, PostgreSQL by URL. The database is the truth about collections, documents and
chunks; indexes can be rebuilt from it. Writing transactions run one at a time across all threads
and processes: what a writer has read stays true until it commits, and all other code relies on
that. Errors of the database are raised as `StoreUnavailable` or `Conflict`. What only SQLite needs
is in `_prepare_sqlite`, what only PostgreSQL needs in `_serialise_writes`. The statements are in
`ingest.storage.documents`, `ingest.storage.chunks` and `ingest.processing.queue`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from ingest.errors import Conflict, StoreUnavailable
from ingest.storage.schema import counters, meta

_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITES = "docchat_writes"
_BUSY_TIMEOUT_S = 30.0
_POSTGRES = ("postgresql", "postgres")


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite database at `path`."""
    return f"sqlite:///{path}"


class Store:
    """An open database with migrated tables. Safe to use from several threads."""

    def __init__(self, engine: Engine, busy_timeout_s: float = _BUSY_TIMEOUT_S) -> None:
        self.engine = engine
        self._busy_timeout_s = busy_timeout_s
        self._writer = engine.execution_options(**{_WRITES: True})
        self._reader = engine
        # SQLite lets a waiting writer poll for its lock, which is slow and unfair. So the threads
        # of this process wait here first, and only one of them competes with other processes.
        self._turn = threading.Lock()
        if engine.dialect.name == "postgresql":
            # Several statements of one read see the same snapshot, as they do in SQLite.
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ")

    @classmethod
    def open(cls, url: str, *, busy_timeout_s: float = _BUSY_TIMEOUT_S) -> Store:
        """Open the database at an SQLAlchemy URL, creating and migrating as needed.

        `busy_timeout_s` is how long to wait for another process's transaction.
        Raises StoreUnavailable.
        """
        with _translate_database_errors():
            engine = _open_engine(url, busy_timeout_s)
        store = cls(engine, busy_timeout_s)
        try:
            store._ensure_newest_schema()
        except StoreUnavailable:
            engine.dispose()
            raise
        return store

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that reads one snapshot of the store."""
        with _translate_database_errors(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes: the only writer, durable when the block ends."""
        with (
            self._turn,
            _translate_database_errors(),
            self._writer.connect() as connection,
            connection.begin(),
        ):
            _serialise_writes(connection, self._busy_timeout_s)
            yield connection

    def read_note(self, key: str) -> str | None:
        """Return the value stored under `key` in the table `meta`, or None."""
        with self.read() as connection:
            return read_note(connection, key)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _ensure_newest_schema(self) -> None:
        newest = newest_schema()
        with _translate_database_errors():
            with self._reader.connect() as connection:
                present = _read_schema_version(connection)
            if present == newest:
                return
            if present is not None and present > newest:
                raise StoreUnavailable(
                    f"The database is of a newer docchat (its tables are at {present}, "
                    f"this program knows {newest}).",
                    hint="Upgrade docchat, or restore the backup made before the upgrade.",
                )
            # Two processes may start at once: the second waits here (in SQLite for the writer's
            # lock, in PostgreSQL for the advisory lock) and then finds nothing left to migrate.
            with self._writer.connect() as connection, connection.begin():
                _lock_migrations(connection)
                _run_migrations(connection)


def newest_schema() -> str:
    """Return the version of the tables that this program knows."""
    return max(path.name.split("_")[0] for path in _MIGRATIONS.glob("versions/[0-9]*.py"))


def read_note(connection: Connection, key: str) -> str | None:
    """Return the value stored under `key` in the table `meta`, or None."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()
    return None if found is None else str(found)


def set_note(connection: Connection, key: str, value: str | None) -> None:
    """Store a value under `key` in the table `meta`; None removes it."""
    connection.execute(meta.delete().where(meta.c.key == key))
    if value is not None:
        connection.execute(meta.insert().values(key=key, value=value))


_GENERATION = select(counters.c.value).where(counters.c.name == "generation")


def read_generation(connection: Connection) -> int:
    """Return the number of the index generation that answers."""
    return int(connection.execute(_GENERATION).scalar_one())


def _open_engine(url: str, busy_timeout_s: float) -> Engine:
    try:
        engine = create_engine(
            _with_driver(url), pool_size=20, max_overflow=20, json_serializer=_to_json
        )
    except (ArgumentError, ImportError) as error:
        raise StoreUnavailable(
            f"The database URL cannot be used: {error}",
            hint="Correct `database_url`; PostgreSQL needs docchat's extra `postgres`.",
        ) from error
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            try:
                Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreUnavailable(f"The database's folder cannot be made: {error}") from error
        _prepare_sqlite(engine, busy_timeout_s)
    return engine


def _with_driver(url: str) -> str:
    """Name psycopg where a URL of PostgreSQL names no driver: SQLAlchemy would take psycopg2."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in _POSTGRES else url


def _to_json(value: Any) -> str:
    # Not escaped as \u…: SQLite compares JSON keys as they are written.
    return json.dumps(value, ensure_ascii=False)


def _prepare_sqlite(engine: Engine, busy_timeout_s: float) -> None:
    @event.listens_for(engine, "connect")
    def _configure_connection(connection: Any, _record: Any) -> None:
        # sqlite3 would begin transactions by itself, too late: `_begin_transaction` does it.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout_s * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: an upload that was acknowledged outlives a power cut.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin_transaction(connection: Connection) -> None:
        # A writer takes its lock at once. One that first reads and then writes would fail with
        # "busy", without waiting, if another process has written in between.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _serialise_writes(connection: Connection, busy_timeout_s: float) -> None:
    """Let PostgreSQL admit one writer at a time, as BEGIN IMMEDIATE does in SQLite."""
    if connection.dialect.name != "sqlite":
        # Every change increments the counter "events", so its row serves as the writers' lock.
        patience = {"patience": f"{int(busy_timeout_s * 1000)}ms"}
        connection.execute(text("SELECT set_config('lock_timeout', :patience, true)"), patience)
        connection.execute(
            select(counters.c.value).where(counters.c.name == "events").with_for_update()
        )


def _lock_migrations(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7022025)"))


def _read_schema_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def _run_migrations(connection: Connection) -> None:
    # Imported here: half a second that only the first start after an upgrade pays.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable(f"The database could not be brought up to date: {error}") from error


_DAMAGE = ("file is not a database", "database disk image is malformed")
"""What SQLite says of a damaged file."""
_DAMAGE_HINT = (
    "The database file is damaged: restore docchat.db from a backup. Without one, add the "
    "originals, which lie in the folder `files` of DOCCHAT_HOME, to a new DOCCHAT_HOME."
)


@contextmanager
def _translate_database_errors() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"The change contradicts what is stored: {error.orig}") from error
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        damaged = any(sign in str(cause) for sign in _DAMAGE)
        hint = _DAMAGE_HINT if damaged else None
        raise StoreUnavailable(f"The database failed: {cause}", hint=hint) from error
