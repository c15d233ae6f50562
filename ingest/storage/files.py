"""Stores original files by content hash, and parsed documents by id and revision, on disk.

Every file is written under a temporary name, fsynced and renamed, and then the folder is fsynced:
a file that has its final name is whole, even after a crash or a power cut. Original bytes are
streamed, never whole in memory. Layout below the root: `files/ab/<sha256>`,
`parsed/<document>/<revision>.json.gz`, `tmp/`. Which files may be removed is decided elsewhere,
by the rows of the store (`ingest.library.cleanup`).
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ingest.document.serialize import decode_document, encode_document
from ingest.errors import (
    FileRejected,
    LimitExceeded,
    NotFound,
    StoreUnavailable,
    UnsupportedFormat,
)
from ingest.types import Document

_BLOCK = 1024 * 1024
_ABANDONED_S = 24 * 3600.0
"""A temporary file not changed for so long is taken for left over by a dead process."""
_SUFFIX = ".json.gz"

Opener = Callable[[Path], BinaryIO]


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; pipes and devices, which may never end, are refused.

    Raises NotFound, UnsupportedFormat, and FileRejected for what cannot be opened.
    """
    try:
        if not path.exists():
            raise NotFound(f"There is no file {path}.")
        if not path.is_file():
            raise UnsupportedFormat(
                f"{path.name}: not a file, but a folder, pipe or device.",
                hint="Save what comes out of it to a file, and give that.",
            )
        return path.open("rb")
    except FileNotFoundError as error:  # removed since `exists` was asked
        raise NotFound(f"There is no file {path}.") from error
    except OSError as error:
        raise FileRejected(
            f"{path.name}: cannot be read ({error.strerror or error}).",
            hint="Check that the file is there and that you may read it.",
        ) from error


def open_new(path: Path) -> BinaryIO:
    """Open a new file for writing. Raises FileExistsError when it exists."""
    return path.open("xb")


class StagedFile:
    """Bytes on disk under a temporary name; `keep` gives them their final name."""

    def __init__(self, temporary: Path, target: Path, sha256: str, size: int, head: bytes) -> None:
        self.sha256 = sha256
        self.size = size
        self.head = head
        self._temporary = temporary
        self._target = target

    def keep(self) -> None:
        """Move the bytes to their final name, durably. A file already there has the same bytes."""
        with _translate_os_errors("The file could not be stored"):
            _move_into_place(self._temporary, self._target)


