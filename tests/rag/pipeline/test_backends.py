"""The same library on PostgreSQL, a Chroma server and Milvus; moved between them by backup."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from ingest.maintenance.audit import audit_library, repair_library
from ingest.maintenance.backup import back_up
from ingest.maintenance.rebuild import rebuild_indexes
from ingest.maintenance.restore import restore
from rag.errors import SettingsInvalid
from rag.pipeline.bootstrap import Docchat, build
from rag.question.understand import understand_question
from rag.settings import EmbedderSettings, Settings, load_settings
from rag.types import Hit
from tests.support.postgres import Cluster

TEXTS = {
    "refunds.md": "# Refunds\n\nBooks may be returned within 14 days. Damaged ones are replaced.",
    "pump.md": "# 水泵\n\nP-200 水泵的额定功率为 750 瓦，每 2000 小时更换一次机械密封。",
    "old.md": "# Old prices\n\nThe gearbox costs 300 euros.",
}
QUESTIONS = ("How many days do I have to return books?", "水泵的额定功率是多少", "gearbox price")

Backend = Callable[[str], dict[str, Any]]


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return the settings of a backend by its name."""

    def chosen(name: str) -> dict[str, Any]:
        prefix = f"t{abs(hash(request.node.nodeid))}"
        if name == "milvus":
            return {"milvus_uri": request.getfixturevalue("milvus_file"), "index_prefix": prefix}
        if name == "servers":
            running: Cluster = request.getfixturevalue("postgres")
            database = running.database(empty=True)
            url = database.__enter__()
            request.addfinalizer(lambda: database.__exit__(None, None, None))
            chroma = request.getfixturevalue("chroma_url")
            return {"database_url": url, "chroma_url": chroma, "index_prefix": prefix}
        return {}

    return chosen


def opened(home: Path, **chosen: Any) -> Docchat:
    return build(Settings(home=home, embedder=EmbedderSettings(model="hash"), **chosen))


def work(docchat: Docchat) -> None:
    docchat.worker().run(threading.Event(), until_idle=True)


def fill(docchat: Docchat) -> None:
    """Add three documents, replace one, delete one."""
    library = docchat.library
    collection = library.create_collection("manuals").id
    added = {n: library.add(BytesIO(t.encode()), n, collection) for n, t in TEXTS.items()}
    work(docchat)
    library.add(BytesIO(TEXTS["refunds.md"].replace("14", "21").encode()), "refunds.md", collection)
    library.delete(added["old.md"].document.id)
    work(docchat)


def hits(docchat: Docchat) -> list[list[Hit]]:
    return [docchat.retriever.search(understand_question(question)) for question in QUESTIONS]


def told(docchat: Docchat) -> list[list[tuple[str, str]]]:
    """Return names and texts of what is found, in no order: scores differ between indexes."""
    return [sorted((hit.document_name, hit.chunk.text) for hit in found) for found in hits(docchat)]


@pytest.mark.parametrize("name", ["servers", "milvus"])
def test_documents_live_and_are_found(tmp_path: Path, backend: Backend, name: str) -> None:
    with closing(opened(tmp_path, **backend(name))) as docchat:
        fill(docchat)
        refunds, pump, _ = hits(docchat)
        assert "21 days" in refunds[0].chunk.text
        assert pump[0].document_name == "pump.md"
        assert all("gearbox" not in text for found in told(docchat) for _, text in found)
        assert audit_library(docchat.library, deep=True) == []
        assert docchat.library.dense.ids() == docchat.library.lexical.ids()


@pytest.mark.parametrize("name", ["servers", "milvus"])
def test_a_rebuild_switches_and_leaves_nothing_behind(
    tmp_path: Path, backend: Backend, name: str
) -> None:
    with closing(opened(tmp_path, **backend(name))) as docchat:
        fill(docchat)
        before = told(docchat)
        rebuild_indexes(docchat.library)
        assert told(docchat) == before
        assert audit_library(docchat.library, deep=True) == []


@pytest.mark.parametrize(
    ("source", "target"), [("servers", "home"), ("home", "servers"), ("milvus", "servers")]
)
def test_a_backup_moves_a_library_between_backends(
    tmp_path: Path, backend: Backend, source: str, target: str
) -> None:
    file = tmp_path / "backup.tar"
    with closing(opened(tmp_path / "from", **backend(source))) as docchat:
        fill(docchat)
        before = told(docchat)
        assert back_up(docchat.library, file) == 2
    with closing(opened(tmp_path / "to", **backend(target))) as docchat:
        assert restore(docchat.library, file) == 2
        assert told(docchat) == before
        assert audit_library(docchat.library, deep=True) == []


@pytest.mark.parametrize("name", ["servers", "milvus"])
def test_repair_fills_indexes_that_were_moved_to_a_server(
    tmp_path: Path, backend: Backend, name: str
) -> None:
    with closing(opened(tmp_path)) as docchat:
        fill(docchat)
        before = told(docchat)
    chosen = backend(name) | {"database_url": ""}
    with closing(opened(tmp_path, **chosen)) as docchat:
        assert audit_library(docchat.library) != []
        repair_library(docchat.library)
        assert audit_library(docchat.library, deep=True) == []
        assert told(docchat) == before


def test_two_homes_share_a_server_under_two_prefixes(tmp_path: Path, chroma_url: str) -> None:
    homes = [
        opened(tmp_path / name, chroma_url=chroma_url, index_prefix=name) for name in ("one", "two")
    ]
    fill(homes[0])
    for each in homes:
        assert audit_library(each.library) == []
        each.close()


def test_two_places_for_vectors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="exclude each other"):
        load_settings(home=tmp_path, chroma_url="http://127.0.0.1:1", milvus_uri="http://x:1")
