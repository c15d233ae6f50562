"""Rows of a table as sentences: "Austria: 2007 N 109; 2007 % Pos 0.9.", for reading alone.

The label of a row is its first cell; each other cell is said with the headings above it, those of
several levels from the outermost to the innermost. Chinese rows have Chinese punctuation. Limits:
a heading that stands in the body ("Men", "Women") is said with its own row only; a cell below no
heading is said bare.
"""

from __future__ import annotations

import re

from ingest.document.table_text import header_rows
from ingest.text.scripts import HAN_COMMON
from ingest.types import Cell, Table

_CHINESE = re.compile(f"[{HAN_COMMON}]")
_SPACE = re.compile(r"\s+")


def row_sentences(table: Table) -> list[str]:
    """Return one line for each row of the body that has text; none for a table without rows."""
    head = header_rows(table) if any(cell.header for cell in table.cells) else 0
    if head == table.rows:
        head = 0
    headings = _headings(table, head)
    rows: list[dict[int, str]] = [{} for _ in range(table.rows)]
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        text = _plain(cell)
        for row in range(cell.row, min(table.rows, cell.row + max(1, cell.row_span))):
            if text:
                rows[row][cell.column] = text
    return [_sentence(row, headings) for row in rows[head:] if row]


def table_sentences(table: Table) -> str:
    """Return the sentences of all rows, one a line."""
    return "\n".join(row_sentences(table))


def _headings(table: Table, head: int) -> dict[int, str]:
    """Return the headings over each column, the outermost first, none twice."""
    found: dict[int, list[str]] = {}
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        text = _plain(cell)
        if cell.row >= head or not text:
            continue
        for column in range(cell.column, cell.column + max(1, cell.column_span)):
            if text not in found.setdefault(column, []):
                found[column].append(text)
    return {column: " ".join(texts) for column, texts in found.items()}


def _sentence(row: dict[int, str], headings: dict[int, str]) -> str:
    columns = sorted(row)
    told = [
        f"{headings[column]} {row[column]}" if column in headings else row[column]
        for column in columns
        if column > 0
    ]
    chinese = bool(_CHINESE.search("".join([*row.values(), *told])))
    colon, semicolon, stop = ("：", "；", "。") if chinese else (": ", "; ", ".")
    label = row.get(0, "")
    body = semicolon.join(told)
    text = f"{label}{colon}{body}" if label and body else label or body
    return text if text.endswith((".", "。")) else text + stop


def _plain(cell: Cell) -> str:
    return _SPACE.sub(" ", cell.text).strip()
