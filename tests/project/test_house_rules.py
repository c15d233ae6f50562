"""What every file of the project keeps to, beyond what the linters know."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.project.count_names import ROOMS
from tests.project.find_touched_tests import find_imports
from tests.project.list_long_files import (
    GATE,
    GUIDE,
    count_lines,
    find_long_files,
    list_sources,
)
from tests.support import ROOT

SOURCES = list_sources(ROOT)
PYTHON = [path for path in SOURCES if path.suffix == ".py"]
LONGEST_FUNCTION = 40
MOST_MODULES = 15
SHORT_MODULE = 60
"""Lines. A shorter module that only one other imports should be merged into that one."""
COMMANDS = {"app/commands", "app/routes", "eval/commands"}
"""Folders of commands, of the command line and of the API: short, and joined in one place."""
SHORT_AND_SINGLE = {
    "ingest/embedding/models/adapted_file.py": "a file format beside the packed one it extends",
    "ingest/pdf/reading/font_style.py": "the reader with it would pass the guide of 400 lines",
    "rag/conversations/deleted_documents.py": "the store with it would pass the guide of 400 lines",
    "rag/grounding/claims.py": "what a claim is, in two languages, apart from whether it holds",
    "rag/question/comparison.py": "reads a question, like its neighbours; answering only asks it",
    "rag/models/describe_figures.py": "implements the protocol of another room, made in bootstrap",
    "rag/retrieval/late_interaction.py": "a reranker like those of the protocol, made in factories",
}
"""Other short modules with one user, and why each stays. Protocols, fakes, migrations and commands
need no entry: `is_short` knows them."""
REASON = "# long because"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_has_one_subject(path: Path) -> None:
    lines = count_lines(path)
    assert lines <= GATE, f"{name_of(path)} has {lines} lines: split it by subject"


def test_a_long_file_is_told_to_readers(tmp_path: Path) -> None:
    for name, lines in (("ingest/a.py", 401), ("rag/b.py", 400), ("app/web/dist/c.ts", 900)):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("x = 1\n" * lines)
    assert find_long_files(tmp_path, GUIDE) == [(401, Path("ingest/a.py"))]


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    modules = Counter(name_of(path.parent) for path in PYTHON if path.stem != "__init__")
    full = {name: count for name, count in modules.items() if count > MOST_MODULES}
    full.pop("ingest/storage/migrations/versions", None)
    assert not full, f"more than {MOST_MODULES} modules: part them into folders"


def test_a_short_module_has_several_users() -> None:
    single = {
        name: users for name, users in list_users().items() if len(users) == 1 and is_short(name)
    }
    unexplained = {name: users for name, users in single.items() if name not in SHORT_AND_SINGLE}
    assert not unexplained, "merge each into its one user, or give a reason in SHORT_AND_SINGLE"
    assert set(SHORT_AND_SINGLE) <= set(single), "exceptions that are none any more"


def list_users() -> dict[str, set[str]]:
    """Return the modules that import each module, both as files."""
    modules = {module_of(path): name_of(path) for path in PYTHON}
    users: dict[str, set[str]] = {name: set() for name in modules.values()}
    for path in PYTHON:
        for imported in find_imports(path.read_text(encoding="utf-8")) & modules.keys():
            users[modules[imported]].add(name_of(path))
    return users


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_short(name: str) -> bool:
    """Tell whether a module is short without being one of a kind that may be."""
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    head = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].lower()
    return not (
        count_lines(path) >= SHORT_MODULE
        or path.stem in {"__init__", "__main__"}
        or "migrations" in path.parts
        or name_of(path.parent) in COMMANDS
        or "(Protocol" in text
        or "fake" in head
    )


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
    assert sorted(rooms) == sorted(f"{room}*" for room in ROOMS)
    for folder in {path.parent for path in PYTHON}:  # setuptools finds folders with this file
        assert (folder / "__init__.py").exists(), f"{name_of(folder)} would not be in the wheel"
