"""Tables that stand sideways on the page, and turned headings in upright ones."""

from collections.abc import Callable
from typing import Any

import pymupdf
import pytest

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from ingest.types import Document
from tests.ingest.pdf.support.sheets import LOREM, column, made, page_of, wrapped

_ROWS = [["Region", "Sales", "Share"], ["North", "1,200", "40%"], ["South east", "1,800", "60%"]]


def _parsed(draw: Callable[[Any], None]) -> tuple[Document, bytes]:
    data = made(lambda document: draw(page_of(document)))
    return parse_pdf(data, "t.pdf", ParseOptions(ocr="off")), data


def _upwards(page: Any, *, ruled: bool) -> None:
    """The table of 100 x 20 cells, turned so that it is read from the foot of the page upwards."""
    for r, row in enumerate(_ROWS):
        for c, cell in enumerate(row):
            page.insert_text((114 + 20 * r, 595 - 100 * c), cell, fontsize=10, rotate=90)
    if ruled:
        for r in range(4):
            page.draw_line((100 + 20 * r, 600), (100 + 20 * r, 300))
        for c in range(4):
            page.draw_line((100, 600 - 100 * c), (160, 600 - 100 * c))


def _downwards(page: Any) -> None:
    for r, row in enumerate(_ROWS):
        for c, cell in enumerate(row):
            page.insert_text((300 - 20 * r, 205 + 100 * c), cell, fontsize=10, rotate=270)
    for r in range(4):
        page.draw_line((315 - 20 * r, 200), (315 - 20 * r, 500))
    for c in range(4):
        page.draw_line((315, 200 + 100 * c), (255, 200 + 100 * c))


@pytest.mark.parametrize(
    "draw",
    [
        lambda page: _upwards(page, ruled=True),
        lambda page: _upwards(page, ruled=False),
        _downwards,
    ],
    ids=["upwards, ruled", "upwards", "downwards, ruled"],
)
def test_a_turned_table_is_read_and_its_boxes_are_where_it_stands(
    draw: Callable[[Any], None],
) -> None:
    document, data = _parsed(draw)
    (block,) = document.blocks
    assert block.table is not None
    rows: list[list[str]] = [[], [], []]
    for cell in block.table.cells:
        rows[cell.row].append(cell.text)
        assert cell.box is not None
        assert cell.box.y1 - cell.box.y0 > cell.box.x1 - cell.box.x0
    assert rows == _ROWS
    page: Any = pymupdf.open(stream=data)[0]
    for span in block.spans:
        clip = (span.box.x0, span.box.y0, span.box.x1, span.box.y1)
        assert page.get_text(clip=clip).split() == [block.text[span.start : span.end]]


def test_turned_headings_of_an_upright_table() -> None:
    def draw(page: Any) -> None:
        for y in (100, 180, 200, 220):
            page.draw_line((80, y), (320, y))
        for x in (80, 200, 260, 320):
            page.draw_line((x, 100), (x, 220))
        page.insert_text((85, 175), "City", fontsize=10)
        for x, lines in ((220, ("Mean daily", "rainfall")), (290, ("Hours",))):
            for at, line in enumerate(lines):
                page.insert_text((x + 12 * at, 175), line, fontsize=10, rotate=90)
        for y, row in ((194, ("Oslo", "2.1", "9")), (214, ("Rome", "2.4", "12"))):
            for x, text in zip((85, 215, 275), row, strict=True):
                page.insert_text((x, y), text, fontsize=10)

    document, _ = _parsed(draw)
    (block,) = document.blocks
    assert block.table is not None
    assert [cell.text for cell in block.table.cells][:3] == ["City", "Mean daily rainfall", "Hours"]


def test_sideways_text_beside_a_page_of_text_is_no_table() -> None:
    def draw(page: Any) -> None:
        column(page, 100, 100, wrapped(LOREM * 3, 400))
        page.insert_text((30, 600), "arXiv:2301.00001 [cs.CL] 1 Jan 2026", fontsize=14, rotate=90)

    document, _ = _parsed(draw)
    assert all(block.table is None for block in document.blocks)
