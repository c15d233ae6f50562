"""Finds tables with rules: full grids, and grids that lack some of their lines.

Rules that cross make a lattice; where a rule between two cells is missing the cells are one.
Tables with horizontal rules only are found in `ingest.pdf.tables.horizontal_rules`, tables without
rules in `ingest.pdf.tables.unruled`.

Limits: cell borders that are curves, dots far apart or pictures are not seen; a frame around text
(one cell, one row or one column) is no table; a chart's grid is refused by its empty cells.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.pdf.page.content import Line, Rect, Word, bounding_rect_of
from ingest.pdf.tables.aligned import Rulings, build_aligned_grid
from ingest.pdf.tables.grid import Grid, GridCell, with_sideways, word_rows
from ingest.pdf.tables.horizontal_rules import find_tables_between_rules
from ingest.pdf.tables.not_tables import is_drawing, is_mostly_empty
from ingest.pdf.tables.row_labels import find_heading_above, find_labels_beside
from ingest.pdf.tables.split_cells import is_coarse, split_rows, split_wide_cells


@dataclass(frozen=True, slots=True)
class RuledTableThresholds:
    """When crossing rules make a table. Lengths are in points; all values were set by hand."""

    touch: float = 3.0
    """Rules at most this far apart meet where they cross, and are one where they are parallel."""
    open_side: float = 8.0
    """Rules that reach this far beyond the outermost across them enclose cells there."""
    border: float = 4.0
    """Rules at most this far inside the edge of the table are its border."""
    overhang: float = 2.0
    """A rule inside a table that was found may stick out of it by this much."""
    whole_share: float = 0.9
    """A horizontal rule longer than this share of the table's width goes from edge to edge."""
    wall_share: float = 0.4
    """A vertical rule longer than this share of the table's height separates columns."""
    filled_share: float = 0.3
    """A table has text in at least this share of its cells."""
    fewest_filled: int = 3
    """A table has text in at least this many cells."""
    most_rules: int = 4000
    """More rules than this on a page are a drawing, not tables."""


RULED_TABLES = RuledTableThresholds()


def find_tables(
    lines: Sequence[Line],
    rules: Sequence[Rect],
    sideways: Sequence[Line] = (),
    limits: RuledTableThresholds = RULED_TABLES,
) -> list[Grid]:
    """Return the tables that rules show among these lines, top to bottom.

    `sideways` are lines set at another angle: where one stands in a ruled cell, it belongs there.
    """
    if len(rules) < 2 or len(rules) > limits.most_rules:
        return []
    found: list[Grid] = []
    taken: list[Rect] = []
    for across, down in _find_lattices(rules, limits.touch):
        grid = _build_ruled_grid(across, down, lines, limits)
        if grid is not None and not any(area.holds(grid.rect) for area in taken):
            found.append(with_sideways(grid, sideways))
            taken.append(grid.rect)
    used = {line.number for grid in found for line in grid.used}
    free = [line for line in lines if line.number not in used]
    across = [rule for rule in rules if rule.width > rule.height]
    overhang = limits.overhang
    across = [rule for rule in across if not any(area.holds(rule, overhang) for area in taken)]
    found += [grid for grid in find_tables_between_rules(free, across) if not is_drawing(grid)]
    return sorted(found, key=lambda grid: (grid.rect.y0, grid.rect.x0))


def _find_lattices(rules: Sequence[Rect], touch: float) -> list[tuple[list[Rect], list[Rect]]]:
    """Return groups of (horizontal, vertical) rules that hang together, largest first."""
    across = sorted((r for r in rules if r.width >= r.height), key=lambda r: r.middle)
    down = sorted((r for r in rules if r.width < r.height), key=lambda r: r.x0)
    parent = list(range(len(across) + len(down)))

    def find_root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    lefts = [rule.x0 for rule in down]
    for i, rule in enumerate(across):
        first = bisect_left(lefts, rule.x0 - touch)
        last = bisect_right(lefts, rule.x1 + touch)
        for j in range(first, last):
            if down[j].y0 - touch <= rule.middle <= down[j].y1 + touch:
                parent[find_root(len(across) + j)] = find_root(i)
    groups: dict[int, tuple[list[Rect], list[Rect]]] = defaultdict(lambda: ([], []))
    for i, rule in enumerate(across):
        groups[find_root(i)][0].append(rule)
    for j, rule in enumerate(down):
        groups[find_root(len(across) + j)][1].append(rule)
    whole = [group for group in groups.values() if len(group[0]) > 1 and group[1]]
    return sorted(whole, key=lambda group: -bounding_rect_of([*group[0], *group[1]]).area)


