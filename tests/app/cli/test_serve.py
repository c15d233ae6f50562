"""`docchat serve` as a process of its own: ready line, refusals, sharing a home, stopping."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import ROOT
from tests.support.cli_runner import Cli
from tests.support.library import wait_for

COMMAND = [sys.executable, "-c", "from app.commands.cli import main; main()"]

Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start(cli: Cli) -> Iterator[Start]:
    """Return what starts a server and waits for its ready line; yields process and address."""
    running: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"docchat is ready: (http://127\.0\.0\.1:\d+)\n", said)
        assert found, said + (process.stderr.read() if process.stderr else "")
        return process, found[1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


def test_it_serves_and_shares_its_home_with_other_commands(
    cli: Cli, start: Start, tmp_path: Path
) -> None:
    process, url = start()
    assert httpx.get(f"{url}/health/live").status_code == 200
    note = tmp_path / "note.md"
    note.write_text("# Range\n\nThe Volta van has a range of 310 kilometres.")
    added = cli("ingest", note)
    assert (added.code, added.out) == (0, "1 added, 1 ready\n")
    assert "Another docchat process works the queue" in added.err
    found = httpx.post(f"{url}/api/search", json={"query": "range of the van"}).json()
    assert "310" in found["items"][0]["chunk"]["text"]
    assert "310" in cli("ask", "What is the range of the Volta van?").out
    assert cli("docs", "delete", "note.md", "--yes").code == 0
    # The server gives the indexes' lock back soon after it has nothing to write.
    wait_for(lambda: cli("doctor", "--repair").code == 0, "a repair beside the server")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "stopped\n"


def test_a_killed_server_leaves_the_queue_to_the_next(
    cli: Cli, start: Start, tmp_path: Path
) -> None:
    process, _ = start()
    process.kill()
    process.communicate()
    note = tmp_path / "note.md"
    note.write_text("# Range\n\nThe Volta van has a range of 310 kilometres.")
    assert cli("ingest", note).out == "1 added, 1 ready\n"


def test_terminate_is_a_good_end_too(start: Start) -> None:
    process, _ = start("--no-worker")
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "stopped\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "docs.example.org"])
def test_others_may_come_only_with_a_key(cli: Cli, host: str) -> None:
    result = cli("serve", "--host", host)
    assert result.code == 2
    assert "no key is set" in result.err
    assert "server.api_key" in result.err
    assert not cli.home.exists()


def test_a_port_in_use_is_said_at_once(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = cli("serve", "--port", str(taken.getsockname()[1]))
    assert result.code == 3
    assert "cannot be listened on" in result.err
    assert "--port" in result.err
