"""Writes tables as pipe tables: the text that is embedded, shown, quoted and given to models.

The first row is the pipe table's header row (Markdown has no table without one). A cell that spans
rows is repeated in each of them, so that every row can be read alone and a table may be cut between
rows; a header cell that spans columns is repeated over each of them, so that every column has its
headings; a body cell that spans columns stands once, in its first column.

Limits: line breaks inside a cell become a space (nothing between two Chinese characters); a nested
table comes from the parser as the text of a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.text.scripts import WIDE_BLOCKS
from ingest.types import Cell, Table

_BREAK_BETWEEN_WIDE = re.compile(rf"(?<=[{WIDE_BLOCKS}])\s*\n\s*(?=[{WIDE_BLOCKS}])")
_SPACE = re.compile(r"\s+")
_OPEN, _BETWEEN, _CLOSE = "| ", " | ", " |"


def cell_text(text: str) -> str:
    """Return a cell's text as it stands in the pipe table: one line, pipes escaped."""
    one_line = _SPACE.sub(" ", _BREAK_BETWEEN_WIDE.sub("", text)).strip()
    return one_line.replace("|", r"\|")


def count_header_rows(table: Table) -> int:
    """Return how many leading rows are headers: at least 1 where there are rows at all.

    A row counts when all its own cells are marked as headers, or when a header cell above reaches
    down into it. A table marked as headers throughout has one.
    """
    count = 0
    marked = [cell for cell in table.cells if cell.header]
    for row in range(table.rows):
        own = [cell for cell in table.cells if cell.row == row]
        if not own or not all(cell.header for cell in own):
            break
        count = max(count, row + 1)
        count = max([count, *(c.row + c.row_span for c in marked if c.row == row)])
    count = min(count, table.rows)
    return 1 if table.rows and (count == 0 or count == table.rows) else count


def build_separator_line(table: Table) -> str:
    """Return the line between header and body."""
    return _OPEN + _BETWEEN.join(["---"] * table.columns) + _CLOSE


def row_lines(table: Table) -> list[str]:
    """Return one line per table row, without the separator line below the header."""
    return [_OPEN + _BETWEEN.join(row) + _CLOSE for row in _build_text_grid(table)]


def table_markdown(table: Table) -> str:
    """Return the table as a Markdown pipe table; an empty table gives an empty string."""
    lines = row_lines(table)
    if not lines or not table.columns:
        return ""
    return "\n".join([lines[0], build_separator_line(table), *lines[1:]])


def row_ranges(table: Table) -> list[tuple[int, int]]:
    """Return for each row the character range `[start, end)` of its line in `table_markdown`."""
    ranges: list[tuple[int, int]] = []
    position = 0
    for number, line in enumerate(row_lines(table)):
        ranges.append((position, position + len(line)))
        position += len(line) + 1
        if number == 0:
            position += len(build_separator_line(table)) + 1
    return ranges


def cell_ranges(table: Table) -> dict[tuple[int, int], tuple[int, int]]:
    """Return for each position (row, column) the range of its text in `table_markdown`.

    A cell's own text is at its (row, column); a position that a spanning cell covers has the range
    of the repeated text there. A position without text has an empty range.
    """
    ranges: dict[tuple[int, int], tuple[int, int]] = {}
    for row, (start, texts) in enumerate(_rows_with_start(table)):
        position = start + len(_OPEN)
        for column, text in enumerate(texts):
            ranges[row, column] = (position, position + len(text))
            position += len(text) + len(_BETWEEN)
    return ranges


def _rows_with_start(table: Table) -> Iterator[tuple[int, list[str]]]:
    for (start, _), texts in zip(row_ranges(table), _build_text_grid(table), strict=True):
        yield start, texts


def _build_text_grid(table: Table) -> list[list[str]]:
    grid = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        text = cell_text(cell.text)
        for row, column in _find_repeated_positions(cell):
            if row < table.rows and column < table.columns:
                grid[row][column] = text
    return grid


def _find_repeated_positions(cell: Cell) -> Iterator[tuple[int, int]]:
    width = cell.column_span if cell.header else 1
    for row in range(cell.row, cell.row + max(1, cell.row_span)):
        for column in range(cell.column, cell.column + max(1, width)):
            yield row, column