def _build_ruled_grid(
    across: list[Rect],
    down: list[Rect],
    lines: Sequence[Line],
    limits: RuledTableThresholds,
) -> Grid | None:
    """Return the table of one lattice, or None where it is a frame, a chart or a drawing."""
    area = bounding_rect_of([*across, *down])
    inside = [line for line in lines if area.holds(line.rect)]
    if not inside:
        return None
    # A table open at its sides: rules of one direction reach further than the outer ones across.
    x0, x1 = min(r.x0 for r in across), max(r.x1 for r in across)
    y0, y1 = min(r.y0 for r in down), max(r.y1 for r in down)
    touch, open_side = limits.touch, limits.open_side
    places = _cluster_values(((rule.x0 + rule.x1) / 2 for rule in down), touch)
    xs = _add_outer_edges(places, x0, x1, open_side)
    heights = _cluster_values((rule.middle for rule in across), touch)
    ys = _add_outer_edges(heights, y0, y1, open_side)
    if len(ys) < 2 or len(xs) < 3:
        return None
    open_left = x0 < min(rule.x0 for rule in down) - open_side
    labels = find_labels_beside(lines, inside, area) if open_left else []
    if labels or is_coarse(inside, xs):
        heading = find_heading_above(lines, area) if labels else []
        wanted = [*heading, *labels, *inside]
        finer = _build_grid_by_alignment(across, down, area, wanted, limits)
        if finer is not None and _is_table(finer, limits):
            return finer
    grid = _fill_cells(_Lattice(xs, ys, across, down, touch), inside)
    if grid is None:
        return None
    grid = split_rows(grid)
    return grid if _is_table(grid, limits) else None


def _add_outer_edges(places: list[float], low: float, high: float, open_side: float) -> list[float]:
    """Add the ends to the places of rules where those begin or end elsewhere."""
    first = [low] if low < places[0] - open_side else []
    return [*first, *places, *([high] if high > places[-1] + open_side else [])]


def _build_grid_by_alignment(
    across: Sequence[Rect],
    down: Sequence[Rect],
    area: Rect,
    inside: Sequence[Line],
    limits: RuledTableThresholds,
) -> Grid | None:
    """Read a coarse grid by alignment; rules from edge to edge and vertical ones still count."""
    left, right = area.x0 + limits.border, area.x1 - limits.border
    top, bottom = area.y0 + limits.border, area.y1 - limits.border
    whole = [rule for rule in across if rule.width > limits.whole_share * area.width]
    inner = _cluster_values(
        (rule.middle for rule in whole if top < rule.middle < bottom), limits.touch
    )
    partial = [rule for rule in across if rule not in whole or rule.middle < top]
    high = limits.wall_share * area.height
    walls = [rule for rule in down if rule.height > high and left < rule.x0 < right]
    return build_aligned_grid(inside, Rulings(tuple(inner), tuple(partial), tuple(walls)))


