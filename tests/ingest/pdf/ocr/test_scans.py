from __future__ import annotations

import threading
from typing import Any

import pytest

from ingest.errors import NoTextFound, OcrFailed
from ingest.options import ParseOptions
from ingest.pdf.ocr.engine import OcrWord, ScriptedOcrEngine
from ingest.pdf.ocr.need import has_usable_text, looks_like_print
from ingest.pdf.page.content import PageContent, Rect
from ingest.pdf.page.raster import Raster
from ingest.pdf.parse import parse_pdf
from ingest.pdf.reading.reader import open_pdf
from ingest.types import Document, PageQuality
from tests.ingest.pdf.support import scanned, sheets

AUTO = ParseOptions(ocr="auto", min_text_share=0)


def letter(page: Any) -> None:
    sheets.write(page, 60, 100, "Read aloud", 12)
    sheets.write(page, 60, 118, "by machine.", 12)


def layer(document: Any) -> None:
    sheets.column(sheets.page_of(document), 50, 80, sheets.wrapped(sheets.LOREM, 480))


def scripted(confidence: float = 0.98) -> ScriptedOcrEngine:
    return ScriptedOcrEngine(scanned.ideal(letter, confidence))


def first_page(draw: Any) -> PageContent:
    with open_pdf(sheets.made(draw)) as source:
        return source.read(1)


def parsed(draw: Any, engine: Any, options: ParseOptions = AUTO) -> Document:
    return parse_pdf(sheets.made(draw), "x.pdf", options, engine=lambda: engine)


def both(document: Any) -> None:
    layer(document)
    scanned.scan(document, letter)


def test_the_engine_is_asked_only_where_it_is_needed() -> None:
    engine = scripted()
    document = parsed(both, engine)
    assert engine.pages == 1
    assert "Read aloud" in document.pages[1].blocks[0].text
    assert [(w.code, w.page) for w in document.warnings] == [("page_ocr", 2)]
    assert "mean confidence 0.98" in document.warnings[0].message
    assert [page.quality for page in document.pages] == [
        PageQuality("text", 1.0),
        PageQuality("ocr", 0.98),
    ]
    parsed(both, engine, ParseOptions(ocr="force"))
    assert engine.pages == 3
    parsed(both, engine, ParseOptions(ocr="off"))
    assert engine.pages == 3


def test_auto_without_an_engine_is_a_warning() -> None:
    document = parsed(both, None)
    assert [(w.code, w.page) for w in document.warnings] == [("page_without_text", 2)]
    assert document.pages[1].quality == PageQuality("none", 0.0)


def test_an_uncertain_page_says_so() -> None:
    document = parsed(both, scripted(0.7))
    assert [w.code for w in document.warnings] == ["page_ocr_doubtful"]
    lost = parsed(both, scripted(0.2))
    assert [w.code for w in lost.warnings] == ["page_without_text"]


def test_a_blank_sheet_among_scans_is_no_lost_page() -> None:
    def draw(document: Any) -> None:
        layer(document)
        scanned.scan(document, lambda page: None)
        scanned.scan(document, lambda page: None)

    document = parsed(draw, ScriptedOcrEngine([]), ParseOptions(ocr="auto", min_text_share=0.9))
    assert [(w.code, w.page) for w in document.warnings] == [("page_blank", 2), ("page_blank", 3)]

    def blank(document: Any) -> None:
        scanned.scan(document, lambda page: None)

    with pytest.raises(NoTextFound):
        parsed(blank, ScriptedOcrEngine([]))


class Failing:
    """An engine that cannot read."""

    name = "failing"

    def read(self, raster: Raster) -> list[OcrWord]:
        raise OcrFailed("no ink")


def test_a_page_that_the_engine_fails_on_is_a_warning() -> None:
    document = parsed(both, Failing())
    assert [(w.code, w.message, w.page) for w in document.warnings] == [
        ("page_failed", "no ink", 2)
    ]
    assert document.pages[0].blocks


