"""Recognises what a file is by its first bytes: magic numbers, then whether it reads as text.

Limits: signatures of common kinds only; anything else is "binary data of an unknown kind". Text
without a byte order mark that is neither ASCII-like nor UTF-16 is taken for text as long as it has
hardly any control characters.
"""

from __future__ import annotations

import codecs
import io
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EPUB = "application/epub+zip"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"

ARCHIVES = frozenset({DOCX, PPTX, XLSX, EPUB})
TEXTUAL = frozenset({HTML, MARKDOWN, TEXT})

_SAVE_AS_NEW = "Open it in the program that made it and save it as {new}."
_EXPORT_PDF = "Export it as PDF."
_PDF_JUNK = 1_024
"""Readers accept a PDF header within the first kilobyte (ISO 32000-1, annex H, note 13)."""
_TEXT_HEAD = 8_192
_CONTROL_SHARE = 0.02
_PARITY_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Content:
    """What bytes look like.

    `media_type` is empty for what no parser takes. `could_be` are types that the bytes, as far as
    they were seen, may belong to as well. `encrypted` says that a password is needed.
    """

    label: str
    media_type: str = ""
    could_be: frozenset[str] = frozenset()
    hint: str | None = None
    encrypted: bool = False


_UNKNOWN = Content("binary data of an unknown kind")
_PLAIN = Content("plain text", TEXT, TEXTUAL)
_WEB_PAGE = Content("an HTML page", HTML, TEXTUAL)
_XML = Content("XML", "", TEXTUAL)
_PDF = Content("a PDF document", PDF)
_ARCHIVE_KINDS = {
    "word/": Content("a Word document (DOCX)", DOCX),
    "ppt/": Content("a PowerPoint presentation (PPTX)", PPTX),
    "xl/": Content("an Excel workbook (XLSX)", XLSX),
}
_EPUB = Content("an EPUB book", EPUB)
_OLE_STREAMS = {
    "WordDocument": Content(
        "an old Word document (DOC)", hint=_SAVE_AS_NEW.format(new="DOCX or PDF")
    ),
    "PowerPoint Document": Content(
        "an old PowerPoint presentation (PPT)", hint=_SAVE_AS_NEW.format(new="PPTX or PDF")
    ),
    "Workbook": Content("an old Excel workbook (XLS)", hint=_SAVE_AS_NEW.format(new="XLSX or PDF")),
    "__substg1.0_": Content("an Outlook message (MSG)", hint=_EXPORT_PDF),
}
_OLE = Content("an old Office document", could_be=frozenset({DOCX, PPTX, XLSX}))
_OLE_ENCRYPTED = Content("an Office document with a password", encrypted=True)

