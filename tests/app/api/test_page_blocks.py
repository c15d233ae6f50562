"""Pages as JSON: places in the text, and blocks that run over the page break."""

from __future__ import annotations

from app.schemas.page_blocks import page_outs, page_view
from ingest.types import Block, Box, Document, Page


def box(page: int) -> Box:
    return Box(page, 10, 20, 30, 40)


def book() -> Document:
    runs_over = Block("text", "begins here and ends there", (box(1), box(2)))
    whole = Block("text", "stays on its page", (box(2),))
    table = Block("table", "| long |\n| --- |", (box(2), box(3), box(4)))
    pages = (
        Page(1, 600, 800, (Block("heading", "第一章", (box(1),), 1), runs_over), "i", ("Draft",)),
        Page(2, 600, 800, (whole, table), "ii"),
        Page(3, 600, 800),
        Page(4, 600, 800, (Block("text", "the end", (box(4),)),)),
    )
    return Document("d", "book.pdf", "application/pdf", "ab", pages)


def test_a_page_has_what_began_before_and_runs_on() -> None:
    document = book()
    views = [page_view(document, page) for page in document.pages]
    assert [[block.text[:6] for block in view.continued] for view in views] == [
        [],
        ["begins"],
        ["| long"],
        ["| long"],
    ]
    assert [[block.text[:5] for block in view.blocks] for view in views][2:] == [[], ["the e"]]


def test_every_block_has_its_place_in_the_text() -> None:
    document = book()
    pages = list(page_outs(document))
    views = [page_view(document, page) for page in document.pages]
    for block in [
        *(block for page in pages for block in page.blocks),
        *(block for view in views for block in [*view.continued, *view.blocks]),
    ]:
        start, end = block.char_range
        assert document.text[start:end] == block.text


def test_what_was_left_out_is_told_with_the_page() -> None:
    document = book()
    first = page_view(document, document.pages[0])
    assert (first.label, first.furniture) == ("i", ["Draft"])
