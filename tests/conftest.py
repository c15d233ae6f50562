"""Property tests try the same examples at every run; `make fuzz` looks for new ones.

Tests that take `database_url` run twice, on SQLite and on PostgreSQL.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ingest.storage.database import sqlite_url
from tests.support.postgres import Cluster, find_programs, run_cluster
from tests.support.servers import chroma_server

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let goldens be written anew; the tests fail all the same and show the difference."""
    parser.addoption("--renew-goldens", action="store_true", help="write what the parsers say now")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of our own."""
    binaries = find_programs()
    if binaries is None:
        missing = "PostgreSQL's programs are not installed (Debian: apt-get install postgresql)"
        if os.environ.get("DOCCHAT_REQUIRE_POSTGRES"):
            pytest.fail(missing)
        pytest.skip(missing)
    with run_cluster(binaries) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database: SQLite's file does not exist yet, PostgreSQL's has its tables."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "home" / "docchat.db")
        return
    running: Cluster = request.getfixturevalue("postgres")
    with running.database() as url:
        yield url


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Chroma server of our own; tests share it and name their collections."""
    with chroma_server(tmp_path_factory.mktemp("chroma")) as url:
        yield url


@pytest.fixture(scope="session")
def milvus_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of milvus-lite, open until the process ends; tests name their collections."""
    pytest.importorskip("pymilvus", reason="the extra `milvus` is not installed")
    pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")
    return str(tmp_path_factory.mktemp("milvus") / "milvus.db")
