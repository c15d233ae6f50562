from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from ingest.types import Document
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


def parsed(draw: Callable[[Any], None]) -> Document:
    return parse_pdf(made(draw), "sheet.pdf", ParseOptions(ocr="off"))


def texts(document: Document) -> list[str]:
    return [block.text for block in document.blocks]


def two_pages(upper: list[str], lower: list[str], **style: Any) -> Callable[[Any], None]:
    def draw(document: Any) -> None:
        column(page_of(document), 60, 600, upper, **style)
        column(page_of(document), 60, 100, lower, **style)

    return draw


def test_a_paragraph_that_goes_on_overleaf_is_one_block_with_boxes_on_both_pages() -> None:
    lines = wrapped(LOREM * 2, 460)
    document = parsed(two_pages(lines[:4], lines[4:]))
    assert texts(document) == [(LOREM * 2).strip()]
    block = document.pages[0].blocks[0]
    assert {box.page for box in block.boxes} == {1, 2}
    assert len(block.boxes) == len(lines)
    assert document.pages[1].blocks == ()
    for span in block.spans:
        assert not block.text[span.start : span.end].isspace()
    assert {span.box.page for span in block.spans} == {1, 2}


def test_chinese_goes_on_overleaf_without_a_blank() -> None:
    lines = wrapped(WIDE * 5, 460, font="china-s")
    document = parsed(two_pages(lines[:2], lines[2:], font="china-s"))
    assert texts(document) == [WIDE * 5]


def test_a_word_cut_by_the_page_break_is_put_together() -> None:
    upper = wrapped(LOREM, 460)[:2]
    upper[-1] = upper[-1].rsplit(" ", 1)[0] + " exami-"
    document = parsed(two_pages([*upper], ["nation of the records was thorough and it took long."]))
    assert "examination of the records" in texts(document)[0]


def test_a_sentence_that_ends_on_the_page_is_not_continued() -> None:
    lower = wrapped("Another matter is that " + LOREM, 460)
    document = parsed(two_pages(wrapped(LOREM, 460), lower))
    assert len(texts(document)) == 2


def test_columns_are_joined_past_a_footnote_and_a_table_at_the_column_foot() -> None:
    lines = wrapped(LOREM * 6, 220)

    def draw(document: Any) -> None:
        page = page_of(document)
        column(page, 60, 100, lines[:20])
        ruled_table(page, 60, 400, [["Year", "Sum"], ["2023", "12"], ["2024", "15"]])
        write(page, 60, 780, "1 Counted twice in every year.", 7)
        column(page, 320, 100, lines[20:])

    document = parsed(draw)
    assert [block.kind for block in document.blocks] == ["text", "table", "footnote"]
    assert document.blocks[0].text == (LOREM * 6).strip()


def test_a_list_item_goes_on_in_the_next_column() -> None:
    first, second = wrapped(LOREM * 3, 210)[:25], wrapped(LOREM * 3, 210)[25:]

    def draw(document: Any) -> None:
        page = page_of(document)
        write(page, 60, 100, "1.")
        column(page, 75, 100, first)
        column(page, 335, 100, second)

    document = parsed(draw)
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("list", "1. " + (LOREM * 3).strip())
    ]


def test_a_heading_between_keeps_two_paragraphs_apart() -> None:
    lines = wrapped(LOREM * 2, 460)

    def draw(document: Any) -> None:
        column(page_of(document), 60, 600, lines[:4])
        page = page_of(document)
        write(page, 60, 100, "Results of the Survey", 16)
        column(page, 60, 130, lines[4:])

    assert len(texts(parsed(draw))) == 3


def test_entries_that_hang_are_one_block_each() -> None:
    entries = [
        wrapped(f"[{n}] A. Author and B. Writer, A long title about the survey of every region "
                f"and its records, Journal of Surveys, vol. {n}, pp. 10 to 20, 2020.", 400)
        for n in range(1, 8)
    ]  # fmt: skip

    def draw(document: Any) -> None:
        page, y = page_of(document), 100.0
        for first, *rest in entries:
            y = column(page, 60, y, [first])
            y = column(page, 78, y, rest)

    assert texts(parsed(draw)) == [" ".join(lines) for lines in entries]


def test_indented_first_lines_begin_paragraphs() -> None:
    lines = wrapped(LOREM, 440)

    def draw(document: Any) -> None:
        page, y = page_of(document), 100.0
        for _ in range(4):
            y = column(page, 75, y, lines[:1])
            y = column(page, 60, y, lines[1:])

    assert len(texts(parsed(draw))) == 4
