"""Finds the files that `docchat ingest` takes: paths in, named files out.

A file `.docchatignore` in a folder excludes what its lines name there and below, in the language of
`.gitignore`. Limits: links to folders are not followed, so that no walk goes in circles; they are
listed as left out.
"""

from __future__ import annotations

import fnmatch
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ingest.validation import remove_invisible

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".docchatignore"


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file and the name that its document gets; `root` is the folder it was found in."""

    path: Path
    name: str
    root: Path | None = None


@dataclass(slots=True)
class FoundFiles:
    """What a walk over the arguments gave.

    `skipped` are files of a kind that is not read, `links` links to folders, `unread` folders that
    could not be entered, each with the reason.
    """

    sources: list[NamedFile] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)
    unread: dict[Path, str] = field(default_factory=dict)

    @property
    def left_out(self) -> list[str]:
        """The folders that were not walked through, and why."""
        return [f"{path} (a link)" for path in self.links] + [
            f"{path} ({reason})" for path, reason in self.unread.items()
        ]


def find_files(
    paths: Sequence[Path], suffixes: Iterable[str], *, recursive: bool, pattern: str
) -> FoundFiles:
    """Return the files to add, in a stable order.

    A file that is named is taken whatever it is, under its own name. Of a folder, files with one of
    `suffixes` are taken that match `pattern` (by name, or by path below the folder), under their
    path below it; hidden files and folders are left out. What is no regular file, or a broken link,
    is taken too: adding it fails and says why. Two files of one name are a usage error: the second
    would replace the first.
    """
    found = FoundFiles()
    known = {suffix.casefold() for suffix in suffixes}
    for path in paths:
        if not path.is_dir():
            found.sources.append(NamedFile(path, _clean_name(path.name)))
            continue
        for file in _walk_folder(path, found, recursive=recursive):
            name = _clean_name(file.relative_to(path).as_posix())
            if not matches_pattern(name, pattern):
                continue
            if file.suffix.casefold() in known:
                found.sources.append(NamedFile(file, name, path))
            else:
                found.skipped.append(name)
    _refuse_clashes(found.sources)
    return found


def matches_pattern(name: str, pattern: str) -> bool:
    """Return whether a path below a folder, or its last part, matches."""
    return fnmatch.fnmatch(name.rpartition("/")[2], pattern) or fnmatch.fnmatch(name, pattern)


def _walk_folder(root: Path, found: FoundFiles, *, recursive: bool) -> Iterator[Path]:
    """Yield the files below a folder in order; note in `found` what is not walked through."""
    files: list[Path] = []
    ignored = _IgnoreRules(root)

    def note_unread_folder(error: OSError) -> None:
        found.unread[Path(error.filename)] = error.strerror or str(error)

    for place, folders, names in os.walk(root, onerror=note_unread_folder):
        folder = Path(place)
        ignored.read_rules(folder)
        folders[:] = [
            each
            for each in folders
            if recursive and not each.startswith(".") and not ignored(folder / each, folder=True)
        ]
        found.links += [folder / each for each in folders if (folder / each).is_symlink()]
        files += [
            folder / each
            for each in names
            if not each.startswith(".") and not ignored(folder / each, folder=False)
        ]
    yield from sorted(files)


class _IgnoreRules:
    """What the files `.docchatignore` from `root` downwards leave out."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._specs: dict[Path, GitIgnoreSpec] = {}

    def read_rules(self, folder: Path) -> None:
        """Read the file of a folder, if there is one. Raises BadParameter for a bad line."""
        path = folder / IGNORE_FILE
        if not path.is_file():
            return
        from pathspec import GitIgnoreSpec

        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            self._specs[folder] = GitIgnoreSpec.from_lines(lines)
        except (OSError, ValueError) as error:
            raise typer.BadParameter(f"{path} cannot be used: {error}") from error

    def __call__(self, path: Path, *, folder: bool) -> bool:
        """Return whether a path is left out: the nearest file with a rule for it decides."""
        for place in path.parents if self._specs else ():
            spec = self._specs.get(place)
            if spec is not None:
                name = path.relative_to(place).as_posix() + ("/" if folder else "")
                verdict = spec.check_file(name).include
                if verdict is not None:
                    return verdict
            if place == self._root:
                break
        return False


def _clean_name(name: str) -> str:
    """Return a name that is safe to show; bytes that are not UTF-8 are replaced."""
    decoded = os.fsencode(name).decode("utf-8", errors="replace")
    return "/".join(remove_invisible(part) or "unnamed" for part in decoded.split("/"))


def _refuse_clashes(sources: list[NamedFile]) -> None:
    if len({source.name for source in sources}) == len(sources):
        return  # resolving ten thousand paths takes a second
    unique = {(source.path.resolve(), source.name): source for source in sources}
    sources[:] = unique.values()
    counts = Counter(source.name for source in sources)
    clashing = [source for source in sources if counts[source.name] > 1]
    if clashing:
        listed = ", ".join(str(source.path) for source in clashing)
        raise typer.BadParameter(
            f"Several files would get the same name: {listed}. Give the folder that holds them"
            " all, so that their names tell them apart, or add them to different collections."
        )
