"""Parses HTML into blocks: headings, paragraphs, nested lists, tables, code, captions.

Nothing is fetched and nothing is run: links, images, frames and scripts are skipped. Hidden
elements and form controls are left out. So are the navigation and the footer of the site, unless
the page has no other text.

Limits: styles count only where they stand in a `style` attribute; the alternative text of images
is kept inside `figure` alone; a table used for layout (nested tables, headings inside, or a single
column) is read as running text; formulas keep their text, not their structure.
"""

from __future__ import annotations

import re

import lxml.html
from lxml import etree

from ingest.document.table_text import table_markdown
from ingest.errors import LimitExceeded
from ingest.formats.common.builder import (
    build_document,
    clean_text,
    corrupt_on_error,
    normalize_characters,
    promote_title,
)
from ingest.formats.common.detect import HTML
from ingest.formats.common.encoding import decode_text
from ingest.formats.markup.html_tables import (
    BLOCK_TAGS,
    is_dropped,
    is_layout,
    is_site_frame,
    read_table,
)
from ingest.options import ParseOptions, Progress
from ingest.types import Block, BlockKind, Document, Page

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.I)
_DECLARATION_WITHIN = 4_096
_HEADING = re.compile(r"h([1-6])")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse_html(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Return an HTML page as a document of one page.

    Raises EmptyFile, CorruptFile, LimitExceeded.
    """
    declared = _DECLARED.search(data[:_DECLARATION_WITHIN])
    text, warnings = decode_text(data, declared[1].decode("ascii") if declared else "")
    blocks = promote_title(html_blocks(text, name))
    if progress:
        progress(1, 1)
    return build_document(data, name, HTML, [Page(1, blocks=tuple(blocks))], warnings)


def html_blocks(text: str, name: str) -> list[Block]:
    """Return the blocks of an HTML text or fragment; none when there is no text in it.

    Raises LimitExceeded when elements are nested too deeply to be read, CorruptFile otherwise.
    """
    text = _XML_DECLARATION.sub("", normalize_characters(text))
    if not text.strip():
        return []
    with corrupt_on_error(name, "HTML"):
        parser = lxml.html.HTMLParser(
            remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8"
        )
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
        if root is None:
            return []
        if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
            raise LimitExceeded(f"{name}: elements are nested too deeply.")
        blocks = _HtmlReader(drop_frame=True).read(root)
        return blocks or _HtmlReader(drop_frame=False).read(root)


class _HtmlReader:
    """Walks the tree once, without recursion, collecting text until a block ends."""

    def __init__(self, *, drop_frame: bool) -> None:
        self._drop_frame = drop_frame
        self._blocks: list[Block] = []
        self._buffer: list[str] = []
        self._preformatted = 0
        self._captions = 0
        self._figures = 0
        self._heading = 0
        self._lists: list[int | None] = []
        """One entry per open list: the next number, None for bullets."""
        self._marker: str | None = None
        """Set between the start of a list item and its first text."""

    def read(self, root: etree._Element) -> list[Block]:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if not tag or is_dropped(element) or (self._drop_frame and is_site_frame(element)):
                    walk.skip_subtree()
                elif tag == "table" and not is_layout(element):
                    self._add_table(element)
                    walk.skip_subtree()
                else:
                    self._start_element(tag, element)
                    self._add_text(element.text)
            else:
                if tag:
                    self._end_element(tag, element)
                self._add_text(element.tail)
        self._finish_block()
        return self._blocks

    def _add_text(self, text: str | None) -> None:
        if text:
            self._buffer.append(text if self._preformatted else re.sub(r"\s+", " ", text))

    def _start_element(self, tag: str, element: etree._Element) -> None:
        if tag == "br":
            self._buffer.append("\n")
        elif tag == "img":
            self._add_image(element)
        elif tag == "dd" and self._buffer and self._buffer[-1] == "\n":
            return  # the definition goes on the line below its term
        elif tag in BLOCK_TAGS:
            self._finish_block()
        if tag == "pre":
            self._preformatted += 1
        elif tag in ("figcaption", "caption"):
            self._captions += 1
        elif tag == "figure":
            self._figures += 1
        elif heading := _HEADING.fullmatch(tag):
            self._heading = int(heading[1])
        elif tag in ("ul", "ol", "menu", "dir"):
            self._lists.append(_parse_number(element.get("start"), 1) if tag == "ol" else None)
        elif tag == "li":
            self._start_list_item(element)

    def _end_element(self, tag: str, element: etree._Element) -> None:
        if tag == "dt":
            self._buffer.append("\n")
        elif tag in BLOCK_TAGS and tag != "table":
            self._finish_block()
        if tag in ("td", "th"):
            self._finish_block()
        if is_dropped(element):
            return
        if tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        elif tag in ("figcaption", "caption"):
            self._captions = max(0, self._captions - 1)
        elif tag == "figure":
            self._figures = max(0, self._figures - 1)
        elif _HEADING.fullmatch(tag):
            self._heading = 0
        elif tag in ("ul", "ol", "menu", "dir") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._marker = None

    def _start_list_item(self, element: etree._Element) -> None:
        self._marker = ""
        if self._lists and self._lists[-1] is not None:
            number = _parse_number(element.get("value"), self._lists[-1])
            self._marker = f"{number}. "
            self._lists[-1] = number + 1

    def _add_image(self, element: etree._Element) -> None:
        if self._figures and (alt := clean_text(element.get("alt") or "")):
            self._finish_block()
            self._blocks.append(Block("figure", alt))

    def _add_table(self, element: etree._Element) -> None:
        self._finish_block()
        caption, table = read_table(element)
        if caption:
            self._blocks.append(Block("caption", caption))
        if table.rows:
            self._blocks.append(Block("table", table_markdown(table), table=table))

    def _finish_block(self) -> None:
        raw = "".join(self._buffer)
        self._buffer.clear()
        text = (
            normalize_characters(raw).strip("\n").rstrip()
            if self._preformatted
            else clean_text(raw)
        )
        if not text.strip():
            return
        kind, level = self._choose_kind_and_level()
        if kind == "list":
            text = f"{self._marker}{text}"
            self._marker = None
        self._blocks.append(Block(kind, text, level=level))

    def _choose_kind_and_level(self) -> tuple[BlockKind, int]:
        if self._heading:
            return "heading", self._heading
        if self._preformatted:
            return "code", 0
        if self._captions:
            return "caption", 0
        if self._marker is not None:
            return "list", max(0, len(self._lists) - 1)
        return "text", 0


def _parse_number(value: str | None, default: int) -> int:
    match = re.fullmatch(r"\s*(-?\d{1,9})\s*", value or "")
    return int(match[1]) if match else default
