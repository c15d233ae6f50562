"""Without the extra `eval`, help works and every program says what to install."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import typer

from eval.commands.cli import cli
from eval.packages import PACKAGES, check_packages
from tests.support import ROOT

COMMANDS = sorted(typer.main.get_command(cli).commands)  # type: ignore[attr-defined]
PROGRAMS = ("eval.benchmarks.answerable", "eval.peers")

ABSENT = f"""
import runpy, sys

for name in {PACKAGES!r}:
    sys.modules[name] = None  # importing it fails as if it were not installed


def call(*arguments):
    sys.argv = ["docchat", "eval", *arguments]
    try:
        from app.commands.cli import main

        main()
    except SystemExit as left:
        return left.code


def run(module, *arguments):
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__")
    except SystemExit as left:
        return left.code
"""


def run_without(program: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ABSENT + program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DOCCHAT_HOME": str(home), "DOCCHAT_EMBEDDER__MODEL": "hash"},
        check=False,
    )


def test_all_are_here() -> None:
    check_packages()


def test_the_extra_installs_what_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = {re.split(r"[<>=\[]", each)[0] for each in project["optional-dependencies"]["eval"]}
    of_module = packages_distributions()
    named = {distribution.lower().replace("_", "-") for each in PACKAGES
             for distribution in of_module[each]}  # fmt: skip
    assert named == {name.lower().replace("_", "-") for name in extra}


def test_help_needs_none_of_them(tmp_path: Path) -> None:
    asked = [["--help"], *([name, "--help"] for name in COMMANDS)]
    done = run_without(f"print([call(*each) for each in {asked!r}])", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str([0] * len(asked))
    for name in COMMANDS:
        assert f"Usage: docchat eval {name}" in done.stdout


@pytest.mark.parametrize("command", ["retrieval", "answers", "parsing"])
def test_a_command_says_what_to_install(command: str, tmp_path: Path) -> None:
    done = run_without(f"sys.exit(call({command!r}, '--data', 'data/samples'))", tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "pip install 'docchat[eval]'" in done.stderr
    assert "rapidfuzz" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", PROGRAMS)
def test_a_program_says_so_too(module: str, tmp_path: Path) -> None:
    asked = ["--data", "data/samples"]
    if module == "eval.peers":
        asked += ["--parser", "docchat", "--out", str(tmp_path)]
    done = run_without(f"sys.exit(run({module!r}, *{asked!r}))", tmp_path)
    assert done.returncode == 2, done.stderr
    assert "pip install 'docchat[eval]'" in done.stderr
    assert run_without(f"sys.exit(run({module!r}, '--help'))", tmp_path).returncode == 0
