"""Which files `docchat ingest` takes: paths in, named files out."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer


@dataclass(frozen=True, slots=True)
class Source:
    """A file and the name that its document gets."""

    path: Path
    name: str


@dataclass(slots=True)
class Found:
    """What a walk over the arguments gave; `skipped` are files of a kind that is not read."""

    sources: list[Source] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def find_files(
    paths: Sequence[Path], suffixes: Iterable[str], *, recursive: bool, pattern: str
) -> Found:
    """Return the files to add, in a stable order.

    A file that is named is taken whatever it is, under its own name. Of a folder those with one of
    `suffixes` are taken that match `pattern` (by name, or by path below the folder), under their
    path below it; hidden files and folders are passed over. Two files of one name are a usage
    error: the second would replace the first.
    """
    found = Found()
    known = {suffix.casefold() for suffix in suffixes}
    for path in paths:
        if not path.is_dir():
            found.sources.append(Source(path, path.name))
            continue
        for file in _below(path, recursive=recursive):
            name = file.relative_to(path).as_posix()
            if not (fnmatch.fnmatch(file.name, pattern) or fnmatch.fnmatch(name, pattern)):
                continue
            if file.suffix.casefold() in known:
                found.sources.append(Source(file, name))
            else:
                found.skipped.append(name)
    _refuse_clashes(found.sources)
    return found


def _below(folder: Path, *, recursive: bool) -> Iterator[Path]:
    walk = folder.rglob("*") if recursive else folder.glob("*")
    for path in sorted(walk):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


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
