"""Writes a backup of a library into one file, while the library is in use.

The file is a tar: the rows of every table as lines of JSON, the original files, the parsed
documents, the vectors of the dense index, and at its end a manifest with the SHA-256 of every
member. It holds no database or index files, so it can be restored on other machines, databases
(SQLite, PostgreSQL) and indexes (Chroma, Milvus); the lexical index is made from the rows. The rows
are one snapshot; a document that is deleted while the files are copied is left out.
`ingest.maintenance.restore` reads such a file.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ingest.errors import IndexUnavailable, StoreUnavailable
from ingest.index.base import VectorReader
from ingest.library.current_indexes import IndexSource
from ingest.library.generations import built_by
from ingest.maintenance.row_file import RowFolder, write_snapshot
from ingest.storage.database import Store, newest_schema, read_generation
from ingest.storage.files import FileStore

if TYPE_CHECKING:
    from ingest.library import Library

FORMAT = 1
MANIFEST = "manifest.json"
VECTORS_AT_ONCE = 1_000

Report = Callable[[int, int], None]
"""Called with (documents done, documents in all)."""


def back_up(library: Library, target: Path, report: Report = lambda done, of: None) -> int:
    """Write a backup to `target`, compressed when its name ends in "gz"; return how many documents.

    An existing file of that name is replaced once the new one is whole. Raises StoreUnavailable,
    IndexUnavailable.
    """
    parts = library.parts
    partial = target.with_name(f".{target.name}.part")
    try:
        with _translate_write_errors(target), parts.files.make_work_folder() as work:
            rows = write_snapshot(parts.store, work)
            with tarfile.open(partial, "w:gz" if target.suffix.endswith("gz") else "w") as tar:
                dense = _open_dense_index(parts.store, parts.sources[0])
                count = _write_members(_HashedTar(tar), rows, parts.files, dense, report)
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return count


class _HashedTar:
    """A tar that is being written, and the hashes of its members."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, str] = {}

    def add_file(self, name: str, path: Path) -> None:
        """Add a file from disk. Raises FileNotFoundError."""
        with path.open("rb") as stream:
            self.members[name] = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            self._add_member(name, path.stat().st_size, stream)

    def add_data(self, name: str, data: bytes) -> None:
        self.members[name] = hashlib.sha256(data).hexdigest()
        self._add_member(name, len(data), io.BytesIO(data))

    def add_manifest(self, more: dict[str, object]) -> None:
        data = json.dumps({**more, "members": self.members}, indent=1).encode()
        self._add_member(MANIFEST, len(data), io.BytesIO(data))

    def _add_member(self, name: str, size: int, stream: IO[bytes]) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        info.mtime = int(datetime.now(UTC).timestamp())
        self._tar.addfile(info, stream)


def _write_members(
    out: _HashedTar,
    rows: RowFolder,
    files: FileStore,
    dense_index: AbstractContextManager[VectorReader | None],
    report: Report,
) -> int:
    """Write all members; return how many documents there are in the backup."""
    lost = set[str]()
    documents = list(rows.read_documents())
    for number, document in enumerate(documents):
        report(number, len(documents))
        for sha256 in document.originals:
            name = f"files/{sha256}"
            if name not in out.members and not _copy_if_present(out, name, files.path_of(sha256)):
                lost.add(document.id)
        for revision in document.revisions:
            name = f"parsed/{document.id}/{revision}.json.gz"
            _copy_if_present(out, name, files.parsed_path(document.id, revision))
    # Files before tables: a document whose original was deleted since the snapshot, or was lost
    # before, cannot be restored, so its rows are left out.
    rows.leave_out(lost)
    with dense_index as dense:
        for number, part in enumerate(_read_vector_parts(dense, rows.read_chunk_ids())):
            out.add_data(f"vectors/{number:06}", part)
    for name, path in rows.files.items():
        out.add_file(f"tables/{name}.jsonl", path)
    report(len(documents), len(documents))
    out.add_manifest(
        {
            "format": FORMAT,
            "schema": newest_schema(),
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "documents": len(documents) - len(lost),
        }
    )
    return len(documents) - len(lost)


def _copy_if_present(out: _HashedTar, name: str, path: Path) -> bool:
    try:
        out.add_file(name, path)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _open_dense_index(store: Store, source: IndexSource) -> Iterator[VectorReader | None]:
    """Open the current dense index, if there is one and it can return its vectors."""
    with store.read() as connection:
        number, builder = read_generation(connection), built_by(connection)
    if builder is None:
        yield None
        return
    # An index of its own and not the library's: it is closed at the end of the backup.
    index = source.open(number, builder.dimension)
    try:
        yield index if isinstance(index, VectorReader) else None
    finally:
        index.close()


def _read_vector_parts(dense: VectorReader | None, chunk_ids: Iterator[str]) -> Iterator[bytes]:
    """Yield vectors in batches, as bytes: a line of JSON with the chunk ids, then float32 values.

    Chunks of which the index has no vector are left out; they are embedded after the restore.
    """
    if dense is None:
        return
    batch: list[str] = []
    for chunk_id in chunk_ids:
        batch.append(chunk_id)
        if len(batch) == VECTORS_AT_ONCE:
            yield _encode_vectors(dense, batch)
            batch = []
    if batch:
        yield _encode_vectors(dense, batch)


def _encode_vectors(dense: VectorReader, chunk_ids: list[str]) -> bytes:
    found = dense.vectors(chunk_ids)
    head = json.dumps({"ids": list(found)}).encode() + b"\n"
    return head + (np.stack(list(found.values())).astype("<f4").tobytes() if found else b"")


@contextmanager
def _translate_write_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except (StoreUnavailable, IndexUnavailable):
        raise
    except (OSError, tarfile.TarError) as error:
        raise StoreUnavailable(
            f"The backup {target} could not be written: {error}",
            hint="Choose a folder with enough space that you may write to.",
        ) from error
