"""From made PDFs to documents: what each stage must hold, seen from outside."""

from __future__ import annotations

import re
from typing import Any

import pymupdf
import pytest

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from ingest.types import Document
from tests.ingest.pdf.support import sheets

OFF = ParseOptions(ocr="off")


def parsed(data: bytes, options: ParseOptions = OFF) -> Document:
    return parse_pdf(data, "made.pdf", options)


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, block.text) for block in document.blocks]


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad-]+", "", text)


def two_columns(document: Any) -> None:
    page = sheets.page_of(document)
    sheets.write(page, 110, 70, "A Study of Rivers and Their Valleys", 20, "hebo")
    for number, x in enumerate((50, 310)):
        lines = sheets.wrapped(f"Column {number} begins. " + sheets.LOREM * 5, 235)
        sheets.column(page, x, 120, lines)


def chapters(document: Any) -> None:
    for number in (1, 2, 3):
        page = sheets.page_of(document)
        sheets.write(page, 50, 40, "Handbook of Rivers" if number % 2 else "Second Edition", 8)
        sheets.write(page, 290, 815, str(number + 4), 8)
        y = 90.0
        if number == 1:
            sheets.write(page, 50, y, "The Rivers of the North", 22, "hebo")
            y += 50
        sheets.write(page, 50, y, f"{number} Chapter of the Year", 15, "hebo")
        y = sheets.column(page, 50, y + 25, sheets.wrapped(sheets.LOREM * 2, 480))
        sheets.write(page, 50, y + 20, f"{number}.1 What Was Seen", 12, "hebo")
        y = sheets.column(page, 50, y + 40, sheets.wrapped(sheets.LOREM * 2, 480))
        sheets.write(page, 50, y + 20, "Note:", 10, "hebo")
        sheets.write(page, 80, y + 20, "this is said in passing and is no heading.", 10)


def chinese(document: Any) -> None:
    page = sheets.page_of(document)
    font = "china-s"
    sheets.write(page, 150, 80, "河流管理办法", 22, font)
    sheets.write(page, 50, 130, "第一章 总则", 15, font)
    y = sheets.column(
        page, 50, 155, sheets.wrapped(sheets.WIDE * 3 + "。", 480, font=font), font=font
    )
    sheets.write(page, 50, y + 20, "一、适用范围", 12, font)
    y = sheets.column(
        page, 50, y + 40, sheets.wrapped(sheets.WIDE * 2 + "。", 480, font=font), font=font
    )
    sheets.write(page, 50, y + 15, "（一）本办法适用于所有河流。", 10, font)
    sheets.write(page, 50, y + 30, "（二）其他水域参照执行。", 10, font)


def test_two_columns_below_a_spanning_title() -> None:
    document = parsed(sheets.made(two_columns))
    assert document.blocks[0].kind == "title"
    assert document.blocks[0].text == "A Study of Rivers and Their Valleys"
    text = document.text
    expected = [squeezed(f"Column {n} begins. " + sheets.LOREM * 5) for n in (0, 1)]
    assert squeezed(text).endswith("".join(expected))


def test_headings_get_levels_and_make_the_outline() -> None:
    document = parsed(sheets.made(chapters))
    heads = [(kind, level, text) for kind, level, text in kinds(document) if level]
    assert heads[0] == ("title", 1, "The Rivers of the North")
    assert heads[1:] == [
        entry
        for n in (1, 2, 3)
        for entry in (
            ("heading", 1, f"{n} Chapter of the Year"),
            ("heading", 2, f"{n}.1 What Was Seen"),
        )
    ]
    assert [entry.page for entry in document.outline] == [1, 1, 1, 2, 2, 3, 3]


def test_running_lines_are_taken_out_and_kept_aside() -> None:
    data = sheets.made(chapters)
    document = parsed(data)
    assert "Handbook" not in document.text
    assert [page.label for page in document.pages] == ["5", "6", "7"]
    assert document.pages[0].furniture == ("Handbook of Rivers", "5")
    kept = parsed(data, ParseOptions(ocr="off", furniture="keep"))
    assert kept.text.count("Handbook of Rivers") == 2


