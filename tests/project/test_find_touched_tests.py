"""Which tests a change touches: on a small repository, and that every module of ours has some."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from tests.project.find_touched_tests import (
    HOUSE_RULES,
    TestFiles,
    find_changes,
    find_imports,
    find_touched_tests,
)
from tests.support import ROOT

FILES = {
    "README.md": "# Hello\n",
    "app/commands/search.py": "",
    "app/commands/serve.py": "",
    "data/samples/a b.pdf": "",
    "ingest/pdf/tables/charts.py": "",
    "ingest/pdf/tables/ruled.py": "",
    "ingest/pdf/tables/rules.py": "",
    "ingest/prompts/ask.txt": "",
    "ingest/types.py": "",
    "tests/app/cli/test_main.py": "run('search')",
    "tests/app/cli/test_rest.py": "run('ask')",
    "tests/e2e/test_page.py": "",
    "tests/ingest/conftest.py": "",
    "tests/ingest/pdf/tables/goldens/one.json": "",
    "tests/ingest/pdf/tables/test_others.py": "from ingest.pdf.tables import charts",
    "tests/ingest/pdf/tables/test_ruled.py": "from ingest.pdf.tables.ruled import find",
    "tests/ingest/pdf/tables/test_ruled_wide.py": "import ingest.types",
    "tests/ingest/test_prompts.py": "from tests.support.made import make",
    "tests/project/test_house_rules.py": "",
    "tests/support/made.py": "",
    "tests/test_top.py": "read('README.md')",
}
RULED = ["tests/ingest/pdf/tables/test_ruled.py", "tests/ingest/pdf/tables/test_ruled_wide.py"]
OTHERS = "tests/ingest/pdf/tables/test_others.py"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run_git(root, "init", "--quiet", "--initial-branch", "main")
    run_git(root, "add", "--all")
    run_git(root, "commit", "--quiet", "--message", "Begin")
    return root


def run_git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)


def name_touched(root: Path, changed: str) -> list[str]:
    return list(map(str, TestFiles(root).find_touched(PurePosixPath(changed))))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("tests/test_top.py", ["tests/test_top.py"]),
        ("tests/test_gone.py", []),
        ("ingest/pdf/tables/ruled.py", RULED),
        ("ingest/pdf/tables/charts.py", [OTHERS]),
        ("ingest/pdf/tables/rules.py", [OTHERS, *RULED]),
        ("ingest/types.py", ["tests/ingest/test_prompts.py"]),
        ("ingest/prompts/ask.txt", ["tests/ingest/test_prompts.py"]),
        ("app/commands/search.py", ["tests/app/cli/test_main.py"]),
        ("app/commands/serve.py", ["tests/app/cli/test_main.py", "tests/app/cli/test_rest.py"]),
        ("tests/support/made.py", ["tests/ingest/test_prompts.py"]),
        ("tests/ingest/conftest.py", [OTHERS, *RULED, "tests/ingest/test_prompts.py"]),
        ("tests/ingest/pdf/tables/goldens/one.json", [OTHERS, *RULED]),
        ("README.md", ["tests/test_top.py"]),
        ("data/samples/a b.pdf", []),
        ("app/web/src/main.tsx", []),
        ("tests/e2e/test_page.py", []),
    ],
)
def test_each_rule(checkout: Path, changed: str, expected: list[str]) -> None:
    assert name_touched(checkout, changed) == expected


def test_house_rules_hold_for_every_source(checkout: Path) -> None:
    rules = find_touched_tests(checkout, [PurePosixPath("app/web/src/main.tsx")])
    assert rules == [HOUSE_RULES]
    assert find_touched_tests(checkout, [PurePosixPath("README.md")]) != rules


def test_changes_since_main_are_found(checkout: Path) -> None:
    assert find_changes(checkout) == []
    run_git(checkout, "checkout", "--quiet", "-b", "work")
    (checkout / "ingest/types.py").write_text("x = 1\n")
    run_git(checkout, "commit", "--quiet", "--all", "--message", "Change")
    (checkout / "README.md").write_text("Edited\n")
    (checkout / "data/samples/a b.pdf").unlink()
    (checkout / "data/neu ü.md").write_text("New\n")
    expected = ["README.md", "data/neu ü.md", "data/samples/a b.pdf", "ingest/types.py"]
    assert list(map(str, find_changes(checkout))) == expected
    run_git(checkout, "checkout", "--quiet", "--force", "main")
    (checkout / "data/neu ü.md").unlink()


def test_imports_are_read() -> None:
    source = "import a.b as c, d\nfrom e.f import g\nfrom . import h\nfrom .i import j\n"
    assert find_imports(source) == {"a.b", "d", "e.f", "e.f.g"}


def test_every_module_of_ours_has_tests() -> None:
    files = TestFiles(ROOT)
    for room in ("ingest", "rag", "app", "eval"):
        for path in (ROOT / room).rglob("*.py"):
            if "node_modules" not in path.parts and path.stem != "__init__":
                changed = PurePosixPath(path.relative_to(ROOT).as_posix())
                assert files.find_touched(changed), changed