class Turned:
    """An engine that is sure only of pages whose dark bar lies at the left."""

    name = "turned"

    def __init__(self) -> None:
        self.pages = 0

    def read(self, raster: Raster) -> list[OcrWord]:
        self.pages += 1
        gray = raster.to_gray()
        middle = gray.shape[1] // 2
        upright = gray[:, :middle].mean() < gray[:, middle:].mean()
        return [OcrWord("found", Rect(60, 90, 100, 104), 0.97 if upright else 0.6, 0)]


@pytest.mark.parametrize(("angle", "readings"), [(0.0, 1), (180.0, 2)])
def test_a_page_on_its_head_is_turned_around(angle: float, readings: int) -> None:
    def page(sheet: Any) -> None:
        sheet.draw_rect((20, 300, 60, 700), fill=(0, 0, 0))
        sheets.column(sheet, 100, 100, sheets.wrapped(sheets.LOREM * 3, 400))

    engine = Turned()
    document = parsed(lambda d: scanned.scan(d, page, angle), engine)
    assert engine.pages == readings
    box = document.blocks[0].boxes[0]
    assert (box.y0 > 600) is (angle == 180.0)


class Meeting:
    """An engine whose first two pages wait for each other."""

    name = "meeting"

    def __init__(self) -> None:
        self.barrier = threading.Barrier(2, timeout=30)

    def read(self, raster: Raster) -> list[OcrWord]:
        self.barrier.wait()
        return scanned.ideal(letter)


def test_pages_are_read_at_the_same_time_and_kept_in_order() -> None:
    def draw(document: Any) -> None:
        for _ in range(4):
            scanned.scan(document, letter)

    steps: list[tuple[int, int]] = []
    document = parse_pdf(
        sheets.made(draw),
        "x.pdf",
        ParseOptions(ocr_jobs=2),
        lambda done, pages: steps.append((done, pages)),
        engine=Meeting,
    )
    assert [page.number for page in document.pages] == [1, 2, 3, 4]
    assert [w.page for w in document.warnings] == [1, 2, 3, 4]
    assert steps[-1] == (4, 4)
    assert len(steps) == 8


def test_a_stamp_on_a_picture_is_no_usable_text() -> None:
    def draw(document: Any) -> None:
        scanned.scan(document, letter)
        sheets.write(document[0], 60, 830, "Scanned 2024", 8)

    assert not has_usable_text(first_page(draw))


def mixed(document: Any) -> None:
    layer(document)
    other = type(document)()
    scanned.scan(other, lambda p: sheets.column(p, 60, 80, sheets.wrapped(sheets.LOREM * 5, 470)))
    picture = other[0].get_pixmap(dpi=120)
    document[0].insert_image((40, 300, 560, 800), pixmap=picture, keep_proportion=False)


def test_print_in_a_picture_is_read_beside_the_text_layer() -> None:
    engine = scripted()
    document = parsed(mixed, engine)
    assert engine.pages == 1
    assert "The committee reviewed" in document.text
    assert "Read aloud" in document.text
    assert document.text.count("The committee reviewed") == 1
    found = next(block for block in document.blocks if "Read aloud" in block.text)
    assert found.boxes[0].x0 == pytest.approx(40 + 60, abs=6)
    assert found.boxes[0].y0 == pytest.approx(300 + 88, abs=10)
    assert [w.code for w in document.warnings] == ["picture_ocr"]


def test_a_photograph_is_no_print() -> None:
    def draw(page: Any) -> None:
        for at in range(60):
            shade = at / 60
            page.draw_rect((0, 14 * at, 595, 14 * at + 14), fill=(shade, shade, shade), width=0)

    raster = scanned.drawn(draw)
    assert not looks_like_print(raster.to_gray(), raster.scale)
    text = scanned.drawn(
        lambda page: sheets.column(page, 60, 80, sheets.wrapped(sheets.LOREM * 5, 470))
    )
    assert looks_like_print(text.to_gray(), text.scale)
