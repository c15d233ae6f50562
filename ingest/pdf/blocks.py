"""Understood pages become the pages, blocks and outline of a document.

Limits: a block belongs to the page it begins on; blocks without text are left out.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from ingest.pdf.compose import compose, compose_lines
from ingest.pdf.grid import Grid, table_block
from ingest.pdf.headings import Heading
from ingest.pdf.layout import Layout
from ingest.pdf.paragraphs import Paragraph
from ingest.types import Block, OutlineEntry, Page


def page_of(layout: Layout, headings: Mapping[int, Heading], words: Container[str] | None) -> Page:
    """Return the page with its blocks.

    `headings` are by `id` of the paragraph; `words` is the vocabulary that tells which hyphens
    belong to a word, None where words cut by a line end stay cut.
    """
    content = layout.content
    blocks: list[Block] = []
    for item in layout.items:
        if isinstance(item, Grid):
            block = table_block(item, content.number, words)
        else:
            block = _block(item, headings.get(id(item)), content.number, words)
        if block.text.strip():
            blocks.append(block)
    return Page(
        content.number,
        content.width,
        content.height,
        tuple(blocks),
        layout.furniture.label or content.label,
        tuple(line.text for line in layout.furniture.lines),
    )


def outline_of(pages: Sequence[Page]) -> tuple[OutlineEntry, ...]:
    """Return the title and headings of the pages as what a table of contents shows."""
    return tuple(
        OutlineEntry(" ".join(block.text.split()), block.level, page.number)
        for page in pages
        for block in page.blocks
        if block.kind in ("title", "heading")
    )


def _block(
    paragraph: Paragraph, heading: Heading | None, page: int, words: Container[str] | None
) -> Block:
    if paragraph.kind == "code" and heading is None:
        piece = compose_lines(paragraph.rows)
    else:
        piece = compose(paragraph.rows, words)
    block = Block(
        paragraph.kind, piece.text, piece.boxes(page), paragraph.level, spans=piece.on_page(page)
    )
    if heading is None:
        return block
    return replace(block, kind="title" if heading.title else "heading", level=heading.level)
