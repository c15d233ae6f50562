"""A real docchat over a temporary home, with a hash embedder instead of a model; and its API."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import uvicorn
from starlette.testclient import TestClient

from app.main import create_app
from ingest.types import DocumentState
from rag.models.base import ChatModel
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.settings import EmbedderSettings, Settings
from tests.support import ROOT
from tests.support.cli_runner import Cli

SAMPLES = ROOT / "data/samples"
FILED = ("tidal-turbines.pdf", "差旅费用报销管理办法.pdf", "star-tracker-faq.md")
LOCAL = "http://127.0.0.1"

Maker: TypeAlias = Callable[..., Docchat]
ApiMaker: TypeAlias = Callable[..., AbstractContextManager[TestClient]]
Server: TypeAlias = Callable[[Docchat], AbstractContextManager[tuple[str, uvicorn.Server]]]


def settings_for(home: Path, **more: Any) -> Settings:
    return Settings(**{"home": home, "embedder": EmbedderSettings(model="hash"), **more})


def work(docchat: Docchat) -> None:
    """Work the queue until nothing is left."""
    docchat.create_worker().run(threading.Event(), until_idle=True)


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three ready documents in the collection `samples`: copy it, do not change it."""
    home = tmp_path_factory.mktemp("filled") / "home"
    docchat = build_docchat(settings_for(home))
    collection = docchat.library.create_collection("samples")
    for name in FILED:
        docchat.library.add(SAMPLES / name, name, collection.id, {"source": name.split(".")[-1]})
    work(docchat)
    states = docchat.library.count_by_state()
    docchat.close()
    assert states == {DocumentState.READY: len(FILED)}
    return home


@pytest.fixture
def make_docchat(tmp_path: Path, filled_home: Path) -> Iterator[Maker]:
    """Return a maker of docchats: over an empty home, or with `filled` over the samples."""
    made: list[Docchat] = []

    def make(*, filled: bool = False, model: ChatModel | None = None, **settings: Any) -> Docchat:
        home = tmp_path / "home"
        if filled and not home.exists():
            shutil.copytree(filled_home, home)
        docchat = build_docchat(settings_for(home, **settings))
        made.append(docchat)
        return replace(docchat, given_model=model)

    yield make
    for each in made:
        each.close()


@pytest.fixture
def docchat(make_docchat: Maker) -> Docchat:
    """An empty docchat."""
    return make_docchat()


@pytest.fixture
def filled(make_docchat: Maker) -> Docchat:
    """A docchat with three ready documents and the extractive answerer."""
    return make_docchat(filled=True)


@pytest.fixture
def api(tmp_path: Path) -> ApiMaker:
    """Return what runs the application in this process; unexpected errors come as responses."""

    @contextmanager
    def run(docchat: Docchat, dist: Path | None = None, **more: Any) -> Iterator[TestClient]:
        application = create_app(docchat, dist or tmp_path / "no-dist")
        options = {"base_url": LOCAL, "raise_server_exceptions": False, **more}
        with TestClient(application, **options) as client:
            yield client

    return run


@pytest.fixture
def client(docchat: Docchat, api: ApiMaker) -> Iterator[TestClient]:
    """A client of an empty docchat."""
    with api(docchat) as made:
        yield made


@pytest.fixture
def filled_client(filled: Docchat, api: ApiMaker) -> Iterator[TestClient]:
    """A client of a docchat with three ready documents."""
    with api(filled) as made:
        yield made


@pytest.fixture
def serve() -> Server:
    """Return what runs a real server on loopback; yields its address and the server."""

    @contextmanager
    def run(docchat: Docchat) -> Iterator[tuple[str, uvicorn.Server]]:
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            create_app(docchat), log_level="warning", timeout_graceful_shutdown=30
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", server
        finally:
            server.should_exit = True
            thread.join(40)
            listening.close()
            assert not thread.is_alive(), "the server did not stop"

    return run


def wait_until(happened: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Return what waits for something that another thread does."""
    return wait_until


@pytest.fixture
def worked() -> Callable[[Docchat], None]:
    """Return what works the queue until nothing is left."""
    return work


@pytest.fixture
def pdf_id(filled: Docchat) -> str:
    """The id of the English PDF among the samples."""
    collection = filled.library.get_collection("samples")
    found = filled.library.list_documents(collection.id, q="tidal-turbines")
    return found.items[0].id


@pytest.fixture
def markdown_id(filled: Docchat) -> str:
    """The id of the Chinese Markdown file among the samples."""
    collection = filled.library.get_collection("samples")
    return filled.library.list_documents(collection.id, q="star-tracker").items[0].id


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return what runs `docchat` with some arguments, on an empty home."""
    return Cli(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def filled_cli(cli: Cli, filled_home: Path) -> Cli:
    """Return what runs `docchat` on a home with three ready documents."""
    shutil.copytree(filled_home, cli.home)
    return cli
