"""Goldens about order: columns, boxes, side notes, captions, paragraphs that go on, lists."""

from __future__ import annotations

from collections.abc import Callable

from tests.ingest.pdf.support import sheets
from tests.ingest.pdf.support.pens import BOTTOM, Pen, chinese, drawn, english

ZH_FONT = "china-s"


def spanning_title_en(pen: Pen) -> None:
    pen.line("Dredging a Small Harbour", 22, "hebo", indent=85, after=4)
    pen.line("A. Miller and B. Osei", 11, indent=170, after=14)
    top = pen.y
    for side, x in enumerate((60, 310)):
        pen.column(x, top, 225)
        pen.heading(("1 Introduction", "2 Soundings")[side], 13, "hebo")
        pen.text(english(4 * side, 4))
        pen.text(english(4 * side + 2, 3))


def mixed_columns_zh(pen: Pen) -> None:
    pen.heading("年度概况", 18)
    pen.text(chinese(0, 4), after=20)
    top = pen.y
    for side in range(2):
        pen.column(72 + 236 * side, top, 215)
        pen.text(chinese(4 + 2 * side, 5))
    top = pen.y + 20
    for side in range(3):
        pen.column(72 + 158 * side, top, 137)
        pen.text(chinese(1 + side, 4))
    pen.column(72, pen.y + 20, 451)
    pen.text(chinese(6, 5))


def side_note_en(pen: Pen) -> None:
    top = pen.y
    pen.column(72, top, 300)
    pen.heading("Moorings", 16, "hebo")
    for first in (0, 3, 5):
        pen.text(english(first, 4))
    pen.column(410, top + 95, 115)
    pen.size = 8
    pen.text("Note: the old moorings are marked by white buoys until the end of the year.")


def box_zh(pen: Pen) -> None:
    pen.heading("泊位管理", 16)
    pen.text(chinese(0, 4), after=24)
    pen.page.draw_rect((72, pen.y - 16, 523, pen.y + 58), color=(0, 0, 0.6), fill=(0.93, 0.95, 1))
    pen.column(86, pen.y + 4, 420)
    pen.line("提示", 11)
    pen.text("停靠新港池须提前两天申请，遇大风天气时由港务部门统一安排，申请人应当保持通信畅通。")
    pen.column(72, pen.y + 36, 451)
    pen.text(chinese(4, 4))


def cards_en(pen: Pen) -> None:
    pen.heading("Three Ways to Help", 18, "hebo")
    top = pen.y + 16
    cards = (
        ("Give", "Every gift goes to the fund for the islands and is used within a year."),
        ("Join", "Members meet on the first Monday of each month in the old boat house."),
        ("Tell", "Report damage to the mole by telephone, at any hour of day or night."),
    )
    for at, (head, text) in enumerate(cards):
        pen.column(72 + 158 * at, top, 130)
        pen.line(head, 13, "hebo", after=4)
        pen.text(text)


def caption_figure_zh(pen: Pen) -> None:
    pen.text(chinese(0, 4), after=14)
    x, y = 170, pen.y
    for at, height in enumerate((40, 75, 55, 95)):
        rect = (x + 60 * at, y + 100 - height, x + 60 * at + 36, y + 100)
        pen.page.draw_rect(rect, fill=(0.3, 0.5, 0.8))
    pen.page.draw_line((x - 10, y + 100), (x + 240, y + 100))
    pen.y = y + 122
    pen.line("图1 各季度挖沙量的变化", 9, indent=160, after=14)
    pen.text(chinese(4, 4))


def caption_table_en(pen: Pen) -> None:
    pen.text(english(0, 3), after=16)
    pen.line("Table 1: Depth of the channel in metres", 9, after=6)
    rows = (
        ("Place", "2022", "2023"),
        ("Outer channel", "7.2", "9.0"),
        ("Inner quay", "4.1", "6.5"),
    )
    sheets.ruled_table(pen.page, pen.x, pen.y, rows)
    pen.y += 60 + 24
    pen.text(english(3, 3))


