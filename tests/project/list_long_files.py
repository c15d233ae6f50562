"""Lists the files of the four rooms that are longer than the guide, as a warning.

Run as `python -m tests.project.list_long_files`. The guide is 400 lines: a file above it probably
has two subjects, and only a reader can tell. Above the gate of 600 lines a test fails.
"""

from __future__ import annotations

from pathlib import Path

from tests.project.count_names import ROOMS
from tests.support import ROOT

GUIDE, GATE = 400, 600
_SUFFIXES = {".py", ".ts", ".tsx", ".css"}
_MADE = {"node_modules", "dist"}
"""Folders whose files are not ours."""
_GENERATED = Path("app/web/src/api/openapi.d.ts")


def list_sources(root: Path) -> list[Path]:
    """Return the source files of the four rooms."""
    return sorted(
        path
        for room in ROOMS
        for path in (root / room).rglob("*")
        if path.suffix in _SUFFIXES
        and path != root / _GENERATED
        and not _MADE & set(path.relative_to(root).parts)
    )


def count_lines(path: Path) -> int:
    """Return how many lines a file has."""
    return path.read_text(encoding="utf-8").count("\n")


def find_long_files(root: Path, most: int) -> list[tuple[int, Path]]:
    """Return the files with more lines than `most`, longest first, with their lines."""
    counted = ((count_lines(path), path.relative_to(root)) for path in list_sources(root))
    return sorted((each for each in counted if each[0] > most), reverse=True)


def main() -> None:
    """Print a line for each file above the guide."""
    for lines, path in find_long_files(ROOT, GUIDE):
        print(f"warning: {path} has {lines} lines; the guide is {GUIDE}")  # noqa: T201


if __name__ == "__main__":
    main()