def test_chinese_text_headings_and_lists() -> None:
    document = parsed(sheets.made(chinese))
    assert kinds(document) == [
        ("title", 1, "河流管理办法"),
        ("heading", 1, "第一章 总则"),
        ("text", 0, sheets.WIDE * 3 + "。"),
        ("heading", 2, "一、适用范围"),
        ("text", 0, sheets.WIDE * 2 + "。"),
        ("list", 0, "（一）本办法适用于所有河流。"),
        ("list", 0, "（二）其他水域参照执行。"),
    ]


def test_a_ruled_table_is_cells_and_its_words_are_placed() -> None:
    rows = [["Region", "2023", "2024"], ["N|E", "1,200", "1,350"], ["南方", "800", "910"]]

    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        sheets.column(page, 50, 80, sheets.wrapped(sheets.LOREM, 480))
        sheets.write(page, 50, 190, "Table 1. Yield by region")
        sheets.ruled_table(page, 50, 200, rows, "china-s")
        sheets.column(page, 50, 320, sheets.wrapped(sheets.LOREM, 480))

    document = parsed(sheets.made(draw))
    assert [block.kind for block in document.blocks] == ["text", "caption", "table", "text"]
    block = document.blocks[2]
    assert block.table is not None
    assert (block.table.rows, block.table.columns) == (3, 3)
    assert [cell.text for cell in block.table.cells] == [cell for row in rows for cell in row]
    assert [cell.header for cell in block.table.cells] == [True] * 3 + [True, False, False] * 2
    marked = [block.text[span.start : span.end] for span in block.spans]
    assert marked == [
        "Region",
        "2023",
        "2024",
        r"N\|E",
        "1,200",
        "1,350",
        "南方",
        "800",
        "910",
    ]
    cell = block.table.cells[4].box
    assert cell is not None
    assert (cell.x0, cell.y0, cell.x1, cell.y1) == pytest.approx((150, 220, 250, 240), abs=1)


def test_a_merged_cell_spans_and_is_repeated_in_the_text() -> None:
    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        for y in (100, 120, 140, 160):
            page.draw_line((50, y), (350, y))
        for x in (50, 150, 350):
            page.draw_line((x, 100), (x, 160))
        page.draw_line((250, 120), (250, 160))
        cells = [(55, 114, "Name"), (155, 114, "Years"), (55, 134, "x"), (155, 134, "1")]
        for x, y, text in [
            *cells,
            (255, 134, "2"),
            (55, 154, "y"),
            (155, 154, "3"),
            (255, 154, "4"),
        ]:
            sheets.write(page, x, y, text)

    block = parsed(sheets.made(draw)).blocks[0]
    assert block.table is not None
    head = [(c.text, c.row, c.column_span) for c in block.table.cells if c.header]
    assert head == [("Name", 0, 1), ("Years", 0, 2), ("x", 1, 1), ("y", 2, 1)]
    assert block.text.splitlines()[0] == "| Name | Years | Years |"


def test_rules_above_and_below_are_enough_for_a_table() -> None:
    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        sheets.column(page, 50, 80, sheets.wrapped(sheets.LOREM, 480))
        for y in (200, 218, 290):
            page.draw_line((50, y), (400, y))
        data = [["Item", "Count", "Share"], ["Apples", "12", "30 %"], ["Green pears", "8", "20 %"]]
        data += [["Plums", "20", "50 %"], ["All", "40", "100 %"]]
        for r, row in enumerate(data):
            for c, cell in enumerate(row):
                sheets.write(page, 55 + 130 * c, 214 + 18 * r, cell)

    tables = [b for b in parsed(sheets.made(draw)).blocks if b.kind == "table"]
    assert len(tables) == 1
    assert tables[0].text.splitlines()[0] == "| Item | Count | Share |"
    assert tables[0].text.splitlines()[3] == "| Green pears | 8 | 20 % |"


