"""Places the cells of tables on rows and columns, and finds which cells are neighbours.

Adjacency relations are those of the ICDAR 2013 table competition (Göbel et al., 2013): a cell's
text, the text of the next cell that is not empty, and the direction. Limits: texts are compared as
keys (letters and digits), so "-" and an empty cell are the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from bs4 import Tag
from bs4.element import NavigableString

from eval.parsing.markup import key_of
from eval.parsing.teds import span_of

Relations: TypeAlias = "Counter[tuple[str, str, int]]"
"""(text, next text, 0 to the right or 1 downwards) and how often it occurs."""


@dataclass(frozen=True, slots=True)
class MarkupCell:
    """A cell as it is written; the grid computes its place."""

    text: str
    columns: int = 1
    rows: int = 1
    heading: bool = False


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell with its top left place."""

    cell: MarkupCell
    top: int
    left: int


class CellGrid:
    """Cells on rows and columns. `at`: which cell covers (row, column), spans included."""

    def __init__(self, rows: Sequence[Sequence[MarkupCell]]) -> None:
        self.cells: list[PlacedCell] = []
        self.at: dict[tuple[int, int], int] = {}
        for top, row in enumerate(rows):
            left = 0
            for cell in row:
                while (top, left) in self.at:
                    left += 1
                for y in range(top, top + cell.rows):
                    for x in range(left, left + cell.columns):
                        self.at[y, x] = len(self.cells)
                self.cells.append(PlacedCell(cell, top, left))
                left += cell.columns
        self._height = 1 + max((y for y, _ in self.at), default=-1)
        self._width = 1 + max((x for _, x in self.at), default=-1)

    def neighbours_of(self, index: int, down: int, right: int) -> set[int]:
        """Return the next cells of cell `index` in a direction, (1, 0) being downwards."""
        found: set[int] = set()
        for y, x in self._places_outside(index, down, right):
            while 0 <= y < self._height and 0 <= x < self._width:
                other = self.at.get((y, x))
                if other is not None and other != index:
                    found.add(other)
                    break
                y, x = y + down, x + right
        return found

    def headings_of(self, index: int, down: int, right: int) -> set[int]:
        """Return the heading cells in a direction; if there are none, the last cells there."""
        headings: set[int] = set()
        last: set[int] = set()
        seen: set[int] = set()
        pending = {index}
        while pending:
            now = pending.pop()
            seen.add(now)
            further = self.neighbours_of(now, down, right)
            if self.cells[now].cell.heading:
                headings.add(now)
            if not further:
                last.add(now)
            pending |= further - seen
        return (headings - {index}) or (last - {index})

    def _places_outside(self, index: int, down: int, right: int) -> list[tuple[int, int]]:
        """Return the places just outside a cell on one side."""
        placed = self.cells[index]
        if right:
            x = placed.left + (placed.cell.columns if right > 0 else -1)
            return [(y, x) for y in range(placed.top, placed.top + placed.cell.rows)]
        y = placed.top + (placed.cell.rows if down > 0 else -1)
        return [(y, x) for x in range(placed.left, placed.left + placed.cell.columns)]


def html_grid(table: Tag) -> CellGrid:
    """Return the grid of an HTML table; cells of `th` or within `thead` are headings."""
    rows = []
    for row in table.find_all("tr"):
        in_head = row.find_parent("thead") is not None
        rows.append(
            [
                MarkupCell(
                    _text_with_breaks(cell),
                    span_of(cell, "colspan"),
                    span_of(cell, "rowspan"),
                    cell.name == "th" or in_head,
                )
                for cell in row.find_all(["td", "th"])
            ]
        )
    return CellGrid(rows)


def count_relations(at: Mapping[tuple[int, int], int], texts: Sequence[str]) -> Relations:
    """Return the adjacency relations of cells with these `texts` at the places of `at`."""
    found: Relations = Counter()
    for axis in (0, 1):
        lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for place, cell in at.items():
            if texts[cell]:
                lines[place[axis]].append((place[1 - axis], cell))
        for line in lines.values():
            for (_, one), (_, other) in pairwise(sorted(line)):
                if one != other:
                    found[texts[one], texts[other], axis] += 1
    return found


def table_relations(table: Tag) -> Relations:
    """Return the adjacency relations of an HTML table."""
    grid = html_grid(table)
    return count_relations(grid.at, [key_of(placed.cell.text) for placed in grid.cells])


def match_tables(
    reference: Sequence[Relations], found: Sequence[Relations]
) -> dict[int, tuple[int, int]]:
    """Return, by reference table, its partner among those found and the relations they share.

    One to one, pairs that share most first; tables that share nothing have no partner.
    """
    shared = sorted(
        (
            (sum((want & got).values()), at, by)
            for at, want in enumerate(reference)
            for by, got in enumerate(found)
        ),
        reverse=True,
    )
    pairs: dict[int, tuple[int, int]] = {}
    taken: set[int] = set()
    for count, at, by in shared:
        if count and at not in pairs and by not in taken:
            pairs[at] = (by, count)
            taken.add(by)
    return pairs


def _text_with_breaks(cell: Tag) -> str:
    parts = []
    for each in cell.descendants:
        if isinstance(each, Tag):
            parts.append("\n" if each.name == "br" else "")
        elif type(each) is NavigableString:
            parts.append(str(each))
    return "".join(parts).strip()
