"""A folder kept in step with a collection: what is new, changed, moved or gone, and doing it.

A file whose size and time of change are those of the last run is taken for unchanged without being
read, except when it was changed so shortly before that run that a later change could bear the same
time. A moved file is told by its bytes, and its document keeps its id. Everything may be
interrupted anywhere and run again. Limits: a change that keeps size and time is not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ingest.errors import FileRejected, IngestError, InvalidRequest, NotFound
from ingest.formats.common.front_matter import read_side_file, side_file
from ingest.library import Library
from ingest.storage.origins import Folder, KnownFile, Origins
from ingest.types import Added, DocumentRecord

Outcome = Literal["added", "replaced", "unchanged", "moved", "deleted", "refused"]

_SETTLING_NS = 2_000_000_000
"""A file changed this shortly before it was looked at may change again within the same tick."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it is now; an empty `stamp` equals no other."""

    name: str
    path: Path
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would have to be done; `moved` pairs what was known with where it is now."""

    changed: tuple[Seen, ...]
    moved: tuple[tuple[KnownFile, Seen], ...]
    new: tuple[Seen, ...]
    gone: tuple[KnownFile, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one file; `document` is empty for what is refused or deleted."""

    name: str
    outcome: Outcome
    document: DocumentRecord | None = None
    error: IngestError | None = None


def look(path: Path, name: str, now_ns: int) -> Seen:
    """Return a file as it is at the time `now_ns`; one that cannot be looked at has no stamp."""
    try:
        status = path.stat()
    except OSError:  # adding it will say why
        return Seen(name, path, 0, "")
    changed, sizes = status.st_mtime_ns, f"{status.st_size}"
    try:
        beside = side_file(path).stat()
    except OSError:
        pass  # most files have nothing beside them
    else:
        changed, sizes = max(changed, beside.st_mtime_ns), f"{sizes}.{beside.st_size}"
    settled = now_ns - changed > _SETTLING_NS
    return Seen(name, path, status.st_size, f"{changed}.{sizes}" if settled else "")


def make_plan(
    seen: Sequence[Seen],
    known: Mapping[str, KnownFile],
    covers: Callable[[str], bool] = lambda name: True,
) -> Plan:
    """Compare a folder as it is with what is known of it.

    `covers` says of a known name whether this run would have found it: what it leaves out is not
    gone. Reads only new files that have the size of one that is gone, to see whether they are it.
    """
    names = {each.name for each in seen}
    gone = [each for each in known.values() if each.name not in names and covers(each.name)]
    moved: list[tuple[KnownFile, Seen]] = []
    new: list[Seen] = []
    changed: list[Seen] = []
    for each in seen:
        before = known.get(each.name)
        if before is None:
            former = _same_bytes(each, gone)
            if former is None:
                new.append(each)
            else:
                gone.remove(former)
                moved.append((former, each))
        elif before.unsettled or not each.stamp or before.stamp != each.stamp:
            changed.append(each)
    unchanged = len(seen) - len(new) - len(moved) - len(changed)
    return Plan(tuple(changed), tuple(moved), tuple(new), tuple(gone), unchanged)


def carry_out(
    library: Library,
    folder: Folder,
    plan: Plan,
    *,
    delete: bool,
    metadata: Mapping[str, str] | None = None,
) -> Iterator[Step]:
    """Do what a plan says, file by file; documents of files that are gone only with `delete`.

    Changed files come first: while two files were equal they shared a document, and the one that
    did not change must then be added anew (plan again to see it). Raises StoreUnavailable.
    """
    origins = Origins(library.store)
    for seen in plan.changed:
        yield _add(library, origins, folder, seen, metadata)
    for former, seen in plan.moved:
        known = replace(former, name=seen.name, size=seen.size, stamp=seen.stamp)
        origins.move(folder, former.name, known)
        yield Step(seen.name, "moved", library.document(former.document_id))
    for seen in plan.new:
        yield _add(library, origins, folder, seen, metadata)
    for known in plan.gone if delete else ():
        if not origins.has_shared_document(folder, known):
            _delete(library, known.document_id)
        origins.drop(folder, known)
        yield Step(known.name, "deleted")


def _same_bytes(seen: Seen, gone: Sequence[KnownFile]) -> KnownFile | None:
    candidates = [known for known in gone if known.size == seen.size]
    if not candidates or not seen.path.is_file():  # a pipe would never end
        return None
    try:
        with seen.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:  # adding it will say why
        return None
    return next((known for known in candidates if known.sha256 == digest), None)


def _add(
    library: Library,
    origins: Origins,
    folder: Folder,
    seen: Seen,
    metadata: Mapping[str, str] | None,
) -> Step:
    try:
        told = read_side_file(seen.path) | dict(metadata or {})
        added: Added = library.add(seen.path, seen.name, folder.collection_id, told)
    except (FileRejected, InvalidRequest, NotFound) as error:
        return Step(seen.name, "refused", error=error)
    document = added.document
    origins.note(folder, KnownFile(seen.name, document.id, seen.size, seen.stamp, document.sha256))
    return Step(seen.name, added.outcome, document)


def _delete(library: Library, document_id: str) -> None:
    try:
        library.delete(document_id)
    except NotFound:  # somebody else deleted it, or we did and were interrupted
        return
