"""Splits a passage into its statements: sentences, table rows and headings, each with its place.

Citations quote them, the extractive answerer chooses from them, and the grounding check compares
with them. Every statement's text stands verbatim at `[start, end)` of the passage's text.

Limits: a table is recognised by its pipe rows, a heading inside a chunk's text by its shape (a
short line without a final stop, or a question): the text does not say which block was a heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ingest.text.sentences import split_sentences
from rag.types import Hit

StatementKind = Literal["sentence", "row", "header", "heading"]

_LINE = re.compile(r"[^\n]+")
_ROW = re.compile(r"\s*\|.*\|\s*")
_SEPARATOR = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*")
_CELL_EDGE = re.compile(r"(?<!\\)\|")
_FINAL = re.compile(r"[.!?。！？；;:：…,，、][\"'”’」』)\]）】]*(?:\s*\[\d{1,3}\])*$")
_LIST_ITEM = re.compile(
    r"\s*(?:[-*•–·▪●]|\d{1,2}[.)、]|[（(]?[a-zA-Z\d一二三四五六七八九十]{1,2}[)）])\s*"
)
_GENERIC = re.compile(
    r"propert(?:y|ies)|values?|parameters?|items?|names?|descriptions?|specifications?|details?"
    r"|attributes?|项目|参数|数值|值|名称|内容|说明|规格|指标|属性|",
    re.IGNORECASE,
)
_LONGEST_HEADING = 80
_MOST_HEADING_WORDS = 10


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, row or heading of a passage; `columns` are the headers above a row's cells."""

    text: str
    start: int
    end: int
    kind: StatementKind = "sentence"
    columns: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def split_statements(text: str) -> tuple[Statement, ...]:
    """Return the statements of a chunk's text in order; empty only where there is no text.

    The results of the last passages are cached: choosing, citing and checking need the same ones.
    """
    found: list[Statement] = []
    columns: tuple[str, ...] = ()
    for line in _LINE.finditer(text):
        if not _ROW.fullmatch(line[0]):
            columns = ()
            found.extend(_split_line(text, line.start(), line.end()))
        elif not _SEPARATOR.fullmatch(line[0]):
            start, end = _trim_range(text, line.start(), line.end())
            kind: StatementKind = "row" if columns else "header"
            found.append(Statement(text[start:end], start, end, kind, columns))
            columns = columns or split_row_cells(line[0])
    return tuple(found)


def split_row_cells(row: str) -> tuple[str, ...]:
    """Return the cells of a pipe table's row, trimmed and unescaped."""
    parts = _CELL_EDGE.split(row.strip())[1:-1]
    return tuple(part.strip().replace("\\|", "|") for part in parts)


def row_text(statement: Statement, *, separator: str = "; ", colon: str = ": ") -> str:
    """Return a row as "Header: value; Header: value", without empty cells.

    A row of a table of properties and values is "property: value".
    """
    values = split_row_cells(statement.text)
    if len(values) == 2 and all(_GENERIC.fullmatch(name) for name in statement.columns):
        return colon.join(value for value in values if value)
    names = (*statement.columns, *[""] * (len(values) - len(statement.columns)))
    parts = [
        f"{name}{colon}{value}" if name and name != value else value
        for name, value in zip(names, values, strict=False)
        if value
    ]
    return separator.join(dict.fromkeys(parts))


def passage_text(hit: Hit) -> str:
    """Return the hit's text with its neighbours' before and after it, overlapping text once."""
    chunks = sorted((hit.chunk, *hit.neighbours), key=lambda chunk: chunk.ordinal)
    text = ""
    end = chunks[0].char_range[0]
    for chunk in chunks:
        start = chunk.char_range[0]
        whole_slice = chunk.char_range[1] - start == len(chunk.text)
        overlap = end - start if whole_slice and 0 < end - start < len(chunk.text) else 0
        text += chunk.text[overlap:] if overlap else ("\n\n" if text else "") + chunk.text
        end = chunk.char_range[1]
    return text


def is_list_item(text: str) -> bool:
    """Return whether a line begins with a bullet or an item's number."""
    return bool(_LIST_ITEM.match(text))


def _split_line(text: str, start: int, end: int) -> list[Statement]:
    line = text[start:end]
    found = [
        Statement(line[low:high], start + low, start + high) for low, high in split_sentences(line)
    ]
    if len(found) == 1 and _is_heading(found[0].text):
        only = found[0]
        return [Statement(only.text, only.start, only.end, "heading")]
    return found


def _is_heading(line: str) -> bool:
    short = len(line) <= _LONGEST_HEADING and len(line.split()) <= _MOST_HEADING_WORDS
    asks = line.endswith(("?", "？"))  # the questions of an FAQ
    if not short or (_FINAL.search(line) and not asks):
        return False
    return not (line[:1].islower() or line[:1] in "-*•–·▪●")


def _trim_range(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
