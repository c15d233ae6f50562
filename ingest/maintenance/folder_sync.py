"""Synchronises a collection with a folder: finds new, changed, moved and missing files.

A file with the size and time of change of the last run is taken for unchanged without being read,
unless it was changed so shortly before that run that a later change could have the same time. A
moved file is recognised by its bytes, and its document keeps its id. Everything may be interrupted
at any point and run again. Limits: a change that keeps size and time is not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ingest.errors import FileRejected, IngestError, InvalidRequest, NotFound
from ingest.formats.common.front_matter import read_side_file, side_file_of
from ingest.library import Library
from ingest.storage.origins import Folder, KnownFile, Origins
from ingest.types import AddedDocument, DocumentRecord

SyncOutcome = Literal["added", "replaced", "unchanged", "moved", "deleted", "refused"]

_SETTLING_NS = 2_000_000_000
"""A file changed so shortly before may change again with the same time: the coarsest file systems
(FAT) count in steps of two seconds."""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it is now; an empty `stamp` means that it must be read."""

    name: str
    path: Path
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What has to be done; `moved` pairs a file as it was known with the file as it is now."""

    changed: tuple[SeenFile, ...]
    moved: tuple[tuple[KnownFile, SeenFile], ...]
    new: tuple[SeenFile, ...]
    gone: tuple[KnownFile, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class SyncStep:
    """What was done with one file; `document` is None if it was refused or deleted."""

    name: str
    outcome: SyncOutcome
    document: DocumentRecord | None = None
    error: IngestError | None = None


def inspect_file(path: Path, name: str, now_ns: int) -> SeenFile:
    """Return a file as it is at the time `now_ns`; one that cannot be accessed has no stamp."""
    try:
        status = path.stat()
    except OSError:  # adding it will say why
        return SeenFile(name, path, 0, "")
    changed, sizes = status.st_mtime_ns, f"{status.st_size}"
    try:
        beside = side_file_of(path).stat()
    except OSError:
        pass  # most files have nothing beside them
    else:
        changed, sizes = max(changed, beside.st_mtime_ns), f"{sizes}.{beside.st_size}"
    settled = now_ns - changed > _SETTLING_NS
    return SeenFile(name, path, status.st_size, f"{changed}.{sizes}" if settled else "")


def make_plan(
    seen: Sequence[SeenFile],
    known: Mapping[str, KnownFile],
    covers: Callable[[str], bool] = lambda name: True,
) -> SyncPlan:
    """Compare the files of a folder with those of the last run.

    `covers` says whether this run would have found a known name: files that it leaves out are not
    gone. Reads only new files that have the size of a missing one, to see whether it was moved.
    """
    names = {each.name for each in seen}
    gone = [each for each in known.values() if each.name not in names and covers(each.name)]
    moved: list[tuple[KnownFile, SeenFile]] = []
    new: list[SeenFile] = []
    changed: list[SeenFile] = []
    for each in seen:
        before = known.get(each.name)
        if before is None:
            former = _find_former_file(each, gone)
            if former is None:
                new.append(each)
            else:
                gone.remove(former)
                moved.append((former, each))
        elif before.unsettled or not each.stamp or before.stamp != each.stamp:
            changed.append(each)
    unchanged = len(seen) - len(new) - len(moved) - len(changed)
    return SyncPlan(tuple(changed), tuple(moved), tuple(new), tuple(gone), unchanged)


def carry_out_plan(
    library: Library,
    folder: Folder,
    plan: SyncPlan,
    *,
    delete: bool,
    metadata: Mapping[str, str] | None = None,
) -> Iterator[SyncStep]:
    """Carry out a plan, file by file; documents of missing files are deleted only with `delete`.

    Changed files come first: while two files were equal they shared a document, and the one that
    did not change must then be added again (the next plan says so). Raises StoreUnavailable.
    """
    origins = Origins(library.store)
    for seen in plan.changed:
        yield _add_file(library, origins, folder, seen, metadata)
    for former, seen in plan.moved:
        known = replace(former, name=seen.name, size=seen.size, stamp=seen.stamp)
        origins.move(folder, former.name, known)
        yield SyncStep(seen.name, "moved", library.get_document(former.document_id))
    for seen in plan.new:
        yield _add_file(library, origins, folder, seen, metadata)
    for known in plan.gone if delete else ():
        # The document before its origin: after a kill in between, the origin of a deleted document
        # is ignored and later removed with it. The other way round, no run would find the document.
        if not origins.has_shared_document(folder, known):
            _delete_document(library, known.document_id)
        origins.drop(folder, known)
        yield SyncStep(known.name, "deleted")


def _find_former_file(seen: SeenFile, gone: Sequence[KnownFile]) -> KnownFile | None:
    candidates = [known for known in gone if known.size == seen.size]
    if not candidates or not seen.path.is_file():  # a pipe would never end
        return None
    try:
        with seen.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:  # adding it will say why
        return None
    return next((known for known in candidates if known.sha256 == digest), None)


def _add_file(
    library: Library,
    origins: Origins,
    folder: Folder,
    seen: SeenFile,
    metadata: Mapping[str, str] | None,
) -> SyncStep:
    try:
        values = read_side_file(seen.path) | dict(metadata or {})
        added: AddedDocument = library.add(seen.path, seen.name, folder.collection_id, values)
    except (FileRejected, InvalidRequest, NotFound) as error:
        return SyncStep(seen.name, "refused", error=error)
    # After the add: a kill in between means that the file is added once more, as unchanged.
    document = added.document
    origins.note(folder, KnownFile(seen.name, document.id, seen.size, seen.stamp, document.sha256))
    return SyncStep(seen.name, added.outcome, document)


def _delete_document(library: Library, document_id: str) -> None:
    try:
        library.delete(document_id)
    except NotFound:  # deleted by somebody else, or by an earlier run that was interrupted
        return
