"""Finds tables that stand sideways: reads the page as if it were turned, and turns the boxes back.

Limits: quarter turns only, one direction on a page; what stands sideways and is no table stays
running text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from ingest.pdf.page.content import Line, Rect, Word, bounding_rect_of, merge_rows
from ingest.pdf.tables.grid import Grid, GridCell, reads_upwards
from ingest.pdf.tables.ruled import find_tables
from ingest.pdf.tables.unruled import find_unruled

RectTransform: TypeAlias = Callable[[Rect], Rect]

_FEWEST_LINES = 3
"""Fewer sideways lines than this make no table; set by hand."""


def find_turned_tables(
    lines: Sequence[Line], rules: Sequence[Rect], width: float, height: float
) -> list[Grid]:
    """Return the tables that these sideways lines make; the page is `width` x `height` points.

    The cells, their words and `used` are those of the page as displayed.
    """
    if len(lines) < _FEWEST_LINES:
        return []
    upright, back = _build_turns(reads_upwards(lines), width, height)
    words: dict[Word, Word] = {}
    originals: dict[int, Line] = {}
    turned: list[Line] = []
    for line in lines:
        made = [replace(word, rect=upright(word.rect)) for word in line.words]
        words.update(zip(made, line.words, strict=True))
        turned.append(Line(tuple(made), bounding_rect_of(word.rect for word in made), line.size))
        originals[turned[-1].number] = line
    found = find_tables(turned, [upright(rule) for rule in rules])
    used = {line.number for grid in found for line in grid.used}
    rows = merge_rows([line for line in turned if line.number not in used])
    found += [grid for _, _, grid in find_unruled(rows)]
    return [_turn_grid_back(grid, back, words, originals) for grid in found]


def _build_turns(upwards: bool, width: float, height: float) -> tuple[RectTransform, RectTransform]:
    """Return how a rectangle is turned upright, and back."""

    def turn_clockwise(rect: Rect, down: float) -> Rect:
        return Rect(down - rect.y1, rect.x0, down - rect.y0, rect.x1)

    def turn_counterclockwise(rect: Rect, across: float) -> Rect:
        return Rect(rect.y0, across - rect.x1, rect.y1, across - rect.x0)

    if upwards:
        return lambda rect: turn_clockwise(rect, height), lambda rect: turn_counterclockwise(
            rect, height
        )
    return lambda rect: turn_counterclockwise(rect, width), lambda rect: turn_clockwise(rect, width)


def _turn_grid_back(
    grid: Grid, back: RectTransform, words: dict[Word, Word], originals: dict[int, Line]
) -> Grid:
    cells = tuple(
        GridCell(
            cell.row,
            cell.column,
            back(cell.rect),
            tuple(tuple(words[word] for word in row) for row in cell.words),
            cell.row_span,
            cell.column_span,
            cell.header,
        )
        for cell in grid.cells
    )
    used = tuple(originals[line.number] for line in grid.used)
    return Grid(back(grid.rect), grid.rows, grid.columns, cells, used)
