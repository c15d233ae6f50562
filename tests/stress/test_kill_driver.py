"""A few random kills over all operations; `make bench-kill` does hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stress.kill_driver import Plan, run


@pytest.mark.slow
def test_nothing_is_lost_double_or_left_over(tmp_path: Path) -> None:
    lines: list[str] = []
    plan = Plan(kills=8, seed=11, home=tmp_path / "home", documents=4)
    assert run(plan, lines.append) == []
    assert "8 kills" in lines[-1]
