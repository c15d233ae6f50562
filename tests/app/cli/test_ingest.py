"""`docchat ingest`: which files, what is said of them, and taking up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.cli_runner import Cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two readable files, one of them deeper down, and some that are left out."""
    root = tmp_path / "papers"
    for name, text in {
        "policy.md": "# Refunds\n\nBooks may be returned within 14 days.",
        "手册/水泵.txt": "P-200 水泵的额定功率为 750 瓦。",
        "program.exe": "MZ",
        ".hidden.md": "# Hidden",
        ".git/readme.md": "# Hidden too",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def names(cli: Cli) -> set[str]:
    return {item["name"] for item in cli("docs", "list", "--format", "json").data["items"]}


def test_a_folder_becomes_a_collection_and_a_second_run_changes_nothing(
    cli: Cli, folder: Path
) -> None:
    first = cli("ingest", folder, "--collection", "papers")
    assert (first.code, first.out) == (0, "2 added, 2 ready\n")
    assert "ready: policy.md" in first.err
    assert "left out, of a kind that is not read: 1" in first.err
    assert names(cli) == {"policy.md", "手册/水泵.txt"}
    assert [each["name"] for each in cli("collections", "list", "--format", "json").data["items"]]
    second = cli("ingest", folder, "--collection", "papers")
    assert (second.code, second.out) == (0, "2 unchanged, 2 ready\n")


def test_new_bytes_replace_under_the_same_id(cli: Cli, folder: Path) -> None:
    cli("ingest", folder)
    before = cli("docs", "show", "policy.md", "--format", "json").data
    (folder / "policy.md").write_text("Books may be returned within 90 days.")
    assert cli("ingest", folder).out == "1 replaced, 1 unchanged, 2 ready\n"
    after = cli("docs", "show", "policy.md", "--format", "json").data
    assert after["id"] == before["id"]
    assert after["sha256"] != before["sha256"]


def test_json_says_what_became_of_every_file(cli: Cli, folder: Path) -> None:
    result = cli("ingest", folder, "-m", "year=2024", "-m", "who = me", "--format", "json")
    assert result.data["summary"] == {
        "added": 2,
        "replaced": 0,
        "unchanged": 0,
        "ready": 2,
        "failed": 0,
    }
    assert result.data["skipped"] == ["program.exe"]
    assert {item["outcome"] for item in result.data["items"]} == {"added"}
    document = result.data["items"][0]["document"]
    assert document["metadata"] == {"year": "2024", "who": "me"}
    assert document["state"] == "ready"


def test_ndjson_tells_every_change_then_every_file_then_the_counts(cli: Cli, folder: Path) -> None:
    told = cli("ingest", folder, "--format", "ndjson").out.splitlines()
    lines = [json.loads(line) for line in told]
    kinds = [line["event"] for line in lines]
    assert kinds == sorted(kinds, key=["document", "file", "end"].index)
    files = [line for line in lines if line["event"] == "file"]
    assert {(line["outcome"], line["document"]["name"]) for line in files} == {
        ("added", "policy.md"),
        ("added", "手册/水泵.txt"),
    }
    last = {line["document"]["name"]: line for line in lines if line["event"] == "document"}
    assert {line["document"]["state"] for line in last.values()} == {"ready"}
    assert set(last) == {"policy.md", "手册/水泵.txt"}
    assert lines[-1]["summary"]["ready"] == 2
    again = cli("ingest", folder, "--format", "ndjson").out.splitlines()
    assert [json.loads(line)["event"] for line in again] == ["file", "file", "end"]


def test_glob_and_no_recursive(cli: Cli, folder: Path) -> None:
    assert "手册/水泵.txt" not in cli("ingest", folder, "--no-recursive", "--dry-run").out
    assert "policy.md" not in cli("ingest", folder, "--glob", "*.txt", "--dry-run").out
    assert "手册/水泵.txt" in cli("ingest", folder, "--glob", "手册/*", "--dry-run").out


def test_a_dry_run_stores_nothing(cli: Cli, folder: Path) -> None:
    result = cli("ingest", folder, "--dry-run", "--format", "json")
    assert result.code == 0
    assert {item["name"] for item in result.data["items"]} == {"policy.md", "手册/水泵.txt"}
    assert not cli.home.exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", "empty_file"),
        ("tool.exe", b"MZ\x90\x00" + b"\x00" * 200, "unsupported_format"),
        ("fake.pdf", b"MZ\x90\x00" + b"\x00" * 200, "mislabelled_file"),
        ("broken.pdf", b"%PDF-1.7\nnothing that a reader could use", "corrupt_file"),
    ],
)
def test_a_bad_file_fails_with_reason_and_hint_and_the_rest_goes_on(
    cli: Cli, folder: Path, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content)
    result = cli("ingest", folder / "policy.md", bad, "--format", "json")
    assert result.code == 1
    assert result.data["summary"]["ready"] == 1
    assert result.data["summary"]["failed"] == 1
    (failed,) = [item for item in result.data["items"] if "ready" not in json.dumps(item)]
    error = failed.get("error") or failed["document"]["failure"]
    assert error["code"] == code
    assert error["message"]
    assert error["hint"]
    told = cli("ingest", bad)
    assert told.code == 1
    assert f"failed: {name}: " in told.err
    assert "hint: " in told.err


def test_two_files_of_one_name_are_refused_before_anything_is_stored(
    cli: Cli, tmp_path: Path
) -> None:
    for part in ("a", "b"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "x.md").write_text(part)
    result = cli("ingest", tmp_path / "a", tmp_path / "b")
    assert result.code == 2
    assert "the same name" in result.err
    assert not cli.home.exists()
    assert cli("ingest", tmp_path / "a", tmp_path / "a" / "x.md", "--dry-run").code == 0


@pytest.mark.parametrize(
    "arguments", [["nowhere.pdf"], [], [".", "-m", "novalue"], [".", "--jobs", "0"]]
)
def test_usage_errors_end_with_2(cli: Cli, arguments: list[str]) -> None:
    assert cli("ingest", *arguments).code == 2


def test_settings_that_make_no_sense_end_with_2(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCHAT_CHUNK__MAX_TOKENS", "7")
    result = cli("ingest", folder)
    assert result.code == 2
    assert "error: Settings are not usable: chunk.max_tokens" in result.err
    assert "hint: " in result.err


def test_another_embedder_is_an_error_that_names_the_command(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("ingest", folder)
    monkeypatch.setenv("DOCCHAT_CHUNK__MAX_TOKENS", "64")
    (folder / "new.md").write_text("# New\n\nSomething new.")
    result = cli("ingest", folder)
    assert result.code == 3
    assert "docchat rebuild" in result.err
    assert cli("rebuild").code == 0
    assert cli("ingest", folder).out == "3 unchanged, 3 ready\n"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_an_interrupted_run_is_taken_up_by_the_next(
    cli: Cli, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for each in range(8):
        (folder / f"{each}.md").write_text(f"# Part {each}\n\nPart {each} weighs {each} kilograms.")
    process = subprocess.Popen(
        [sys.executable, "-c", "from app.commands.cli import main; main()", "ingest", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("ready: ")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert ("run it again" in err) is (number is signal.SIGINT)
    again = cli("ingest", folder)
    assert (again.code, again.out) == (0, "8 unchanged, 8 ready\n")
    assert len(names(cli)) == 8
    assert cli("doctor").code == 0
