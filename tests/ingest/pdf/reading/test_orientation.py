"""Pages set sideways, and Chinese set in columns, are read in their own direction."""

from __future__ import annotations

import binascii
from typing import Any

import pymupdf
import pytest

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from ingest.types import Box, Document
from tests.ingest.pdf.support import sheets

OFF = ParseOptions(ocr="off")
ROWS = [["Name", "Value", "Unit"], ["alpha", "1.5", "kg"], ["beta", "2.5", "m"]]


def upright_page(document: Any) -> None:
    page = document.new_page(width=sheets.HEIGHT, height=sheets.WIDTH)
    sheets.write(page, 72, 90, "A landscape page", 18, "hebo")
    sheets.column(page, 72, 120, sheets.wrapped(sheets.LOREM, 600))
    sheets.ruled_table(page, 72, 250, ROWS)


def set_sideways(turn: int) -> bytes:
    """A page whose contents, not the page, are turned: as a landscape page in a portrait book."""

    def draw(document: Any) -> None:
        source: Any = pymupdf.open("pdf", sheets.made(upright_page))
        size = (sheets.WIDTH, sheets.HEIGHT) if turn != 180 else (sheets.HEIGHT, sheets.WIDTH)
        page = document.new_page(width=size[0], height=size[1])
        page.show_pdf_page(page.rect, source, 0, rotate=-turn)

    return sheets.made(draw)


def shown_at(data: bytes, box: Box) -> str:
    """What the library finds in a box of the displayed page."""
    document: Any = pymupdf.open("pdf", data)
    page = document[box.page - 1]
    middle = pymupdf.Point((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    words = [word[4] for word in page.get_text("words") if middle in pymupdf.Rect(word[:4])]
    return " ".join(words)


def test_the_upright_page_itself() -> None:
    document = parse_pdf(sheets.made(upright_page), "x.pdf", OFF)
    assert [block.kind for block in document.blocks] == ["title", "text", "table"]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_set_sideways_is_read_as_if_upright(turn: int) -> None:
    data = set_sideways(turn)
    alike = parse_pdf(sheets.made(upright_page), "x.pdf", OFF)
    document = parse_pdf(data, "x.pdf", OFF)
    assert [(b.kind, b.text) for b in document.blocks] == [(b.kind, b.text) for b in alike.blocks]
    page = document.pages[0]
    assert (page.width > page.height) is (turn == 180)
    for block in document.blocks:
        for span in block.spans:
            box = span.box
            assert 0 <= box.x0 < box.x1 <= page.width
            assert 0 <= box.y0 < box.y1 <= page.height
            assert shown_at(data, box) == block.text[span.start : span.end]
    cells = [cell for block in document.blocks if block.table for cell in block.table.cells]
    assert len(cells) == 9
    for cell in cells:
        assert cell.box is not None
        assert shown_at(data, Box(1, *_inside(cell.box, document))) in (cell.text, "")


def _inside(box: Box, document: Document) -> tuple[float, float, float, float]:
    """Return the first word's box that lies in the box of a cell."""
    for block in document.blocks:
        for span in block.spans:
            x, y = (span.box.x0 + span.box.x1) / 2, (span.box.y0 + span.box.y1) / 2
            if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
                return span.box.x0, span.box.y0, span.box.x1, span.box.y1
    raise AssertionError("no word in the cell")


COLUMNS = ("第一列的文字从上往下写，", "接着是左边的第二列，这里", "还是同一句话，到此为止。")


def in_columns(document: Any) -> None:
    """Chinese text that runs down the page, its columns from right to left."""
    page = sheets.page_of(document)
    sheets.write(page, 72, 90, "字", 12, "china-s")
    font = next(n for n in range(1, document.xref_length()) if _is_font(document, n))
    document.xref_set_key(font, "Encoding", "/UniGB-UTF16-V")
    shown = [
        f"BT /china-s 12 Tf 1 0 0 1 {500 - 20 * at} 700 Tm "
        f"<{binascii.hexlify(text.encode('utf-16-be')).decode()}> Tj ET"
        for at, text in enumerate(COLUMNS)
    ]
    document.update_stream(page.get_contents()[0], "\n".join(shown).encode())


def _is_font(document: Any, xref: int) -> bool:
    return "UniGB" in document.xref_object(xref)


def test_chinese_in_columns_is_read_from_right_to_left() -> None:
    data = sheets.made(in_columns)
    document = parse_pdf(data, "x.pdf", OFF)
    assert document.text == "".join(COLUMNS)
    (block,) = document.blocks
    first, last = block.spans[0].box, block.spans[-1].box
    assert first.x0 > last.x0
    assert all(box.y1 - box.y0 > 5 * (box.x1 - box.x0) for box in block.boxes)


def test_a_note_set_sideways_turns_no_page() -> None:
    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        sheets.column(page, 72, 90, sheets.wrapped(sheets.LOREM, 400))
        page.insert_text((550, 700), "Printed on recycled paper, all rights reserved", rotate=90)

    document = parse_pdf(sheets.made(draw), "x.pdf", OFF)
    assert document.pages[0].blocks[0].text.startswith("The committee")
    assert document.pages[0].height > document.pages[0].width
