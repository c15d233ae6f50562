"""Finds the label columns of tables left of the rules, and marks them as headings inside.

Labels stand left of the rules where these begin at the first column of values, as is common in
balance sheets. Inside a table the label column is the first one, where it has words and the others
have numbers, or where the corner above it is empty.

Limits: outside the rules only to the left, and only where nearly every line there stands on the
height of a row; text in a neighbouring column seldom does. Labels in two columns are seen in the
first only; a row with nothing but a label heads a group and is not marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.pdf.page.content import Line, Rect, merge_rows
from ingest.pdf.tables.cell_runs import is_numeric
from ingest.pdf.tables.grid import Grid, GridCell
from ingest.pdf.tables.not_tables import text_of_cell


@dataclass(frozen=True, slots=True)
class RowLabelThresholds:
    """When text labels the rows of a table. All values were set by hand."""

    same_height: float = 2.0
    """Points by which a label may stand higher or lower than its row, or reach over the rules."""
    fewest_labels: int = 2
    """So many lines left of the rules stand on a row's height at least."""
    several_labels: int = 4
    """With so many labels `several_share` counts, with fewer `few_share`."""
    few_share: float = 0.75
    """Share of the lines beside that must stand on a row's height where few do."""
    several_share: float = 0.6
    """The same where several do: the others are second lines of labels and headings of groups."""
    labelled_share: float = 0.5
    """At least this share of the rows has a label."""
    heading_gap: float = 0.6
    """A heading stands at most this share of its height above the first rule."""
    fewest_rows: int = 2
    """A label column inside the table has at least so many labels."""
    words_share: float = 0.7
    """At least this share of the labels is no number, and as many differ from each other."""
    numbers_share: float = 0.6
    """Where the corner has text, at least this share of the other cells is numbers."""


ROW_LABELS = RowLabelThresholds()


def find_labels_beside(
    lines: Sequence[Line],
    inside: Sequence[Line],
    area: Rect,
    limits: RowLabelThresholds = ROW_LABELS,
) -> list[Line]:
    """Return the lines left of `area` that label the rows made by `inside`.

    Empty where most of the lines there do not go with the rows.
    """
    same = limits.same_height
    middles = [row[0].rect.middle for row in merge_rows(inside)]
    beside = [
        line
        for line in lines
        if line.rect.x1 <= area.x0 + same and area.y0 <= line.rect.middle <= area.y1
    ]
    matched = [
        line for line in beside if any(abs(line.rect.middle - middle) <= same for middle in middles)
    ]
    few = len(matched) < limits.several_labels
    share = limits.few_share if few else limits.several_share
    fewest = max(limits.fewest_labels, limits.labelled_share * len(middles))
    if len(matched) < fewest or len(matched) < share * len(beside):
        return []
    return beside


def find_heading_above(
    lines: Sequence[Line], area: Rect, limits: RowLabelThresholds = ROW_LABELS
) -> list[Line]:
    """Return the line that stands on the first rule, within its ends: a heading of all values."""
    lowest, gap = -limits.same_height, limits.heading_gap
    above = [
        line
        for line in lines
        if lowest <= area.y0 - line.rect.y1 <= gap * line.rect.height
        and area.x0 <= line.rect.x0
        and line.rect.x1 <= area.x1
    ]
    return above if len(above) == 1 else []


def with_row_labels(grid: Grid, limits: RowLabelThresholds = ROW_LABELS) -> Grid:
    """Return the grid with the cells of its label column marked; itself where it has none."""
    head = max((c.row + c.row_span for c in grid.cells if c.header), default=0)
    body = [cell for cell in grid.cells if cell.row >= head and cell.words]
    labels = {cell.row: cell for cell in body if cell.column == 0 and cell.column_span == 1}
    values = [cell for cell in body if cell.column > 0]
    if len(labels) < limits.fewest_rows or not values:
        return grid
    if not _are_labels(grid, labels, values, limits):
        return grid
    valued = {cell.row for cell in values}
    marked = {row: cell for row, cell in labels.items() if row in valued}
    cells = (replace(c, header=True) if marked.get(c.row) is c else c for c in grid.cells)
    return replace(grid, cells=tuple(cells))


def _are_labels(
    grid: Grid,
    labels: dict[int, GridCell],
    values: list[GridCell],
    limits: RowLabelThresholds,
) -> bool:
    texts = [text_of_cell(cell) for cell in labels.values()]
    words = sum(not is_numeric(text) for text in texts)
    fewest = limits.words_share * len(texts)
    if words < fewest or len(set(texts)) < fewest:
        return False
    corner = any(cell.row == 0 and cell.column == 0 and cell.words for cell in grid.cells)
    numbers = sum(is_numeric(text_of_cell(cell)) for cell in values)
    return not corner or numbers >= limits.numbers_share * len(values)
