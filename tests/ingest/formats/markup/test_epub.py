from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
from ebooklib import epub

from ingest.errors import CorruptFile, EmptyFile, EncryptedFile, LimitExceeded
from ingest.formats.registry import parse_file
from ingest.options import ParseOptions


def book(*chapters: str) -> bytes:
    made = epub.EpubBook()
    made.set_identifier("id")
    made.set_title("书名")
    items = []
    for number, content in enumerate(chapters):
        item = epub.EpubHtml(title=f"c{number}", file_name=f"text/c {number}.xhtml", lang="zh")
        item.content = content
        made.add_item(item)
        items.append(item)
    made.toc = tuple(items)
    made.add_item(epub.EpubNcx())
    made.add_item(epub.EpubNav())
    made.spine = ["nav", *items]
    buffer = io.BytesIO()
    epub.write_epub(buffer, made)
    return buffer.getvalue()


def changed(data: bytes, members: Mapping[str, bytes] | None = None, drop: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for item in old.infolist():
            if not drop or drop not in item.filename:
                new.writestr(item, old.read(item))
        for name, content in (members or {}).items():
            new.writestr(name, content)
    return buffer.getvalue()


BOOK = book("<h1>第一章</h1><p>正文一。</p>", "<h1>Two</h1><p>Text two.</p><ul><li>x</li></ul>")


def test_one_page_per_chapter_in_reading_order() -> None:
    seen: list[tuple[int, int]] = []
    document = parse_file(BOOK, "a.epub", progress=lambda done, of: seen.append((done, of)))
    assert [[block.text for block in page.blocks] for page in document.pages] == [
        ["第一章", "正文一。"],
        ["Two", "Text two.", "x"],
    ]
    assert [(entry.title, entry.page) for entry in document.outline] == [("第一章", 1), ("Two", 2)]
    assert seen == [(1, 2), (2, 2)]


def test_a_missing_chapter_is_a_warning() -> None:
    document = parse_file(changed(BOOK, drop="c 0.xhtml"), "a.epub")
    assert [(w.code, w.page) for w in document.warnings] == [("page_failed", 1)]
    assert document.pages[1].blocks


def test_no_readable_chapter_is_an_error() -> None:
    with pytest.raises(CorruptFile, match="none of its 2 chapters"):
        parse_file(changed(BOOK, drop=".xhtml"), "a.epub")
    with pytest.raises(EmptyFile):
        parse_file(book("<p> </p>"), "a.epub")


def test_protected_books_are_refused_and_scrambled_fonts_are_not() -> None:
    encryption = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
      xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>
      <enc:EncryptionMethod Algorithm="{}"/></enc:EncryptedData></encryption>"""
    name = "META-INF/encryption.xml"
    aes = encryption.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc").encode()
    with pytest.raises(EncryptedFile):
        parse_file(changed(BOOK, {name: aes}), "a.epub")
    with pytest.raises(EncryptedFile):
        parse_file(changed(BOOK, {"META-INF/rights.xml": b"<r/>"}), "a.epub")
    fonts = encryption.format("http://www.idpf.org/2008/embedding").encode()
    assert parse_file(changed(BOOK, {name: fonts}), "a.epub").text


def test_damaged_packages() -> None:
    with pytest.raises(CorruptFile):
        parse_file(changed(BOOK, drop="container.xml"), "a.epub")
    with pytest.raises(CorruptFile):
        parse_file(changed(BOOK, drop=".opf"), "a.epub")


def test_too_many_chapters() -> None:
    with pytest.raises(LimitExceeded):
        parse_file(BOOK, "a.epub", ParseOptions(max_pages=1))
