"""Checks archives (DOCX, PPTX, XLSX, EPUB) before a parser opens them.

Every member is unpacked once, piece by piece, and thrown away: sizes in the directory can be false,
and a damaged member should be reported as damaged. XML parts of Office files may not declare a
document type: the formats forbid it, and entity bombs need it.

Limits: unpacking twice costs time, about a second per 300 MB.
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib

from ingest.errors import CorruptFile, EncryptedFile, LimitExceeded

_MAX_MEMBERS = 65_000
_PIECE = 1 << 20
_ENCRYPTED_FLAG = 0x1
_XML_SUFFIXES = (".xml", ".rels")
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def open_archive(data: bytes, name: str) -> zipfile.ZipFile:
    """Open a ZIP archive. Raises CorruptFile."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise CorruptFile(f"{name}: damaged archive ({error}).") from error


def check_archive(data: bytes, name: str, max_expanded: int, *, office: bool) -> None:
    """Raise LimitExceeded, EncryptedFile or CorruptFile unless the archive is fit to be parsed.

    `max_expanded` bounds the bytes all members unpack to, as declared and in fact; `office` also
    forbids document type declarations in XML members.
    """
    with open_archive(data, name) as archive:
        members = archive.infolist()
        if len(members) > _MAX_MEMBERS:
            raise LimitExceeded(f"{name}: {len(members)} files inside, {_MAX_MEMBERS} allowed.")
        declared = sum(member.file_size for member in members)
        if declared > max_expanded:
            raise LimitExceeded(_format_size_message(name, declared, max_expanded))
        left = max_expanded
        for member in members:
            if member.flag_bits & _ENCRYPTED_FLAG:
                raise EncryptedFile(f"{name}: {member.filename} inside needs a password.")
            left -= _unpacked_size(archive, member, name, left, office)


def _unpacked_size(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, left: int, office: bool
) -> int:
    size = 0
    try:
        with archive.open(member) as stream:
            while piece := stream.read(_PIECE):
                if size == 0 and office and _declares_type(member.filename, piece):
                    raise CorruptFile(f"{name}: {member.filename} declares a document type.")
                size += len(piece)
                if size > left:
                    raise LimitExceeded(_format_size_message(name, size, left))
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        NotImplementedError,
    ) as error:
        raise CorruptFile(f"{name}: {member.filename} inside is damaged ({error}).") from error
    return size


def _declares_type(filename: str, piece: bytes) -> bool:
    return filename.lower().endswith(_XML_SUFFIXES) and any(mark in piece for mark in _DOCTYPES)


def _format_size_message(name: str, size: int, limit: int) -> str:
    return f"{name}: unpacks to {size / 1e6:,.0f} MB or more, {limit / 1e6:,.0f} MB allowed."
