"""Runs a PostgreSQL server for tests, in a temporary folder that is removed at the end.

It listens only on a socket in that folder and needs no password. Everything that protects a
database against a power cut is off: tests do not need it, and run three times as fast without.
Limits: needs the server's programs (Debian: the package `postgresql`).
"""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from ingest.storage.database import Store

_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
_ACCOUNT = "postgres"
"""The account of the server where tests run as root, because PostgreSQL refuses to run as root."""


def find_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, None where PostgreSQL is not installed."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb", path=os.pathsep.join(map(str, known)) or None)
    found = found or shutil.which("initdb")
    return None if found is None else Path(found).resolve().parent


class Cluster:
    """A running server; a new database for a test takes about 50 ms, as tables are copied."""

    def __init__(self, folder: Path, user: str) -> None:
        self._folder = folder
        self._user = user
        self._template = ""

    def url(self, name: str) -> str:
        """Return the URL of a database, as an operator would write it."""
        return f"postgresql://{self._user}@/{name}?host={self._folder}"

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """Yield the URL of a new database: with docchat's tables, or without any."""
        template = None if empty else self._prepared()
        name = self._create(template)
        try:
            yield self.url(name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _prepared(self) -> str:
        if not self._template:
            self._template = self._create(None)
            Store.open(self.url(self._template)).close()
        return self._template

    def _create(self, template: str | None) -> str:
        name = f"t{uuid.uuid4().hex}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template or "template0")
            )
        )
        return name

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def run_cluster(binaries: Path) -> Iterator[Cluster]:
    """Yield a running server; stop and remove it at the end."""
    root = os.name == "posix" and os.geteuid() == 0
    account = _ACCOUNT if root else None
    user = account or getpass.getuser()
    # Not pytest's folder: only its owner may enter that, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="docchat-pg-"))
    try:
        if account is not None:
            shutil.chown(folder, account)
        data, log = folder / "data", folder / "log"
        _call(
            account, binaries / "initdb", "-D", data, "-U", user, "-E", "UTF8", "-A", "trust", "-N"
        )
        options = " ".join([f"-k {folder} -h ''", *(f"-c {each}" for each in _QUICK)])
        control = (binaries / "pg_ctl", "-D", data, "-w")
        _call(account, *control, "-l", log, "-o", options, "start")
        try:
            yield Cluster(folder, user)
        finally:
            _call(account, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _call(account: str | None, *command: object) -> None:
    """Run a program as `account`, or as ourselves."""
    subprocess.run(
        [str(part) for part in command],
        cwd="/",
        check=True,
        user=account,
        group=account,
        extra_groups=None if account is None else [],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
