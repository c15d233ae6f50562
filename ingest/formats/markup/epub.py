"""Parses EPUB books: one page for each item of the spine, read as HTML.

The package is read here and not by ebooklib, which rejects a whole book for one missing picture.

Limits: the book's own table of contents is not read (headings make the outline); pictures, fonts
and media overlays are ignored; items that are not XHTML are skipped.
"""

from __future__ import annotations

import posixpath
import zipfile
from urllib.parse import unquote

from lxml import etree

from ingest.errors import CorruptFile, EncryptedFile, FileRejected, LimitExceeded
from ingest.formats.common.archive import open_archive
from ingest.formats.common.builder import build_document, corrupt_on_error
from ingest.formats.common.detect import EPUB
from ingest.formats.common.encoding import decode_text
from ingest.formats.markup.html import html_blocks
from ingest.options import ParseOptions, Progress
from ingest.types import Document, Page, ParseWarning

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_RIGHTS = ("META-INF/rights.xml", "META-INF/sinf.xml")
_FONT_OBFUSCATION = (
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
)
_READABLE_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def parse_epub(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Return a book with one page per chapter file, in reading order.

    A chapter that cannot be read is a warning. Raises EncryptedFile, CorruptFile, EmptyFile,
    LimitExceeded.
    """
    pages: list[Page] = []
    warnings: list[ParseWarning] = []
    with open_archive(data, name) as archive:
        _refuse_encrypted(archive, name)
        with corrupt_on_error(name, "EPUB"):
            chapters = _read_spine(archive, name)
        if len(chapters) > options.max_pages:
            raise LimitExceeded(f"{name}: {len(chapters)} chapters, {options.max_pages} allowed.")
        for number, member in enumerate(chapters, 1):
            try:
                text, found = decode_text(_read_member(archive, member, name))
                warnings += [ParseWarning(item.code, item.message, number) for item in found]
                pages.append(Page(number, blocks=tuple(html_blocks(text, name))))
            except FileRejected as error:
                warnings.append(ParseWarning("page_failed", error.message, number))
                pages.append(Page(number))
            if progress:
                progress(number, len(chapters))
    if len(warnings) >= len(pages) > 0 and not any(page.blocks for page in pages):
        raise CorruptFile(f"{name}: none of its {len(pages)} chapters can be read.")
    return build_document(data, name, EPUB, pages, warnings)


def _refuse_encrypted(archive: zipfile.ZipFile, name: str) -> None:
    """Raise EncryptedFile if more than the fonts is encrypted."""
    names = set(archive.namelist())
    if names & set(_RIGHTS):
        raise EncryptedFile(f"{name}: the book is protected (DRM).")
    if _ENCRYPTION not in names:
        return
    with corrupt_on_error(name, "EPUB"):
        root = _parse_xml(archive.read(_ENCRYPTION))
        methods = {item.get("Algorithm", "") for item in root.iter("{*}EncryptionMethod")}
    if methods - set(_FONT_OBFUSCATION):
        raise EncryptedFile(f"{name}: the book is protected (DRM).")


def _read_spine(archive: zipfile.ZipFile, name: str) -> list[str]:
    """Return the archive members of the chapters in reading order."""
    roots = _parse_xml(archive.read(_CONTAINER)).iter("{*}rootfile")
    package_path = next((root.get("full-path", "") for root in roots), "")
    package = _parse_xml(archive.read(package_path))
    folder = posixpath.dirname(package_path)
    items = {item.get("id"): item for item in package.iter("{*}item")}
    chapters: list[str] = []
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _READABLE_TYPES:
            continue
        if "nav" in (item.get("properties") or "").split():
            continue
        path = unquote(item.get("href", "").partition("#")[0])
        chapters.append(posixpath.normpath(posixpath.join(folder, path)))
    if not chapters:
        raise CorruptFile(f"{name}: the book names no chapters.")
    return chapters


def _read_member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    try:
        return archive.read(member)
    except KeyError as error:
        raise CorruptFile(f"{name}: {member} is missing.") from error


def _parse_xml(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
