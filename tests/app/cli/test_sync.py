"""`docchat ingest --sync`: a folder kept in step, and what it must never do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.commands.sync import Sync
from app.terminal.find_files import FoundFiles
from tests.support import ROOT
from tests.support.cli_runner import Cli

COMMAND = [sys.executable, "-c", "from app.commands.cli import main; main()"]
OLD = 1_700_000_000


def write(path: Path, text: str, when: int = OLD) -> None:
    """Write a file that was last changed long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (when, when))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "papers"
    write(root / "policy.md", "# Refunds\n\nBooks may be returned within 14 days.")
    write(root / "手册/水泵.txt", "P-200 水泵的额定功率为 750 瓦。")
    return root


def documents(cli: Cli) -> dict[str, dict[str, Any]]:
    items = cli("docs", "list", "--format", "json").data["items"]
    return {item["name"]: item for item in items}


def test_a_second_run_reads_nothing(cli: Cli, folder: Path) -> None:
    assert cli("ingest", folder, "--sync").out == "2 added, 2 ready\n"
    before = documents(cli)
    # Same size, same time: a run that read the file would see the change.
    write(folder / "policy.md", "# Refunds\n\nBooks may be returned within 41 days.")
    assert cli("ingest", folder, "--sync").out == "2 unchanged, 2 ready\n"
    assert documents(cli) == before
    os.utime(folder / "policy.md", (OLD + 1, OLD + 1))
    assert cli("ingest", folder, "--sync").out == "1 replaced, 1 unchanged, 2 ready\n"


def test_a_file_changed_a_moment_ago_is_read_again(cli: Cli, folder: Path) -> None:
    soon = int(time.time()) + 3600
    write(folder / "policy.md", "Within 14 days.", soon)
    cli("ingest", folder, "--sync")
    write(folder / "policy.md", "Within 41 days.", soon)
    assert "1 replaced" in cli("ingest", folder, "--sync").out


def test_a_file_beside_is_part_of_what_is_kept_in_step(cli: Cli, folder: Path) -> None:
    cli("ingest", folder, "--sync")
    write(folder / "policy.md.meta.json", '{"owner": "sales"}', OLD + 7)
    assert "2 unchanged" in cli("ingest", folder, "--sync").out
    assert documents(cli)["policy.md"]["metadata"] == {"owner": "sales"}
    write(folder / "policy.md.meta.json", "broken", OLD + 8)
    told = cli("ingest", folder, "--sync")
    assert told.code == 1
    assert "policy.md.meta.json" in told.err


def test_new_changed_moved_and_gone(cli: Cli, folder: Path) -> None:
    write(folder / "old.md", "# Old\n\nNobody needs this any more.")
    cli("ingest", folder, "--sync")
    before = documents(cli)
    (folder / "old.md").unlink()
    (folder / "手册/水泵.txt").rename(folder / "水泵 P-200.txt")
    write(folder / "policy.md", "# Refunds\n\nNever.", OLD + 5)
    write(folder / "new.md", "# New\n\nJust written.")
    plan = cli("ingest", folder, "--sync", "--dry-run", "--format", "json").data["items"]
    assert {(item["action"], item["name"]) for item in plan} == {
        ("check", "policy.md"),
        ("move", "水泵 P-200.txt"),
        ("add", "new.md"),
        ("keep", "old.md"),
    }
    assert documents(cli) == before, "a dry run changes nothing"
    kept = cli("ingest", folder, "--sync")
    assert kept.out == "1 added, 1 replaced, 1 moved, 1 gone, 3 ready\n"
    assert "--delete" in kept.err
    now = documents(cli)
    assert set(now) == {"policy.md", "水泵 P-200.txt", "new.md", "old.md"}
    assert now["水泵 P-200.txt"]["id"] == before["手册/水泵.txt"]["id"]
    assert now["policy.md"]["id"] == before["policy.md"]["id"]
    assert "delete  old.md" in cli("ingest", folder, "--sync", "--delete", "--dry-run").out
    assert cli("ingest", folder, "--sync", "--delete").out == "3 unchanged, 1 deleted, 3 ready\n"
    assert set(documents(cli)) == {"policy.md", "水泵 P-200.txt", "new.md"}
    assert cli("ingest", folder, "--sync", "--delete").out == "3 unchanged, 3 ready\n"
    assert cli("doctor").code == 0


def test_equal_files_share_a_document_until_one_changes(cli: Cli, folder: Path) -> None:
    for name in ("a.md", "b.md"):
        write(folder / name, "# Twins\n\nOne text, two files.")
    cli("ingest", folder, "--sync")
    assert set(documents(cli)) == {"policy.md", "手册/水泵.txt", "a.md"}
    write(folder / "a.md", "# Single\n\nOne has changed.", OLD + 1)
    cli("ingest", folder, "--sync")
    assert set(documents(cli)) == {"policy.md", "手册/水泵.txt", "a.md", "b.md"}
    assert cli("docs", "show", "b.md", "--format", "json").data["chunks"] == 1
    assert cli("ingest", folder, "--sync").out == "4 unchanged, 4 ready\n"


