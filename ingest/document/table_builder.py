"""Builds a Table from cells as a file format gives them.

Limits: rows and columns in which no cell has text are dropped, also a column that only wide cells
reach into; a cell that reaches beyond the grid is cut to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.types import Cell, Table

_MAX_COLUMN_SPAN = 1_000
"""HTML allows no more, and a larger one is an attack on memory."""

_DEEPEST_HEAD = 3


@dataclass(frozen=True, slots=True)
class FlowCell:
    """A cell in its row, before spans are resolved into positions."""

    text: str
    row_span: int = 1
    column_span: int = 1
    header: bool = False


def place_cells(rows: Sequence[Sequence[FlowCell]]) -> list[Cell]:
    """Return the cells with their positions, as HTML defines them: each takes the next free one."""
    taken: dict[int, int] = {}
    """Column to the first row in which it is free again."""
    cells: list[Cell] = []
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while taken.get(column, 0) > number:
                column += 1
            width = min(max(1, cell.column_span), _MAX_COLUMN_SPAN)
            height = cell.row_span if cell.row_span > 0 else len(rows)
            height = min(height, len(rows) - number)
            cells.append(Cell(number, column, cell.text, height, width, cell.header))
            for covered in range(column, column + width):
                taken[covered] = number + height
            column += width
    return cells


def table_of(cells: Iterable[Cell]) -> Table:
    """Return the table without its empty rows and columns; 0 x 0 when there is no text at all."""
    filled = [cell for cell in cells if cell.text.strip()]
    rows = {row: index for index, row in enumerate(sorted({cell.row for cell in filled}))}
    columns = {column: index for index, column in enumerate(sorted({c.column for c in filled}))}
    tidy = [
        Cell(
            row=rows[cell.row],
            column=columns[cell.column],
            text=cell.text.strip(),
            row_span=_count_kept_positions(rows, cell.row, cell.row_span),
            column_span=_count_kept_positions(columns, cell.column, cell.column_span),
            header=cell.header,
        )
        for cell in filled
    ]
    tidy.sort(key=lambda cell: (cell.row, cell.column))
    return Table(len(rows), len(columns), tuple(tidy))


def head_depth(cells: Iterable[Cell]) -> int:
    """Return how many rows are the head of a table whose first row belongs to it.

    The head goes as far down as its cells reach, and one row further below each cell that spans
    columns, because that row names these columns. A head of more than three rows is none: such a
    table is a form.
    """
    ordered = sorted(cells, key=lambda cell: cell.row)
    first = ordered[0].row if ordered else 0
    depth = 1
    for cell in ordered:
        row = cell.row - first
        if row >= depth:
            break
        depth = max(depth, row + cell.row_span, row + 1 + (cell.column_span > 1))
    below = ordered[-1].row - first + 1 - depth if ordered else 0
    return depth if depth <= _DEEPEST_HEAD and below > 0 else 1


def _count_kept_positions(kept: dict[int, int], first: int, span: int) -> int:
    """Return how many of the positions that a span covers were kept."""
    if span <= 1:
        return 1
    return sum(1 for position in range(first, first + span) if position in kept)
