"""Tables of made PDFs: ruled, partly ruled, and by alignment."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from ingest.types import Block, Document, Table
from tests.ingest.pdf.support.sheets import (
    LOREM,
    WIDE,
    column,
    made,
    page_of,
    ruled_table,
    wrapped,
    write,
)


def _parsed(draw: Callable[[Any], None]) -> Document:
    return parse_pdf(made(lambda doc: draw(page_of(doc))), "t.pdf", ParseOptions(ocr="off"))


def _tables(document: Document) -> list[Block]:
    return [block for block in document.blocks if block.table is not None]


def _table(draw: Callable[[Any], None]) -> Table:
    (block,) = _tables(_parsed(draw))
    assert block.table is not None
    return block.table


def _told(table: Table) -> list[list[str]]:
    """Rows of texts; a cell that spans says how far, as "text[rows x columns]"."""
    rows: list[list[str]] = [[] for _ in range(table.rows)]
    for cell in table.cells:
        if cell.text:
            wide = (cell.row_span, cell.column_span) != (1, 1)
            spans = f"[{cell.row_span}x{cell.column_span}]" if wide else ""
            rows[cell.row].append(cell.text + spans)
    return rows


def _cells(
    page: Any, xs: Sequence[float], y: float, rows: Sequence[Sequence[str]], font: str = "helv"
) -> float:
    """Write rows of cells at these x, 16 points apart; return the next baseline."""
    for row in rows:
        for x, cell in zip(xs, row, strict=True):
            if cell:
                write(page, x, y, cell, 10, font)
        y += 16
    return y


_XS = (80, 200, 260, 340, 400)
_BODY = [
    ["Austria", "109", "0.9", "93", "1.1"],
    ["Germany", "123", "0.8", "290", "0.7"],
    ["Spain", "36", "0.0", "40", "0.0"],
    ["Total", "268", "0.7", "423", "0.7"],
]


def test_head_of_two_levels_between_rules() -> None:
    def draw(page: Any) -> None:
        page.draw_line((75, 100), (450, 100))
        write(page, 210, 113, "2007")
        write(page, 350, 113, "2006")
        page.draw_line((195, 117), (300, 117))
        page.draw_line((335, 117), (440, 117))
        _cells(page, _XS, 130, [["Country", "N", "% Pos", "N", "% Pos"]])
        page.draw_line((75, 136), (450, 136))
        end = _cells(page, _XS, 150, _BODY)
        page.draw_line((75, end - 8), (450, end - 8))

    assert _told(_table(draw)) == [
        ["Country[2x1]", "2007[1x2]", "2006[1x2]"],
        ["N", "% Pos", "N", "% Pos"],
        *_BODY,
    ]


def test_lines_of_a_heading_are_one_cell() -> None:
    def draw(page: Any) -> None:
        page.draw_line((75, 100), (450, 100))
        _cells(page, _XS, 112, [["", "Weighted", "", "Share", ""]])
        _cells(page, _XS, 124, [["Country", "rate", "", "of all", ""]])
        page.draw_line((75, 130), (450, 130))
        end = _cells(page, _XS, 145, [[a, b, "", d, ""] for a, b, _, d, _ in _BODY])
        page.draw_line((75, end - 8), (450, end - 8))

    assert _told(_table(draw))[0] == ["Country", "Weighted rate", "Share of all"]


def test_columns_of_numbers_that_stand_close() -> None:
    rows = [["北京", "1,144", "193.5"], ["上海", "39,385", "181.2"], ["天津", "6,930", "177.4"]]

    def draw(page: Any) -> None:
        page.draw_line((75, 100), (250, 100))
        _cells(page, (80, 150, 190), 115, [["城市", "数量", "比率"]], "china-s")
        page.draw_line((75, 120), (250, 120))
        for at, (city, count, rate) in enumerate(rows):
            y = 135 + 16 * at
            write(page, 80, y, city, 10, "china-s")
            write(page, 180 - 5 * len(count), y, count)
            write(page, 187, y, rate)
        page.draw_line((75, 175), (250, 175))

    assert _told(_table(draw)) == [["城市", "数量", "比率"], *rows]


def test_grid_whose_body_has_no_vertical_rules() -> None:
    def draw(page: Any) -> None:
        for y in (100, 120, 140, 160, 180):
            page.draw_line((75, y), (475, y))
        for x in (75, 175, 275, 375, 475):
            page.draw_line((x, 100), (x, 120))
        page.draw_line((75, 100), (75, 180))
        page.draw_line((475, 100), (475, 180))
        xs = (80, 180, 280, 380)
        _cells(page, xs, 114, [["Country", "Unit", "N", "Share"]])
        for at, row in enumerate([["Austria", "Single", "109", "0.9"], ["Spain", "", "36", "0"]]):
            _cells(page, xs, 134 + 20 * at, [row])
        _cells(page, xs, 174, [["Total", "", "145", "0.7"]])

    assert _told(_table(draw)) == [
        ["Country", "Unit", "N", "Share"],
        ["Austria", "Single", "109", "0.9"],
        ["Spain", "36", "0"],
        ["Total", "145", "0.7"],
    ]


def test_one_vertical_rule_does_not_make_two_columns() -> None:
    def draw(page: Any) -> None:
        for y in (100, 120, 190):
            page.draw_line((75, y), (450, y))
        page.draw_line((180, 100), (180, 190))
        _cells(page, _XS, 114, [["Country", "Freq.", "Share", "Mean", "Loss"]])
        _cells(page, _XS, 134, _BODY)

    assert _told(_table(draw)) == [["Country", "Freq.", "Share", "Mean", "Loss"], *_BODY]


def test_labels_left_of_the_rules_and_the_heading_above_them() -> None:
    def draw(page: Any) -> None:
        write(page, 330, 98, "Year ended")
        page.draw_line((290, 101), (480, 101))
        _cells(page, (300, 400), 112, [["2025", "2024"]])
        for x in (290, 390):
            page.draw_line((x, 115), (x + 90, 115))
        _cells(page, (80, 300, 400), 130, [["Cost of revenue", "178", "141"]])
        _cells(page, (80, 300, 400), 146, [["Research", "3,423", "2,532"], ["Total", "4", "3"]])
        page.draw_line((290, 185), (480, 185))

    assert _told(_table(draw)) == [
        ["Year ended[1x2]"],
        ["2025", "2024"],
        ["Cost of revenue", "178", "141"],
        ["Research", "3,423", "2,532"],
        ["Total", "4", "3"],
    ]


def test_wrapped_text_in_a_ruled_row_stays_one_row() -> None:
    def draw(page: Any) -> None:
        ruled_table(page, 80, 100, [["Kind", "Use", "Who"]])
        for y, x in ((200, 80), (200, 180), (200, 280), (200, 380)):
            page.draw_line((x, 120), (x, y))
        page.draw_line((80, 200), (380, 200))
        for x, lines in ((85, 3), (185, 5), (285, 4)):
            column(page, x, 134, [*wrapped(LOREM, 85)[:lines]])

    told = _told(_table(draw))
    assert told[0] == ["Kind", "Use", "Who"]
    assert len(told) == 2


def test_two_tables_side_by_side_and_a_third_below() -> None:
    def draw(page: Any) -> None:
        ruled_table(page, 60, 100, [["A", "B"], ["1", "2"], ["3", "4"]])
        ruled_table(page, 330, 100, [["C", "D"], ["5", "6"], ["7", "8"]])
        ruled_table(page, 60, 300, [["甲", "乙"], ["丙", "丁"]], "china-s")

    found = [block.table for block in _tables(_parsed(draw))]
    assert sorted(_told(table)[0] for table in found if table) == [
        ["A", "B"],
        ["C", "D"],
        ["甲", "乙"],
    ]


def test_table_without_rules_ends_at_text_and_at_a_list() -> None:
    def draw(page: Any) -> None:
        y = column(page, 80, 100, wrapped(LOREM, 380)) + 6
        write(page, 80, y, "• a point that stands before the table")
        end = _cells(page, _XS, y + 22, [["Country", "N", "Pos", "N", "Pos"], *_BODY])
        column(page, 80, end + 4, wrapped(LOREM, 380))

    assert _told(_table(draw)) == [["Country", "N", "Pos", "N", "Pos"], *_BODY]


def _contents(page: Any) -> None:
    for at, (name, number) in enumerate([("Summary", 1), ("Method", 4), ("Findings", 9)] * 3):
        write(page, 80, 100 + 16 * at, f"{name} {'.' * 60} {number}")
        write(page, 500, 100 + 16 * at, str(number))


def _references(page: Any) -> None:
    for at in range(8):
        write(page, 80, 100 + 32 * at, f"[{at + 1}]")
        column(page, 110, 100 + 32 * at, wrapped(LOREM, 380)[:2])


def _prose_in_columns(page: Any) -> None:
    column(page, 60, 100, wrapped(LOREM * 2, 220))
    column(page, 310, 100, wrapped(LOREM * 2, 220))


def _chinese_columns(page: Any) -> None:
    column(page, 60, 100, wrapped(WIDE * 4, 220, 10, "china-s"), 10, "china-s")
    column(page, 310, 100, wrapped(WIDE * 4, 220, 10, "china-s"), 10, "china-s")


def _framed_prose(page: Any) -> None:
    page.draw_rect((70, 80, 500, 200))
    column(page, 80, 100, wrapped(LOREM, 400))


def _formulas(page: Any) -> None:
    for at in range(4):
        write(page, 200, 100 + 30 * at, "a + b = c")
        write(page, 500, 100 + 30 * at, f"({at + 1})")


@pytest.mark.parametrize(
    "draw",
    [_contents, _references, _prose_in_columns, _chinese_columns, _framed_prose, _formulas],
    ids=lambda draw: draw.__name__,
)
def test_what_looks_like_a_table_is_refused(draw: Callable[[Any], None]) -> None:
    assert _tables(_parsed(draw)) == []


def test_every_cell_has_a_box_around_its_words() -> None:
    document = _parsed(lambda page: ruled_table(page, 80, 100, [["A", "B"], ["1", "2"]]))
    (block,) = _tables(document)
    assert block.table is not None
    for cell in block.table.cells:
        assert cell.box is not None
    for span in block.spans:
        inside = [
            cell
            for cell in block.table.cells
            if cell.box
            and cell.box.x0 <= (span.box.x0 + span.box.x1) / 2 <= cell.box.x1
            and cell.box.y0 <= (span.box.y0 + span.box.y1) / 2 <= cell.box.y1
        ]
        assert [cell.text for cell in inside] == [block.text[span.start : span.end]]


def _numbered_code(page: Any) -> None:
    for at, line in enumerate(["def main():", "    go()", "    return 1", "main()", "end()"]):
        write(page, 80, 100 + 12 * at, str(at + 1), 8, "cour")
        write(page, 110, 100 + 12 * at, line, 8, "cour")


def _algorithm(page: Any) -> None:
    for at, (name, text) in enumerate([("payload", "integer i"), ("initial", "0")] * 3):
        write(page, 80, 100 + 14 * at, f"{at + 1}:")
        write(page, 110, 100 + 14 * at, name)
        write(page, 200, 100 + 14 * at, text)


def _contents_without_dots(page: Any) -> None:
    names = ["Ensemble methods", "Efficient learning", "Unsupervised", "Maximization", "索引"]
    for at, name in enumerate(names):
        write(page, 80, 100 + 16 * at, str(at + 11))
        write(page, 110, 100 + 16 * at, name, 10, "china-s")
        write(page, 400, 100 + 16 * at, str(152 + 9 * at))


def _between_the_rules_of_a_box(page: Any) -> None:
    page.draw_line((70, 85), (500, 85))
    write(page, 80, 100, "Increment")
    write(page, 200, 100, "Lets you increment a key to keep a count of it")
    write(page, 80, 114, "the key will be made for you if it is not there yet")
    page.draw_line((70, 122), (500, 122))


@pytest.mark.parametrize(
    "draw",
    [_numbered_code, _algorithm, _contents_without_dots, _between_the_rules_of_a_box],
    ids=lambda draw: draw.__name__,
)
def test_numbered_lines_are_refused(draw: Callable[[Any], None]) -> None:
    assert _tables(_parsed(draw)) == []


def test_dots_may_lead_to_numbers_that_are_no_pages() -> None:
    rows = [
        ["0.99", "800", "880", "960"],
        ["0.95", "160", "176", "192"],
        ["0.90", "80", "88", "96"],
    ]

    def draw(page: Any) -> None:
        for at, row in enumerate(rows):
            write(page, 80, 100 + 14 * at, f"{row[0]} {'.' * 30}", 10, "cour")
            for column_at, text in enumerate(row[1:]):
                write(page, 320 + 60 * column_at, 100 + 14 * at, text, 10, "cour")

    assert _told(_table(draw)) == rows
