from __future__ import annotations

from typing import Any

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from tests.ingest.pdf.support.sheets import LOREM, WIDE, column, made, page_of, wrapped, write


def outline(data: bytes) -> list[str]:
    document = parse_pdf(data, "test.pdf", ParseOptions())
    return [entry.title for entry in document.outline]


def book(titles: list[str], head: str, text: str, font: str) -> bytes:
    """Return a contents page that names plain lines standing on the pages after it."""

    def draw(document: Any) -> None:
        page = page_of(document)
        write(page, 60, 80, head, 16, font)
        for at, title in enumerate(titles):
            write(
                page, 60, 120 + 16 * at, f"{title} ........................ {3 + 2 * at}", 10, font
            )
        for title in titles:
            page = page_of(document)
            y = column(page, 60, 80, wrapped(text, 450, font=font), font=font)
            write(page, 60, y + 8, title, 10, font)
            column(page, 60, y + 28, wrapped(text, 450, font=font), font=font)

    return made(draw)


def test_plain_lines_that_the_contents_name_are_headings() -> None:
    titles = ["Rivers of the north", "Lakes and their depth", "Water in the valleys", "The sea"]
    assert outline(book(titles, "Contents", LOREM, "helv")) == ["Contents", *titles]


def test_chinese_contents() -> None:
    titles = ["河流概况", "湖泊调查", "海洋资料", "数据来源"]
    assert outline(book(titles, "目录", WIDE * 4, "china-s")) == ["目录", *titles]


def test_entries_of_the_contents_are_no_headings_themselves() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        write(page, 60, 80, "Contents", 16, "hebo")
        for at in range(6):
            write(page, 60, 120 + 30 * at, f"{at + 1} Region number {at + 1}", 12, "hebo")
            write(page, 500, 120 + 30 * at, str(3 + 4 * at), 12, "hebo")
        page = page_of(document)
        column(page, 60, 80, wrapped(LOREM * 5, 450))

    assert outline(made(draw)) == ["Contents"]
