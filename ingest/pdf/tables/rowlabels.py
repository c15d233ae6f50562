"""The column of a table that labels its rows, marked as headings.

It is the first one, where it has words and the others have numbers, or where the corner above it
is empty. Limits: labels in two columns are seen in the first only; a row with nothing but a label
heads a group and is not marked.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.pdf.tables.cell_runs import is_numeric
from ingest.pdf.tables.grid import Grid, GridCell
from ingest.pdf.tables.not_tables import text_of

_FEWEST_ROWS = 2
_MOSTLY = 0.7
_NUMBERS = 0.6


def with_row_labels(grid: Grid) -> Grid:
    """Return the grid with the cells of its label column marked; itself where it has none."""
    head = max((c.row + c.row_span for c in grid.cells if c.header), default=0)
    body = [cell for cell in grid.cells if cell.row >= head and cell.words]
    labels = {cell.row: cell for cell in body if cell.column == 0 and cell.column_span == 1}
    values = [cell for cell in body if cell.column > 0]
    if len(labels) < _FEWEST_ROWS or not values or not _are_labels(grid, labels, values):
        return grid
    valued = {cell.row for cell in values}
    marked = {id(cell) for row, cell in labels.items() if row in valued}
    cells = (replace(c, header=True) if id(c) in marked else c for c in grid.cells)
    return replace(grid, cells=tuple(cells))


def _are_labels(grid: Grid, labels: dict[int, GridCell], values: list[GridCell]) -> bool:
    texts = [text_of(cell) for cell in labels.values()]
    words = sum(not is_numeric(text) for text in texts)
    if words < _MOSTLY * len(texts) or len(set(texts)) < _MOSTLY * len(texts):
        return False
    corner = any(cell.row == 0 and cell.column == 0 and cell.words for cell in grid.cells)
    numbers = sum(is_numeric(text_of(cell)) for cell in values)
    return not corner or numbers >= _NUMBERS * len(values)
