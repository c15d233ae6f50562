"""Parses PDFs with pymupdf4llm and PyMuPDF's layout model: turns page chunks into a Document.

A page chunk is Markdown, with the class, the box and the stretch of text of every part of the
page. Limits: without the layout model (older versions) there are no boxes and blocks are what the
Markdown says; on pages that are displayed turned, boxes are as the library gives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from ingest.formats.external.pages import Pages, import_engine_module, page_sizes
from ingest.formats.markup.text_and_markdown import markdown_blocks
from ingest.options import ParseOptions, Progress
from ingest.text.scripts import WIDE_BLOCKS
from ingest.types import Block, BlockKind, Document

INSTALL = "pip install pymupdf4llm"

PageChunk: TypeAlias = Mapping[str, Any]

_KINDS: dict[str, BlockKind] = {
    "title": "title",
    "caption": "caption",
    "footnote": "footnote",
    "formula": "formula",
}
_FURNITURE = ("page-header", "page-footer")
_LINE_END = re.compile(f"(?<=[{WIDE_BLOCKS}]) (?=[{WIDE_BLOCKS}])")
"""Lines are joined by a blank, which Chinese does not have."""
_BULLET = re.compile(r"[•◦▪●○■–]\s*")
_INDENT = 3
"""Blanks before a nested list item, for each level."""


def parse_pymupdf4llm(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Parse a PDF with pymupdf4llm. Raises EngineMissing where it is not installed."""
    sizes = page_sizes(data, options)
    library = import_engine_module("pymupdf4llm", INSTALL)
    with suppress(ImportError, AttributeError):  # older versions do without the model
        library.use_layout(True)  # docchat's own reading of pages keeps it from loading
    with TemporaryDirectory() as folder:
        path = Path(folder, "document.pdf")
        path.write_bytes(data)
        chunks = library.to_markdown(
            str(path),
            page_chunks=True,
            use_ocr=options.ocr != "off",
            force_ocr=options.ocr == "force",
            show_progress=False,
        )
    document = pymupdf4llm_document(chunks, Pages(sizes), data, name)
    if progress:
        progress(len(sizes), len(sizes))
    return document


def pymupdf4llm_document(
    chunks: Sequence[PageChunk], pages: Pages, data: bytes, name: str
) -> Document:
    """Return the document of page chunks, one for each page; fills `pages`, which must be empty.

    Raises NoTextFound where there is no text, KeyError for what is no such chunk.
    """
    for page, chunk in enumerate(chunks, start=1):
        text = str(chunk["text"])
        if not chunk.get("page_boxes"):
            for block in markdown_blocks(text, name):
                pages.add(page, block)
        for part in chunk.get("page_boxes", ()):
            start, end = part["pos"]
            _add_part(pages, page, part, text[start:end])
    return pages.build_document(data, name)


def _add_part(pages: Pages, page: int, part: PageChunk, text: str) -> None:
    """Add one part of a page: `text` is its Markdown."""
    kind, boxes = str(part["class"]), (pages.build_box(page, *part["bbox"]),)
    if kind == "picture":
        pages.add(page, Block("figure", "", boxes))
        return
    for block in _build_part_blocks(kind, text):
        if kind in _FURNITURE:
            pages.add_furniture(page, block.text)
        else:
            pages.add(page, replace(block, boxes=boxes))


def _build_part_blocks(kind: str, text: str) -> Iterator[Block]:
    """Yield the blocks of a part's Markdown, of the kind that the layout model saw."""
    line = text.strip("\n")
    level = (len(line) - len(line.lstrip())) // _INDENT if kind == "list-item" else 0
    for block in markdown_blocks(text if "```" in text else text.strip(), kind):
        words = block.text if block.kind == "table" else _LINE_END.sub("", block.text)
        if block.kind == "list":
            yield replace(block, text=_BULLET.sub("", words, count=1), level=block.level + level)
        elif kind in _KINDS and block.kind != "table":
            yield Block(_KINDS[kind], words, level=int(kind == "title"))
        else:
            yield replace(block, text=words)
