"""Goldens about tables: spans, rules, alignment, page breaks, turned ones, and what is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.ingest.pdf.support import sheets
from tests.ingest.pdf.support.pens import Pen, chinese, drawn, english, grid, rule

ZH_FONT = "china-s"
QUAYS = (
    ("Quay", "Length", "Depth", "Cranes"),
    ("North", "310", "9.0", "4"),
    ("South", "255", "7.5", "3"),
    ("Inner", "120", "6.5", "1"),
    ("Ferry", "90", "5.0", "0"),
)
ZH_QUAYS = (
    ("码头", "长度", "水深", "起重机"),
    ("北码头", "310", "9.0", "4"),
    ("南码头", "255", "7.5", "3"),
    ("内码头", "120", "6.5", "1"),
    ("轮渡", "90", "5.0", "0"),
)


def ruled_spans_zh(pen: Pen) -> None:
    pen.text(chinese(0, 2), after=14)
    columns, rows = (0.0, 90.0, 180.0, 270.0, 360.0), (0.0, 20.0, 40.0, 60.0, 80.0)
    for y in (0, 40, 60, 80):
        rule(pen, 0, y, 360, y)
    rule(pen, 90, 20, 270, 20)
    for x in (0, 90, 270, 360):
        rule(pen, x, 0, x, 80)
    rule(pen, 180, 20, 180, 80)
    write = grid(pen, columns, rows)
    sheets.write(pen.page, pen.x + 5, pen.y + 24, "码头", 10, ZH_FONT)
    sheets.write(pen.page, pen.x + 150, pen.y + 14, "吞吐量（万吨）", 10, ZH_FONT)
    sheets.write(pen.page, pen.x + 275, pen.y + 24, "备注", 10, ZH_FONT)
    for column, text in ((1, "上年"), (2, "本年")):
        write(1, column, text)
    for row, cells in ((2, ("北", "52", "61", "扩建")), (3, ("南", "40", "38", "检修"))):
        for column, text in enumerate(cells):
            write(row, column, text)
    pen.y += 104
    pen.text(chinese(4, 2))


def booktabs_en(pen: Pen) -> None:
    pen.text(english(0, 3), after=16)
    pen.line("Table 2: Quays of the harbour", 9, after=8)
    rows(pen, QUAYS, (0, 110, 200, 290))
    rule(pen, 0, -5 * 16 - 11, 340, -5 * 16 - 11, 1.1)
    rule(pen, 0, -4 * 16 - 11, 340, -4 * 16 - 11, 0.5)
    rule(pen, 0, -8, 340, -8, 1.1)
    pen.y += 20
    pen.text(english(3, 3))


def borderless_zh(pen: Pen) -> None:
    pen.text(chinese(0, 3), after=20)
    rows(pen, ZH_QUAYS, (0, 110, 200, 290))
    pen.y += 20
    pen.text(chinese(4, 3))


def rows(pen: Pen, cells: Sequence[Sequence[str]], columns: Sequence[float]) -> None:
    """Write rows of words at the columns' left edges, 16 points apart."""
    for row in cells:
        for x, text in zip(columns, row, strict=True):
            sheets.write(pen.page, pen.x + x, pen.y, text, 10, pen.font)
        pen.y += 16


def table_over_pages(pen: Pen) -> None:
    head, names = ("Berth", "Vessel", "Tons"), ("Alba", "Borga", "Cato", "Dora", "Elba", "Fram")
    body = [(f"B{at + 1}", names[at % 6], str(900 + 37 * at)) for at in range(40)]
    pen.heading("Arrivals", 15, "hebo")
    pen.text(english(2, 3), after=10)
    part = 24
    sheets.ruled_table(pen.page, pen.x, pen.y, (head, *body[:part]))
    pen.turn()
    sheets.ruled_table(pen.page, pen.x, pen.y - 20, (head, *body[part:]))
    pen.y += 20 * 17 + 10
    pen.text(english(5, 3))


