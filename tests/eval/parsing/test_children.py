"""Functions of this module run in the children, so they are module level."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from eval.errors import DatasetInvalid
from eval.measures.cases import CaseFailure
from eval.parsing.children import Children
from ingest.errors import CorruptFile

ONE = Children(jobs=1, timeout_s=60, memory_mb=4096)


def work(order: str) -> str:
    match order:
        case "die":
            os._exit(3)
        case "reject":
            raise CorruptFile("cut off")
        case "hang":
            time.sleep(60)
        case "mistake":
            raise DatasetInvalid("bad reference")
    return order.upper()


def leave_a_mark() -> None:
    Path(os.environ["MARK"]).write_text("warm")


def test_a_crash_and_a_rejection_cost_their_input_alone() -> None:
    seen: list[tuple[int, int]] = []
    inputs = [("a", "x"), ("b", "die"), ("c", "reject"), ("d", "y")]
    results = ONE.map(work, inputs, progress=lambda done, total: seen.append((done, total)))
    assert results == [
        "X",
        CaseFailure("b", "parser_crashed", "The process died (exit code 3)."),
        CaseFailure("c", "corrupt_file", "cut off"),
        "Y",
    ]
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_time_running_out_is_a_failure() -> None:
    (result,) = Children(1, 0.5, 4096).map(work, [("slow", "hang")])
    assert result == CaseFailure("slow", "limit_exceeded", "It took longer than 0 seconds.")


def test_mistakes_of_the_data_stop_the_run() -> None:
    with pytest.raises(DatasetInvalid, match="bad reference"):
        ONE.map(work, [("a", "mistake")])


def test_children_are_warmed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    assert ONE.map(work, [("a", "x")], warm=leave_a_mark) == ["X"]
    assert (tmp_path / "mark").read_text() == "warm"
