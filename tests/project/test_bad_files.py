"""Six kinds of bad files give a code, a reason and a hint, on the command line and in the API.

The web page is tested with the same files in `tests/e2e/test_bad_files_page.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from starlette.testclient import TestClient

from app.main import create_app
from rag.pipeline.bootstrap import build_docchat
from rag.settings import EmbedderSettings, ParseSettings, Settings
from tests.app.conftest import LOCAL, work
from tests.support.bad_files import BAD_FILES, write_bad_files
from tests.support.cli_runner import Cli


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_bad_files(tmp_path_factory.mktemp("bad"))


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("DOCCHAT_PARSE__OCR", "off")
    return Cli(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture(scope="module")
def uploaded(
    bad_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[bool, dict[str, Any]]]:
    """Upload all six at once; return by name whether the upload refused it, and the error."""
    settings = Settings(
        home=tmp_path_factory.mktemp("home"),
        embedder=EmbedderSettings(model="hash"),
        parse=ParseSettings(ocr="off"),
    )
    docchat = build_docchat(settings)
    with TestClient(create_app(docchat), base_url=LOCAL) as client:
        collection = client.post("/api/collections", json={"name": "bad"}).json()["id"]
        files = [("files", (path.name, path.read_bytes())) for path in bad_files.values()]
        answer = client.post(f"/api/collections/{collection}/documents", files=files)
        assert answer.status_code == 202
        items = answer.json()["items"]
        refusals = {item["name"]: (True, item["error"]) for item in items if "error" in item}
        work(docchat)
        listed = client.get(f"/api/collections/{collection}/documents").json()["items"]
        assert {each["state"] for each in listed} == {"failed"}
        assert not any(each["searchable"] for each in listed)
        refusals |= {each["name"]: (False, each["failure"]) for each in listed}
        assert client.post("/api/search", json={"query": "rotor"}).json()["items"] == []
    docchat.close()
    return refusals


@pytest.mark.parametrize("name", BAD_FILES)
def test_ingest_says_why_and_what_to_do(cli: Cli, bad_files: dict[str, Path], name: str) -> None:
    bad = BAD_FILES[name]
    result = cli("ingest", bad_files[name])
    assert result.code == 1
    assert result.err.count(f"failed: {name}: ") == 1
    assert bad.hint in result.err
    assert "Traceback" not in result.err
    assert f"{name}: {name}" not in result.err
    (item,) = cli("ingest", bad_files[name], "--format", "json").data["items"]
    assert (item["outcome"] == "refused") is bad.at_upload
    error = item["error"] if bad.at_upload else item["document"]["failure"]
    assert error["code"] == bad.code
    assert bad.hint in error["hint"]
    assert error["message"]


@pytest.mark.parametrize("name", BAD_FILES)
def test_parse_says_why_and_what_to_do(cli: Cli, bad_files: dict[str, Path], name: str) -> None:
    result = cli("parse", bad_files[name])
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert BAD_FILES[name].hint in result.err.split("hint: ")[1]


def test_a_pdf_that_was_cut_off_is_damaged_and_not_a_scan(
    cli: Cli, bad_files: dict[str, Path], tmp_path: Path
) -> None:
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "The rotor is wide. " * 5)
        whole = document.tobytes()
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(whole[: len(whole) // 2])
    result = cli("parse", cut)
    assert result.code == 1
    assert "fetch a fresh copy" in result.err


def test_a_pipe_and_a_link_to_nowhere_fail_and_the_rest_goes_on(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "good.md").write_text("# Good")
    (folder / "bad\nname\u202e.md").write_text("# Named badly")
    os.mkfifo(folder / "pipe.md")
    (folder / "nowhere.md").symlink_to(folder / "missing")
    (folder / "round").symlink_to(folder)
    result = cli("ingest", folder)
    assert (result.code, result.out) == (1, "2 added, 2 ready, 2 failed\n")
    assert "failed: pipe.md: not a file" in result.err
    assert "failed: nowhere.md: " in result.err
    assert "ready: bad name.md" in result.err
    assert "round (a link)" in result.err
    assert cli("parse", folder / "pipe.md").code == 1
    assert cli("ingest", folder, "--dry-run").code == 0


@pytest.mark.parametrize("place", ["dense-1/chroma.sqlite3", "lexical-1/meta.json"])
def test_damaged_indexes_are_named_and_made_anew(cli: Cli, tmp_path: Path, place: str) -> None:
    (tmp_path / "good.md").write_text("# Rotor\n\nThe rotor is wide.")
    cli("ingest", tmp_path / "good.md")
    (cli.home / "indexes" / place).write_bytes(b"garbage " * 100)
    result = cli("search", "rotor")
    assert result.code == 3
    assert "docchat doctor --repair" in result.err
    assert "index_unavailable" in cli("doctor").out
    assert "repaired: " in cli("doctor", "--repair").out
    assert cli("doctor").code == 0
    assert "rotor is wide" in cli("search", "rotor").out


@pytest.mark.parametrize("name", BAD_FILES)
def test_the_api_says_why_and_what_to_do(
    uploaded: dict[str, tuple[bool, dict[str, Any]]], name: str
) -> None:
    bad, (refused, error) = BAD_FILES[name], uploaded[name]
    assert refused is bad.at_upload
    assert error["code"] == bad.code
    assert bad.hint in error["hint"]
    assert error["detail" if refused else "message"]
    if refused:
        assert error["status"] == 422
