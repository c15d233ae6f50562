"""Which files `docchat ingest` takes: paths in, named files out.

Limits: links to folders are not followed, so that no walk goes in circles; they are named among
what is left out.
"""

from __future__ import annotations

import fnmatch
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

from ingest.names import visible


@dataclass(frozen=True, slots=True)
class Source:
    """A file and the name that its document gets."""

    path: Path
    name: str


@dataclass(slots=True)
class Found:
    """What a walk over the arguments gave.

    `skipped` are files of a kind that is not read, `unread` folders that could not be entered and
    links to folders.
    """

    sources: list[Source] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def find_files(
    paths: Sequence[Path], suffixes: Iterable[str], *, recursive: bool, pattern: str
) -> Found:
    """Return the files to add, in a stable order.

    A file that is named is taken whatever it is, under its own name. Of a folder those with one of
    `suffixes` are taken that match `pattern` (by name, or by path below the folder), under their
    path below it; hidden files and folders are passed over. What is no regular file, or a link that
    leads nowhere, is taken too: adding it fails and says so. Two files of one name are a usage
    error: the second would replace the first.
    """
    found = Found()
    known = {suffix.casefold() for suffix in suffixes}
    for path in paths:
        if not path.is_dir():
            found.sources.append(Source(path, _shown(path.name)))
            continue
        for file in _below(path, found.unread, recursive=recursive):
            name = _shown(file.relative_to(path).as_posix())
            if not (fnmatch.fnmatch(file.name, pattern) or fnmatch.fnmatch(name, pattern)):
                continue
            if file.suffix.casefold() in known:
                found.sources.append(Source(file, name))
            else:
                found.skipped.append(name)
    _refuse_clashes(found.sources)
    return found


def _below(root: Path, unread: list[str], *, recursive: bool) -> Iterator[Path]:
    """Yield the files below a folder in order; note in `unread` what is not walked through."""
    files: list[Path] = []

    def failed(error: OSError) -> None:
        unread.append(f"{error.filename} ({error.strerror})")

    for place, folders, names in os.walk(root, onerror=failed):
        folder = Path(place)
        folders[:] = [each for each in folders if recursive and not each.startswith(".")]
        unread += [f"{folder / each} (a link)" for each in folders if (folder / each).is_symlink()]
        files += [folder / each for each in names if not each.startswith(".")]
    yield from sorted(files)


def _shown(name: str) -> str:
    """Return a name fit to be shown, decoded as well as can be where it is not UTF-8."""
    decoded = os.fsencode(name).decode("utf-8", errors="replace")
    return "/".join(visible(part) or "unnamed" for part in decoded.split("/"))


def _refuse_clashes(sources: list[Source]) -> None:
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
