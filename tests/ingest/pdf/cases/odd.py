"""Goldens about odd pages and odd letters: turned, cropped, vertical, hidden, ligatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.ingest.pdf.support import sheets
from tests.ingest.pdf.support.pens import Pen, chinese, drawn, english

ZH_FONT = "china-s"


def rotated_page_zh(pen: Pen) -> None:
    """Write on a page whose displayed orientation is a quarter turn from its own."""
    pen.heading("第一章 航道", 16)
    pen.text(chinese(0, 5))
    other: Any = sheets.quarter_turn(pen.page)
    for number, line in enumerate(sheets.wrapped(chinese(3, 5), 600, 10, ZH_FONT)):
        sheets.write_turned(other, 80, 100 + 14 * number, line, 10, ZH_FONT)


def crop_box_en(pen: Pen) -> None:
    sheets.write(pen.page, 72, 30, "Printer's mark, not to be shown", 8)
    pen.y = 160
    pen.heading("The Inner Quay", 16, "hebo")
    pen.text(english(0, 4))
    sheets.crop(pen.page, (40, 60, 555, 790))


def vertical_zh(pen: Pen) -> None:
    """Write columns of single characters, the rightmost first."""
    for column, text in enumerate(("海港志卷一", "港口在春季完成了疏浚", "较大的船舶可以驶入")):
        x = 420 - 24 * column
        for at, letter in enumerate(text):
            sheets.write(pen.page, x, 120 + 14 * at, letter, 12, ZH_FONT)


def ligatures_en(pen: Pen) -> None:
    """Write ligatures and soft hyphens with a font that has them."""
    sheets.write_unicode(
        pen.page,
        pen.x,
        pen.y,
        (
            "The o\ufb03ce \ufb01led the \ufb01nal re\u00ad",
            "port on the \ufb02ood, which a\ufb00ected the lower",
            "town and the stores at its \ufb01sh market.",
        ),
    )


def superscripts_en(pen: Pen) -> None:
    pen.heading("Area and Depth", 15, "hebo")
    x = pen.x
    for text, size, rise in (
        ("The basin covers 12,400 m", 10.0, 0.0),
        ("2", 6.0, 3.6),
        (" and holds 10", 10.0, 0.0),
        ("5", 6.0, 3.6),
        (" m", 10.0, 0.0),
        ("3", 6.0, 3.6),
        (" of water.", 10.0, 0.0),
    ):
        sheets.write(pen.page, x, pen.y - rise, text, size)
        x += sheets.measure(text, size)
    pen.y += 14
    pen.text(english(0, 3))


def hidden_text_zh(pen: Pen) -> None:
    pen.heading("公告", 16)
    pen.text(chinese(0, 4))
    pen.page.insert_text(
        (72, 400), "这一行不可见，不应出现在正文里。", fontname=ZH_FONT, fontsize=10, render_mode=3
    )
    sheets.write(pen.page, 72, -40, "这一行在页面之外。", 10, ZH_FONT)
    pen.text(chinese(5, 2))


def bookmarks_en(pen: Pen) -> None:
    """Name headings in bookmarks that do not stand out on the page."""
    pages = (("Quays", 3), ("Pilots", 4))
    for number, (name, count) in enumerate(pages):
        if number:
            pen.turn()
        pen.y += 10
        pen.line(name, after=6)
        pen.text(english(number, count))
        pen.text(english(number + 3, count))
    pen.document.set_toc([[1, name, at] for at, (name, _) in enumerate(pages, start=1)])


def code_en(pen: Pen) -> None:
    pen.text("The depth is read from the sounder by this program:")
    for indent, line in (
        (0, "def depth(echo):"),
        (4, "speed = 1480  # metres per second"),
        (4, "return echo * speed / 2"),
    ):
        pen.line(" " * indent + line, 9, "cour")
    pen.y += 8
    pen.text(english(1, 3))


def _of(draw: Callable[[Pen], None], font: str = "helv") -> Callable[[], bytes]:
    return lambda: drawn(draw, font)


CASES: dict[str, Callable[[], bytes]] = {
    "rotated-page-zh": _of(rotated_page_zh, ZH_FONT),
    "crop-box-en": _of(crop_box_en),
    "vertical-zh": _of(vertical_zh, ZH_FONT),
    "ligatures-soft-hyphens-en": _of(ligatures_en),
    "superscripts-en": _of(superscripts_en),
    "hidden-text-zh": _of(hidden_text_zh, ZH_FONT),
    "bookmarks-en": _of(bookmarks_en),
    "code-en": _of(code_en),
}
