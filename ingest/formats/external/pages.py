"""Collects an engine's blocks by page and imports its library: what all engine adapters share.

Limits: blocks have boxes and no spans, because exports have no boxes of words: a quote is marked by
its block. Page sizes are read from the file itself, as displayed.
"""

from __future__ import annotations

import hashlib
import importlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ingest.errors import EngineMissing, LimitExceeded, NoTextFound, ParserCrashed
from ingest.formats.common.builder import ID_LENGTH, promote_title
from ingest.options import ParseOptions
from ingest.pdf.blocks import outline_of
from ingest.pdf.reading.reader import open_pdf
from ingest.types import Block, Box, Document, Page

MEDIA_TYPE = "application/pdf"


def import_engine_module(module: str, command: str) -> Any:
    """Return a module of a library; raises EngineMissing with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise EngineMissing(
            f"{module} cannot be imported: {error}",
            hint=f"Install it with {command}, or set parse.engine to builtin.",
        ) from error


def page_sizes(data: bytes, options: ParseOptions) -> list[tuple[float, float]]:
    """Return width and height of every page in points, as displayed.

    Raises the errors of `open_pdf`, LimitExceeded for more pages than the options allow.
    """
    with open_pdf(data) as source:
        if source.pages > options.max_pages:
            raise LimitExceeded(f"{source.pages} pages, the limit is {options.max_pages}")
        rects = [source.get_upright_page(number).rect for number in range(1, source.pages + 1)]
        return [(float(rect.width), float(rect.height)) for rect in rects]


class Pages:
    """Pages of known sizes (points), filled with blocks in reading order."""

    def __init__(self, sizes: Sequence[tuple[float, float]]) -> None:
        self._sizes = list(sizes)
        self._numbers: list[int] = []
        self._blocks: list[Block] = []
        self._furniture: dict[int, list[str]] = defaultdict(list)

    def size_of(self, page: int) -> tuple[float, float]:
        """Return width and height of a page (from 1); raises ParserCrashed where there is none."""
        if not 1 <= page <= len(self._sizes):
            raise ParserCrashed(f"The parser named page {page} of {len(self._sizes)}.")
        return self._sizes[page - 1]

    def build_box(self, page: int, x0: float, y0: float, x1: float, y1: float) -> Box:
        """Return a box in points, origin top left, cut to its page."""
        width, height = self.size_of(page)
        left, right = sorted(min(max(0.0, x), width) for x in (x0, x1))
        top, bottom = sorted(min(max(0.0, y), height) for y in (y0, y1))
        return Box(page, left, top, right, bottom)

    def add(self, page: int, block: Block) -> None:
        """Put a block at the end of a page; one without text is left out, figures apart."""
        self.size_of(page)
        if block.text.strip() or block.kind == "figure":
            self._numbers.append(page)
            self._blocks.append(block)

    def add_furniture(self, page: int, text: str) -> None:
        """Note a running header or footer of a page."""
        self.size_of(page)
        if text.strip():
            self._furniture[page].append(text.strip())

    def build_document(self, data: bytes, name: str) -> Document:
        """Return the document; raises NoTextFound when no block has text."""
        if not any(block.text for block in self._blocks):
            raise NoTextFound(f"{name}: the parser gave no text.")
        by_page: dict[int, list[Block]] = defaultdict(list)
        for number, block in zip(self._numbers, promote_title(self._blocks), strict=True):
            by_page[number].append(block)
        pages = tuple(
            Page(
                number,
                width,
                height,
                tuple(by_page[number]),
                furniture=tuple(self._furniture[number]),
            )
            for number, (width, height) in enumerate(self._sizes, start=1)
        )
        sha256 = hashlib.sha256(data).hexdigest()
        return Document(sha256[:ID_LENGTH], name, MEDIA_TYPE, sha256, pages, outline_of(pages))
