"""Pictures of pages for the OCR tests, with what an ideal engine would read in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pymupdf

from ingest.pdf.ocr.engine import OcrWord
from ingest.pdf.page.content import Rect
from ingest.pdf.page.raster import Raster
from ingest.pdf.reading.reader import open_pdf
from tests.ingest.pdf.support import sheets

SCALE = 170 / 72


def drawn(draw: Callable[[Any], object], angle: float = 0.0) -> Raster:
    """Return the picture of the one page that `draw` draws on."""
    data = _page(draw)
    with open_pdf(data) as source:
        return source.rasterize(1, SCALE, angle)


def ideal(draw: Callable[[Any], object], confidence: float = 0.98) -> list[OcrWord]:
    """Return the words of the page that `draw` draws on, line by line, as an engine would."""
    document: Any = pymupdf.open(stream=_page(draw))
    rows = document[0].get_text("words")
    numbers: dict[tuple[int, int], int] = {}
    words: list[OcrWord] = []
    for x0, y0, x1, y1, text, block, line, _ in rows:
        number = numbers.setdefault((block, line), len(numbers))
        words.append(OcrWord(text, Rect(x0, y0, x1, y1), confidence, number))
    document.close()
    return words


def scan(document: Any, draw: Callable[[Any], object], angle: float = 0.0) -> None:
    """Add a page that is only the picture of what `draw` draws, turned clockwise by `angle`."""
    other: Any = pymupdf.open()
    draw(sheets.page_of(other))
    matrix = pymupdf.Matrix(170 / 72, 170 / 72).prerotate(angle)
    pixmap = other[0].get_pixmap(matrix=matrix)
    page = document.new_page(width=pixmap.width * 72 / 170, height=pixmap.height * 72 / 170)
    page.insert_image(page.rect, pixmap=pixmap)
    other.close()


def _page(draw: Callable[[Any], object]) -> bytes:
    def onto(document: Any) -> None:
        draw(sheets.page_of(document))

    return sheets.made(onto)
