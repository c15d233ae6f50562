"""Which pages are worth a look by the layout model."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.pdf.furniture.running_lines import Furniture
from ingest.pdf.layout.body_text import body_style_of
from ingest.pdf.layout.doubtful_pages import is_unsure, select_pages_for_model
from ingest.pdf.layout.page_layout import Layout, build_page_layout
from ingest.pdf.layout.stages import ALL_STAGES
from ingest.pdf.page.content import PageContent
from ingest.pdf.reading.reader import open_pdf
from tests.ingest.pdf.support import sheets

ROWS = [["Name", "Count", "Share"], *([f"No. {n}", f"{n}20", f"{n}.5"] for n in range(1, 5))]


def layouts(draw: Any) -> list[Layout]:
    with open_pdf(sheets.made(draw)) as source:
        contents: list[PageContent] = [source.read(n) for n in range(1, source.pages + 1)]
    body = body_style_of(contents)
    return [build_page_layout(c, Furniture(()), body, ALL_STAGES, keep=False) for c in contents]


def text(document: Any) -> Any:
    page = sheets.page_of(document)
    sheets.column(page, 72, 100, sheets.wrapped(sheets.LOREM * 2, 440))
    return page


def booktabs(document: Any) -> None:
    page = text(document)
    for r, row in enumerate(ROWS):
        for c, cell in enumerate(row):
            sheets.write(page, 80 + 130 * c, 306 + 18 * r, cell)
    for y in (294, 310, 384):
        page.draw_line((72, y), (480, y))


def test_running_text_is_no_doubt() -> None:
    assert not is_unsure(layouts(text)[0])


def test_a_table_with_all_its_borders_is_no_doubt() -> None:
    (layout,) = layouts(lambda d: sheets.ruled_table(text(d), 72, 300, ROWS))
    assert not is_unsure(layout)


def test_a_table_with_guessed_columns_is_one() -> None:
    assert is_unsure(layouts(booktabs)[0])


def test_rules_without_a_table_are_one() -> None:
    def draw(document: Any) -> None:
        page = text(document)
        for y in (300, 330, 420):
            page.draw_line((72, y), (500, y))

    assert is_unsure(layouts(draw)[0])


def test_two_rules_are_a_head_and_a_foot() -> None:
    def draw(document: Any) -> None:
        page = text(document)
        for y in (60, 780):
            page.draw_line((72, y), (500, y))

    assert not is_unsure(layouts(draw)[0])


@pytest.mark.parametrize(("pages", "most"), [(3, 3), (12, 4), (40, 6)])
def test_of_a_long_file_only_a_share_is_looked_at(pages: int, most: int) -> None:
    def draw(document: Any) -> None:
        for _ in range(pages):
            booktabs(document)

    assert select_pages_for_model(layouts(draw), "auto") == list(range(1, most + 1))


def test_the_choice_decides() -> None:
    def draw(document: Any) -> None:
        text(document)
        booktabs(document)
        sheets.page_of(document)

    found = layouts(draw)
    assert select_pages_for_model(found, "rules") == []
    assert select_pages_for_model(found, "auto") == [2]
    assert select_pages_for_model(found, "model") == [1, 2]
