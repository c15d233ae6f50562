"""What a command tells while it works, to people at a terminal and to nobody else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.terminal.progress import Tally
from ingest.types import DocumentRecord, DocumentState
from tests.support import ROOT
from tests.support.cli_runner import Cli

NOW = datetime(2026, 1, 2, tzinfo=UTC)
QUEUED = DocumentRecord(
    "a", "c", "a.pdf", "application/pdf", "0", 100, DocumentState.QUEUED, NOW, NOW
)
READY = replace(QUEUED, state=DocumentState.READY, pages=4, pages_done=4, chunks=20, chunks_done=20)


def tally(*records: DocumentRecord) -> Tally:
    return Tally.count_records({str(number): record for number, record in enumerate(records)})


def test_what_is_done_is_counted() -> None:
    half = replace(READY, state=DocumentState.EMBEDDING, chunks_done=5)
    failed = replace(QUEUED, state=DocumentState.FAILED)
    assert tally(READY, half, failed, QUEUED) == Tally(2, 8, 25, 1, 0.5)


def test_rate_rest_and_failures_are_told() -> None:
    before = tally(QUEUED, QUEUED, QUEUED, QUEUED)
    later = tally(READY, replace(QUEUED, state=DocumentState.FAILED), QUEUED, QUEUED)
    assert (
        later.format_progress(before, 60) == "4 pages · 20 passages · 0.3/s · 1:00 left · 1 failed"
    )
    assert before.format_progress(before, 0) == "0 pages · 0 passages"
    done = tally(READY, READY, READY, READY)
    assert done.format_progress(before, 10) == "16 pages · 80 passages · 8.0/s"
    assert (
        tally(READY, *[QUEUED] * 9)
        .format_progress(tally(*[QUEUED] * 10), 900)
        .endswith("2:15:00 left")
    )


def test_what_was_done_before_is_not_claimed() -> None:
    before = tally(READY, QUEUED)
    assert tally(READY, READY).format_progress(before, 10) == "4 pages · 20 passages · 2.0/s"


def seen_on_a_terminal(*arguments: str | Path) -> tuple[int, str, str]:
    """Run docchat with a terminal as stderr; return exit code, stdout and what was on it."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from app.commands.cli import main; main()", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        stderr=follower,
        text=True,
    )
    os.close(follower)
    seen = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:  # the last process that held the other end is gone
            break
        if not piece:
            break
        seen += piece
    os.close(leader)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out, seen.decode("utf-8", "replace")


def test_a_terminal_sees_files_pages_passages_and_failures(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.md").write_text(f"# Pump {number}\n\nIt needs oil.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing that a reader could use")
    code, out, seen = seen_on_a_terminal("ingest", folder)
    assert (code, out) == (1, "4 added, 3 ready, 1 failed\n")
    for told in ("3 passages", "failed: broken.pdf", "4/4", "hint:"):
        assert told in seen, seen
