"""Builds pages as JSON: their blocks with their place in the document's text, and continued ones.

A paragraph or table that continues over a page break is one block of the page where it begins, with
boxes on each page. Its later pages show it as `continued`, so that a page lists all that stands on
it.

Limits: a block's last box decides whether it continues; boxes must be in reading order.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.schemas.documents import BlockOut, BoxOut, PageOut, PageViewOut, QualityOut, TableOut
from ingest.types import BLOCK_SEPARATOR, Block, Document, Page


def page_outs(document: Document) -> Iterator[PageOut]:
    """Yield every page with the blocks that begin on it."""
    start = 0
    for page in document.pages:
        out = _page_out(page, start)
        start += _count_page_characters(page)
        yield out


def page_view(document: Document, page: Page) -> PageViewOut:
    """Return a page of `document` with the blocks that begin on it and those that reach it."""
    start = 0
    continued: list[BlockOut] = []
    for earlier in document.pages:
        if earlier.number == page.number:
            break
        if any(_reaches_page(block, page.number) for block in earlier.blocks):
            blocks = _block_outs(earlier, start)
            continued += [
                out
                for block, out in zip(earlier.blocks, blocks, strict=True)
                if _reaches_page(block, page.number)
            ]
        start += _count_page_characters(earlier)
    return PageViewOut(**dict(_page_out(page, start)), continued=continued)


def _page_out(page: Page, start: int) -> PageOut:
    return PageOut(
        number=page.number,
        label=page.label,
        width=page.width,
        height=page.height,
        quality=None if page.quality is None else QualityOut.model_validate(page.quality),
        blocks=_block_outs(page, start),
        furniture=list(page.furniture),
    )


def _block_outs(page: Page, start: int) -> list[BlockOut]:
    """Return the page's blocks; `start` is where the first begins in the document's text."""
    outs: list[BlockOut] = []
    for block in page.blocks:
        end = start + len(block.text)
        outs.append(
            BlockOut(
                kind=block.kind,
                text=block.text,
                level=block.level,
                boxes=[BoxOut.model_validate(box) for box in block.boxes],
                char_range=(start, end),
                table=None if block.table is None else TableOut.model_validate(block.table),
                mark=block.mark,
            )
        )
        start = end + len(BLOCK_SEPARATOR)
    return outs


def _count_page_characters(page: Page) -> int:
    return sum(len(block.text) + len(BLOCK_SEPARATOR) for block in page.blocks)


def _reaches_page(block: Block, page: int) -> bool:
    """Return whether a block that began on an earlier page has a part on `page`."""
    if not block.boxes or block.boxes[-1].page < page:
        return False
    return any(box.page == page for box in block.boxes)
