"""What every file of the project keeps to, beyond what the linters know."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from tests.support import ROOT

PACKAGES = ("ingest", "rag", "app", "eval")
GENERATED = ROOT / "app/web/src/api/openapi.d.ts"
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*")
    if path.suffix in {".py", ".ts", ".tsx", ".css"}
    and path != GENERATED
    and not {"node_modules", "dist"} & set(path.parts)
)
PYTHON = [path for path in SOURCES if path.suffix == ".py"]
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
REASON = "# long because"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_has_one_subject(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{name_of(path)} has {lines} lines: split it by subject"


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_a_function_has_one_level_of_thought(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
        length = (node.end_lineno or 0) - body[0].lineno + 1
        explained = REASON in "\n".join(lines[max(0, node.lineno - 3) : body[0].lineno])
        assert length <= LONGEST_FUNCTION or explained, (
            f"{name_of(path)}:{node.lineno} {node.name} has {length} lines: split it, "
            f"or give the reason in a comment beginning “{REASON}”"
        )


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree), f"{name_of(path)} has no docstring"


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_configuration_is_read_in_settings_alone(path: Path) -> None:
    if name_of(path) in {"rag/settings.py", "rag/pipeline/factories.py"}:
        pytest.skip("the two places that may: one reads it, one silences libraries through it")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
            pytest.fail(f"{name_of(path)}:{node.lineno} reads the environment")


def test_the_wheel_has_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert sorted(rooms) == sorted(f"{package}*" for package in PACKAGES)
    for folder in {path.parent for path in PYTHON}:  # setuptools finds folders with this file
        assert (folder / "__init__.py").exists(), f"{name_of(folder)} would not be in the wheel"
