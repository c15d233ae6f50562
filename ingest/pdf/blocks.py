"""Builds the pages, blocks and outline of a document from the layouts of its pages.

Limits: a block belongs to the page it begins on, also where it continues on the next page; blocks
without text are left out, except figures.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from ingest.pdf.figures import find_figures, with_figures
from ingest.pdf.headings.find import Heading
from ingest.pdf.layout.continuations import Continuation
from ingest.pdf.layout.page_layout import Layout
from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.compose import compose_lines, compose_text
from ingest.pdf.tables.grid import Grid, table_block
from ingest.pdf.tables.row_labels import with_row_labels
from ingest.types import Block, OutlineEntry, Page


def page_of(
    layout: Layout,
    headings: Mapping[int, Heading],
    words: Container[str] | None,
    joined: Mapping[int, Continuation],
    continued: Container[int],
    *,
    pictures: bool = True,
) -> Page:
    """Return the page with its blocks.

    `headings` and `joined` (what continues a paragraph) are by `number` of the paragraph,
    `continued` are those of the continuing ones; `words` is the vocabulary that tells which
    hyphens belong to a word, None where words cut by a line end stay cut. `pictures` become
    figure blocks.
    """
    content = layout.content
    blocks: list[Block] = []
    tables = [item.rect for item in layout.items if isinstance(item, Grid)]
    for item in layout.items:
        if isinstance(item, Grid):
            block = table_block(with_row_labels(item), content.number, words)
        elif item.number in continued:
            continue
        else:
            rest = joined.get(item.number, Continuation(()))
            parts = [(content.number, item), *rest.parts]
            block = _build_block(parts, headings.get(item.number), words)
        if block.text.strip():
            blocks.append(block)
    figures = find_figures(content, tables) if pictures else []
    return Page(
        content.number,
        content.width,
        content.height,
        tuple(with_figures(blocks, figures, content.number)),
        layout.furniture.label or content.label,
        tuple(line.text for line in layout.furniture.lines),
        content.quality,
    )


def outline_of(pages: Sequence[Page]) -> tuple[OutlineEntry, ...]:
    """Return the title and headings of the pages as what a table of contents shows."""
    return tuple(
        OutlineEntry(" ".join(block.text.split()), block.level, page.number)
        for page in pages
        for block in page.blocks
        if block.kind in ("title", "heading")
    )


def _build_block(
    parts: Sequence[tuple[int, Paragraph]], heading: Heading | None, words: Container[str] | None
) -> Block:
    """Return the block of a paragraph and what continues it, each part with its page."""
    first = parts[0][1]
    rows = [row for _, part in parts for row in part.rows]
    numbers = [page for page, part in parts for _ in part.rows]
    if first.kind == "code" and heading is None:
        piece = compose_lines(rows)
        boxes, spans = piece.boxes_on_page(numbers[0]), piece.spans_on_page(numbers[0])
    else:
        piece = compose_text(rows, None if first.kind == "formula" else words)
        boxes, spans = piece.over_pages(numbers)
    block = Block(first.kind, piece.text, boxes, first.level, spans=spans, mark=first.mark)
    if heading is None:
        return block
    return replace(
        block, kind="title" if heading.title else "heading", level=heading.level, mark=""
    )
