"""PDFs made for the tests, each to show one thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pymupdf

WIDTH, HEIGHT = 595, 842
LOREM = (
    "The committee reviewed the annual figures and agreed that the results were sound. "
    "Several members asked how the survey had been carried out and which regions it covered. "
    "The answer was that every region had been visited twice and that the records were complete. "
)
WIDE = "系统在首次启动时记录向量索引以保证结果的可追溯性供应商根据合同约定备份安全策略并保存三年"


def made(draw: Callable[[Any], None]) -> bytes:
    """Return the PDF that `draw` makes of an empty document."""
    document: Any = pymupdf.open()
    draw(document)
    data: bytes = document.tobytes(no_new_id=True)
    document.close()
    return data


def page_of(document: Any) -> Any:
    return document.new_page(width=WIDTH, height=HEIGHT)


def write(page: Any, x: float, y: float, text: str, size: float = 10, font: str = "helv") -> None:
    page.insert_text((x, y), text, fontsize=size, fontname=font)


def column(
    page: Any, x: float, y: float, lines: Sequence[str], size: float = 10, font: str = "helv"
) -> float:
    """Write lines below each other; return the baseline after the last."""
    for line in lines:
        write(page, x, y, line, size, font)
        y += size * 1.25
    return y


def wrapped(text: str, width: float, size: float = 10, font: str = "helv") -> list[str]:
    """Break text into lines of at most `width` points."""
    lines: list[str] = []
    wide = font.startswith("china")
    parts = list(text) if wide else text.split()
    glue = "" if wide else " "
    measure: Any = pymupdf.get_text_length
    for part in parts:
        longer = lines[-1] + glue + part if lines else part
        if lines and measure(longer, fontname=font, fontsize=size) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def ruled_table(
    page: Any, x: float, y: float, rows: Sequence[Sequence[str]], font: str = "helv"
) -> None:
    """Draw a full grid with cells of 100 x 20 points."""
    height, width = 20 * len(rows), 100 * len(rows[0])
    for at in range(len(rows) + 1):
        page.draw_line((x, y + 20 * at), (x + width, y + 20 * at))
    for at in range(len(rows[0]) + 1):
        page.draw_line((x + 100 * at, y), (x + 100 * at, y + height))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            write(page, x + 100 * c + 5, y + 20 * r + 14, cell, 10, font)


def picture_page(document: Any, draw: Callable[[Any], None]) -> None:
    """Add a page that is only the picture of what `draw` draws."""
    other: Any = pymupdf.open()
    draw(page_of(other))
    pixmap = other[0].get_pixmap(dpi=150)
    page = page_of(document)
    page.insert_image(page.rect, pixmap=pixmap)
    other.close()


def picture(page: Any, rect: tuple[float, float, float, float]) -> None:
    """Put a red picture on a page."""
    pixmap: Any = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 20, 20), False)
    pixmap.set_rect(pixmap.irect, (200, 30, 30))
    page.insert_image(rect, pixmap=pixmap, keep_proportion=False)


def illustrated(caption: str, font: str) -> Callable[[Any], None]:
    """Return what draws a page with text, a picture at (150, 200, 400, 350), and its caption."""

    def draw(document: Any) -> None:
        page = page_of(document)
        column(page, 72, 100, wrapped("Before. " + LOREM, 440))
        picture(page, (150, 200, 400, 350))
        write(page, 150, 368, caption, 10, font)
        column(page, 72, 420, wrapped("After. " + LOREM, 440))

    return draw


def turned(x: float, y: float, degrees: float) -> Any:
    """Return what `insert_text` takes to turn by so many degrees around a point."""
    return pymupdf.Point(x, y), pymupdf.Matrix(degrees)


def quarter_turn(page: Any) -> Any:
    """Add a page like `page` that is displayed turned by 90 degrees, and return it."""
    other = page_of(page.parent)
    other.set_rotation(90)
    return other


def write_turned(page: Any, x: float, y: float, text: str, size: float, font: str) -> None:
    """Write upright on a page that is displayed turned: x and y are as displayed."""
    at = pymupdf.Point(x, y) * page.derotation_matrix
    page.insert_text(at, text, fontsize=size, fontname=font, rotate=page.rotation)


def crop(page: Any, box: tuple[float, float, float, float]) -> None:
    page.set_cropbox(pymupdf.Rect(box))


def measure(text: str, size: float, font: str = "helv") -> float:
    """Return how wide a text is, in points."""
    width: float = pymupdf.get_text_length(text, fontname=font, fontsize=size)
    return width


def write_unicode(page: Any, x: float, y: float, lines: Sequence[str]) -> None:
    """Write lines with an embedded font that has ligatures and soft hyphens."""
    writer: Any = pymupdf.TextWriter(page.rect)
    font = pymupdf.Font("helv")
    for number, line in enumerate(lines):
        writer.append((x, y + 14 * number), line, font=font, fontsize=10)
    writer.write_text(page)
