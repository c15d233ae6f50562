from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pymupdf

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from ingest.types import Block
from tests.ingest.pdf.support.sheets import LOREM, WIDE, column, made, page_of, wrapped, write

TEXT = wrapped(LOREM * 2, 450)


def blocks(draw: Callable[[Any], None]) -> list[Block]:
    return list(parse_pdf(made(draw), "test.pdf", ParseOptions()).blocks)


def headings(draw: Callable[[Any], None]) -> list[str]:
    return [block.text for block in blocks(draw) if block.kind in ("title", "heading")]


def test_a_line_in_another_font_is_parted_from_the_text_below_it() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        y = column(page, 60, 80, TEXT)
        write(page, 60, y + 15, "Sampling of the northern rivers", 10, "tiit")
        column(page, 60, y + 27.5, TEXT)

    assert headings(draw) == ["Sampling of the northern rivers"]


def test_the_label_of_a_chapter_and_its_title_are_one_heading() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        write(page, 60, 100, "Chapter 2", 20, "hebo")
        write(page, 60, 135, "The great rivers", 20, "hebo")
        column(page, 60, 180, TEXT)

    assert headings(draw) == ["Chapter 2 The great rivers"]


def test_a_chinese_label_and_its_title_are_one_heading() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        write(page, 60, 100, "第二章", 18, "china-s")
        write(page, 60, 130, "河流调查", 18, "china-s")
        column(page, 60, 170, wrapped(WIDE * 4, 450, font="china-s"), font="china-s")

    assert headings(draw) == ["第二章河流调查"]


def test_a_number_far_to_the_left_belongs_to_its_heading() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        y = column(page, 60, 80, TEXT)
        write(page, 60, y + 20, "5.1", 12, "hebo")
        write(page, 110, y + 20, "Lakes of the region", 12, "hebo")
        column(page, 60, y + 40, TEXT)

    assert headings(draw) == ["5.1 Lakes of the region"]


def test_a_heading_whose_second_line_begins_small_is_one() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        write(page, 60, 90, "What is known of rivers and", 16, "hebo")
        write(page, 60, 116, "the lakes they feed", 16, "hebo")
        column(page, 60, 150, TEXT)

    assert headings(draw) == ["What is known of rivers and the lakes they feed"]


def test_an_abstract_before_its_text_is_parted_and_boxes_stay_true() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        column(page, 60, 80, wrapped("Abstract:" + LOREM * 2, 450, font="hebo"), font="hebo")
        column(page, 60, 250, TEXT)

    head, text = blocks(draw)[:2]
    assert (head.kind, head.text) == ("heading", "Abstract")
    assert text.text.startswith("The committee reviewed")
    assert head.boxes[0].x1 <= text.spans[0].box.x0


def test_a_chinese_abstract_before_its_text_is_parted() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        lines = wrapped("摘要：" + WIDE * 4, 450, font="china-s")
        column(page, 60, 80, lines, font="china-s")

    head, text = blocks(draw)[:2]
    assert (head.kind, head.text, text.text[:6]) == ("heading", "摘要", WIDE[:6])


def test_a_numbered_lead_in_other_type_is_a_heading() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        column(page, 60, 80, TEXT)
        write(page, 60, 220, "1) Choice of rivers:", 10, "tiit")
        write(page, 142, 220, "The committee chose the rivers by their length and by", 10)
        column(page, 60, 232.5, TEXT)

    assert headings(draw) == ["1) Choice of rivers:"]


def leads(document: Any) -> None:
    """Write paragraphs that begin with bold words."""
    page = page_of(document)
    for at, lead in enumerate(("open", "close", "find", "count", "read")):
        y = 220 + 100 * at
        write(page, 60, y, lead, 10, "hebo")
        x = 64 + pymupdf.get_text_length(lead, fontname="hebo", fontsize=10)
        write(page, x, y, "The committee reviewed the annual figures and agreed that it", 10)
        column(page, 60, y + 12.5, TEXT[:3])


def test_bold_leads_are_headings_where_nothing_is_numbered() -> None:
    assert headings(leads) == ["open", "close", "find", "count", "read"]


def test_bold_leads_stay_text_where_headings_are_numbered() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        y = 80.0
        for head in ("1 Rivers", "2 Lakes", "3 Seas"):
            write(page, 60, y, head, 14, "hebo")
            y = column(page, 60, y + 25, TEXT) + 20
        leads(document)

    assert headings(draw) == ["1 Rivers", "2 Lakes", "3 Seas"]


def test_run_in_headings_are_below_those_that_stand_alone() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        write(page, 60, 80, "The functions", 14, "hebo")
        write(page, 60, 150, "Of files", 10, "hebo")
        column(page, 60, 170, TEXT[:3])
        leads(document)

    document = parse_pdf(made(draw), "test.pdf", ParseOptions())
    levels = {entry.title: entry.level for entry in document.outline}
    assert levels["Of files"] < levels["open"] == levels["read"]
