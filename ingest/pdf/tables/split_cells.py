"""Splits ruled cells that hold several rows or several columns of a table.

Rows: there are rules around and between columns only. The lines of at least two cells that stand on
the same baselines are the rows; the lines of the other cells go to the row they stand beside.
Columns: in some rows the rules between the columns are left out. Where a wide cell's words stand
apart, each within the columns that rules show elsewhere, it is split at those. A grid of few
columns whose columns hold columns again, row by row, is not to be read by its rules alone:
`is_coarse` says so.

Limits: fewer than three lines on the same baselines are taken for one row with line breaks; running
text is never split. A wide cell is split only when half of its columns have text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Line, Rect, Word, join_words, merge_rows
from ingest.pdf.tables.cell_runs import WordRun, is_numeric, runs_of, words_of_row
from ingest.pdf.tables.grid import Grid, GridCell, word_rows
from ingest.pdf.tables.white_strips import find_white_strips, is_between_numbers


@dataclass(frozen=True, slots=True)
class SplitCellThresholds:
    """When a ruled cell holds several rows or columns. All values were set by hand."""

    same_baseline: float = 3.5
    """Points by which the middles of lines in one row differ at most."""
    long_line: int = 9
    """Lines with more words than this are running text."""
    fewest_rows: int = 3
    """Fewer lines on the same baselines are one row with line breaks."""
    fewest_sharing: int = 2
    """Baselines are those of rows when so many cells share them."""
    sharing_share: float = 0.4
    """They must also be shared by this share of the cells."""
    beside_share: float = 0.75
    """A cell shares baselines when it has a line on this share of them."""
    even_share: float = 0.8
    """Without a column of numbers, this share of the cells has (nearly) one line for each row."""
    even_slack: float = 0.15
    """Such cells have more or fewer lines than that by at most this share."""
    numbers_share: float = 0.7
    """A column of numbers has numbers in this share of its lines."""
    line_gap: float = 1.5
    """Points: lines further apart than usual by more than this begin another row."""
    groups_share: float = 0.6
    """Such groups of lines count when there are as many as this share of the rows."""
    overhang: float = 0.15
    """Words may reach into the next column by this share of their width."""
    coarse_rows: int = 3
    """A column holds several when they show in so many rows."""
    coarse_share: float = 0.5
    """They must also show in this share of its rows."""


SPLIT_CELLS = SplitCellThresholds()


def split_rows(grid: Grid, limits: SplitCellThresholds = SPLIT_CELLS) -> Grid:
    """Return the grid with such rows split, or the grid itself."""
    cells: list[GridCell] = []
    shift = 0
    for row in range(grid.rows):
        members = [cell for cell in grid.cells if cell.row == row]
        anchors = _find_shared_baselines([cell for cell in members if cell.words], limits)
        if not anchors or any(
            c.row <= row < c.row + c.row_span and c.row_span > 1 for c in grid.cells
        ):
            cells += [replace(cell, row=row + shift) for cell in members]
            continue
        for cell in members:
            cells += _split_cell_at_rows(cell, anchors, row + shift, limits)
        shift += len(anchors) - 1
    return replace(grid, rows=grid.rows + shift, cells=tuple(cells)) if shift else grid


def _find_shared_baselines(cells: Sequence[GridCell], limits: SplitCellThresholds) -> list[float]:
    """Return the baselines that several cells share, from the cell with the fewest; [] for none."""
    lines = [[row[0].rect.middle for row in cell.words] for cell in cells]
    if any(len(row) > limits.long_line for cell in cells for row in cell.words):
        return []
    fewest = max(limits.fewest_sharing, limits.sharing_share * len(cells))
    several = (own for own in lines if len(own) >= limits.fewest_rows)
    for candidate in sorted(several, key=len):
        sharing = sum(_has_lines_at(own, candidate, limits) for own in lines)
        if sharing >= fewest and _are_rows(cells, len(candidate), limits):
            return candidate
    return []


def _are_rows(cells: Sequence[GridCell], count: int, limits: SplitCellThresholds) -> bool:
    """Whether lines that stand beside each other are rows, and not the lines of wrapped text.

    They are where one of the cells is a column of numbers, or where (nearly) all cells have as
    many lines and none of these begins in lower case.
    """
    if any(
        len(cell.words) >= limits.fewest_rows and _is_column_of_numbers(cell, limits.numbers_share)
        for cell in cells
    ):
        return True
    slack = limits.even_slack * count
    even = sum(abs(len(cell.words) - count) <= slack for cell in cells)
    first = [row[0].text[:1] for cell in cells for row in cell.words[1:]]
    enough = even >= limits.even_share * len(cells)
    return enough and not any(letter.islower() for letter in first)


def _is_column_of_numbers(cell: GridCell, share: float) -> bool:
    numbers = sum(is_numeric(join_words(row)) for row in cell.words)
    return numbers >= share * len(cell.words)


def _has_lines_at(
    lines: Sequence[float], anchors: Sequence[float], limits: SplitCellThresholds
) -> bool:
    """Whether nearly all anchors have a line beside them."""
    same = limits.same_baseline
    beside = sum(any(abs(line - anchor) <= same for line in lines) for anchor in anchors)
    return beside >= limits.beside_share * len(anchors)


def _split_cell_at_rows(
    cell: GridCell, anchors: Sequence[float], first: int, limits: SplitCellThresholds
) -> list[GridCell]:
    row_words: list[list[Word]] = [[] for _ in anchors]
    for group in _group_cell_lines(cell.words, len(anchors), limits):
        middles = [row[0].rect.middle for row in group]
        centre = (middles[0] + middles[-1]) / 2
        row_words[_find_nearest_anchor(anchors, centre)] += [word for row in group for word in row]
    edges = [cell.rect.y0, *((a + b) / 2 for a, b in pairwise(anchors)), cell.rect.y1]
    return [
        replace(
            cell,
            row=first + at,
            rect=Rect(cell.rect.x0, edges[at], cell.rect.x1, edges[at + 1]),
            words=word_rows(words),
        )
        for at, words in enumerate(row_words)
    ]


def _group_cell_lines(
    rows: Sequence[tuple[Word, ...]], wanted: int, limits: SplitCellThresholds
) -> list[list[tuple[Word, ...]]]:
    """Put the lines of one table row together: those that stand closer than the usual.

    Where that does not give about as many groups as there are rows, every line stands alone.
    """
    if len(rows) <= wanted:
        return [[row] for row in rows]
    gaps = [below[0].rect.y0 - above[0].rect.y1 for above, below in pairwise(rows)]
    limit = median(gaps) + limits.line_gap
    groups = [[rows[0]]]
    for gap, row in zip(gaps, rows[1:], strict=True):
        if gap > limit:
            groups.append([row])
        else:
            groups[-1].append(row)
    return groups if len(groups) >= limits.groups_share * wanted else [[row] for row in rows]


def _find_nearest_anchor(anchors: Sequence[float], place: float) -> int:
    return min(range(len(anchors)), key=lambda at: abs(anchors[at] - place))


def split_wide_cells(
    grid: Grid, xs: Sequence[float], limits: SplitCellThresholds = SPLIT_CELLS
) -> Grid:
    """Return the grid with its wide cells split; `xs` are the edges of its columns."""
    cells: list[GridCell] = []
    for cell in grid.cells:
        if cell.column_span > 1 and cell.row:
            cells += _split_cell_at_columns(cell, xs, limits.overhang)
        else:
            cells.append(cell)
    return replace(grid, cells=tuple(cells)) if len(cells) > len(grid.cells) else grid


def _split_cell_at_columns(cell: GridCell, xs: Sequence[float], overhang: float) -> list[GridCell]:
    if len(cell.words) != 1:
        return [cell]
    runs = runs_of(sorted(cell.words[0], key=lambda word: word.rect.x0))
    places = [_find_column_range(run, xs, overhang) for run in runs]
    apart = all(before[1] <= after[0] for before, after in pairwise(places))
    if not apart or 2 * len(runs) < cell.column_span or len(runs) < 2:
        return [cell]
    return [
        replace(
            cell,
            column=first,
            column_span=end - first,
            rect=Rect(xs[first], cell.rect.y0, xs[end], cell.rect.y1),
            words=(run.words,),
        )
        for (first, end), run in zip(places, runs, strict=True)
    ]


def _find_column_range(run: WordRun, xs: Sequence[float], overhang: float) -> tuple[int, int]:
    """Return the columns `[first, end)` that a run covers."""
    slack = overhang * run.rect.width
    limit = len(xs) - 2
    first = min(max(bisect_right(xs, run.rect.x0 + slack) - 1, 0), limit)
    last = min(max(bisect_right(xs, run.rect.x1 - slack) - 1, 0), limit)
    return first, max(first, last) + 1


def is_coarse(
    lines: Sequence[Line], xs: Sequence[float], limits: SplitCellThresholds = SPLIT_CELLS
) -> bool:
    """Whether a column between two of these edges holds several columns, in most of its rows."""
    rows = [words_of_row(row) for row in merge_rows(lines)]
    for left, right in pairwise(xs):
        inside = [
            [word for word in row if left <= (word.rect.x0 + word.rect.x1) / 2 < right]
            for row in rows
        ]
        runs = [runs_of(row) for row in inside if row]
        several = [row for row in runs if len(row) > 1]
        if len(several) >= max(limits.coarse_rows, limits.coarse_share * len(runs)):
            em = median(run.words[0].style.size for row in several for run in row)
            if any(
                s.x1 - s.x0 > em or is_between_numbers(s, several)
                for s in find_white_strips(several)
            ):
                return True
    return False