class FileStore:
    """The files below one folder. `opener` opens new files for writing (tests inject errors)."""

    def __init__(
        self, root: Path, *, max_bytes: int | None = None, opener: Opener = open_new
    ) -> None:
        self.root = root
        self._max_bytes = max_bytes
        self._opener = opener

    @contextmanager
    def stage(self, source: Path | BinaryIO) -> Iterator[StagedFile]:
        """Copy a file or stream to a temporary name; removed at the end unless kept.

        Raises StoreUnavailable (disk full), LimitExceeded, and as `open_regular`.
        """
        temporary = self._make_temporary_path()
        try:
            with _translate_os_errors("The file could not be stored"):
                sha256, size, head = self._copy_and_hash(source, temporary)
            staged = StagedFile(temporary, self.path_of(sha256), sha256, size, head)
            yield staged
        finally:
            temporary.unlink(missing_ok=True)

    def put(self, source: Path | BinaryIO) -> tuple[str, int]:
        """Store a file or stream; return its SHA-256 and size. Raises as `stage`."""
        with self.stage(source) as staged:
            staged.keep()
            return staged.sha256, staged.size

    def path_of(self, sha256: str) -> Path:
        """Return the path of the bytes with this hash, whether they are stored or not."""
        return self.root / "files" / sha256[:2] / sha256

    def has_original(self, sha256: str) -> bool:
        """Say whether these bytes are stored."""
        return self.path_of(sha256).is_file()

    def verify(self, sha256: str) -> bool:
        """Read the bytes and say whether their hash is the one in their name."""
        with (
            _translate_os_errors("The file could not be read"),
            self.path_of(sha256).open("rb") as stream,
        ):
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256

    def remove(self, sha256: str) -> None:
        """Remove the bytes with this hash; it is no error when there are none."""
        with _translate_os_errors("The file could not be removed"):
            self.path_of(sha256).unlink(missing_ok=True)

    def list_originals(self) -> Iterator[str]:
        """Yield the hashes of all stored files."""
        for path in (self.root / "files").glob("??/*"):
            yield path.name

    def save_parsed(self, document_id: str, revision: int, document: Document) -> None:
        """Store a parsed document, durably. Raises StoreUnavailable."""
        # Level 3: a third of the size for a tenth of the time of the default level.
        data = gzip.compress(encode_document(document), compresslevel=3, mtime=0)
        temporary = self._make_temporary_path()
        with _translate_os_errors("The parsed document could not be stored"):
            try:
                with self._opener(temporary) as stream:
                    stream.write(data)
                    _sync_to_disk(stream)
                _move_into_place(temporary, self.parsed_path(document_id, revision))
            finally:
                temporary.unlink(missing_ok=True)

    def keep_parsed(self, document_id: str, revision: int, path: Path) -> None:
        """Move in a parsed document that another `FileStore` has written, durably."""
        with _translate_os_errors("The parsed document could not be stored"):
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
            _move_into_place(path, self.parsed_path(document_id, revision))

    def has_parsed(self, document_id: str, revision: int) -> bool:
        """Say whether a parsed document is stored."""
        return self.parsed_path(document_id, revision).is_file()

    def read_parsed(self, document_id: str, revision: int) -> Document:
        """Read a parsed document. Raises NotFound, or StoreUnavailable when it is damaged."""
        path = self.parsed_path(document_id, revision)
        with _translate_os_errors("The parsed document could not be read"):
            try:
                return decode_document(gzip.decompress(path.read_bytes()))
            except FileNotFoundError as error:
                raise NotFound("The document has not been parsed.") from error
            except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise StoreUnavailable(
                    f"The parsed document {path.name} is damaged: {error}",
                    hint="Run `docchat doctor --repair`: it is parsed anew from the original.",
                ) from error

    def remove_parsed(self, document_id: str, revision: int) -> None:
        """Remove a parsed document, and its folder when that is empty."""
        path = self.parsed_path(document_id, revision)
        with _translate_os_errors("The parsed document could not be removed"):
            path.unlink(missing_ok=True)
            try:
                path.parent.rmdir()
            except OSError as error:
                # Another revision is there, was written just now, or the folder is gone already.
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                    raise

    def list_revisions(self, document_id: str) -> list[int]:
        """Return the revisions of a document that are stored parsed."""
        names = (path.name for path in (self.root / "parsed" / document_id).glob(f"*{_SUFFIX}"))
        numbers = (name.removesuffix(_SUFFIX) for name in names)
        return sorted(int(number) for number in numbers if number.isdecimal())

    def list_parsed(self) -> Iterator[tuple[str, int]]:
        """Yield document id and revision of all stored parsed documents."""
        for path in (self.root / "parsed").glob(f"*/*{_SUFFIX}"):
            revision = path.name.removesuffix(_SUFFIX)
            if revision.isdecimal():
                yield path.parent.name, int(revision)

    def make_scratch_path(self, suffix: str) -> Path:
        """Return an unused path in the temporary folder."""
        with _translate_os_errors("The temporary folder cannot be made"):
            return self._make_temporary_path().with_suffix(suffix)

    @contextmanager
    def make_work_folder(self) -> Iterator[Path]:
        """Make a temporary folder; it is removed with its content at the end.

        Raises StoreUnavailable.
        """
        path = self._make_temporary_path()
        with _translate_os_errors("A temporary folder cannot be made"):
            path.mkdir()
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)  # `remove_abandoned` takes the rest

    def remove_abandoned(self) -> int:
        """Remove temporary files and folders that are too old to be in use; return how many.

        Raises StoreUnavailable.
        """
        removed = 0
        for path in (self.root / "tmp").glob("*"):
            with _translate_os_errors("A temporary file could not be removed"):
                try:
                    if time.time() - path.stat().st_mtime > _ABANDONED_S:
                        shutil.rmtree(path) if path.is_dir() else path.unlink()
                        removed += 1
                except FileNotFoundError:  # removed by its owner meanwhile
                    continue
        return removed

    def _make_temporary_path(self) -> Path:
        folder = self.root / "tmp"
        with _translate_os_errors("The temporary folder cannot be made"):
            folder.mkdir(parents=True, exist_ok=True)
        return folder / uuid.uuid4().hex

    def parsed_path(self, document_id: str, revision: int) -> Path:
        """Return the path of a parsed document, whether it is stored or not."""
        return self.root / "parsed" / document_id / f"{revision}{_SUFFIX}"

    def _copy_and_hash(self, source: Path | BinaryIO, target: Path) -> tuple[str, int, bytes]:
        if isinstance(source, Path):
            with open_regular(source) as stream:
                return self._copy_and_hash(stream, target)
        digest, size, head = hashlib.sha256(), 0, b""
        with self._opener(target) as out:
            while block := source.read(_BLOCK):
                size += len(block)
                if self._max_bytes is not None and size > self._max_bytes:
                    raise LimitExceeded(
                        f"The file is larger than {self._max_bytes / 1024**2:.0f} MiB.",
                        hint="Split the file, or raise parse.max_file_mb.",
                    )
                head = head or block[:65536]
                digest.update(block)
                out.write(block)
            _sync_to_disk(out)
        return digest.hexdigest(), size, head


def _sync_to_disk(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _move_into_place(temporary: Path, target: Path) -> None:
    """Rename a file to its final name and make the name durable."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(target)
    if os.name == "posix":  # Windows cannot open a folder
        # A rename is durable only once its folder is on disk. The parent's parent, too: the parent
        # may have been made just now.
        for folder in (target.parent, target.parent.parent):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextmanager
def _translate_os_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "Free some space on the disk that holds DOCCHAT_HOME, then add the file again."
        raise StoreUnavailable(
            f"{what}: {error.strerror or error}.", hint=hint if full else None
        ) from error