def _cluster_values(values: Iterable[float], distance: float) -> list[float]:
    """Return the means of groups of values; neighbours in a group are at most `distance` apart."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= distance:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


class _Lattice:
    """Rows and columns of a group of rules, and which neighbouring cells are one."""

    def __init__(
        self,
        xs: list[float],
        ys: list[float],
        across: list[Rect],
        down: list[Rect],
        touch: float,
    ) -> None:
        self.xs, self.ys = xs, ys
        self.rows, self.columns = len(ys) - 1, len(xs) - 1
        self._across = [[r for r in across if abs(r.middle - y) <= touch] for y in ys]
        self._down = [[r for r in down if abs((r.x0 + r.x1) / 2 - x) <= touch] for x in xs]

    def rect_of(self, row: int, column: int, row_end: int, column_end: int) -> Rect:
        return Rect(self.xs[column], self.ys[row], self.xs[column_end], self.ys[row_end])

    def has_rule_right(self, row: int, column: int) -> bool:
        y = (self.ys[row] + self.ys[row + 1]) / 2
        return any(rule.y0 <= y <= rule.y1 for rule in self._down[column + 1])

    def has_rule_below(self, row: int, column: int) -> bool:
        x = (self.xs[column] + self.xs[column + 1]) / 2
        return any(rule.x0 <= x <= rule.x1 for rule in self._across[row + 1])

    def find_cell_areas(self) -> list[tuple[int, int, int, int]]:
        """Return (row, column, row end, column end) of every cell, spans resolved.

        Cells that are open to each other are one if together they make a rectangle.
        """
        taken: set[tuple[int, int]] = set()
        areas: list[tuple[int, int, int, int]] = []
        for row in range(self.rows):
            for column in range(self.columns):
                if (row, column) in taken:
                    continue
                right = column
                while (
                    right + 1 < self.columns
                    and (row, right + 1) not in taken
                    and not self.has_rule_right(row, right)
                ):
                    right += 1
                bottom = row
                while bottom + 1 < self.rows and self._is_open_below(bottom, column, right):
                    bottom += 1
                taken.update(
                    (r, c) for r in range(row, bottom + 1) for c in range(column, right + 1)
                )
                areas.append((row, column, bottom + 1, right + 1))
        return areas

    def _is_open_below(self, row: int, column: int, right: int) -> bool:
        """Whether the row of cells continues into the one below as a whole."""
        return not any(self.has_rule_below(row, c) for c in range(column, right + 1)) and not any(
            self.has_rule_right(row + 1, c) for c in range(column, right)
        )


def _fill_cells(lattice: _Lattice, inside: Sequence[Line]) -> Grid | None:
    """Put the words into the cells by their centres; None where most of them stay empty."""
    slot_words: dict[tuple[int, int], list[Word]] = defaultdict(list)
    for line in inside:
        for word in line.words:
            column = bisect_right(lattice.xs, (word.rect.x0 + word.rect.x1) / 2) - 1
            row = bisect_right(lattice.ys, word.rect.middle) - 1
            key = (
                min(max(row, 0), lattice.rows - 1),
                min(max(column, 0), lattice.columns - 1),
            )
            slot_words[key].append(word)
    cells: list[GridCell] = []
    for row, column, row_end, column_end in lattice.find_cell_areas():
        words = [
            word
            for r in range(row, row_end)
            for c in range(column, column_end)
            for word in slot_words.get((r, c), ())
        ]
        rect = lattice.rect_of(row, column, row_end, column_end)
        cells.append(
            GridCell(
                row, column, rect, word_rows(words), row_end - row, column_end - column, row == 0
            )
        )
    area = lattice.rect_of(0, 0, lattice.rows, lattice.columns)
    if is_mostly_empty(cells):
        return None
    grid = Grid(area, lattice.rows, lattice.columns, tuple(cells), tuple(inside))
    return _drop_empty_rows_and_columns(split_wide_cells(grid, lattice.xs))


def _drop_empty_rows_and_columns(grid: Grid) -> Grid:
    """Drop rows and columns in which no cell has text (double rules, spacers)."""
    rows = _renumber_filled(grid.rows, [(c.row, c.row_span, bool(c.words)) for c in grid.cells])
    columns = _renumber_filled(
        grid.columns, [(c.column, c.column_span, bool(c.words)) for c in grid.cells]
    )
    if len(rows) == grid.rows and len(columns) == grid.columns:
        return grid
    cells: list[GridCell] = []
    for cell in grid.cells:
        r = [rows[i] for i in range(cell.row, cell.row + cell.row_span) if i in rows]
        c = [columns[i] for i in range(cell.column, cell.column + cell.column_span) if i in columns]
        if r and c:
            cells.append(GridCell(r[0], c[0], cell.rect, cell.words, len(r), len(c), cell.header))
    return Grid(grid.rect, len(rows), len(columns), tuple(cells), grid.used)


def _renumber_filled(count: int, cells: list[tuple[int, int, bool]]) -> dict[int, int]:
    """Return old → new number of the rows (or columns) in which a cell with text begins."""
    begun = {start for start, _, text in cells if text}
    return {old: new for new, old in enumerate(i for i in range(count) if i in begun)}


def _is_table(grid: Grid, limits: RuledTableThresholds) -> bool:
    if is_drawing(grid) or grid.rows < 2 or grid.columns < 2:
        return False
    filled = [cell for cell in grid.cells if cell.words]
    if len(filled) < limits.fewest_filled:
        return False
    if len(filled) < limits.filled_share * len(grid.cells):
        return False
    columns = {cell.column for cell in filled}
    return len(columns) > 1 and len({cell.row for cell in filled}) > 1
