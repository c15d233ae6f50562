from __future__ import annotations

import io
import zipfile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import (
    CorruptFile,
    EmptyFile,
    EncryptedFile,
    FileRejected,
    LimitExceeded,
    MislabelledFile,
    UnsupportedFormat,
)
from ingest.formats.common import detect
from ingest.formats.registry import MEDIA_TYPES, SUFFIXES, media_type_of, parse_file
from ingest.options import ParseOptions

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(48)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"


def ole_with(stream: str) -> bytes:
    return OLE + stream.encode("utf-16-le") + bytes(64)


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return buffer.getvalue()


def word_file(text: str = "Hello.") -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_the_list_of_formats() -> None:
    assert set(SUFFIXES) == set(MEDIA_TYPES)
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in SUFFIXES)
    assert {".pdf", ".docx", ".pptx", ".xlsx", ".html", ".md", ".txt", ".epub"} <= set(SUFFIXES)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (PDF, "a.pdf", detect.PDF),
        (b"\x00junk\xff" * 50 + PDF, "a.pdf", detect.PDF),
        (PDF, "report", detect.PDF),
        (PDF, "report.2024", detect.PDF),
        (b"notes on the %PDF- header", "a.md", detect.MARKDOWN),
        (b"notes on the %PDF- header", "a.txt", detect.TEXT),
        (word_file(), "A.DOCX", detect.DOCX),
        (word_file(), "no suffix", detect.DOCX),
        (word_file()[:600], "a.docx", detect.DOCX),
        (b"<!DOCTYPE html><html>", "page", detect.HTML),
        (b"\n<!-- made by x -->\n<html lang='en'>", "page.php", detect.HTML),
        ("<!doctype html>".encode("utf-16"), "page", detect.HTML),
        (b"<div>a fragment</div>", "a.html", detect.HTML),
        (b"# Title", "a.md", detect.MARKDOWN),
        (b"<html> in a note", "a.md", detect.MARKDOWN),
        (b"plain words", "README", detect.TEXT),
        ("中文文本".encode("gb18030"), "a.txt", detect.TEXT),
        ("plain words".encode("utf-16-le"), "a.txt", detect.TEXT),
        (b"MZ is how this note begins", "a.txt", detect.TEXT),
        (archive(**{"META-INF/container.xml": b"<x/>"}), "a.epub", detect.EPUB),
        (archive(**{"xl/workbook.xml": b"<x/>"}), "C:\\dir\\a.xlsx", detect.XLSX),
        (archive(**{"ppt/presentation.xml": b"<x/>"}), "deck", detect.PPTX),
    ],
)
def test_media_type(data: bytes, name: str, expected: str) -> None:
    assert media_type_of(data, name) == expected


@pytest.mark.parametrize(
    ("data", "name", "named", "found"),
    [
        (PROGRAM, "bill.pdf", "a PDF", "a Windows program"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "bill.pdf", "a PDF", "a Linux program"),
        (PNG, "scan.pdf", "a PDF", "a PNG image"),
        (b"just words", "bill.pdf", "a PDF", "plain text"),
        (bytes(range(256)) * 4, "bill.pdf", "a PDF", "binary data"),
        (archive(**{"a.txt": b"x"}), "bill.pdf", "a PDF", "a ZIP archive"),
        (archive(**{"a.txt": b"x"}), "a.docx", "a Word document", "a ZIP archive"),
        (word_file(), "a.pdf", "a PDF", "a Word document"),
        (word_file(), "a.xlsx", "an Excel workbook", "a Word document"),
        (PDF, "a.docx", "a Word document", "a PDF"),
        (PDF, "a.txt", "plain text", "a PDF"),
        (PROGRAM, "a.txt", "plain text", "a Windows program"),
        (ole_with("WordDocument"), "a.docx", "a Word document", "an old Word document"),
        (PNG, "a.md", "Markdown", "a PNG image"),
    ],
)
def test_a_name_that_lies(data: bytes, name: str, named: str, found: str) -> None:
    with pytest.raises(MislabelledFile) as caught:
        media_type_of(data, name)
    assert named in caught.value.message
    assert found in caught.value.message