def paragraph_over_column_zh(pen: Pen) -> None:
    lines = pen.broken(chinese(0, 16))
    pen.width = 215
    pen.heading("工程经过", 14)
    lines = pen.broken(chinese(0, 8) + chinese(0, 8))
    first = 10
    pen.lines(lines[:first])
    pen.column(308, 120, 215)
    pen.lines(lines[first:], after=8)
    pen.text(chinese(5, 2))


def paragraph_over_page_en(pen: Pen) -> None:
    pen.heading("The Works", 16, "hebo")
    while pen.y < BOTTOM - 130:
        pen.text(english(int(pen.y) % 8, 4))
    lines = pen.broken(english(0, 8))
    fit = int((BOTTOM - pen.y) / (pen.size * 1.35))
    pen.lines(lines[:fit])
    pen.turn()
    pen.lines(lines[fit:], after=8)
    pen.text(english(6, 4))


def hyphenation_en(pen: Pen) -> None:
    pen.lines(
        (
            "The harbour commission considered every alter-",
            "native before the contract was signed. A well-",
            "known engineer, whose long-term experience of",
            "dredging was undisputed, explained the alternative",
            "in a public meeting about the north-",
            "south channel and its mainte-",
            "nance over twenty years. The north-south channel",
            "and the well-known engineer were in the papers.",
        )
    )


def nested_list_en(pen: Pen) -> None:
    pen.text("Before entering the basin, the skipper has to:", after=4)
    items = (
        (0, "1.", "call the harbour office and give"),
        (1, "a)", "the name and the length of the vessel;"),
        (1, "b)", "the draught, measured on the same day;"),
        (0, "2.", "wait for the green light, which is shown"),
        (1, "•", "by day on the northern mole;"),
        (1, "•", "by night on both moles;"),
        (0, "3.", "keep a speed of less than four knots."),
    )
    for depth, marker, text in items:
        pen.line(marker, indent=18 * depth)
        pen.y -= pen.size * 1.35
        pen.line(text, indent=18 * depth + 16)
    pen.y += 8
    pen.text(english(4, 2))


def nested_list_zh(pen: Pen) -> None:
    pen.heading("进港规定", 16)
    pen.text("船长在进入港池之前应当完成下列各项工作：", after=4)
    for depth, text in (
        (0, "（一）向港务部门报告船舶情况；"),
        (1, "1. 船名与船长；"),
        (1, "2. 当日实测吃水；"),
        (0, "（二）等待绿灯信号；"),
        (1, "1. 白天显示于北防波堤；"),
        (1, "2. 夜间两侧防波堤同时显示；"),
        (0, "（三）航速不得超过四节。"),
    ):
        pen.line(text, indent=20 * depth)
    pen.y += 10
    pen.text(chinese(4, 3))


def _two(draw: Callable[[Pen], None], font: str = "helv") -> Callable[[], bytes]:
    return lambda: drawn(draw, font)


CASES: dict[str, Callable[[], bytes]] = {
    "spanning-title-en": _two(spanning_title_en),
    "mixed-columns-zh": _two(mixed_columns_zh, ZH_FONT),
    "side-note-en": _two(side_note_en),
    "box-zh": _two(box_zh, ZH_FONT),
    "cards-en": _two(cards_en),
    "caption-figure-zh": _two(caption_figure_zh, ZH_FONT),
    "caption-table-en": _two(caption_table_en),
    "paragraph-over-column-zh": _two(paragraph_over_column_zh, ZH_FONT),
    "paragraph-over-page-en": _two(paragraph_over_page_en),
    "hyphenation-en": _two(hyphenation_en),
    "nested-list-en": _two(nested_list_en),
    "nested-list-zh": _two(nested_list_zh, ZH_FONT),
}
