"""A backup of a library in one file, made while it works, and a library made from one.

The file is a tar: the rows of every table as lines of JSON, the original files, the parsed
documents, the vectors of the dense index, and at its end a manifest with the SHA-256 of every
member. It holds no database or index files, so it moves between machines, databases (SQLite,
PostgreSQL) and indexes (Chroma, Milvus); the lexical index is made anew from the rows. The rows are
of one moment; a document deleted while the files are copied is left out. Limits: a restore needs a
home without documents, and space for everything twice.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ingest.errors import IndexUnavailable, StoreUnavailable
from ingest.index.base import VectorReader
from ingest.library.generations import built_by
from ingest.maintenance.row_file import Rows, snapshot
from ingest.storage.database import generation, newest_schema

if TYPE_CHECKING:
    from ingest.library import Library

FORMAT = 1
MANIFEST = "manifest.json"
VECTORS_AT_ONCE = 1_000

Report = Callable[[int, int], None]
"""Called with (members done, members of all)."""


def back_up(library: Library, target: Path, report: Report = lambda done, of: None) -> int:
    """Write a backup to `target` (compressed when its name ends in "gz"); return its documents.

    A file of that name is replaced when the new one is whole. Raises StoreUnavailable,
    IndexUnavailable.
    """
    partial = target.with_name(f".{target.name}.part")
    try:
        with _translated(target), library.files.folder() as work:
            rows = snapshot(library.store, work)
            with tarfile.open(partial, "w:gz" if target.suffix.endswith("gz") else "w") as tar:
                count = _write(library, _Sums(tar), rows, report)
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return count


class _Sums:
    """A tar under way and the hashes of what is in it."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, str] = {}

    def file(self, name: str, path: Path) -> None:
        """Add a file as it is on disk. Raises FileNotFoundError."""
        with path.open("rb") as stream:
            self.members[name] = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            self._add(name, path.stat().st_size, stream)

    def data(self, name: str, data: bytes) -> None:
        self.members[name] = hashlib.sha256(data).hexdigest()
        self._add(name, len(data), io.BytesIO(data))

    def manifest(self, more: dict[str, object]) -> None:
        data = json.dumps({**more, "members": self.members}, indent=1).encode()
        self._add(MANIFEST, len(data), io.BytesIO(data))

    def _add(self, name: str, size: int, stream: IO[bytes]) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        info.mtime = int(datetime.now(UTC).timestamp())
        self._tar.addfile(info, stream)


def _write(library: Library, out: _Sums, rows: Rows, report: Report) -> int:
    """Write everything; return how many documents."""
    files, lost = library.files, set[str]()
    documents = list(rows.documents())
    for number, document in enumerate(documents):
        report(number, len(documents))
        for sha256 in document.originals:
            name = f"files/{sha256}"
            if name not in out.members and not _copied(out, name, files.path(sha256)):
                lost.add(document.id)
        for revision in document.revisions:
            name = f"parsed/{document.id}/{revision}.json.gz"
            _copied(out, name, files.parsed_path(document.id, revision))
    # Deleted meanwhile, or lost before: without its original there is nothing to restore.
    rows.leave_out(lost)
    with _dense(library) as dense:
        for number, part in enumerate(_vectors(dense, rows.chunk_ids())):
            out.data(f"vectors/{number:06}", part)
    for name, path in rows.files.items():
        out.file(f"tables/{name}.jsonl", path)
    report(len(documents), len(documents))
    out.manifest(
        {
            "format": FORMAT,
            "schema": newest_schema(),
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "documents": len(documents) - len(lost),
        }
    )
    return len(documents) - len(lost)


def _copied(out: _Sums, name: str, path: Path) -> bool:
    try:
        out.file(name, path)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _dense(library: Library) -> Iterator[VectorReader | None]:
    """Open the dense index that answers, if there is one and it gives vectors back."""
    with library.store.read() as connection:
        number, builder = generation(connection), built_by(connection)
    if builder is None:
        yield None
        return
    index = library.sources[0].open(number, builder.dimension)
    try:
        yield index if isinstance(index, VectorReader) else None
    finally:
        index.close()


def _vectors(dense: VectorReader | None, chunk_ids: Iterator[str]) -> Iterator[bytes]:
    """Yield the vectors of chunks, some at a time: a line of JSON with ids and shape, then floats.

    A chunk that is not embedded yet is left out: it will be, after the restore.
    """
    if dense is None:
        return
    batch: list[str] = []
    for chunk_id in chunk_ids:
        batch.append(chunk_id)
        if len(batch) == VECTORS_AT_ONCE:
            yield _packed(dense, batch)
            batch = []
    if batch:
        yield _packed(dense, batch)


def _packed(dense: VectorReader, chunk_ids: list[str]) -> bytes:
    found = dense.vectors(chunk_ids)
    head = json.dumps({"ids": list(found)}).encode() + b"\n"
    return head + (np.stack(list(found.values())).astype("<f4").tobytes() if found else b"")


@contextmanager
def _translated(target: Path) -> Iterator[None]:
    try:
        yield
    except (StoreUnavailable, IndexUnavailable):
        raise
    except (OSError, tarfile.TarError) as error:
        raise StoreUnavailable(
            f"The backup {target} could not be written: {error}",
            hint="Choose a folder with enough space that you may write to.",
        ) from error
