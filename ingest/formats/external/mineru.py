"""Parses PDFs with MinerU (version 4 or later): turns its content list into a Document.

The content list is flat and in reading order; boxes are in thousandths of the page. Limits: where
one entry holds several items of a list they share its box; formulas inside a line stay LaTeX, as
MinerU gives them; captions of a table or picture get its box. MinerU downloads its models on first
use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from ingest.formats.common.builder import clean_text, normalize_characters
from ingest.formats.external.pages import Pages, import_engine_module, page_sizes
from ingest.formats.markup.html import html_blocks
from ingest.options import ParseOptions, Progress
from ingest.types import Block, Box, Document

INSTALL = 'pip install "mineru>=4"'

ContentEntry: TypeAlias = Mapping[str, Any]

_MODES = {"off": "txt", "auto": "auto", "force": "ocr"}
_FURNITURE = ("header", "footer", "page_header", "page_footer", "page_number")
_PICTURES = ("image", "chart", "seal")
_BULLET = re.compile(r"\s*[-*•]\s+")
_THOUSANDTHS = 1000.0


def parse_mineru(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Parse a PDF with MinerU. Raises EngineMissing where it is not installed."""
    parser = import_engine_module("mineru.parser", INSTALL)
    render = import_engine_module("mineru.render", INSTALL)
    sizes = page_sizes(data, options)
    with TemporaryDirectory() as folder:
        path = Path(folder, "document.pdf")
        path.write_bytes(data)
        result = parser.parse(path, ocr_mode=_MODES[options.ocr])
        entries = render.render_content_list(result.middle_json)
    document = mineru_document(entries, Pages(sizes), data, name)
    if progress:
        progress(len(sizes), len(sizes))
    return document


def mineru_document(
    entries: Sequence[ContentEntry], pages: Pages, data: bytes, name: str
) -> Document:
    """Return the document of a content list; fills `pages`, which must be empty.

    Raises NoTextFound where there is no text, KeyError for what is no content list.
    """
    for entry in entries:
        page = int(entry["page_idx"]) + 1
        if entry["type"] in _FURNITURE:
            pages.add_furniture(page, clean_text(str(entry.get("text", ""))))
            continue
        for block in _build_entry_blocks(entry, _boxes_of_entry(pages, page, entry)):
            pages.add(page, block)
    return pages.build_document(data, name)


def _boxes_of_entry(pages: Pages, page: int, entry: ContentEntry) -> tuple[Box, ...]:
    """Return the box of an entry, given in thousandths of the page; older lists have none."""
    if not entry.get("bbox"):
        return ()
    width, height = (side / _THOUSANDTHS for side in pages.size_of(page))
    x0, y0, x1, y1 = (float(value) for value in entry["bbox"])
    return (pages.build_box(page, x0 * width, y0 * height, x1 * width, y1 * height),)


def _build_entry_blocks(entry: ContentEntry, boxes: tuple[Box, ...]) -> Iterator[Block]:
    """Yield the blocks of an entry: its captions, itself, its notes."""
    kind = str(entry["type"])
    for text in entry.get(f"{kind}_caption", ()):
        yield Block("caption", clean_text(str(text)), boxes)
    match kind:
        case "table":
            yield from _build_table_blocks(entry, boxes)
        case "equation":
            yield Block("formula", clean_text(str(entry.get("text", ""))), boxes)
        case "code":
            yield Block(
                "code", normalize_characters(str(entry.get("code_body", ""))).strip("\n"), boxes
            )
        case "list" | "index":
            yield from _build_list_blocks(entry, boxes)
        case "page_footnote":
            yield Block("footnote", clean_text(str(entry.get("text", ""))), boxes)
        case _ if kind in _PICTURES:
            yield Block("figure", "", boxes)
        case _:
            yield _build_text_or_heading(entry, boxes)
    for text in entry.get(f"{kind}_footnote", ()):
        yield Block("text", clean_text(str(text)), boxes)


def _build_text_or_heading(entry: ContentEntry, boxes: tuple[Box, ...]) -> Block:
    text, level = clean_text(str(entry.get("text", ""))), int(entry.get("text_level") or 0)
    return Block("heading" if level else "text", text, boxes, level)


def _build_list_blocks(entry: ContentEntry, boxes: tuple[Box, ...]) -> Iterator[Block]:
    """Yield the items of a list; four blanks before one are a level of nesting."""
    for item in entry.get("list_items", ()):
        indent = len(str(item)) - len(str(item).lstrip())
        yield Block("list", clean_text(_BULLET.sub("", str(item), count=1)), boxes, indent // 4)


def _build_table_blocks(entry: ContentEntry, boxes: tuple[Box, ...]) -> Iterator[Block]:
    """Yield the blocks of an entry's HTML, which is a table as a rule; a figure if it is empty."""
    found = html_blocks(str(entry.get("table_body", "")), "table")
    for block in found:
        yield Block(block.kind, block.text, boxes, block.level, block.table)
    if not found:
        yield Block("figure", "", boxes)
