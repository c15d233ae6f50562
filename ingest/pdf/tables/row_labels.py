"""Label columns of tables: found left of the rules, and marked as headings inside them.

Labels stand left of the rules where these begin at the first column of values, as is common in
balance sheets. Inside a table the label column is the first one, where it has words and the others
have numbers, or where the corner above it is empty.

Limits: outside the rules only to the left, and only where nearly every line there stands on the
height of a row; text in a neighbouring column seldom does. Labels in two columns are seen in the
first only; a row with nothing but a label heads a group and is not marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.pdf.page.content import Line, Rect, merge_rows
from ingest.pdf.tables.cell_runs import is_numeric
from ingest.pdf.tables.grid import Grid, GridCell
from ingest.pdf.tables.not_tables import text_of_cell

_SAME_HEIGHT = 2.0
_FEWEST_LABELS = 2
_SEVERAL_LABELS = 4
_SHARE_OF_FEW, _SHARE_OF_SEVERAL = 0.75, 0.6
"""Share of the lines beside that must stand on a row's height, where few do and where several do:
the others are second lines of labels and headings of groups."""


def find_labels_beside(lines: Sequence[Line], inside: Sequence[Line], area: Rect) -> list[Line]:
    """Return the lines left of `area` that label the rows made by `inside`.

    Empty where most of the lines there do not go with the rows.
    """
    middles = [row[0].rect.middle for row in merge_rows(inside)]
    beside = [
        line
        for line in lines
        if line.rect.x1 <= area.x0 + _SAME_HEIGHT and area.y0 <= line.rect.middle <= area.y1
    ]
    matched = [
        line
        for line in beside
        if any(abs(line.rect.middle - middle) <= _SAME_HEIGHT for middle in middles)
    ]
    share = _SHARE_OF_FEW if len(matched) < _SEVERAL_LABELS else _SHARE_OF_SEVERAL
    if len(matched) < max(_FEWEST_LABELS, 0.5 * len(middles)) or len(matched) < share * len(beside):
        return []
    return beside


def find_heading_above(lines: Sequence[Line], area: Rect) -> list[Line]:
    """Return the line that stands on the first rule, within its ends: a heading of all values."""
    above = [
        line
        for line in lines
        if -_SAME_HEIGHT <= area.y0 - line.rect.y1 <= 0.6 * line.rect.height
        and area.x0 <= line.rect.x0
        and line.rect.x1 <= area.x1
    ]
    return above if len(above) == 1 else []


_FEWEST_ROWS = 2
_WORDS_SHARE = 0.7
_NUMBERS_SHARE = 0.6


def with_row_labels(grid: Grid) -> Grid:
    """Return the grid with the cells of its label column marked; itself where it has none."""
    head = max((c.row + c.row_span for c in grid.cells if c.header), default=0)
    body = [cell for cell in grid.cells if cell.row >= head and cell.words]
    labels = {cell.row: cell for cell in body if cell.column == 0 and cell.column_span == 1}
    values = [cell for cell in body if cell.column > 0]
    if len(labels) < _FEWEST_ROWS or not values or not _are_labels(grid, labels, values):
        return grid
    valued = {cell.row for cell in values}
    marked = {row: cell for row, cell in labels.items() if row in valued}
    cells = (replace(c, header=True) if marked.get(c.row) is c else c for c in grid.cells)
    return replace(grid, cells=tuple(cells))


def _are_labels(grid: Grid, labels: dict[int, GridCell], values: list[GridCell]) -> bool:
    texts = [text_of_cell(cell) for cell in labels.values()]
    words = sum(not is_numeric(text) for text in texts)
    if words < _WORDS_SHARE * len(texts) or len(set(texts)) < _WORDS_SHARE * len(texts):
        return False
    corner = any(cell.row == 0 and cell.column == 0 and cell.words for cell in grid.cells)
    numbers = sum(is_numeric(text_of_cell(cell)) for cell in values)
    return not corner or numbers >= _NUMBERS_SHARE * len(values)
