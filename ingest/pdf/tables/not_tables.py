"""Says what looks like a table and is none: lists, contents pages, code, formulas, prose, charts.

Among alignments without rules: lists, contents, code, formulas and prose. Among grids found by
rules: charts, axes and diagrams. Three signs show a chart: hardly any of the ruled
area has text; the numbers of one row, and no other row is as long, go up by equal steps, as the
marks of an axis; numbers only, in boxes of all sizes.

Limits: a table of two columns of words without rules is taken for a list of terms and refused; a
chart whose lattice is filled with words is taken for a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Line
from ingest.pdf.tables.cell_runs import WordRun
from ingest.pdf.tables.grid import Grid, GridCell

_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}")
_MARKER = re.compile(r"[•◦▪·●○■□–—*-]|[(（\[]?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)）\]:]|[①-⑳]")
_EQUATION = re.compile(r"[(（]\d{1,3}(?:[.-]\d{1,3})*[a-z]?[)）]")
_CODE_LINE = re.compile(r"\d{1,3}:")
_PAGE = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class NotTableThresholds:
    """When an alignment without rules is no table. All values were set by hand.

    Widths are in line heights.
    """

    wide_cell: float = 16.0
    """Cells of a table without rules are seldom wider than this."""
    wide_share: float = 0.25
    """A table has at most this share of wider cells."""
    widest_median: float = 10.0
    """Half of the cells of a table are no wider than this."""
    least_height: float = 1.0
    """Points; lower cells count as this high, so that nothing is divided by 0."""
    terms_numbers: float = 0.3
    """Two columns with fewer numbers than this share of the cells are a list of terms."""
    filled_share: float = 0.55
    """At least this share of a table's cells is there."""
    fewest_rows: int = 3
    """A table has at least so many rows."""
    list_share: float = 0.5
    """More rows than this share with the mark of a list item or an equation's number are a list."""
    contents_numbers: int = 3
    """Rows with this many numbers are no entries of a contents page."""
    fewest_pages: int = 4
    """A contents page has at least so many page numbers."""
    pages_share: float = 0.6
    """At least this share of its rows ends in a page number."""
    contents_others: float = 0.2
    """Other numbers are at most this share of its rows."""
    line_number_others: float = 0.3
    """Text with numbered lines has other numbers for less than this share of its rows."""
    fewest_line_numbers: int = 3
    """It has at least so many numbered lines."""
    line_number_steps: float = 0.8
    """At least this share of its numbers is one more than the number before."""


NOT_TABLES = NotTableThresholds()


def is_no_table(
    grid: Grid,
    lines: Sequence[Sequence[Line]],
    rows: Sequence[Sequence[WordRun]],
    limits: NotTableThresholds = NOT_TABLES,
) -> bool:
    """Whether an alignment is something other than a table; `rows` are the runs of `lines`."""
    text = " ".join(line.text for row in lines for line in row)
    rows = [row for row in rows if row]
    numbers = median(sum(run.is_number for run in row) for row in rows)
    if _LEADER.search(text) and numbers < limits.contents_numbers:
        return True  # dots that lead to a page number
    if "@" in text or _is_list(rows, limits) or _is_contents(rows, limits):
        return True
    if _has_line_numbers(grid, rows, limits) or _has_wide_cells(rows, limits):
        return True
    filled = len(grid.cells) / (grid.rows * grid.columns)
    numeric = sum(run.is_number for row in rows for run in row)
    if grid.columns == 2 and numeric < limits.terms_numbers * len(grid.cells):
        return True
    return filled < limits.filled_share or grid.rows < limits.fewest_rows


def _has_wide_cells(rows: Sequence[Sequence[WordRun]], limits: NotTableThresholds) -> bool:
    """Whether the cells are as wide as the lines of running text."""
    least = limits.least_height
    widths = [run.rect.width / max(run.rect.height, least) for row in rows for run in row]
    wide = sum(width > limits.wide_cell for width in widths)
    return median(widths) > limits.widest_median or wide > limits.wide_share * len(widths)


def _is_list(rows: Sequence[Sequence[WordRun]], limits: NotTableThresholds) -> bool:
    """Whether most rows begin with the mark of a list item, or end with an equation's number."""
    marked = sum(bool(_MARKER.fullmatch(row[0].words[0].text)) for row in rows)
    counted = sum(bool(_EQUATION.fullmatch(row[-1].text)) for row in rows)
    coded = sum(bool(_CODE_LINE.fullmatch(row[0].words[0].text)) for row in rows)
    return max(marked, counted, 2 * coded) > limits.list_share * len(rows)