_MAGIC: tuple[tuple[bytes, Content], ...] = (
    (b"\x7fELF", Content("a Linux program (ELF)")),
    (b"\xca\xfe\xba\xbe", Content("a Java class or macOS program")),
    (b"\xcf\xfa\xed\xfe", Content("a macOS program (Mach-O)")),
    (b"\xce\xfa\xed\xfe", Content("a macOS program (Mach-O)")),
    (b"\x89PNG\r\n\x1a\n", Content("a PNG image", hint=_EXPORT_PDF)),
    (b"\xff\xd8\xff", Content("a JPEG image", hint=_EXPORT_PDF)),
    (b"GIF8", Content("a GIF image", hint=_EXPORT_PDF)),
    (b"II*\x00", Content("a TIFF image", hint=_EXPORT_PDF)),
    (b"MM\x00*", Content("a TIFF image", hint=_EXPORT_PDF)),
    (b"{\\rtf", Content("an RTF document", hint=_SAVE_AS_NEW.format(new="DOCX or PDF"))),
    (b"%!PS", Content("a PostScript file", hint=_EXPORT_PDF)),
    (b"AT&TFORM", Content("a DjVu document", hint=_EXPORT_PDF)),
    (b"\x1f\x8b", Content("a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Content("a 7z archive")),
    (b"Rar!\x1a\x07", Content("a RAR archive")),
    (b"\xfd7zXZ\x00", Content("an xz archive")),
    (b"BZh", Content("a bzip2 archive")),
    (b"\x28\xb5\x2f\xfd", Content("a Zstandard archive")),
    (b"SQLite format 3\x00", Content("an SQLite database")),
    (b"OggS", Content("an Ogg recording")),
    (b"ID3", Content("an MP3 recording")),
    (b"\x1a\x45\xdf\xa3", Content("a Matroska video")),
)
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROLS = bytes(range(0x09)) + bytes([0x0B]) + bytes(range(0x0E, 0x1B)) + bytes(range(0x1C, 0x20))
# The group `(?>...)` is atomic: if a comment could also end at a later "-->", each comment would
# double the work.
_PAGE_START = re.compile(
    r"\s*(?:(?><!--.*?-->)\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_XML_START = re.compile(r"\s*<(?:\?xml|svg)\b", re.I)


def detect_content(data: bytes) -> Content:
    """Return what the bytes are: a whole file, or as much of its beginning as there is."""
    if data.startswith(_OLE_MAGIC):
        return _detect_ole_content(data)
    if data.startswith(_ZIP_MAGIC):
        return _detect_zip_content(data)
    text = read_as_text(data[:_TEXT_HEAD])
    for magic, content in _MAGIC:
        if data.startswith(magic) and (text is None or magic[:1] in b"{%A"):
            return content
    if data.startswith(b"MZ") and text is None:
        return Content("a Windows program")
    if data[4:8] == b"ftyp" or data[:4] == b"RIFF":
        return Content("an image, sound or video")
    header = data.find(b"%PDF-", 0, _PDF_JUNK)
    if header >= 0 and (text is None or not text[: text.find("%PDF-")].strip()):
        return _PDF
    if text is None:
        return _PDF if header >= 0 else _UNKNOWN
    if _PAGE_START.match(text):
        return _WEB_PAGE
    if _XML_START.match(text):
        return _WEB_PAGE if re.search(r"<html\b", text, re.I) else _XML
    if header >= 0:
        return Content("plain text", TEXT, TEXTUAL | {PDF})
    return _PLAIN


def read_as_text(head: bytes) -> str | None:
    """Return the bytes as text, good enough to recognise its kind; None for binary data."""
    if head.startswith(_BOMS[1:]):
        return head.decode("utf-16", "replace")
    if b"\x00" in head:
        return _decode_unmarked_utf16(head)
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > _CONTROL_SHARE * len(head):
        return None
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def _decode_unmarked_utf16(head: bytes) -> str | None:
    """Return UTF-16 without a mark as text, None for other data; the text must be mostly Latin.

    The zero bytes of such a text stand at every other position.
    """
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if min(even, odd) > 0 or max(even, odd) <= _PARITY_SHARE * len(head) / 2:
        return None
    text = head.decode("utf-16-le" if odd else "utf-16-be", "replace")
    controls = sum(1 for char in text if char < " " and char not in "\t\n\r\f")
    return text if controls <= _CONTROL_SHARE * len(text) else None


def _detect_ole_content(data: bytes) -> Content:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return _OLE_ENCRYPTED
    for stream, content in _OLE_STREAMS.items():
        if stream.encode("utf-16-le") in data:
            return content
    return _OLE


def _detect_zip_content(data: bytes) -> Content:
    """Recognise an archive by the names inside, read from the directory or the local headers."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names, complete = archive.namelist(), True
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        names, complete = list(_local_names(data)), False
    if data[30:58] == b"mimetypeapplication/epub+zip" or "META-INF/container.xml" in names:
        return _EPUB
    for prefix, content in _ARCHIVE_KINDS.items():
        if any(name.startswith(prefix) for name in names):
            return content
    return Content("a ZIP archive", could_be=frozenset() if complete else ARCHIVES)


def _local_names(data: bytes) -> Iterator[str]:
    """Yield the names in the local headers: the directory at the end of the file is missing."""
    position = data.find(_ZIP_MAGIC[0])
    while position >= 0:
        length = int.from_bytes(data[position + 26 : position + 28], "little")
        yield data[position + 30 : position + 30 + length].decode("utf-8", "replace")
        position = data.find(_ZIP_MAGIC[0], position + 4)
