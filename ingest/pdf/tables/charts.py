"""What rules and alignment show that is no table but a drawing: charts, axes, diagrams.

Three signs: hardly any of the ruled area has text; the numbers of one row, and no other row is as
long, go up by equal steps, as the marks of an axis; numbers only, in boxes of all sizes.

Limits: a chart whose lattice is filled with words is taken for a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.pdf.tables.grid import Grid, GridCell

_FILLED_AREA = 0.25
_FEW_ROWS = 3
_MARKS = 4
_NUMBER = re.compile(r"[-−–]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)%?")
_PLAIN = str.maketrans({"−": "-", "–": "-", ",": None})


def is_drawing(grid: Grid) -> bool:
    """Whether a grid found by rules is a chart or part of one."""
    texts = [text_of(cell) for cell in grid.cells if cell.words]
    if not any(letter.isalpha() for text in texts for letter in text):
        odd = any(cell.row_span > 1 or cell.column_span > 1 for cell in grid.cells)
        if odd or grid.rows <= _FEW_ROWS:
            return True
    if grid.rows > _FEW_ROWS:
        return False
    rows = [[cell for cell in grid.cells if cell.row == row] for row in range(grid.rows)]
    full = [row for row in rows if sum(len(cell.words) > 0 for cell in row) >= _MARKS]
    return len(full) <= 1 and any(_is_axis(row) for row in rows)


def is_hollow(cells: Sequence[GridCell]) -> bool:
    """Whether hardly any of the area that these cells cover has text."""
    covered = sum(cell.rect.area for cell in cells)
    filled = sum(cell.rect.area for cell in cells if cell.words)
    return filled < _FILLED_AREA * covered


def text_of(cell: GridCell) -> str:
    """Return a cell's words with a blank between: for comparing, not for showing."""
    return " ".join(word.text for row in cell.words for word in row)


def _is_axis(cells: Sequence[GridCell]) -> bool:
    """Whether the numbers of a row are the marks of an axis: four or more at equal steps."""
    ordered = sorted(cells, key=lambda cell: cell.column)
    words = [word for cell in ordered for word in text_of(cell).split()]
    if len(words) < _MARKS or not all(_NUMBER.fullmatch(word) for word in words):
        return False
    values = [float(word.strip("%").translate(_PLAIN)) for word in words]
    steps = [after - before for before, after in pairwise(values)]
    return steps[0] != 0 and all(abs(step - steps[0]) < 1e-6 * abs(steps[0]) for step in steps)
