from __future__ import annotations

import importlib.util
import logging
import shutil
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ingest.errors import OcrFailed
from ingest.options import ParseOptions
from ingest.pdf.ocr.choose_engine import find_engine
from ingest.pdf.ocr.engine import OcrEngine, OcrWord, ScriptedOcrEngine
from ingest.pdf.ocr.rapid import RapidOcrEngine
from ingest.pdf.ocr.tesseract import TesseractEngine, words_of_tsv
from ingest.pdf.page.content import PageTilt, Rect
from ingest.pdf.page.raster import Raster
from ingest.pdf.parse import parse_pdf
from tests.ingest.pdf.support import scanned, sheets

RAPID = importlib.util.find_spec("rapidocr") is not None
PROGRAM = shutil.which("tesseract") or ""
NEEDS_RAPID = pytest.mark.skipif(not RAPID, reason="rapidocr is not installed")
NEEDS_TESSERACT = pytest.mark.skipif(not PROGRAM, reason="tesseract is not installed")


def minutes(page: Any) -> None:
    sheets.write(page, 60, 100, "Minutes of the meeting", 22, "hebo")
    sheets.column(page, 60, 150, sheets.wrapped(sheets.LOREM, 450, 14), 14)
    sheets.write(page, 60, 300, "会议由主席主持，全体委员出席。", 14, "china-s")


def scripted() -> ScriptedOcrEngine:
    return ScriptedOcrEngine(scanned.ideal(minutes))


ENGINES = [
    pytest.param(scripted, id="scripted"),
    pytest.param(RapidOcrEngine, id="rapidocr", marks=NEEDS_RAPID),
    pytest.param(
        lambda: TesseractEngine(PROGRAM, ["zh", "en"]), id="tesseract", marks=NEEDS_TESSERACT
    ),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", ENGINES)
def test_every_engine_gives_words_inside_the_page(make: Any) -> None:
    engine: OcrEngine = make()
    raster = scanned.drawn(minutes)
    words = engine.read(raster)
    assert engine.name
    assert "Minutes" in [word.text for word in words]
    for word in words:
        assert word.text
        assert " " not in word.text
        assert 0 <= word.confidence <= 1
        assert 0 <= word.rect.x0 < word.rect.x1 <= raster.width
        assert 0 <= word.rect.y0 < word.rect.y1 <= raster.height
    title = next(word for word in words if word.text == "Minutes")
    assert title.rect.x0 == pytest.approx(60, abs=4)
    assert title.rect.y0 < 95 < title.rect.y1


@NEEDS_RAPID
def test_a_skewed_scan_is_read_and_its_boxes_lie_on_it(caplog: pytest.LogCaptureFixture) -> None:
    def draw(document: Any) -> None:
        scanned.scan(document, minutes, 2.0)

    with caplog.at_level(logging.INFO, logger="ingest"):
        document = parse_pdf(
            sheets.made(draw), "scan.pdf", ParseOptions(ocr="auto", ocr_engine="rapidocr")
        )
    text = document.text
    assert "The committee reviewed the annual figures" in text
    assert "会议由主席主持" in text
    assert [(warning.code, warning.page) for warning in document.warnings] == [("page_ocr", 1)]
    title = document.blocks[0]
    assert (title.kind, title.text) == ("title", "Minutes of the meeting")
    page = document.pages[0]
    # The page was turned by two degrees around its corner, and is displayed so.
    left = title.spans[0].box
    right = title.spans[-1].box
    assert right.y0 - left.y0 == pytest.approx(0.035 * (right.x0 - left.x0), abs=2)
    assert all(0 <= box.x0 < box.x1 <= page.width for box in title.boxes)
    assert not caplog.records


@NEEDS_RAPID
def test_what_is_no_picture_is_a_typed_error() -> None:
    turn = PageTilt(0.0, 0.0, 0.0, 1.0, 1.0)
    with pytest.raises(OcrFailed):
        RapidOcrEngine().read(Raster(np.zeros((0, 0, 3), dtype=np.uint8), 1.0, turn))


def test_an_engine_is_found_where_it_is_installed() -> None:
    engine = find_engine()
    assert (engine is not None) is bool(RAPID or PROGRAM)
    assert (find_engine("rapidocr") is not None) is RAPID
    assert (find_engine("tesseract") is not None) is bool(PROGRAM)


@pytest.mark.skipif(not (RAPID and PROGRAM), reason="needs both engines")
@pytest.mark.parametrize(
    ("languages", "name"), [(["zh", "en"], "RapidOCR"), (["en", "de"], "Tesseract")]
)
def test_auto_takes_the_engine_that_knows_the_languages(
    languages: Sequence[str], name: str
) -> None:
    engine = find_engine("auto", languages)
    assert engine is not None
    assert engine.name == name


def test_the_table_of_tesseract_is_read() -> None:
    names = "level page_num block_num par_num line_num word_num left top width height conf text"
    head = names.replace(" ", "\t")
    rows = [
        "4\t1\t1\t1\t1\t0\t10\t20\t200\t30\t-1\t",
        "5\t1\t1\t1\t1\t1\t10\t20\t80\t30\t96.5\tTechnical",
        "5\t1\t1\t1\t1\t2\t100\t20\t60\t30\t40\tReport",
        "5\t1\t1\t1\t2\t1\t10\t60\t60\t30\t95\t ",
        "5\t1\t2\t1\t1\t1\t10\t90\t60\t30\t95\t系统",
    ]
    words = words_of_tsv("\n".join([head, *rows]), 2.0)
    assert words == [
        OcrWord("Technical", Rect(5, 10, 45, 25), 0.965, 0),
        OcrWord("Report", Rect(50, 10, 80, 25), 0.4, 0),
        OcrWord("系统", Rect(5, 45, 35, 60), 0.95, 1),
    ]


def test_a_program_that_cannot_be_run_is_a_typed_error() -> None:
    with pytest.raises(OcrFailed, match="could not be run"):
        TesseractEngine("/nowhere/tesseract", ["en"]).read(scanned.drawn(minutes))


@NEEDS_TESSERACT
def test_languages_that_are_not_installed_are_a_typed_error() -> None:
    with pytest.raises(OcrFailed, match="none of these languages"):
        TesseractEngine(PROGRAM, ["xx"]).read(scanned.drawn(minutes))
