from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from eval.errors import EvalError
from eval.parsing.sets import ParsingSet, load_parsing_sets
from eval.peers.__main__ import main
from eval.peers.drive import Peer, run_peers
from eval.peers.worker import BATCHES, PEERS
from tests.support import ROOT

SAMPLE = ROOT / "data" / "samples" / "tidal-turbines.pdf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a set of a document that parses and one that does not."""
    home = tmp_path / "mine"
    for part in ("pdf", "gt"):
        (home / part).mkdir(parents=True)
    (home / "pdf" / "good.pdf").write_bytes(SAMPLE.read_bytes())
    (home / "pdf" / "worse.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    for name in ("good", "worse"):
        (home / "gt" / f"{name}.md").write_text("# Tidal turbines\n")
    return home


@pytest.fixture
def sets(folder: Path) -> list[ParsingSet]:
    return load_parsing_sets(folder)


def script(path: Path, text: str) -> str:
    """Return a program that stands in for an interpreter."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_parser_is_timed_and_its_failures_are_named(
    sets: list[ParsingSet], tmp_path: Path
) -> None:
    peer = Peer("docchat:ocr=off,furniture=keep", sys.executable)
    (cost,) = run_peers(sets, [peer], tmp_path / "out", 120)[peer.name]
    written = tmp_path / "out" / "docchat_ocr_off_furniture_keep" / "mine"
    assert [path.name for path in written.iterdir()] == ["good.md"]
    assert "turbine" in (written / "good.md").read_text(encoding="utf-8").lower()
    (failure,) = cost.failures
    assert (failure.case, failure.code) == ("worse", "peer_failed")
    assert "CorruptFile" in failure.message
    assert cost.cpu_s > 0
    assert cost.seconds > 0


@pytest.mark.parametrize(
    ("program", "why"), [("exit 3", "exit code 3"), ("exec sleep 60", "longer than 1 seconds")]
)
def test_a_parser_that_ends_or_hangs_fails_by_document(
    sets: list[ParsingSet], tmp_path: Path, program: str, why: str
) -> None:
    peer = Peer("liteparse", script(tmp_path / "python", program))
    (cost,) = run_peers(sets, [peer], tmp_path / "out", 1)["liteparse"]
    assert [failure.case for failure in cost.failures] == ["good", "worse"]
    assert {failure.code for failure in cost.failures} == {"peer_ended"}
    assert all(why in failure.message or "died" in failure.message for failure in cost.failures)


def test_an_interpreter_that_is_not_there_is_a_clear_error(
    sets: list[ParsingSet], tmp_path: Path
) -> None:
    with pytest.raises(EvalError, match="cannot be started"):
        run_peers(sets, [Peer("liteparse", "/no/such/python")], tmp_path / "out", 1)


def test_parsers_that_work_in_batches_are_told_apart() -> None:
    assert set(BATCHES).isdisjoint(PEERS)


def test_the_command_prints_a_row_for_each_parser(folder: Path, tmp_path: Path) -> None:
    cli = Typer()
    cli.command()(main)
    broken = script(tmp_path / "python", "exit 3")
    output = tmp_path / "results.json"
    arguments = ["--data", str(folder), "--out", str(tmp_path / "out"), "--output", str(output)]
    parsers = ["--parser", "docchat:ocr=off", "--parser", f"edgeparse={broken}"]
    done = CliRunner().invoke(cli, [*arguments, *parsers])
    assert done.exit_code == 0, done.output
    assert "docchat:ocr=off" in done.stdout
    rows = {row["parser"]: row for row in json.loads(output.read_text())["results"]}
    assert list(rows["docchat:ocr=off"]["failed"]) == ["worse"]
    assert list(rows["edgeparse"]["failed"]) == ["good", "worse"]
    assert rows["edgeparse"]["figures"]["nid"] == 0.0


def test_a_parser_nobody_knows_is_a_usage_error(folder: Path, tmp_path: Path) -> None:
    cli = Typer()
    cli.command()(main)
    arguments = ["--data", str(folder), "--out", str(tmp_path), "--parser", "wonder"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 2
    assert "There is no parser wonder" in done.output
