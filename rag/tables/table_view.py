"""Shows a parsed table as rows and columns that have names: what questions about it are bound to.

Headings of several levels become one path for each column; a row whose only text is its first cell
is the section of the rows below; rows that span are repeated. Leading rows that are headings by
their look (nothing in the first cell, no numbers but years) count as headings although the file
does not mark them. Limits: sections are one level deep; a table without headings has empty paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ingest.document.table_text import count_header_rows
from ingest.text.terms import extract_terms
from ingest.types import Table
from rag.tables.cell_values import is_empty_cell, read_cell_value

_SPACE = re.compile(r"\s+")
_YEAR_OR_DATE = re.compile(
    r"^\W*(?:FY|CY)?\s*(?:19|20)?\d{2}[A-Z]?\W*$|\b(?:19|20)\d{2}\b|\d年", re.IGNORECASE
)
_TOTAL = re.compile(
    r"\b(?:sub-?)?totals?\b|\bsum\b|^\W*(?:world(?:wide)?|overall|all)\W*$"
    r"|^\W*(?:合计|总计|小计|总和|共计|全部)",
    re.IGNORECASE,
)
_RANK = re.compile(
    r"^\W*(?:#|no\.?|rank|pos(?:ition|\.)?|pl(?:ace|\.)?|序号|编号|排名|名次)\W*$", re.IGNORECASE
)
PERIOD = re.compile(
    r"\b(?:19|20)\d{2}\b|\b(?:FY|CY)\s?\d{2}|\bQ[1-4]\b|\b(?:first|second"
    r"|third|fourth) quarter\b|年|季度|[一二三四五六七八九十\d]月",
    re.IGNORECASE,
)
NOTE_MARK = re.compile(r"(?<=[a-z]{3})\d{1,2}\b|(?<=[^\W\d])\)?\s*[(\[]\d{1,2}[)\]]\s*$")
"""The mark of a footnote behind words: "Accruals1", "Other products (1)"."""
UNIT = re.compile(
    r"[$€£¥%‰]|(?:in )?(?:RMB|US\$|USD|EUR|[$€£])?\W*(?:millions?|thousands?"
    r"|billions?|m|bn|000s?)",
    re.I,
)
_PERCENT = re.compile(r"%|\bpercentages?\b|\bper cent\b", re.IGNORECASE)
_DASHES = re.compile(r"[‐‑–—−]")
_BETWEEN_LEVELS = " · "
_MOST_HEADING_ROWS = 4


def extract_table_terms(text: str) -> frozenset[str]:
    """Return the search terms of a cell, a heading or a question; "%" and "percentage" are one."""
    plain = _DASHES.sub("-", NOTE_MARK.sub(" ", text))
    return frozenset(extract_terms(_PERCENT.sub(" percent ", plain)))


@dataclass(frozen=True)
class TableColumn:
    """A column; `heading` has all levels, the outermost first."""

    heading: str

    @cached_property
    def terms(self) -> frozenset[str]:
        """The heading's search terms."""
        return extract_table_terms(self.heading)


@dataclass(frozen=True)
class TableRow:
    """A row: the text of each cell; `section` is the heading row above it, "" for none."""

    cells: tuple[str, ...]
    section: str = ""

    @cached_property
    def cell_terms(self) -> tuple[frozenset[str], ...]:
        """The search terms of each cell."""
        return tuple(extract_table_terms(cell) for cell in self.cells)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The search terms of all cells and of the section."""
        return frozenset(extract_terms(self.section)).union(*self.cell_terms)

    @cached_property
    def is_total(self) -> bool:
        """Whether it sums the others."""
        return any(_TOTAL.search(cell) for cell in self.cells[:2])


@dataclass(frozen=True)
class TableView:
    """A table with what stands around it.

    `rank` is the number of the hit it belongs to, from 0; `above` are the document's name and the
    headings, `around` the caption and the text below. `turned` says that the file's columns are the
    rows here; `subject` is the heading that the table stands under where the question names it.
    """

    rank: int
    above: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    turned: bool = False
    subject: str = ""
    around: tuple[str, ...] = ()

    @cached_property
    def scope(self) -> frozenset[str]:
        """The terms of what stands above the table: they name it, not a row of it."""
        return frozenset(extract_terms("\n".join(self.above)))

    @cached_property
    def surroundings(self) -> frozenset[str]:
        """The terms of all that stands around the table."""
        return self.scope.union(extract_terms("\n".join(self.around)))

    @cached_property
    def body(self) -> tuple[TableRow, ...]:
        """The rows that are no totals, unless all are."""
        return tuple(row for row in self.rows if not row.is_total) or self.rows

    @cached_property
    def label_column(self) -> int:
        """The first column that tells the rows apart, ranks and numbers left out."""
        found: list[tuple[int, bool]] = []
        for column, head in enumerate(self.columns):
            cells = [row.cells[column] for row in self.rows]
            said = {cell for cell in cells if not is_empty_cell(cell)}
            if _RANK.search(head.heading) or 3 * len(said) < 2 * len(cells):
                continue
            words = [cell for cell in said if _names_row(cell)]
            if 2 * len(words) > len(said):
                found.append((column, 2 * sum(map(_is_year, said)) > len(said)))
        # Years tell rows apart only where no words do.
        return min(found, key=lambda each: (each[1], each[0]), default=(0, False))[0]

    @cached_property
    def has_periods(self) -> bool:
        """Whether years, quarters or dates head at least two columns."""
        return sum(PERIOD.search(column.heading) is not None for column in self.columns) >= 2

    def read_column(self, column: int) -> list[str]:
        """Return a column's cells, totals left out."""
        return [row.cells[column] for row in self.body]

    def is_numeric(self, column: int) -> bool:
        """Return whether most cells of a column that say something say a number."""
        cells = [cell for cell in self.read_column(column) if not is_empty_cell(cell)]
        numbers = [cell for cell in cells if read_cell_value(cell).number is not None]
        return bool(cells) and 3 * len(numbers) > 2 * len(cells)


