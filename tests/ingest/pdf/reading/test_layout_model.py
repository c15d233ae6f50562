"""The layout model is asked for the pages chosen, and what it sees becomes tables and headings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from ingest.options import ParseOptions
from ingest.pdf.page.content import Rect, Zone
from ingest.pdf.parse import parse_pdf
from ingest.pdf.reading.layout_model import (
    LayoutModel,
    PyMuPdfLayout,
    ScriptedLayout,
    find_layout_model,
)
from ingest.pdf.reading.reader import open_pdf
from ingest.types import Document
from tests.ingest.pdf.support import sheets

ROWS = [["Region", "Visits", "Share"], ["南部地区", "one hundred", "a third"]]


def aligned(page: Any, y: float, rows: Sequence[Sequence[str]]) -> None:
    """A table without any rule; with two rows the rules take it for text."""
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            sheets.write(page, 80 + 130 * c, y + 16 * r, cell, 10, "china-s")


def report(document: Any) -> None:
    """A page of text, and one with three rules and a table below them."""
    first = sheets.page_of(document)
    sheets.column(first, 72, 100, sheets.wrapped(sheets.LOREM * 3, 440))
    second = sheets.page_of(document)
    sheets.column(second, 72, 100, sheets.wrapped(sheets.LOREM, 440))
    for y in (300, 330, 420):
        second.draw_line((72, y), (500, y))
    sheets.column(second, 72, 500, sheets.wrapped(sheets.LOREM, 440))


def seen_table(document: Any, rows: Sequence[Sequence[str]] = ROWS) -> None:
    page = sheets.page_of(document)
    sheets.write(page, 72, 80, "Visits by region", 10, "hebo")
    sheets.column(page, 72, 110, sheets.wrapped(sheets.LOREM, 440))
    sheets.write(page, 72, 200, "How it was counted")
    aligned(page, 300, rows)
    sheets.column(page, 72, 400, sheets.wrapped(sheets.LOREM, 440))


SEEN = (
    Zone("footnote", Rect(70, 68, 160, 84)),
    Zone("text", Rect(70, 98, 520, 160)),
    Zone("heading", Rect(70, 190, 180, 204)),
    Zone("table", Rect(78, 288, 420, 324), (200.0, 330.0), (306.0,)),
    Zone("text", Rect(70, 388, 520, 450)),
)


def parsed(draw: Any, model: LayoutModel | None, layout: Any) -> Document:
    options = ParseOptions(ocr="off", layout=layout)
    return parse_pdf(sheets.made(draw), "made.pdf", options, layout_model=lambda: model)


def test_rules_alone_ask_no_model() -> None:
    model = ScriptedLayout({})
    assert parsed(report, model, "rules").warnings == ()
    assert model.asked == []


def test_auto_asks_for_doubtful_pages_only() -> None:
    model = ScriptedLayout({2: ()})
    document = parsed(report, model, "auto")
    assert model.asked == [2]
    assert document.warnings == ()


def test_model_asks_for_every_page_with_text() -> None:
    def draw(document: Any) -> None:
        report(document)
        sheets.page_of(document)

    model = ScriptedLayout({1: (), 2: ()})
    parsed(draw, model, "model")
    assert model.asked == [1, 2]


def test_what_the_model_sees_becomes_a_table() -> None:
    rules = parsed(seen_table, None, "rules")
    seen = parsed(seen_table, ScriptedLayout({1: SEEN}), "model")
    assert "table" not in {block.kind for block in rules.blocks}
    table = next(block.table for block in seen.blocks if block.kind == "table")
    assert table is not None
    assert [[c.text for c in table.cells if c.row == row] for row in range(2)] == ROWS


def test_a_missing_model_is_one_warning() -> None:
    document = parsed(report, None, "model")
    assert [warning.code for warning in document.warnings] == ["layout_model_missing"]
    assert document.text == parsed(report, None, "rules").text


def test_a_page_the_model_fails_on_stays_as_the_rules_have_it() -> None:
    document = parsed(report, ScriptedLayout({1: ()}), "model")
    assert [(w.code, w.page) for w in document.warnings] == [("layout_failed", 2)]
    assert document.text == parsed(report, None, "rules").text


LONG = [["Region", "Visits", "Share"], *([f"No. {n}", f"{n}20", f"{n}.5"] for n in range(1, 6))]


def long_table(document: Any) -> None:
    """A table between horizontal rules, with a caption."""
    page = sheets.page_of(document)
    sheets.column(page, 72, 110, sheets.wrapped(sheets.LOREM, 440))
    sheets.write(page, 72, 284, "Table 1: Visits by region and their share")
    aligned(page, 306, LONG)
    for y in (294, 310, 392):
        page.draw_line((72, y), (480, y))
    sheets.column(page, 72, 420, sheets.wrapped(sheets.LOREM, 440))


def test_the_model_of_the_library_sees_a_table_and_running_text() -> None:
    model = find_layout_model()
    assert isinstance(model, PyMuPdfLayout)
    with open_pdf(sheets.made(long_table)) as source:
        zones = model.zones(source, 1)
    table = next(zone for zone in zones if zone.kind == "table")
    assert table.rect.holds(Rect(80, 298, 380, 388))
    assert len(table.columns) == 2
    assert any(zone.kind in ("text", "list") for zone in zones)


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_zones_of_a_turned_page_are_as_displayed(angle: int) -> None:
    data = sheets.made(lambda document: turned_copy(document, angle))
    with open_pdf(data) as source:
        zones = PyMuPdfLayout().zones(source, 1)
    table = next(zone for zone in zones if zone.kind == "table")
    assert table.rect.holds(Rect(80, 298, 380, 388))


def turned_copy(document: Any, angle: int) -> None:
    """A page whose content is set at an angle and which is turned back for display."""
    import pymupdf

    upright: Any = pymupdf.open(stream=sheets.made(long_table), filetype="pdf")
    size = (sheets.WIDTH, sheets.HEIGHT) if angle == 180 else (sheets.HEIGHT, sheets.WIDTH)
    page = document.new_page(width=size[0], height=size[1])
    page.show_pdf_page(page.rect, upright, 0, rotate=angle)
    page.set_rotation(angle)


def text(document: Any) -> None:
    sheets.column(sheets.page_of(document), 72, 100, sheets.wrapped(sheets.LOREM * 3, 440))


def test_reading_a_pdf_does_not_load_the_model() -> None:
    code = (
        "import sys\n"
        "from ingest.options import ParseOptions\n"
        "from ingest.pdf.parse import parse_pdf\n"
        "data = sys.stdin.buffer.read()\n"
        "for layout in ('rules', 'auto'):\n"
        "    parse_pdf(data, 'made.pdf', ParseOptions(ocr='off', layout=layout))\n"
        "print('pymupdf.layout' in sys.modules)\n"
    )
    data = sheets.made(text)
    run = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert run.stdout.split() == [b"False"]
