"""`docchat backup` and `restore`: everything comes back, and nothing else is let in."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.terminal.output import NOT_READY
from rag.pipeline.bootstrap import build_docchat
from rag.settings import EmbedderSettings, Settings
from tests.support import ROOT
from tests.support.cli_runner import Cli

SAMPLES = ROOT / "data/samples"
Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def filled(cli: Cli, tmp_path: Path) -> Path:
    """A backup of a home with documents, a conversation, a failure and a deleted document."""
    write = {
        "policy.md": "# Refunds\n\nBooks may be returned within 14 days.",
        "水泵.txt": "P-200 水泵的额定功率为 750 瓦。",
        "broken.pdf": "%PDF-1.7\nnothing that a reader could use",
        "gone.md": "# Secret\n\nDeleted before the backup.",
    }
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in write.items():
        (folder / name).write_text(text, encoding="utf-8")
    cli("ingest", folder, SAMPLES / "tidal-turbines.pdf", "-c", "papers", "-m", "year=2024")
    cli("docs", "delete", "gone.md", "--yes")
    docchat = build_docchat(Settings(home=cli.home, embedder=EmbedderSettings(model="hash")))
    docchat.conversations.create("Refunds", ())
    docchat.close()
    target = tmp_path / "backup.tar"
    done = cli("backup", target)
    assert (done.code, done.out[:11]) == (0, "4 documents")
    return target


def contents(cli: Cli) -> dict[str, Any]:
    listed = cli("docs", "list", "-c", "papers", "--format", "json").data["items"]
    found = cli("search", "How many days do I have to return books?", "--format", "json").data
    return {
        "documents": listed,
        # Not the lexical scores: what was deleted counts in them until segments are merged.
        "hits": [(hit["chunk"]["id"], round(hit["dense"], 5)) for hit in found["items"]],
        "zh": cli("search", "水泵的额定功率", "--format", "json").data["items"][0]["document_name"],
    }


def moved(cli: Cli, monkeypatch: pytest.MonkeyPatch, home: Path) -> Cli:
    monkeypatch.setenv("DOCCHAT_HOME", str(home))
    cli.home = home
    return cli


@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
def test_everything_comes_back(
    cli: Cli, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    target = tmp_path / f"again.{suffix}"
    assert cli("backup", target).code == 0
    before = contents(cli)
    new = moved(cli, monkeypatch, tmp_path / "new")
    restored = new("restore", target)
    assert (restored.code, restored.out) == (0, "restored 4 documents\n")
    assert contents(new) == before
    assert new("doctor", "--deep").code == 0, "vectors and postings are all there"
    assert new("ingest", tmp_path / "in" / "policy.md", "-c", "papers").out.startswith("1 unchan")
    docchat = build_docchat(Settings(home=new.home, embedder=EmbedderSettings(model="hash")))
    assert [each.title for each in docchat.conversations.list()] == ["Refunds"]
    docchat.close()


def test_a_backup_holds_nothing_that_was_deleted(filled: Path) -> None:
    assert b"Deleted before the backup" not in filled.read_bytes()


def test_documents_under_way_are_queued_in_the_new_home(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docchat = build_docchat(Settings(home=cli.home, embedder=EmbedderSettings(model="hash")))
    collection = docchat.library.create_collection("papers")
    docchat.library.add(io.BytesIO(b"# Later\n\nNot worked on yet."), "later.md", collection.id)
    docchat.close()
    assert cli("backup", tmp_path / "b.tar").code == 0
    new = moved(cli, monkeypatch, tmp_path / "new")
    assert new("restore", tmp_path / "b.tar").code == 0
    (tmp_path / "other.md").write_text("# Other\n\nStarts the worker.")
    new("ingest", tmp_path / "other.md", "-c", "papers")
    assert new("docs", "show", "later.md", "--format", "json").data["state"] == "ready"


def test_a_home_with_documents_is_left_alone(cli: Cli, filled: Path) -> None:
    before = contents(cli)
    refused = cli("restore", filled)
    assert refused.code == 1
    assert "DOCCHAT_HOME" in refused.err
    assert contents(cli) == before


def test_a_file_is_replaced_only_by_force(cli: Cli, filled: Path) -> None:
    assert cli("backup", filled).code == 2
    assert cli("backup", filled, "--force").code == 0


def test_a_folder_that_is_not_there_is_an_error_and_leaves_nothing(
    cli: Cli, tmp_path: Path
) -> None:
    failed = cli("backup", tmp_path / "nowhere" / "b.tar")
    assert failed.code == NOT_READY
    assert "enough space" in failed.err


def rewritten(source: Path, target: Path, change: Change, *, summed: bool) -> Path:
    """Write a changed copy of a backup; with `summed` the manifest knows of the change."""
    with tarfile.open(source) as tar:
        members = {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]
    change(members)
    if summed:
        manifest = json.loads(members.pop("manifest.json"))
        manifest["members"] = {
            name: hashlib.sha256(data).hexdigest() for name, data in members.items()
        }
        members["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(target, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return target


def _flip(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.startswith("files/"))
    members[name] = members[name][:-1] + b"?"


def _drop(members: dict[str, bytes]) -> None:
    del members[next(name for name in members if name.startswith("vectors/"))]


def _escape(members: dict[str, bytes]) -> None:
    members["../../evil"] = b"out"


def _no_manifest(members: dict[str, bytes]) -> None:
    del members["manifest.json"]


def _newer(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps(manifest | {"schema": "9999"}).encode()


@pytest.mark.parametrize(
    ("change", "summed", "said"),
    [
        (_flip, False, "damaged"),
        (_flip, True, "a hash that is not its own"),
        (_drop, False, "damaged"),
        (_escape, True, "does not belong"),
        (_no_manifest, False, "no whole backup"),
        (_newer, False, "newer docchat"),
    ],
)
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    cli: Cli,
    filled: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    summed: bool,
    said: str,
) -> None:
    bad = rewritten(filled, tmp_path / "bad.tar", change, summed=summed)
    new = moved(cli, monkeypatch, tmp_path / "new")
    refused = new("restore", bad)
    assert refused.code == 1
    assert said in refused.err
    assert new("collections", "list", "--format", "json").data["items"] == []
    assert not (tmp_path / "evil").exists()
    assert new("restore", filled).code == 0, "and the whole one still can be restored"


@pytest.mark.parametrize("kept", [0, 100, 3_000])
def test_a_backup_cut_short_is_refused(
    cli: Cli, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    short = tmp_path / "short.tar"
    short.write_bytes(filled.read_bytes()[:kept])
    new = moved(cli, monkeypatch, tmp_path / "new")
    refused = new("restore", short)
    assert refused.code == 1
    assert "no whole backup" in refused.err