def view_table(table: Table, rank: int, above: Sequence[str]) -> TableView:
    """Return the table as rows and columns with names."""
    grid = _fill_grid(table)
    marked = count_header_rows(table) if any(cell.header for cell in table.cells) else 0
    heads = _count_heading_rows(grid, marked)
    columns = tuple(
        TableColumn(_join_levels(row[column] for row in grid[:heads]))
        for column in range(table.columns)
    )
    return TableView(rank, tuple(above), columns, tuple(_read_rows(grid[heads:])))


def turn_table(view: TableView) -> TableView:
    """Return the table with its periods as rows: for questions on which year or quarter."""
    first = view.label_column
    # A row of figures without a name closes a table: its total.
    labels = [_join_levels((row.section, row.cells[first])) or "Total" for row in view.rows]
    periods = [at for at, column in enumerate(view.columns) if PERIOD.search(column.heading)]
    columns = (TableColumn(view.columns[first].heading), *(TableColumn(label) for label in labels))
    rows = tuple(
        TableRow((_find_period_level(view.columns[at]), *(row.cells[at] for row in view.rows)))
        for at in periods
        if at != first
    )
    return replace(view, columns=columns, rows=rows, turned=True)


def _find_period_level(column: TableColumn) -> str:
    """Return the level of a heading that names the period, the innermost first."""
    levels = reversed(column.heading.split(_BETWEEN_LEVELS))
    return next((level for level in levels if PERIOD.search(level)), column.heading)


def _fill_grid(table: Table) -> list[list[str]]:
    grid = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        text = _SPACE.sub(" ", cell.text).strip()
        across = (
            range(cell.column, cell.column + cell.column_span) if cell.header else [cell.column]
        )
        for row in range(cell.row, min(table.rows, cell.row + cell.row_span)):
            for column in across:
                if column < table.columns:
                    grid[row][column] = text
    return grid


def _count_heading_rows(grid: Sequence[Sequence[str]], marked: int) -> int:
    """Return how many leading rows are headings, by their marks and by their look."""
    count = marked
    while count < min(len(grid) - 1, _MOST_HEADING_ROWS):
        row = grid[count]
        filled = [cell for cell in row[1:] if cell]
        says_number = any(map(_is_plain_number, filled))
        looks = filled and (
            (not row[0] and not says_number) or all(map(_is_period_or_unit, filled))
        )
        if not looks and not (count == 0 and filled and not says_number):
            looks = _completes_headings(grid, count)
        if not looks and not (count == 0 and filled and not says_number):
            break
        count += 1
    return count


def _completes_headings(grid: Sequence[Sequence[str]], count: int) -> bool:
    """Return whether a row of words names columns that the headings above leave without a name."""
    row, after = grid[count], grid[count + 1]
    if count == 0 or sum(map(bool, row)) < 2 or any(map(_is_plain_number, row)):
        return False
    unnamed = [cell for at, cell in enumerate(row) if not any(above[at] for above in grid[:count])]
    return any(unnamed) and any(map(_is_plain_number, after))


def _is_period_or_unit(cell: str) -> bool:
    return _YEAR_OR_DATE.search(cell) is not None or UNIT.fullmatch(cell.strip()) is not None


def _is_plain_number(cell: str) -> bool:
    number = read_cell_value(cell).number
    return number is not None and not _YEAR_OR_DATE.search(cell)


def _names_row(cell: str) -> bool:
    """Return whether a cell could be what a row is called: words, a date or a year."""
    value = read_cell_value(cell)
    return (
        value.number is None
        or value.is_date
        or re.fullmatch(r"(?:19|20)\d{2}\D*", cell) is not None
    )


def _is_year(cell: str) -> bool:
    return re.match(r"(?:19|20)\d{2}(?:\D|$)", cell) is not None


def _join_levels(levels: Iterable[str]) -> str:
    return _BETWEEN_LEVELS.join(dict.fromkeys(level for level in levels if level))


def _read_rows(grid: Iterable[Sequence[str]]) -> Iterable[TableRow]:
    section = ""
    for cells in grid:
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if len(filled) == 1 and cells[0] and len(cells) > 2:
            section = cells[0]
            continue
        yield TableRow(tuple(cells), section)
