"""Restores a library from a backup (`ingest.maintenance.backup`): all of it, or nothing.

Every member is checked against the SHA-256 in the manifest before anything is restored. Files come
first, then the indexes, and last the rows, in one transaction: until then nothing can be seen, and
a restore that was interrupted is simply run again. Member names must have the form that a backup
gives them, so that none can point outside the folder. Limits: the home must have no documents, and
the disk space for everything twice.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, select

from ingest.embedding.base import Vector
from ingest.errors import Conflict, FileRejected, StoreUnavailable
from ingest.index.base import Entry, Index
from ingest.library.current_indexes import IndexSource
from ingest.library.fingerprint import Fingerprint
from ingest.library.generations import BUILT_BY
from ingest.maintenance.backup import FORMAT, MANIFEST
from ingest.maintenance.row_file import RowFolder, load_rows
from ingest.storage.chunks import searched_text
from ingest.storage.database import Store, newest_schema
from ingest.storage.files import FileStore
from ingest.storage.schema import chunks, counters, documents, meta

if TYPE_CHECKING:
    from ingest.library import Library

_NAME = re.compile(
    r"manifest\.json|tables/[a-z_]+\.jsonl|vectors/\d+|files/[0-9a-f]{64}"
    r"|parsed/[0-9a-f]{1,32}/\d+\.json\.gz"
)
_ENTRIES_AT_ONCE = 1_000
_BLOCK = 1024 * 1024

StageReporter = Callable[[str], None]
"""Called with the name of the stage that begins."""


def restore_library(
    library: Library, source: Path, report: StageReporter = lambda what: None
) -> int:
    """Fill an empty library from a backup; return how many documents.

    Raises Conflict when there are documents already or a worker runs, FileRejected when the file is
    not a complete backup, StoreUnavailable, IndexUnavailable.
    """
    parts = library.parts
    with library.writer_lock(), parts.files.make_work_folder() as work:
        _refuse_nonempty_store(parts.store)
        report("checking")
        manifest = _unpack_and_check(source, work)
        rows = RowFolder(work / "tables")
        report("files")
        _restore_files(parts.files, work, rows)
        report("indexes")
        _fill_indexes(parts.sources, work, rows)
        report("rows")
        with parts.store.write() as connection:
            # Asked again: somebody may have uploaded a document in the meantime.
            _refuse_documents(connection)
            load_rows(connection, rows)
    return int(manifest["documents"])


def _refuse_nonempty_store(store: Store) -> None:
    with store.read() as connection:
        _refuse_documents(connection)


def _refuse_documents(connection: Connection) -> None:
    if connection.execute(select(documents.c.id).limit(1)).first() is not None:
        raise Conflict(
            "There are documents here already.",
            hint="Name a new folder by DOCCHAT_HOME and restore into that.",
        )


def _unpack_and_check(source: Path, work: Path) -> Mapping[str, Any]:
    """Unpack a backup into `work` and check every byte of it; return the manifest."""
    sums: dict[str, str] = {}
    with _translate_unpack_errors(source), tarfile.open(source, "r:*") as tar:
        for member in tar:
            if not member.isreg() or not _NAME.fullmatch(member.name):
                raise FileRejected(f"{source.name}: {member.name!r} does not belong in a backup.")
            content = tar.extractfile(member)
            target = work / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with target.open("wb") as out:
                while content is not None and (block := content.read(_BLOCK)):
                    digest.update(block)
                    out.write(block)
            sums[member.name] = digest.hexdigest()
    sums.pop(MANIFEST, None)
    manifest = _read_manifest(source, work / MANIFEST)
    if manifest["members"] != sums:
        wrong = {name for name, _ in manifest["members"].items() ^ sums.items()}
        raise FileRejected(
            f"{source.name} is damaged: {sorted(wrong)[0]} is not as it was written.",
            hint="Take another copy of the backup.",
        )
    return manifest


def _read_manifest(source: Path, path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
        newer = manifest["format"] > FORMAT or manifest["schema"] > newest_schema()
        manifest["members"].items(), int(manifest["documents"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileRejected(
            f"{source.name} is no whole backup: its manifest cannot be read.",
            hint="Name a file that `docchat backup` has written to its end.",
        ) from error
    if newer:
        raise FileRejected(
            f"{source.name} is of a newer docchat.", hint="Upgrade docchat, then restore it."
        )
    return dict(manifest)


def _restore_files(files: FileStore, work: Path, rows: RowFolder) -> None:
    for document in rows.read_documents():
        for sha256 in document.originals:
            if not files.has_original(sha256) and files.put(work / "files" / sha256)[0] != sha256:
                files.remove(sha256)
                raise FileRejected("The backup holds a file under a hash that is not its own.")
        for revision in document.revisions:
            path = work / "parsed" / document.id / f"{revision}.json.gz"
            if path.exists():  # else it was not parsed yet when the backup was made
                files.keep_parsed(document.id, revision, path)


def _fill_indexes(sources: Sequence[IndexSource], work: Path, rows: RowFolder) -> None:
    """Fill the lexical index from the rows, and the dense index from the vectors' files."""
    values = {row["key"]: row["value"] for row in rows.read(meta)}
    if BUILT_BY not in values:
        return  # nothing was indexed yet
    number = next(row["value"] for row in rows.read(counters) if row["name"] == "generation")
    dimension = Fingerprint.from_json(values[BUILT_BY]).dimension
    dense, lexical = (source.open(number, dimension) for source in sources)
    try:
        _add_index_entries(dense, lexical, rows, _map_vectors(work, dimension))
    finally:
        dense.close()
        lexical.close()


def _add_index_entries(
    dense: Index, lexical: Index, rows: RowFolder, vectors: dict[str, Vector]
) -> None:
    collections = {document.id: document.collection_id for document in rows.read_documents()}
    batch: list[Entry] = []

    def add_batch() -> None:
        lexical.add(batch)
        dense.add([entry for entry in batch if entry.vector is not None])
        batch.clear()

    for row in rows.read(chunks):
        chunk_id, document_id = row["chunk_id"], row["document_id"]
        headings, vector = "\n".join(row["headings"]), vectors.get(chunk_id)
        collection_id = collections[document_id]
        text = searched_text(row["text"], row.get("described", ""))  # backups before 0004 lack it
        batch.append(Entry(chunk_id, document_id, collection_id, text, headings, vector))
        if len(batch) == _ENTRIES_AT_ONCE:
            add_batch()
    add_batch()


def _map_vectors(work: Path, dimension: int) -> dict[str, Vector]:
    """Return the vectors by chunk id, mapped from their files instead of read into memory."""
    found: dict[str, Vector] = {}
    for path in (work / "vectors").glob("*"):
        with path.open("rb") as stream:
            ids, start = json.loads(stream.readline())["ids"], stream.tell()
        if ids:
            shape = (len(ids), dimension)
            found.update(zip(ids, np.memmap(path, np.float32, "r", start, shape), strict=True))
    return found


@contextmanager
def _translate_unpack_errors(source: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRejected(
            f"{source.name} is no whole backup: {error}",
            hint="Name a file that `docchat backup` has written to its end.",
        ) from error
    except OSError as error:
        raise StoreUnavailable(f"The backup {source} could not be unpacked: {error}") from error
