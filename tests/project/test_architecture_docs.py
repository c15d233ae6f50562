"""All pages name only what there is, and docs/architecture.md names every folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

ARCHITECTURE = ROOT / "docs" / "architecture.md"
FOR_NEWCOMERS = (
    ARCHITECTURE,
    *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "README.md")),
)
PAGES = sorted({*FOR_NEWCOMERS, *(ROOT / "docs").rglob("*.md")})
ROOMS = ("ingest", "rag", "app", "eval")
NOT_OURS = frozenset({"node_modules", "dist", "__pycache__"})

_PATH = re.compile(r"(?<![\w./-])(?:ingest|rag|app|eval|tests|docs|data)/[\w./-]*")
_NAME = re.compile(r"`([\w./-]+\.(?:md|toml|yaml|yml|py))`")
_MODULE = re.compile(rf"(?<![\w./-])(?:{'|'.join(ROOMS)})(?:\.[a-z]\w*)+(?![\w/])")
_MADE_BY_PEOPLE = ("data/home", "app/web/dist", "docchat.toml")
"""What the pages name although no clone has it."""
_BASES = (ROOT, ROOT / "docs", ROOT / "ingest" / "pdf")
"""Where a name may begin: docs/parsing.md names modules of ingest/pdf."""


def find_paths(text: str) -> set[str]:
    """Return all files and folders that a text names."""
    named = {found.rstrip(".") for found in _PATH.findall(text)} | set(_NAME.findall(text))
    return {name for name in named if not name.startswith(_MADE_BY_PEOPLE)}


def find_modules(text: str) -> set[str]:
    """Return all dotted modules of ours that a text names."""
    found = set(_MODULE.findall(text))
    return {name for name in found if not name.endswith((".py", ".ts", ".tsx"))}


def walk_folders(folder: Path) -> Iterator[Path]:
    """Yield a folder and all folders below it that hold files of ours."""
    if any(path.is_file() for path in folder.iterdir()):
        yield folder
    for inner in sorted(folder.iterdir()):
        if inner.is_dir() and inner.name not in NOT_OURS and not inner.name.startswith("."):
            yield from walk_folders(inner)


def exists_as_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def find_missing(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if not any((base / name).exists() for base in _BASES))


@pytest.mark.parametrize("page", FOR_NEWCOMERS, ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    missing = find_missing(find_paths(page.read_text(encoding="utf-8")))
    assert not missing, f"{page.name} names what is not there: {missing}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_source_file_that_is_named_exists(page: Path) -> None:
    named = find_paths(page.read_text(encoding="utf-8"))
    missing = find_missing(name for name in named if name.endswith((".py", ".ts", ".tsx")))
    assert not missing, f"{page.name} names what is not there: {missing}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_that_is_named_exists(page: Path) -> None:
    named = find_modules(page.read_text(encoding="utf-8"))
    missing = sorted(name for name in named if not exists_as_module(name))
    assert not missing, f"{page.name} names modules that are not there: {missing}"


@pytest.mark.parametrize("room", ROOMS)
def test_every_folder_of_a_room_is_named(room: str) -> None:
    named = find_paths(ARCHITECTURE.read_text(encoding="utf-8"))
    folders = {f"{path.relative_to(ROOT)}/" for path in walk_folders(ROOT / room)}
    missing = sorted(folders - named)
    assert not missing, f"docs/architecture.md does not say what these are for: {missing}"


def test_paths_and_modules_are_seen_where_they_stand() -> None:
    text = "`rag/x.py`, <br>app/y.ts<br>eval/z/ ingest.pdf.parse, (`setup.md`). `my/rag/x`"
    assert find_paths(text) == {"rag/x.py", "app/y.ts", "eval/z/", "setup.md"}
    assert find_modules(text) == {"ingest.pdf.parse"}
    assert exists_as_module("ingest.pdf.parse")
    assert not exists_as_module("ingest.pdf.nothing")