@pytest.mark.parametrize(
    ("data", "name", "hint"),
    [
        (ole_with("WordDocument"), "a.doc", "DOCX"),
        (ole_with("Workbook"), "a.xls", "XLSX"),
        (ole_with("PowerPoint Document"), "a.ppt", "PPTX"),
        (b"{\\rtf1\\ansi", "a.rtf", "DOCX"),
        (PNG, "a.png", "PDF"),
        (PROGRAM, "a.exe", "Convert"),
        (b"<?xml version='1.0'?><data/>", "a.xml", "Convert"),
        (archive(**{"a.txt": b"x"}), "a.zip", "Convert"),
        (bytes(range(256)), "a.bin", "Convert"),
    ],
)
def test_what_is_not_taken_comes_with_a_hint(data: bytes, name: str, hint: str) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        media_type_of(data, name)
    assert hint in caught.value.advice


def test_no_bytes() -> None:
    with pytest.raises(EmptyFile):
        media_type_of(b"", "a.pdf")
    with pytest.raises(EmptyFile):
        parse_file(b"", "a.docx")


def test_many_comments_before_the_page_are_passed_over_once() -> None:
    # The upload route sniffs: with a choice at each comment the work would double with each.
    comments = b"<!-- a -->" * 500
    assert media_type_of(comments + b"no page", "a.html") == detect.HTML
    assert media_type_of(comments + b"<html><body>x</body></html>", "a") == detect.HTML
    assert media_type_of(comments + b"no page", "a") == detect.TEXT


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_only_white_space(name: str) -> None:
    with pytest.raises(EmptyFile):
        parse_file(" \n\u3000\n".encode(), name)


@pytest.mark.parametrize("name", ["a.docx", "a.doc", "a"])
def test_office_files_with_a_password(name: str) -> None:
    with pytest.raises(EncryptedFile):
        parse_file(ole_with("EncryptedPackage"), name)


def test_damaged_archives() -> None:
    whole = word_file("word " * 3000)
    with pytest.raises(CorruptFile):
        parse_file(whole[: len(whole) // 2], "a.docx")
    broken = bytearray(whole)
    at = whole.index(b"word/document.xml") + 200
    broken[at : at + 40] = bytes(40)
    with pytest.raises(CorruptFile):
        parse_file(bytes(broken), "a.docx")
    with pytest.raises(CorruptFile):
        parse_file(archive(**{"word/document.xml": b"<not office/>"}), "a.docx")


def test_an_archive_bomb_is_stopped_before_it_is_parsed() -> None:
    bomb = archive(**{"word/document.xml": bytes(40_000_000)})
    assert len(bomb) < 100_000
    with pytest.raises(LimitExceeded, match="unpacks to"):
        parse_file(bomb, "a.docx", ParseOptions(max_expanded_bytes=10_000_000))


def test_an_archive_that_lies_about_its_sizes_is_damaged() -> None:
    honest = archive(**{"word/document.xml": bytes(5_000_000)})
    true, lie = (5_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    with pytest.raises(CorruptFile, match="damaged"):
        parse_file(honest.replace(true, lie), "a.docx", ParseOptions(max_expanded_bytes=2_000_000))


def test_an_entity_bomb_is_refused() -> None:
    bomb = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>"
    with pytest.raises(CorruptFile, match="document type"):
        parse_file(archive(**{"word/document.xml": bomb}), "a.docx")
    with pytest.raises(CorruptFile, match="document type"):
        parse_file(archive(**{"xl/workbook.xml": bomb}), "a.xlsx")


def test_an_encrypted_archive_member() -> None:
    data = bytearray(archive(**{"word/document.xml": b"<x/>"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(EncryptedFile):
        parse_file(bytes(data), "a.docx")


def test_parse_gives_hash_id_and_progress() -> None:
    seen: list[tuple[int, int]] = []
    document = parse_file(
        b"Some words.", "a.txt", progress=lambda done, of: seen.append((done, of))
    )
    assert len(document.sha256) == 64
    assert document.id == document.sha256[:16]
    assert (document.name, document.media_type) == ("a.txt", detect.TEXT)
    assert seen == [(1, 1)]


_HEADS = st.sampled_from([b"", PDF, OLE, PROGRAM, word_file()[:3000], b"<html>", b"PK\x03\x04"])


@given(
    st.builds(lambda head, rest: head + rest, _HEADS, st.binary(max_size=300)),
    st.sampled_from(["a", "a.docx", "a.xlsx", "a.pptx", "a.epub", "a.txt", "a.md", "a.html"]),
)
def test_whatever_comes_is_parsed_or_refused(data: bytes, name: str) -> None:
    try:
        if media_type_of(data, name) != detect.PDF:
            assert parse_file(data, name).text.strip()
    except FileRejected as error:
        refusal = error.message and error.advice
        assert refusal