def test_a_frame_around_text_is_no_table() -> None:
    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        page.draw_rect((40, 60, 555, 200))
        page.draw_line((40, 90), (555, 90))
        sheets.column(page, 50, 80, sheets.wrapped(sheets.LOREM, 480))

    assert {block.kind for block in parsed(sheets.made(draw)).blocks} == {"text"}


def test_lists_captions_and_code_have_their_kind() -> None:
    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        y = sheets.column(page, 50, 80, sheets.wrapped(sheets.LOREM * 2, 480)) + 10
        bullets = [
            "• The first point is made here.",
            "• The second one follows it.",
            "1. A number.",
        ]
        y = sheets.column(page, 60, y, bullets) + 20
        y = sheets.column(page, 50, y, ["def area(r):", "    return 3.14 * r"], font="cour") + 20
        sheets.write(page, 50, y, "Figure 2: The shape of a valley")

    document = parsed(sheets.made(draw))
    assert kinds(document)[1:] == [
        ("list", 0, "The first point is made here."),
        ("list", 0, "The second one follows it."),
        ("list", 0, "1. A number."),
        ("code", 0, "def area(r):\n    return 3.14 * r"),
        ("caption", 0, "Figure 2: The shape of a valley"),
    ]


def test_words_cut_at_line_ends_are_put_together_and_found_on_both_lines() -> None:
    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        sheets.column(page, 50, 80, ["The committee has con-", "sidered the whole report."])

    block = parsed(sheets.made(draw)).blocks[0]
    assert block.text == "The committee has considered the whole report."
    parts = [s for s in block.spans if block.text[s.start : s.end] in ("con", "sidered")]
    assert len(parts) == 2
    assert parts[0].end == parts[1].start
    assert parts[1].box.y0 > parts[0].box.y1 - 5


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_are_in_the_displayed_orientation_of_a_cropped_page(turn: int) -> None:
    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        page.set_rotation(turn)
        page.set_cropbox(pymupdf.Rect(20, 30, 575, 812))
        point = pymupdf.Point(120, 200) * page.derotation_matrix
        page.insert_text(point, "Displayed upright", fontsize=12, rotate=turn)
        other = pymupdf.Point(120, 220) * page.derotation_matrix
        page.insert_text(other, "on every page.", fontsize=12, rotate=turn)

    document = parsed(sheets.made(draw))
    page = document.pages[0]
    assert (page.width, page.height) == ((555, 782) if turn % 180 == 0 else (782, 555))
    assert document.text == "Displayed upright on every page."
    first = page.blocks[0].spans[0].box
    assert first.x0 == pytest.approx(120, abs=2)
    assert first.y0 < 200 < first.y1


@pytest.mark.parametrize("draw", [two_columns, chapters, chinese])
def test_the_text_inside_the_boxes_is_the_text_of_the_block(draw: Any) -> None:
    data = sheets.made(draw)
    document = parsed(data)
    source: Any = pymupdf.open(stream=data, filetype="pdf")
    for page in document.pages:
        for block in page.blocks:
            clips = [
                source[box.page - 1].get_textbox((box.x0 - 1, box.y0 + 2, box.x1 + 1, box.y1 - 2))
                for box in block.boxes
            ]
            assert squeezed("".join(clips)) == squeezed(block.text)
            for span in block.spans:
                assert block.text[span.start : span.end].split() == [
                    block.text[span.start : span.end]
                ]
    source.close()


def test_bookmarks_make_headings_of_what_looks_like_text() -> None:
    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        sheets.write(page, 50, 80, "On the source of rivers")
        sheets.column(page, 50, 120, sheets.wrapped(sheets.LOREM * 2, 480))
        document.set_toc([[1, "On the source of rivers", 1]])

    document = parsed(sheets.made(draw))
    assert kinds(document)[0] == ("heading", 1, "On the source of rivers")


def test_progress_counts_every_page_once() -> None:
    seen: list[tuple[int, int]] = []
    parse_pdf(sheets.made(chapters), "x.pdf", OFF, lambda done, of: seen.append((done, of)))
    assert seen[-1] == (3, 3)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_the_same_bytes_give_the_same_document() -> None:
    data = sheets.made(chapters)
    assert parsed(data) == parsed(data)
