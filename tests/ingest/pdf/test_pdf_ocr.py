from __future__ import annotations

import importlib.util
import logging
from typing import Any

import pytest

from ingest.errors import OcrFailed
from ingest.options import ParseOptions
from ingest.pdf.assemble import parse_pdf
from ingest.pdf.content import PageContent, Rect
from ingest.pdf.ocr import (
    OcrEngine,
    OcrWord,
    RapidOcrEngine,
    ScriptedOcrEngine,
    find_engine,
    has_usable_text,
    with_ocr,
)
from ingest.pdf.read import open_pdf
from tests.ingest.pdf import sheets

INSTALLED = importlib.util.find_spec("rapidocr") is not None
NEEDS_OCR = pytest.mark.skipif(not INSTALLED, reason="rapidocr is not installed")


def scan(document: Any) -> None:
    def draw(page: Any) -> None:
        sheets.write(page, 60, 100, "Minutes of the meeting", 22, "hebo")
        sheets.column(page, 60, 150, sheets.wrapped(sheets.LOREM, 450, 14), 14)
        sheets.write(page, 60, 300, "会议由主席主持，全体委员出席。", 14, "china-s")

    sheets.picture_page(document, draw)


def first_page(draw: Any) -> tuple[PageContent, bytes]:
    with open_pdf(sheets.made(draw)) as source:
        return source.read(1), source.render(1, 2.0)


def scripted() -> ScriptedOcrEngine:
    return ScriptedOcrEngine(
        [
            OcrWord("Read", Rect(60, 100, 90, 114), 0.9, 0),
            OcrWord("aloud", Rect(94, 100, 130, 114), 0.9, 0),
            OcrWord("by", Rect(60, 118, 75, 132), 0.9, 1),
            OcrWord("machine.", Rect(79, 118, 140, 132), 0.9, 1),
        ]
    )


ENGINES = [
    pytest.param(scripted, id="scripted"),
    pytest.param(RapidOcrEngine, id="rapidocr", marks=NEEDS_OCR),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", ENGINES)
def test_every_engine_gives_words_inside_the_page(make: Any) -> None:
    engine: OcrEngine = make()
    page, image = first_page(scan)
    words = engine.read(image, 2.0)
    assert words
    for word in words:
        assert word.text
        assert not word.text.isspace()
        assert " " not in word.text
        assert 0 <= word.confidence <= 1
        assert 0 <= word.rect.x0 < word.rect.x1 <= page.width
        assert 0 <= word.rect.y0 < word.rect.y1 <= page.height


@NEEDS_OCR
def test_a_scan_is_read_with_places(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        document = parse_pdf(sheets.made(scan), "scan.pdf", ParseOptions(ocr="auto"))
    text = document.text
    assert "Minutes of the meeting" in text
    assert "The committee reviewed the annual figures" in text
    assert "会议由主席主持" in text
    assert document.warnings == ()
    found = next(b for b in document.blocks if "Minutes" in b.text)
    assert found.boxes[0].y0 < 100 < found.boxes[0].y1 + 4
    assert found.boxes[0].x0 == pytest.approx(60, abs=5)
    assert not caplog.records


@NEEDS_OCR
def test_what_is_no_picture_is_a_typed_error() -> None:
    with pytest.raises(OcrFailed):
        RapidOcrEngine().read(b"not a picture", 2.0)


def test_the_engine_is_asked_only_where_it_is_needed() -> None:
    engine = scripted()

    def draw(document: Any) -> None:
        sheets.column(sheets.page_of(document), 50, 80, sheets.wrapped(sheets.LOREM, 480))
        scan(document)

    data = sheets.made(draw)
    document = parse_pdf(data, "x.pdf", ParseOptions(ocr="auto"), engine=lambda: engine)
    assert engine.pages == 1
    assert document.pages[1].blocks[0].text == "Read aloud by machine."
    parse_pdf(data, "x.pdf", ParseOptions(ocr="force"), engine=lambda: engine)
    assert engine.pages == 3
    parse_pdf(data, "x.pdf", ParseOptions(ocr="off"), engine=lambda: engine)
    assert engine.pages == 3


def test_auto_without_an_engine_is_a_warning() -> None:
    def draw(document: Any) -> None:
        sheets.column(sheets.page_of(document), 50, 80, sheets.wrapped(sheets.LOREM, 480))
        scan(document)

    document = parse_pdf(sheets.made(draw), "x.pdf", ParseOptions(ocr="auto"), engine=lambda: None)
    assert [(w.code, w.page) for w in document.warnings] == [("page_without_text", 2)]


def test_a_stamp_on_a_picture_is_no_usable_text() -> None:
    def draw(document: Any) -> None:
        scan(document)
        sheets.write(document[0], 60, 830, "Scanned 2024", 8)

    page, _ = first_page(draw)
    assert not has_usable_text(page)


def test_garbled_text_is_no_usable_text() -> None:
    garbled = [OcrWord("\ufffd\ue001\ufffd" * 20, Rect(10, 10, 90, 20), 1.0, 0)]
    assert not has_usable_text(with_ocr(PageContent(1, 600, 800), garbled))
    assert has_usable_text(with_ocr(PageContent(1, 600, 800), scripted().words))


def test_an_engine_is_found_where_it_is_installed() -> None:
    assert (find_engine() is not None) is INSTALLED
