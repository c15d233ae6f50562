"""A real docchat over a temporary home, with a hash embedder instead of a model; and its API."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from rag.bootstrap import Docchat, build
from rag.settings import EmbedderSettings, Settings

LOCAL = "http://127.0.0.1"
MakeDocchat: TypeAlias = Callable[..., Docchat]
Serve: TypeAlias = Callable[[Docchat], AbstractContextManager[str]]


@pytest.fixture
def make_docchat(tmp_path: Path) -> Iterator[MakeDocchat]:
    """Return a maker of docchats over the same home; takes settings by name."""
    made: list[Docchat] = []

    def make(**settings: Any) -> Docchat:
        chosen = {"home": tmp_path / "home", "embedder": EmbedderSettings(model="hash"), **settings}
        made.append(build(Settings(**chosen)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def docchat(make_docchat: MakeDocchat) -> Docchat:
    return make_docchat()


@pytest.fixture
def client(docchat: Docchat, tmp_path: Path) -> Iterator[TestClient]:
    """Return a client of the API; unexpected errors come as responses, as in real life."""
    with api_client(docchat, tmp_path / "dist") as made:
        yield made


@contextmanager
def api_client(docchat: Docchat, dist: Path, **more: Any) -> Iterator[TestClient]:
    """Run the application in this process."""
    application = create_app(docchat, dist)
    options = {"base_url": LOCAL, "raise_server_exceptions": False, **more}
    with TestClient(application, **options) as made:
        yield made


@pytest.fixture
def work() -> Callable[[Docchat], None]:
    """Return what works the queue until nothing is left."""

    def run(docchat: Docchat) -> None:
        docchat.worker().run(threading.Event(), until_idle=True)

    return run
