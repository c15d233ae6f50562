"""Parses plain text and Markdown into blocks.

Text: blank lines divide paragraphs; lines that were wrapped at a width are joined (without a space
between Chinese characters); chapter lines ("第三章 …", "Chapter 3") and lone lines in capitals are
headings. Markdown is turned into HTML and read as that.

Limits: plain text does not mark its structure, so only sure signs count; tables drawn with spaces
stay lines of text. Of front matter only the title is text, the rest is metadata
(`ingest.formats.common.front_matter`); formulas stay as they are written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.formats.common.builder import (
    build_document,
    clean_text,
    corrupt_on_error,
    normalize_characters,
    promote_title,
)
from ingest.formats.common.detect import MARKDOWN, TEXT
from ingest.formats.common.encoding import decode_text
from ingest.formats.common.front_matter import split_front_matter
from ingest.formats.markup.html import html_blocks
from ingest.options import ParseOptions, Progress
from ingest.text.scripts import WIDE_BLOCKS
from ingest.types import Block, Document, Page

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_ITEM = re.compile(
    r"\s*(?:[-*•◦▪●–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|[（(][一二三四五六七八九十]+[)）])\s+\S"
)
_INDENT = re.compile(r"(?:\u3000|\t| {2,})")
_COLUMNS = re.compile(r"\S(?: {3,}|\t)\S")
_WIDE = re.compile(f"[{WIDE_BLOCKS}]")
_CHINESE_CHAPTER = re.compile(
    r"第[〇零一二三四五六七八九十百千\d]{1,6}(?P<unit>[部篇卷编章回节])(?:[\s：:、].{0,40}|\S{0,20})?"
)
_ENGLISH_CHAPTER = re.compile(
    r"(?P<unit>part|chapter|section|appendix)\s+(?:\d{1,3}|[ivxlc]{1,7}|[a-z])\b(?:[\s:.–—-].{0,80})?",
    re.I,
)
_UNIT_LEVELS = {"部": 1, "篇": 1, "卷": 1, "编": 1, "章": 2, "回": 2, "节": 3}
_ENGLISH_LEVELS = {"part": 1, "chapter": 2, "appendix": 2, "section": 3}
_CAPITALS_LEVEL = 3
_CAPITALS = re.compile(r"[A-Z0-9][A-Z0-9 ,:&'’/()-]{2,58}[A-Z0-9)]")
_SENTENCE_END = re.compile(r"[.!?。！？；;,，、:：]$")
_WRAP_WIDEST = 120
_WRAP_NARROWEST = 40
_NEARLY_FULL = 0.75
_WIDTH_QUANTILE = 0.95


def parse_text(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Return plain text as a document of one page. Raises EmptyFile."""
    text, warnings = decode_text(data)
    blocks = _levels_from_one(list(text_blocks(normalize_characters(text.replace("\f", "\n\n")))))
    if progress:
        progress(1, 1)
    return build_document(data, name, TEXT, [Page(1, blocks=tuple(blocks))], warnings)


def parse_markdown(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Return Markdown as a document of one page. Raises EmptyFile, CorruptFile, LimitExceeded."""
    text, warnings = decode_text(data)
    front, text = split_front_matter(normalize_characters(text))
    title = clean_text(front.get("title", ""))
    blocks = promote_title(markdown_blocks(text, name))
    if title and not any(block.level == 1 and block.kind != "list" for block in blocks):
        blocks.insert(0, Block("title", title, level=1))
    if progress:
        progress(1, 1)
    return build_document(data, name, MARKDOWN, [Page(1, blocks=tuple(blocks))], warnings)


def markdown_blocks(text: str, name: str) -> list[Block]:
    """Return the blocks of Markdown; raises CorruptFile, LimitExceeded."""
    from markdown_it import MarkdownIt

    with corrupt_on_error(name, "Markdown"):
        html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    return html_blocks(html, name)


def text_blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of plain text."""
    width = _wrap_width(text)
    capitals_mean_heading = any(char.islower() for char in text)
    for paragraph in _BLANK_LINES.split(text):
        lines = [line.rstrip() for line in paragraph.split("\n") if line.strip()]
        if len(lines) == 1 and capitals_mean_heading and _is_capitals(lines[0].strip()):
            yield Block("heading", clean_text(lines[0]), level=_CAPITALS_LEVEL)
            continue
        for run in _group_lines(lines, width):
            yield from _blocks_of(run, width)


def _levels_from_one(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with heading levels counted from the most significant one found."""
    found = sorted({block.level for block in blocks if block.kind == "heading"})
    levels = {level: index for index, level in enumerate(found, 1)}
    return [
        replace(block, level=levels[block.level]) if block.kind == "heading" else block
        for block in blocks
    ]


def _blocks_of(run: Sequence[str], width: float) -> Iterator[Block]:
    level = _chapter_level(run[0].strip())
    if level and len(run) == 1:
        yield Block("heading", clean_text(run[0]), level=level)
        return
    item = bool(_ITEM.match(run[0]))
    text = clean_text(_join_wrapped_lines(run, width))
    yield Block("list", text) if item else Block("text", text)


def _group_lines(lines: Sequence[str], width: float) -> Iterator[list[str]]:
    """Yield runs of lines that belong together; an item, a chapter or an indent begins one."""
    run: list[str] = []
    for line in lines:
        begins = (
            _chapter_level(line.strip())
            or _ITEM.match(line)
            or (_INDENT.match(line) and not (run and _INDENT.match(run[-1])))
            or line.startswith("\u3000")
            or (run and _chapter_level(run[-1].strip()) and len(run) == 1)
            or not width
        )
        if run and begins:
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _join_wrapped_lines(lines: Sequence[str], width: float) -> str:
    """Join lines that were wrapped at `width`; others keep their line break."""
    text = lines[0]
    for before, line in pairwise(lines):
        following = line.strip()
        full = _display_width(before) >= _NEARLY_FULL * width
        if not full or _COLUMNS.search(before.strip()) or _COLUMNS.search(following):
            text += "\n" + following
        else:
            wide = _WIDE.match(following) and _WIDE.match(text[-1])
            cut_word = text.endswith("-") and following[:1].islower()
            text += following if wide or cut_word else " " + following
    return text


def _wrap_width(text: str) -> float:
    """Return the width the text was wrapped at, 0 when every line is a paragraph of its own."""
    widths = sorted(_display_width(line) for line in text.split("\n") if line.strip())
    if not widths:
        return 0.0
    width = widths[min(len(widths) - 1, int(len(widths) * _WIDTH_QUANTILE))]
    return float(width) if _WRAP_NARROWEST <= width <= _WRAP_WIDEST else 0.0


def _display_width(line: str) -> int:
    line = line.rstrip()
    if line.isascii():
        return len(line)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _chapter_level(line: str) -> int:
    """Return the level of a line that names a chapter, else 0."""
    if _SENTENCE_END.search(line):
        return 0
    if match := _CHINESE_CHAPTER.fullmatch(line):
        return _UNIT_LEVELS[match["unit"]]
    if match := _ENGLISH_CHAPTER.fullmatch(line):
        return _ENGLISH_LEVELS[match["unit"].lower()]
    return 0


def _is_capitals(line: str) -> bool:
    letters = sum(char.isalpha() for char in line)
    return bool(_CAPITALS.fullmatch(line)) and letters >= max(4, len(line) // 2)