def test_of_equal_files_one_may_go(cli: Cli, folder: Path) -> None:
    for name in ("a.md", "b.md"):
        write(folder / name, "# Twins\n\nOne text, two files.")
    cli("ingest", folder, "--sync")
    (folder / "a.md").unlink()
    cli("ingest", folder, "--sync", "--delete")
    assert set(documents(cli)) == {"policy.md", "手册/水泵.txt", "b.md"}
    (folder / "b.md").unlink()
    cli("ingest", folder, "--sync", "--delete")
    assert set(documents(cli)) == {"policy.md", "手册/水泵.txt"}


def test_only_what_a_sync_brought_is_deleted(cli: Cli, folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "by-hand.md", "# By hand\n\nAdded alone.")
    cli("ingest", tmp_path / "by-hand.md")
    cli("ingest", folder, "--sync")
    (folder / "policy.md").unlink()
    cli("ingest", folder, "--sync", "--delete")
    assert set(documents(cli)) == {"by-hand.md", "手册/水泵.txt"}


def test_what_a_run_leaves_out_is_not_gone(cli: Cli, folder: Path) -> None:
    cli("ingest", folder, "--sync")
    assert "deleted" not in cli("ingest", folder, "--sync", "--delete", "--glob", "*.md").out
    assert "deleted" not in cli("ingest", folder, "--sync", "--delete", "--no-recursive").out
    assert set(documents(cli)) == {"policy.md", "手册/水泵.txt"}
    sync = Sync((folder,), (".md",), recursive=True, pattern="*", delete=True, metadata={})
    shut = FoundFiles(unread={folder / "手册": "Permission denied"})
    assert not sync.covers_file(shut, folder, "手册/水泵.txt")
    assert sync.covers_file(shut, folder, "policy.md")


def test_an_empty_folder_deletes_nothing(cli: Cli, folder: Path) -> None:
    cli("ingest", folder, "--sync")
    (folder / "policy.md").unlink()
    (folder / "手册/水泵.txt").unlink()
    refused = cli("ingest", folder, "--sync", "--delete")
    assert refused.code == 2
    assert "mounted" in refused.err
    assert len(documents(cli)) == 2


def test_a_document_deleted_by_hand_comes_back_while_its_file_is_there(
    cli: Cli, folder: Path
) -> None:
    cli("ingest", folder, "--sync")
    cli("docs", "delete", "policy.md", "--yes")
    assert cli("ingest", folder, "--sync").out == "1 added, 1 unchanged, 2 ready\n"


def test_a_bad_file_is_tried_again_and_the_rest_is_in_step(cli: Cli, folder: Path) -> None:
    write(folder / "broken.pdf", "%PDF-1.7\nnothing that a reader could use")
    write(folder / "empty.md", "")
    for _ in range(2):
        result = cli("ingest", folder, "--sync", "--format", "json")
        assert result.code == 1
        assert result.data["summary"]["ready"] == 2
        assert result.data["summary"]["failed"] == 2


def test_ignore_files_speak_for_their_folder_and_below(cli: Cli, folder: Path) -> None:
    write(folder / ".docchatignore", "*.tmp.md\ndrafts/\n# a comment\n/手册/*.txt\n")
    write(folder / "drafts/one.md", "# Draft")
    write(folder / "x.tmp.md", "# Half")
    write(folder / "手册/.docchatignore", "!水泵.txt\n")
    write(folder / "手册/风机.txt", "风机。")
    listed = cli("ingest", folder, "--dry-run", "--format", "json").data["items"]
    assert {item["name"] for item in listed} == {"policy.md", "手册/水泵.txt"}
    cli("ingest", folder, "--sync")
    write(folder / ".docchatignore", "policy.md\n")
    cli("ingest", folder, "--sync", "--delete")
    assert "policy.md" not in documents(cli), "what is ignored now is no longer kept in step"


@pytest.mark.parametrize("arguments", [["--delete"], ["--watch"]])
def test_options_of_sync_need_it(cli: Cli, folder: Path, arguments: list[str]) -> None:
    assert cli("ingest", folder, *arguments).code == 2
    assert cli("ingest", folder / "policy.md", "--sync").code == 2


def test_watching_follows_the_folder_until_it_is_interrupted(cli: Cli, folder: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "ingest", str(folder), "--sync", "--watch", "--delete"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "2 added, 2 ready\n"
        assert process.stderr is not None
        while "watching" not in process.stderr.readline():
            pass
        # The watcher begins a moment after it said so; a change before that is not its to see.
        time.sleep(1)
        write(folder / "later.md", "# Later\n\nWritten while it watches.")
        assert process.stdout.readline() == "1 added, 2 unchanged, 3 ready\n"
        (folder / "policy.md").unlink()
        assert process.stdout.readline() == "2 unchanged, 1 deleted, 2 ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.communicate()
    assert set(documents(cli)) == {"later.md", "手册/水泵.txt"}
