"""What stands in columns and is no table: lists, contents pages, code, formulas, prose.

Asked of alignments that no rules vouch for. Limits: a table of two columns of words without rules
is taken for a list of terms and refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Line
from ingest.pdf.tables.cell_runs import Run
from ingest.pdf.tables.grid import Grid

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
