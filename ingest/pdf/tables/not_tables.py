"""Says what looks like a table and is none: lists, contents pages, code, formulas, prose, charts.

Of alignments that no rules support: lists, contents, code, formulas and prose. Of rules and
alignments together: charts, axes and diagrams. Three signs show a chart: hardly any of the ruled
area has text; the numbers of one row, and no other row is as long, go up by equal steps, as the
marks of an axis; numbers only, in boxes of all sizes.

Limits: a table of two columns of words without rules is taken for a list of terms and refused; a
chart whose lattice is filled with words is taken for a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Line
from ingest.pdf.tables.cell_runs import Run
from ingest.pdf.tables.grid import Grid, GridCell

_WIDE_CELL = 16.0
"""Cells of a table without rules are seldom wider than this many font sizes."""
_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}")
_MARKER = re.compile(r"[•◦▪·●○■□–—*-]|[(（\[]?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)）\]:]|[①-⑳]")
_EQUATION = re.compile(r"[(（]\d{1,3}(?:[.-]\d{1,3})*[a-z]?[)）]")
_CODE_LINE = re.compile(r"\d{1,3}:")
_PAGE = re.compile(r"\d{1,4}")
_FEW_PAGES = 4
_NO_PAGES = 3
"""Rows with this many numbers are no entries of a contents page."""


def is_refused(grid: Grid, lines: Sequence[Sequence[Line]], rows: Sequence[Sequence[Run]]) -> bool:
    """Whether an alignment is something other than a table; `rows` are the runs of `lines`."""
    text = " ".join(line.text for row in lines for line in row)
    rows = [row for row in rows if row]
    numbers = median(sum(run.numeric for run in row) for row in rows)
    if _LEADER.search(text) and numbers < _NO_PAGES:  # dots that lead to a page
        return True
    if "@" in text or _is_list(rows) or _is_contents(rows):
        return True
    if _is_numbered(grid, rows):
        return True
    widths = [run.rect.width / max(run.rect.height, 1.0) for row in rows for run in row]
    if median(widths) > 10 or sum(w > _WIDE_CELL for w in widths) > 0.25 * len(widths):
        return True
    filled = len(grid.cells) / (grid.rows * grid.columns)
    numeric = sum(run.numeric for row in rows for run in row)
    if grid.columns == 2 and numeric < 0.3 * len(grid.cells):
        return True
    return filled < 0.55 or grid.rows < 3


def _is_list(rows: Sequence[Sequence[Run]]) -> bool:
    """Whether most rows begin with the mark of a list item, or end with an equation's number."""
    marked = sum(bool(_MARKER.fullmatch(row[0].words[0].text)) for row in rows)
    counted = sum(bool(_EQUATION.fullmatch(row[-1].text)) for row in rows)
    coded = sum(bool(_CODE_LINE.fullmatch(row[0].words[0].text)) for row in rows)
    return max(marked, counted, 2 * coded) > 0.5 * len(rows)


def _is_contents(rows: Sequence[Sequence[Run]]) -> bool:
    """Whether the last words of the rows are pages that go up, and nothing else is a number."""
    pages = [int(row[-1].words[-1].text) for row in rows if _PAGE.fullmatch(row[-1].words[-1].text)]
    others = sum(run.numeric for row in rows for run in row[1:-1])
    if len(pages) < max(_FEW_PAGES, 0.6 * len(rows)) or others > 0.2 * len(rows):
        return False
    return all(before <= after for before, after in pairwise(pages)) and pages[0] < pages[-1]


def _is_numbered(grid: Grid, rows: Sequence[Sequence[Run]]) -> bool:
    """Whether two columns are text with the numbers of its lines."""
    numbers = [int(row[0].text) for row in rows if _PAGE.fullmatch(row[0].text)]
    steps = sum(after - before == 1 for before, after in pairwise(numbers))
    lone = sum(run.numeric for row in rows for run in row[1:])
    few = lone < 0.3 * len(rows)
    return grid.columns == 2 and few and len(numbers) > 2 and steps >= 0.8 * (len(numbers) - 1)


_FILLED_AREA = 0.25
_FEW_ROWS = 3
_FEWEST_MARKS = 4
_NUMBER = re.compile(r"[-−–]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)%?")
_TO_PLAIN_NUMBER = str.maketrans({"−": "-", "–": "-", ",": None})


def is_drawing(grid: Grid) -> bool:
    """Whether a grid found by rules is a chart or part of one."""
    texts = [text_of_cell(cell) for cell in grid.cells if cell.words]
    if not any(letter.isalpha() for text in texts for letter in text):
        odd = any(cell.row_span > 1 or cell.column_span > 1 for cell in grid.cells)
        if odd or grid.rows <= _FEW_ROWS:
            return True
    if grid.rows > _FEW_ROWS:
        return False
    rows = [[cell for cell in grid.cells if cell.row == row] for row in range(grid.rows)]
    full = [row for row in rows if sum(len(cell.words) > 0 for cell in row) >= _FEWEST_MARKS]
    return len(full) <= 1 and any(_is_axis(row) for row in rows)


def is_mostly_empty(cells: Sequence[GridCell]) -> bool:
    """Whether hardly any of the area that these cells cover has text."""
    covered = sum(cell.rect.area for cell in cells)
    filled = sum(cell.rect.area for cell in cells if cell.words)
    return filled < _FILLED_AREA * covered


def text_of_cell(cell: GridCell) -> str:
    """Return a cell's words with a blank between: for comparing, not for showing."""
    return " ".join(word.text for row in cell.words for word in row)


def _is_axis(cells: Sequence[GridCell]) -> bool:
    """Whether the numbers of a row are the marks of an axis: four or more at equal steps."""
    ordered = sorted(cells, key=lambda cell: cell.column)
    words = [word for cell in ordered for word in text_of_cell(cell).split()]
    if len(words) < _FEWEST_MARKS or not all(_NUMBER.fullmatch(word) for word in words):
        return False
    values = [float(word.strip("%").translate(_TO_PLAIN_NUMBER)) for word in words]
    steps = [after - before for before, after in pairwise(values)]
    return steps[0] != 0 and all(abs(step - steps[0]) < 1e-6 * abs(steps[0]) for step in steps)
