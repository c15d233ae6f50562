"""Prints the test files that a change touches, for `make check`.

Run as `python -m tests.project.find_touched_tests`. What counts as changed is all that differs from
where this branch left `main`, committed or not. For each changed file, the first of these rules
that finds a test decides:

- a test file is run itself; a `conftest.py` touches all tests below it;
- a file of a room: the tests named after it in the folder that mirrors its own; else those of that
  folder that import it, or speak of it, or all of them; else whatever test imports it; else the
  tests named after its folder, or those of the nearest folder above that has any;
- another Python file of the tests: the tests that import it;
- any other file: the tests that name it; else, within `tests`, those of the nearest folder.

Limits: a test that reaches a module through others alone is not found, and browser tests are left
out. `make test` runs everything.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from tests.project.count_names import ROOMS
from tests.support import ROOT

MIRRORS = {
    "app/commands": "tests/app/cli",
    "app/terminal": "tests/app/cli",
    "app/http": "tests/app/api",
    "app/routes": "tests/app/api",
    "app/schemas": "tests/app/api",
    "app/services": "tests/app/api",
}
"""Folders whose tests do not stand in `tests/` and their own path."""
PAGE = PurePosixPath("app/web")
HOUSE_RULES = PurePosixPath("tests/project/test_house_rules.py")
_BROWSER = PurePosixPath("tests/e2e")
_BASES = ("main", "origin/main")


def find_changes(root: Path) -> list[PurePosixPath]:
    """Return the files that differ from where this branch left main, gone ones too."""
    base = "HEAD"
    for name in _BASES:
        found = _run_git(root, "merge-base", name, "HEAD")
        if found:
            base = found.strip()
            break
    differing = _run_git(root, "diff", "--name-only", "--no-renames", "-z", base)
    new = _run_git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return [
        PurePosixPath(name) for name in sorted({*differing.split("\0"), *new.split("\0")} - {""})
    ]


def _run_git(root: Path, *arguments: str) -> str:
    """Return what git prints, nothing where it fails."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.stdout.decode() if done.returncode == 0 else ""


class TestFiles:
    """The test files of a checkout, asked for by what a change may touch."""

    __test__ = False  # no class of tests, though pytest would take it for one

    def __init__(self, root: Path) -> None:
        self._root = root
        paths = sorted((root / "tests").rglob("*.py"))
        self._python = [PurePosixPath(path.relative_to(root).as_posix()) for path in paths]
        self._tests = [
            path
            for path in self._python
            if path.name.startswith("test_") and _BROWSER not in path.parents
        ]

    def find_touched(self, changed: PurePosixPath) -> list[PurePosixPath]:
        """Return the tests that one changed file touches."""
        if changed in self._tests:
            return [changed]
        if changed.name == "conftest.py":
            return [path for path in self._tests if changed.parent in path.parents]
        if changed.is_relative_to(PAGE) or _BROWSER in changed.parents:
            return []
        if changed.parts[0] in ROOMS:
            return self._find_of_room(changed)
        if changed.suffix == ".py":
            return self._find_importing(changed, self._tests)
        return self._find_naming(changed.name, self._tests) or self._find_nearest(changed)

    def _find_of_room(self, changed: PurePosixPath) -> list[PurePosixPath]:
        beside = self._list_mirror(changed.parent)
        return (
            select_named(changed.stem, beside)
            or self._find_importing(changed, beside)
            or self._find_naming(changed.stem, beside)
            or beside
            or self._find_importing(changed, self._tests)
            or self._find_above(changed.parent)
        )

    def _list_mirror(self, folder: PurePosixPath) -> list[PurePosixPath]:
        mirror = PurePosixPath(MIRRORS.get(str(folder), f"tests/{folder}"))
        return [path for path in self._tests if path.parent == mirror]

    def _find_above(self, folder: PurePosixPath) -> list[PurePosixPath]:
        """Return the tests of a folder without tests of its own, looked for upwards."""
        for above in folder.parents:
            beside = self._list_mirror(above)
            if beside:
                return select_named(folder.name, beside) or beside
            folder = above
        return []

    def _find_importing(
        self, changed: PurePosixPath, among: Iterable[PurePosixPath]
    ) -> list[PurePosixPath]:
        parts = changed.with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        return [path for path in among if module in self._imports[path]]

    def _find_naming(self, name: str, among: Iterable[PurePosixPath]) -> list[PurePosixPath]:
        word = re.compile(rf"\b{re.escape(name)}\b")
        return [path for path in among if word.search(self._texts[path])]

    def _find_nearest(self, changed: PurePosixPath) -> list[PurePosixPath]:
        """Return the tests of the nearest folder within `tests` that has any."""
        for folder in changed.parents:
            if folder.parts[:1] == ("tests",):
                found = [path for path in self._tests if path.parent == folder]
                if found:
                    return found
        return []

    @cached_property
    def _texts(self) -> dict[PurePosixPath, str]:
        return {path: (self._root / path).read_text(encoding="utf-8") for path in self._tests}

    @cached_property
    def _imports(self) -> dict[PurePosixPath, set[str]]:
        return {path: find_imports(text) for path, text in self._texts.items()}


def select_named(name: str, among: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """Return the tests called `test_NAME` or `test_NAME_…`."""
    stem = f"test_{name}"
    return [path for path in among if path.stem == stem or path.stem.startswith(f"{stem}_")]


def find_imports(source: str) -> set[str]:
    """Return the modules that a source names in imports; `from a import b` may name two."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def find_touched_tests(root: Path, changes: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    """Return the tests that changes touch, each once; house rules hold for every source."""
    files = TestFiles(root)
    touched = {test for changed in changes for test in files.find_touched(changed)}
    if any(changed.parts[0] in ROOMS for changed in changes) and (root / HOUSE_RULES).exists():
        touched.add(HOUSE_RULES)
    return sorted(touched)


def main() -> None:
    """Print the test files, one a line; with `--page`, changed files of the web page instead."""
    parser = argparse.ArgumentParser(description="Print the test files that a change touches.")
    parser.add_argument("--page", action="store_true", help="print changed files of the web page")
    changes = find_changes(ROOT)
    if parser.parse_args().page:
        found = [path for path in changes if path.is_relative_to(PAGE)]
    else:
        found = find_touched_tests(ROOT, changes)
    print("\n".join(map(str, found)))  # noqa: T201


if __name__ == "__main__":
    main()