def table_over_pages_zh(pen: Pen) -> None:
    names = ("阿尔巴", "博尔加", "卡托", "多拉", "埃尔巴", "前进")
    body = [(f"第{at + 1}号", names[at % 6], str(900 + 37 * at)) for at in range(36)]
    pen.heading("到港船舶", 15)
    sheets.ruled_table(pen.page, pen.x, pen.y, (("泊位", "船名", "吨位"), *body[:28]), ZH_FONT)
    pen.turn()
    sheets.ruled_table(pen.page, pen.x, pen.y - 20, body[28:], ZH_FONT)
    pen.y += 20 * 8 + 10
    pen.text(chinese(5, 3))


def sideways_table_en(pen: Pen) -> None:
    """Draw a grid that is read with the head turned to the left."""
    x0, y0, width, height = 150.0, 200.0, 24.0, 100.0
    table = QUAYS[:4]
    for at in range(len(table) + 1):
        pen.page.draw_line((x0 + width * at, y0), (x0 + width * at, y0 + 4 * height))
    for at in range(5):
        x1 = x0 + width * len(table)
        pen.page.draw_line((x0, y0 + height * at), (x1, y0 + height * at))
    for r, row in enumerate(table):
        for c, text in enumerate(row):
            start = (x0 + width * r + 15, y0 + 4 * height - height * c - 6)
            pen.page.insert_text(start, text, fontname="helv", fontsize=10, rotate=90)


def references_en(pen: Pen) -> None:
    pen.heading("References", 15, "hebo")
    for number, (who, rest) in enumerate(
        (
            ("J. Alder", "Dredging in tidal waters. Coast and Port 12, 2004, pp. 31-48."),
            ("M. Birk and S. Cole", "Sand for beaches. Harbour Press, Lindholm, 2011."),
            ("P. Dorn", "On the settling of mussels. Sea Life 7, 2015, pp. 102-119."),
            ("R. Eames", "Charts and their errors. Survey Notes 3, 1998, pp. 5-22."),
            ("K. Falk and J. Alder", "Lights of the north. Harbour Press, Lindholm, 2016."),
        ),
        start=1,
    ):
        sheets.write(pen.page, pen.x, pen.y, f"[{number}]", 10)
        pen.x, pen.width = 96, 300
        pen.text(f"{who}. {rest}", after=3)
        pen.x = 72


def record_zh(pen: Pen) -> None:
    """Draw a form: names in the first column of a grid, no row of headings."""
    pen.heading("船舶登记表", 15)
    form = (("船名", "前进号"), ("船籍港", "林德港"), ("总吨位", "1240"), ("建造年份", "1998"))
    sheets.ruled_table(pen.page, pen.x, pen.y, form, ZH_FONT)
    pen.y += 104
    pen.text(chinese(3, 2))


def several_lines_in_cells_en(pen: Pen) -> None:
    pen.text(english(0, 2), after=16)
    columns, edges = (0.0, 90.0, 300.0, 380.0), (0.0, 20.0, 62.0, 104.0)
    for y in edges:
        rule(pen, 0, y, 380, y)
    for x in columns:
        rule(pen, x, 0, x, 104)
    for r, cells in enumerate(
        (
            ("Work", "What was done", "Days"),
            ("Outer channel", "dug to nine metres;|sand carried to the|beach", "41"),
            ("Lights", "second light built|on the northern mole", "12"),
        )
    ):
        for c, text in enumerate(cells):
            for at, line in enumerate(text.split("|")):
                y = pen.y + edges[r] + 14 + 12 * at
                sheets.write(pen.page, pen.x + columns[c] + 5, y, line, 10)
    pen.y += 130
    pen.text(english(5, 2))


def _of(draw: Callable[[Pen], None], font: str = "helv") -> Callable[[], bytes]:
    return lambda: drawn(draw, font)


CASES: dict[str, Callable[[], bytes]] = {
    "table-ruled-spans-zh": _of(ruled_spans_zh, ZH_FONT),
    "table-three-lines-en": _of(booktabs_en),
    "table-borderless-zh": _of(borderless_zh, ZH_FONT),
    "table-over-pages-en": _of(table_over_pages),
    "table-over-pages-zh": _of(table_over_pages_zh, ZH_FONT),
    "table-sideways-en": _of(sideways_table_en),
    "table-refused-references-en": _of(references_en),
    "table-form-zh": _of(record_zh, ZH_FONT),
    "table-several-lines-en": _of(several_lines_in_cells_en),
}
