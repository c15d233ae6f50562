"""Writes tables as HTML, which keeps merged cells, and as CSV, which spreadsheets read.

HTML: `thead` and `tbody`, `th` with its scope, `rowspan` and `colspan`; text is escaped, line
breaks become `<br>`. CSV (RFC 4180): one record per row; a merged cell stands in its first field
and leaves the others empty, so that nothing is counted twice.

Limits: no styles, no widths; overlapping cells (no parser gives them) come out in file order. CSV
cells that a spreadsheet would take for a formula are given as they are.
"""

from __future__ import annotations

import csv
import html
import io
from itertools import groupby

from ingest.document.table_text import count_header_rows
from ingest.types import Cell, Table


def has_spans(table: Table) -> bool:
    """Return whether a cell spans several rows or columns, which a pipe table cannot show."""
    return any(cell.row_span > 1 or cell.column_span > 1 for cell in table.cells)


def table_html(table: Table) -> str:
    """Return the table as one HTML element; an empty table gives an empty string."""
    if not table.rows or not table.columns:
        return ""
    head = _count_thead_rows(table)
    parts = ["<table>"]
    cells = _fill_empty_cells(table)
    for section, rows in (("thead", range(head)), ("tbody", range(head, table.rows))):
        if rows:
            parts.append(f"<{section}>")
            parts += [_render_row(cells[row], in_head=row < head) for row in rows]
            parts.append(f"</{section}>")
    return "\n".join([*parts, "</table>"])


def table_csv(table: Table) -> str:
    """Return the table as CSV, lines ended by CRLF; an empty table gives an empty string."""
    grid = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        if cell.row < table.rows and cell.column < table.columns:
            grid[cell.row][cell.column] = cell.text
    output = io.StringIO()
    csv.writer(output).writerows(grid)
    return output.getvalue()


def _count_thead_rows(table: Table) -> int:
    """Return the number of rows in the `thead`: none where no cell is marked as a header."""
    marked = any(cell.header and cell.row == 0 for cell in table.cells)
    return count_header_rows(table) if marked else 0


def _fill_empty_cells(table: Table) -> list[list[Cell]]:
    """Return the cells of each row, with empty ones where nothing stands."""
    covered: set[tuple[int, int]] = set()
    rows: list[list[Cell]] = [[] for _ in range(table.rows)]
    for row, group in groupby(
        sorted(table.cells, key=_position_of_cell), key=lambda cell: cell.row
    ):
        if row < table.rows:
            rows[row] = list(group)
    for cell in table.cells:
        last_row = min(table.rows, cell.row + max(1, cell.row_span))
        last_column = min(table.columns, cell.column + max(1, cell.column_span))
        covered.update(
            (r, c) for r in range(cell.row, last_row) for c in range(cell.column, last_column)
        )
    for row, own in enumerate(rows):
        own += [Cell(row, c, "") for c in range(table.columns) if (row, c) not in covered]
        own.sort(key=_position_of_cell)
    return rows


def _position_of_cell(cell: Cell) -> tuple[int, int]:
    return cell.row, cell.column


def _render_row(cells: list[Cell], *, in_head: bool) -> str:
    return "<tr>" + "".join(_render_cell(cell, in_head=in_head) for cell in cells) + "</tr>"


def _render_cell(cell: Cell, *, in_head: bool) -> str:
    name = "th" if cell.header or in_head else "td"
    attributes = ""
    if name == "th" and not in_head:
        attributes += ' scope="row"'
    if cell.row_span > 1:
        attributes += f' rowspan="{cell.row_span}"'
    if cell.column_span > 1:
        attributes += f' colspan="{cell.column_span}"'
    text = html.escape(cell.text, quote=False).replace("\n", "<br>")
    return f"<{name}{attributes}>{text}</{name}>"
