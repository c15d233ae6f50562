"""Writes each row of a table as a sentence that can be read alone.

A row becomes "Austria: 2007 N 109; 2007 % Pos 0.9.": the label is the first cell, and each
other cell follows the headings above it, the outermost first. Chinese rows have Chinese
punctuation. Limits: a heading that stands in the body ("Men", "Women") is written with its own row
only; a cell below no heading is written without one.
"""

from __future__ import annotations

import re

from ingest.document.table_text import count_header_rows
from ingest.text.scripts import HAN_COMMON
from ingest.types import Cell, Table

_CHINESE = re.compile(f"[{HAN_COMMON}]")
_SPACE = re.compile(r"\s+")


def row_sentences(table: Table) -> list[str]:
    """Return one sentence for each row of the body that has text; none for a table without rows."""
    head = count_header_rows(table) if any(cell.header for cell in table.cells) else 0
    if head == table.rows:
        head = 0
    headings = _find_column_headings(table, head)
    rows: list[dict[int, str]] = [{} for _ in range(table.rows)]
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        text = _flatten_cell_text(cell)
        for row in range(cell.row, min(table.rows, cell.row + max(1, cell.row_span))):
            if text:
                rows[row][cell.column] = text
    return [_build_row_sentence(row, headings) for row in rows[head:] if row]


def table_sentences(table: Table) -> str:
    """Return the sentences of all rows, each on a line of its own."""
    return "\n".join(row_sentences(table))


def _find_column_headings(table: Table, head: int) -> dict[int, str]:
    """Return the headings over each column, the outermost first, none twice."""
    found: dict[int, list[str]] = {}
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        text = _flatten_cell_text(cell)
        if cell.row >= head or not text:
            continue
        for column in range(cell.column, cell.column + max(1, cell.column_span)):
            if text not in found.setdefault(column, []):
                found[column].append(text)
    return {column: " ".join(texts) for column, texts in found.items()}


def _build_row_sentence(row: dict[int, str], headings: dict[int, str]) -> str:
    columns = sorted(row)
    values = [
        f"{headings[column]} {row[column]}" if column in headings else row[column]
        for column in columns
        if column > 0
    ]
    chinese = bool(_CHINESE.search("".join([*row.values(), *values])))
    colon, semicolon, stop = ("：", "；", "。") if chinese else (": ", "; ", ".")
    label = row.get(0, "")
    body = semicolon.join(values)
    text = f"{label}{colon}{body}" if label and body else label or body
    return text if text.endswith((".", "。")) else text + stop


def _flatten_cell_text(cell: Cell) -> str:
    return _SPACE.sub(" ", cell.text).strip()
