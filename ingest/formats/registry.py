"""Recognises the format of a file and calls its parser: the one list of accepted formats.

The content decides, and the suffix is checked against it. Known content without a suffix, or with
an unknown one, is parsed as what it is. A suffix that contradicts the content is an error that
names both, because such a file is a mistake or an attack. Text, Markdown and HTML look alike, so
among these the suffix decides.

Limits: given only the head of a file, `media_type_of` recognises archives and old Office files only
as far as the head shows them; `parse_file` looks at the whole file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TypeAlias

from ingest.errors import EmptyFile, EncryptedFile, MislabelledFile, UnsupportedFormat
from ingest.formats.common import detect
from ingest.formats.common.archive import check_archive
from ingest.formats.external.choose import BUILTIN, parse_with
from ingest.formats.quality import assess_quality
from ingest.options import ParseOptions, Progress
from ingest.types import Document

ParseFunction: TypeAlias = Callable[[bytes, str, ParseOptions, Progress | None], Document]

MEDIA_TYPES: dict[str, str] = {
    ".pdf": detect.PDF,
    ".docx": detect.DOCX,
    ".pptx": detect.PPTX,
    ".xlsx": detect.XLSX,
    ".html": detect.HTML,
    ".htm": detect.HTML,
    ".xhtml": detect.HTML,
    ".md": detect.MARKDOWN,
    ".markdown": detect.MARKDOWN,
    ".txt": detect.TEXT,
    ".text": detect.TEXT,
    ".log": detect.TEXT,
    ".epub": detect.EPUB,
}
"""Suffix (lower case, with the dot) to media type: all that is accepted."""

SUFFIXES: tuple[str, ...] = tuple(MEDIA_TYPES)

_LABELS = {
    detect.PDF: "a PDF",
    detect.DOCX: "a Word document (DOCX)",
    detect.PPTX: "a PowerPoint presentation (PPTX)",
    detect.XLSX: "an Excel workbook (XLSX)",
    detect.HTML: "an HTML page",
    detect.MARKDOWN: "Markdown",
    detect.TEXT: "plain text",
    detect.EPUB: "an EPUB book",
}
_DEFAULTS = ParseOptions()


def media_type_of(head: bytes, name: str) -> str:
    """Return the media type of a file from its first bytes (or all of them) and its name.

    Raises EmptyFile for no bytes, MislabelledFile when the suffix contradicts the content,
    EncryptedFile for Office files with a password, UnsupportedFormat for what no parser takes.
    """
    if not head:
        raise EmptyFile(f"{name}: the file has no bytes.")
    content = detect.detect_content(head)
    if content.encrypted:
        raise EncryptedFile(f"{name}: {content.label}.")
    named = MEDIA_TYPES.get(_suffix_of(name), "")
    if not named:
        if content.media_type:
            return content.media_type
        raise UnsupportedFormat(f"{name}: {content.label} cannot be read.", hint=content.hint)
    if named == content.media_type or named in content.could_be:
        return named
    raise MislabelledFile(
        f"{name}: named as {_LABELS[named]}, but the content is {content.label}.",
        hint=content.hint,
    )


def parse_file(
    data: bytes,
    name: str,
    options: ParseOptions = _DEFAULTS,
    progress: Progress | None = None,
) -> Document:
    """Return what is in a file; the document's id is a placeholder made of the content hash.

    Raises a subclass of FileRejected, never an error of a library.
    """
    return assess_quality(_parse_by_type(data, name, options, progress), options)


def _parse_by_type(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None
) -> Document:
    media_type = media_type_of(data, name)
    if media_type in detect.ARCHIVES:
        office = media_type != detect.EPUB
        check_archive(data, name, options.max_expanded_bytes, office=office)
    if media_type == detect.PDF and options.engine != BUILTIN:
        return parse_with(options.engine, data, name, options, progress)
    return _find_parser(media_type)(data, name, options, progress)


def _suffix_of(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def _find_parser(media_type: str) -> ParseFunction:
    """Import the parser now: most runs need one, and some of them load for a second."""
    match media_type:
        case detect.PDF:
            from ingest.pdf.parse import parse_pdf

            return parse_pdf
        case detect.DOCX:
            from ingest.formats.office.word import parse_docx

            return parse_docx
        case detect.PPTX:
            from ingest.formats.office.slides import parse_pptx

            return parse_pptx
        case detect.XLSX:
            from ingest.formats.office.sheets import parse_xlsx

            return parse_xlsx
        case detect.HTML:
            from ingest.formats.markup.html import parse_html

            return parse_html
        case detect.MARKDOWN:
            from ingest.formats.markup.text_and_markdown import parse_markdown

            return parse_markdown
        case detect.EPUB:
            from ingest.formats.markup.epub import parse_epub

            return parse_epub
        case _:
            from ingest.formats.markup.text_and_markdown import parse_text

            return parse_text
