"""The command line as a whole: quick help, plug-ins, versions, errors and documentation."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer

from app.commands.cli import build_cli
from app.terminal.output import exit_code, key_values, size_text
from eval.commands.cli import cli as eval_cli
from tests.support import ROOT
from tests.support.cli_runner import Cli

HEAVY = {
    "alembic",
    "chromadb",
    "fastapi",
    "langchain_core",
    "lxml",
    "numpy",
    "openai",
    "pathspec",
    "pydantic",
    "pydantic_settings",
    "pymupdf",
    "scipy",
    "sqlalchemy",
    "tantivy",
    "torch",
    "transformers",
    "uvicorn",
    "watchfiles",
}
TYPERS_OWN = {"pydantic"}
"""What typer imports by itself as soon as a command has parameters."""
COMMANDS = {
    "ask", "collections", "docs", "doctor", "eval", "ingest", "parse", "rebuild", "search", "serve",
}  # fmt: skip


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    program = (
        "import sys\nsys.argv = ['docchat', '--help']\nfrom app.commands.cli import main\n"
        "try:\n    main()\nfinally:\n"
        f"    print('HEAVY', sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert "HEAVY []" in done.stdout
    for name in COMMANDS:
        assert f" {name} " in done.stdout


def test_help_of_each_command_imports_nothing_heavy() -> None:
    commands = [path for path, _ in _leaves(typer.main.get_command(build_cli()), ())]
    commands += [("docs",), ("collections",)]
    commands += [("eval", name) for name in typer.main.get_command(eval_cli).commands]  # type: ignore[attr-defined]
    program = f"""
import sys
from app.commands.cli import main

for command in {commands!r}:
    sys.argv = ["docchat", *command, "--help"]
    try:
        main()
    except SystemExit as left:
        print("LEFT", command, left.code, sorted({HEAVY - TYPERS_OWN!r} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("LEFT")]
    assert told == [f"LEFT {command!r} 0 []" for command in commands]


def test_every_command_has_help(cli: Cli) -> None:
    for name in sorted(COMMANDS):
        result = cli(name, "--help")
        assert result.code == 0, name
        assert "Usage: docchat" in result.out


def test_every_command_and_option_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    click = typer.main.get_command(build_cli())
    for path, command in _leaves(click, ()):
        assert f"docchat {' '.join(path)}" in page, path
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option not in {"--help", "--install-completion"}:
                    assert f"`{option}" in page, (path, option)


def _leaves(
    command: object, path: tuple[str, ...]
) -> list[tuple[tuple[str, ...], typer.core.TyperCommand]]:
    if isinstance(command, typer.core.TyperGroup):
        found = []
        for name, inner in command.commands.items():
            found += _leaves(inner, (*path, name))
        return found
    assert isinstance(command, typer.core.TyperCommand)
    return [(path, command)]


def test_plug_ins_run_with_their_own_arguments(cli: Cli) -> None:
    result = cli("eval", "--help")
    assert result.code == 0
    assert "Usage: docchat eval" in result.out
    assert "retrieval" in result.out
    assert cli("eval", "no-such-command").code == 2


def test_version(cli: Cli) -> None:
    result = cli("--version")
    assert result.code == 0
    assert result.out.startswith("docchat ")


@pytest.mark.parametrize("arguments", [["nothing"], ["docs", "nothing"], ["ask"], ["--nothing"]])
def test_wrong_usage_ends_with_2(cli: Cli, arguments: list[str]) -> None:
    result = cli(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert "Usage: docchat" in result.err


@pytest.mark.parametrize(("level", "expected"), [("info", False), ("debug", True)])
def test_a_traceback_only_for_those_who_asked(cli: Cli, level: str, expected: bool) -> None:
    program = "from app.commands.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "docs", "show", "nothing"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DOCCHAT_HOME": str(cli.home), "DOCCHAT_LOG_LEVEL": level},
        check=False,
    )
    assert done.returncode == 1
    assert "error: There is no document" in done.stderr
    assert ("Traceback" in done.stderr) is expected


def test_a_database_out_of_reach_is_not_ready(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCCHAT_DATABASE_URL", "sqlite:////proc/nowhere/docchat.db")
    result = cli("docs", "list")
    assert result.code == 3
    assert result.err.startswith("error: ")
    assert "hint: " in result.err


@pytest.mark.parametrize(
    ("code", "ended"),
    [
        ("settings_invalid", 2),
        ("question_invalid", 2),
        ("invalid_request", 2),
        ("store_unavailable", 3),
        ("index_mismatch", 3),
        ("model_unavailable", 3),
        ("not_found", 1),
        ("conflict", 1),
        ("anything_new", 1),
    ],
)
def test_exit_codes(code: str, ended: int) -> None:
    assert exit_code(code) == ended


def test_key_values() -> None:
    assert key_values(["a=b", " 年 = 2024 ", "url=x=y", "empty="]) == {
        "a": "b",
        "年": "2024",
        "url": "x=y",
        "empty": "",
    }
    for wrong in ("novalue", "=x", " =x"):
        with pytest.raises(typer.BadParameter):
            key_values([wrong])


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (3_200_000_000, "3.2 GB")]
)
def test_size_text(size: int, text: str) -> None:
    assert size_text(size) == text
