"""Writes a parsed document as Markdown: what docchat understood of a file, for people and models.

A table with merged cells is written as HTML, which Markdown allows, because pipe tables have no
merged cells; any other table is a pipe table. Only what would change the meaning of a line at its
start is escaped, so the text stays readable. Limits: page boundaries are not shown; formulas are
given as the text found in the file.
"""

from __future__ import annotations

import re

from ingest.document.table_html import has_spans, table_html
from ingest.document.table_text import table_markdown
from ingest.types import Block, Document

_LIST_NUMBER = re.compile(r"[(（]?(?:\d{1,3}|[a-zA-Z])[.)）](?=\s)")
_BULLET = re.compile(r"[•◦▪▫‣⁃●○■□◆·–—*+-]\s+")
_LINE_START = re.compile(
    r"^(\s{0,3})(#{1,6}\s|>|[-+*]\s|(?:={3,}|-{3,}|\*{3,})\s*$|```|~~~|\|)", re.M
)
_NUMBER_START = re.compile(r"^(\s{0,3}\d{1,9})([.)]\s)", re.M)
_FENCE = re.compile(r"`{3,}")
_DEEPEST_HEADING = 6


def document_markdown(document: Document) -> str:
    """Return the whole document as Markdown, ending in one line break; empty when it has no text.

    A title and headings of level n become `#` headings; where there is a title beside headings of
    level 1, all headings stand one level below it.
    """
    kinds = {(block.kind, max(1, block.level)) for block in document.blocks}
    below_title = 1 if kinds >= {("title", 1), ("heading", 1)} else 0
    parts: list[str] = []
    previous: Block | None = None
    for block in document.blocks:
        rendered = _render_block(block, below_title)
        if not rendered.strip():
            continue
        if previous is not None:
            tight = previous.kind == block.kind == "list"
            parts.append("\n" if tight else "\n\n")
        parts.append(rendered)
        previous = block
    return "".join(parts) + "\n" if parts else ""


def _render_block(block: Block, below_title: int) -> str:
    match block.kind:
        case "title":
            return f"# {_one_line(block.text)}"
        case "heading":
            level = min(max(1, block.level) + below_title, _DEEPEST_HEADING)
            return f"{'#' * level} {_one_line(block.text)}"
        case "list":
            return _render_list_item(block)
        case "table":
            return _render_table(block)
        case "code":
            fence = "`" * max([3, *(len(run) + 1 for run in _FENCE.findall(block.text))])
            return f"{fence}\n{block.text}\n{fence}"
        case _:
            return _escape_line_starts(block.text)


def _render_table(block: Block) -> str:
    if block.table is None:
        return block.text
    return table_html(block.table) if has_spans(block.table) else table_markdown(block.table)


def _render_list_item(block: Block) -> str:
    text = block.text.strip()
    indent = "    " * block.level
    if not text:
        return ""
    if not _LIST_NUMBER.match(text):
        text = "- " + _BULLET.sub("", text, count=1) if _BULLET.match(text) else "- " + text
    return indent + text.replace("\n", "\n" + indent + "  ")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escape_line_starts(text: str) -> str:
    text = _LINE_START.sub(lambda match: match[1] + "\\" + match[2], text)
    return _NUMBER_START.sub(r"\1\\\2", text)