def _is_contents(rows: Sequence[Sequence[WordRun]], limits: NotTableThresholds) -> bool:
    """Whether the last words of the rows are pages that go up, and nothing else is a number."""
    pages = [int(row[-1].words[-1].text) for row in rows if _PAGE.fullmatch(row[-1].words[-1].text)]
    others = sum(run.is_number for row in rows for run in row[1:-1])
    fewest = max(limits.fewest_pages, limits.pages_share * len(rows))
    if len(pages) < fewest or others > limits.contents_others * len(rows):
        return False
    return all(before <= after for before, after in pairwise(pages)) and pages[0] < pages[-1]


def _has_line_numbers(
    grid: Grid, rows: Sequence[Sequence[WordRun]], limits: NotTableThresholds
) -> bool:
    """Whether two columns are text with the numbers of its lines."""
    numbers = [int(row[0].text) for row in rows if _PAGE.fullmatch(row[0].text)]
    steps = sum(after - before == 1 for before, after in pairwise(numbers))
    others = sum(run.is_number for row in rows for run in row[1:])
    if grid.columns != 2 or others >= limits.line_number_others * len(rows):
        return False
    if len(numbers) < limits.fewest_line_numbers:
        return False
    return steps >= limits.line_number_steps * (len(numbers) - 1)


@dataclass(frozen=True, slots=True)
class DrawingThresholds:
    """When a grid found by rules is a chart or another drawing. All values were set by hand."""

    filled_area: float = 0.25
    """A table has text in cells that cover this share of its area."""
    few_rows: int = 3
    """A grid of more rows is no axis, and with cells of one size no chart either."""
    fewest_marks: int = 4
    """An axis has at least so many marks."""
    equal_step: float = 1e-6
    """The steps between its marks differ by less than this share of a step (rounding errors)."""


DRAWINGS = DrawingThresholds()
_NUMBER = re.compile(r"[-−–]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)%?")
_TO_PLAIN_NUMBER = str.maketrans({"−": "-", "–": "-", ",": None})


def is_drawing(grid: Grid, limits: DrawingThresholds = DRAWINGS) -> bool:
    """Whether a grid found by rules is a chart or part of one."""
    texts = [text_of_cell(cell) for cell in grid.cells if cell.words]
    if not any(letter.isalpha() for text in texts for letter in text):
        odd = any(cell.row_span > 1 or cell.column_span > 1 for cell in grid.cells)
        if odd or grid.rows <= limits.few_rows:
            return True
    if grid.rows > limits.few_rows:
        return False
    rows = [[cell for cell in grid.cells if cell.row == row] for row in range(grid.rows)]
    fewest = limits.fewest_marks
    full = [row for row in rows if sum(len(cell.words) > 0 for cell in row) >= fewest]
    return len(full) <= 1 and any(_is_axis(row, limits) for row in rows)


def is_mostly_empty(cells: Sequence[GridCell], limits: DrawingThresholds = DRAWINGS) -> bool:
    """Whether hardly any of the area that these cells cover has text."""
    covered = sum(cell.rect.area for cell in cells)
    filled = sum(cell.rect.area for cell in cells if cell.words)
    return filled < limits.filled_area * covered


def text_of_cell(cell: GridCell) -> str:
    """Return a cell's words with a blank between: for comparing, not for showing."""
    return " ".join(word.text for row in cell.words for word in row)


def _is_axis(cells: Sequence[GridCell], limits: DrawingThresholds) -> bool:
    """Whether the numbers of a row are the marks of an axis: four or more at equal steps."""
    ordered = sorted(cells, key=lambda cell: cell.column)
    words = [word for cell in ordered for word in text_of_cell(cell).split()]
    if len(words) < limits.fewest_marks or not all(_NUMBER.fullmatch(word) for word in words):
        return False
    values = [float(word.strip("%").translate(_TO_PLAIN_NUMBER)) for word in words]
    steps = [after - before for before, after in pairwise(values)]
    slack = limits.equal_step * abs(steps[0])
    return steps[0] != 0 and all(abs(step - steps[0]) < slack for step in steps)
