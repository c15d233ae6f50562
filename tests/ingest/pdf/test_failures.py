"""Files and pages that cannot be read: each has a typed error or a warning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from ingest.errors import (
    CorruptFile,
    EmptyFile,
    EncryptedFile,
    IngestError,
    LimitExceeded,
    NoTextFound,
    NotFound,
)
from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from ingest.pdf.reading.reader import render_page
from ingest.types import PageQuality
from tests.ingest.pdf.support import sheets

SHUFFLED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "qzxjkvwpfgbyhdmucrlanstieo")
OFF = ParseOptions(ocr="off")
NO_PAGES = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>"
)


def some_pages(count: int) -> bytes:
    def draw(document: Any) -> None:
        for _ in range(count):
            sheets.column(sheets.page_of(document), 50, 80, sheets.wrapped(sheets.LOREM, 480))

    return sheets.made(draw)


def encrypted() -> bytes:
    document: Any = pymupdf.open(stream=some_pages(1), filetype="pdf")
    data: bytes = document.tobytes(
        encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="owner", user_pw="user"
    )
    return data


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", EmptyFile),
        (NO_PAGES, EmptyFile),
        (b"%PDF-1.7\nthis is not a PDF at all", CorruptFile),
        (b"MZ\x90\x00" + bytes(range(256)) * 8, CorruptFile),
        (b"plain words", CorruptFile),
    ],
)
def test_a_file_that_is_no_pdf_is_rejected(data: bytes, kind: type[IngestError]) -> None:
    with pytest.raises(kind) as caught:
        parse_pdf(data, "x.pdf", OFF)
    assert caught.value.message
    assert caught.value.advice


def test_a_password_is_asked_for() -> None:
    with pytest.raises(EncryptedFile):
        parse_pdf(encrypted(), "x.pdf", OFF)


def test_a_limit_on_pages() -> None:
    with pytest.raises(LimitExceeded, match="3 pages"):
        parse_pdf(some_pages(3), "x.pdf", ParseOptions(ocr="off", max_pages=2))


def without_contents(data: bytes, page: int) -> bytes:
    document: Any = pymupdf.open(stream=data, filetype="pdf")
    document.update_object(
        document.page_xref(page - 1), "<</Type/Page/MediaBox[0 0 595 842]/Contents 999 0 R>>"
    )
    damaged: bytes = document.tobytes()
    return damaged


def test_a_broken_page_is_a_warning_and_the_rest_is_kept() -> None:
    parsed = parse_pdf(without_contents(some_pages(3), 2), "x.pdf", OFF)
    assert [(warning.code, warning.page) for warning in parsed.warnings] == [("page_failed", 2)]
    assert [bool(page.blocks) for page in parsed.pages] == [True, False, True]


def test_pages_that_are_counted_and_missing_are_warnings() -> None:
    data = some_pages(3).replace(b"/Count 3", b"/Count 5")
    parsed = parse_pdf(data, "x.pdf", OFF)
    assert [(w.code, w.page) for w in parsed.warnings] == [("page_failed", 4), ("page_failed", 5)]
    assert len(parsed.pages) == 5


def test_a_damaged_page_keeps_what_is_left() -> None:
    document: Any = pymupdf.open(stream=some_pages(2), filetype="pdf")
    xref = document[1].get_contents()[0]
    document.update_stream(xref, document.xref_stream(xref) + b" BT oops ((( Tj ]]] q q")
    parsed = parse_pdf(document.tobytes(), "x.pdf", OFF)
    assert [(warning.code, warning.page) for warning in parsed.warnings] == [("page_damaged", 2)]
    whole, left = (page.blocks[0].text for page in parsed.pages)
    assert left
    assert whole.startswith(left)


def test_a_garbled_page_is_named_and_its_reason_given() -> None:
    def draw(document: Any) -> None:
        for text in (sheets.LOREM, sheets.LOREM.lower().translate(SHUFFLED)):
            sheets.column(sheets.page_of(document), 50, 80, sheets.wrapped(text * 2, 480))

    parsed = parse_pdf(sheets.made(draw), "x.pdf", OFF)
    (warning,) = parsed.warnings
    assert (warning.code, warning.page) == ("page_without_text", 2)
    assert "garbled" in warning.message
    assert [page.quality for page in parsed.pages] == [
        PageQuality("text", 1.0),
        PageQuality("text", 0.0),
    ]


def test_a_document_that_is_mostly_garbled_fails_and_says_why() -> None:
    def draw(document: Any) -> None:
        for _ in range(2):
            text = sheets.LOREM.lower().translate(SHUFFLED)
            sheets.column(sheets.page_of(document), 50, 80, sheets.wrapped(text * 2, 480))

    with pytest.raises(NoTextFound, match=r"2 of 2 pages: the letters of 2 are garbled"):
        parse_pdf(sheets.made(draw), "x.pdf", OFF)


def test_truncated_files_never_raise_anything_untyped() -> None:
    data = some_pages(4)
    for cut in range(0, len(data), max(1, len(data) // 40)):
        try:
            parse_pdf(data[:cut], "x.pdf", OFF)
        except IngestError:
            continue


def test_render_gives_a_png_of_the_size_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(some_pages(1))
    png = render_page(path, 1, 2.0)
    assert png.startswith(b"\x89PNG")
    size = (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big"))
    assert size == (2 * sheets.WIDTH, 2 * sheets.HEIGHT)
    for number in (0, 2):
        with pytest.raises(NotFound):
            render_page(path, number, 1.0)
    with pytest.raises(LimitExceeded, match="megapixels"):
        render_page(path, 1, 20.0)


def test_messages_name_no_path_of_this_machine() -> None:
    with pytest.raises(CorruptFile) as caught:
        parse_pdf(b"%PDF-1.7 broken", "x.pdf", OFF)
    assert not re.search(r"/(?:tmp|home|usr)/", caught.value.message)


def picture_pages(pictures: int, texts: int) -> bytes:
    def draw(document: Any) -> None:
        for _ in range(pictures):
            sheets.picture_page(document, lambda page: sheets.write(page, 50, 80, "Scan", 14))
        for _ in range(texts):
            sheets.column(sheets.page_of(document), 50, 80, sheets.wrapped(sheets.LOREM, 480))

    return sheets.made(draw)


def test_pages_that_are_pictures_without_ocr() -> None:
    with pytest.raises(NoTextFound, match="no text found on 2 of 2 pages") as caught:
        parse_pdf(picture_pages(2, 0), "x.pdf", OFF)
    assert "OCR" in caught.value.advice
    document = parse_pdf(picture_pages(1, 2), "x.pdf", OFF)
    assert [(w.code, w.page) for w in document.warnings] == [("page_without_text", 1)]


def test_a_blank_page_is_no_loss_but_a_blank_file_is_refused() -> None:
    def draw(document: Any) -> None:
        sheets.column(sheets.page_of(document), 50, 80, sheets.wrapped(sheets.LOREM, 480))
        for _ in range(3):
            sheets.page_of(document)

    document = parse_pdf(sheets.made(draw), "x.pdf", OFF)
    assert len(document.pages) == 4
    assert not document.warnings
    with pytest.raises(NoTextFound):
        parse_pdf(sheets.made(lambda document: sheets.page_of(document)), "x.pdf", OFF)
