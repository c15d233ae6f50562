"""Holds a table as found on a page, cells with their words, and builds its block.

Limits: a table ends with its page; a table inside a cell is read as the cell's text.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from ingest.document.table_text import cell_ranges, table_markdown
from ingest.pdf.page.compose import ComposedText, compose_text
from ingest.pdf.page.content import Line, Rect, Word, bounding_rect_of, merge_rows
from ingest.types import Block, Cell, Span, Table


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell: position, extent in rows and columns, place and the lines of words in it."""

    row: int
    column: int
    rect: Rect
    words: tuple[tuple[Word, ...], ...] = ()
    row_span: int = 1
    column_span: int = 1
    header: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table on a page. `used` are the lines whose words went into its cells."""

    rect: Rect
    rows: int
    columns: int
    cells: tuple[GridCell, ...]
    used: tuple[Line, ...]


def word_rows(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """Order the words of a cell into lines, top to bottom, each left to right."""
    if len(words) < 2:
        return (tuple(words),) if words else ()
    rows = merge_rows([Line((word,), word.rect, word.style.size) for word in words])
    return tuple(tuple(word for line in row for word in line.words) for row in rows)


def with_sideways(grid: Grid, lines: Sequence[Line]) -> Grid:
    """Return the grid with the sideways lines that stand in its cells (turned headings)."""
    inside = [line for line in lines if grid.rect.holds(line.rect)]
    if not inside:
        return grid
    upwards = reads_upwards(inside)
    inside.sort(key=lambda line: line.rect.x0 if upwards else -line.rect.x1)
    cells: list[GridCell] = []
    used: list[Line] = []
    for cell in grid.cells:
        own = [line for line in inside if cell.rect.holds(line.rect)]
        cells.append(replace(cell, words=(*cell.words, *(line.words for line in own))))
        used += own
    return replace(grid, cells=tuple(cells), used=(*grid.used, *used))


def reads_upwards(lines: Sequence[Line]) -> bool:
    """Whether most sideways lines are read from the bottom of the page to its top."""
    upwards = sum(
        1 if line.words[0].rect.middle > line.words[-1].rect.middle else -1
        for line in lines
        if len(line.words) > 1
    )
    return upwards >= 0


def table_block(grid: Grid, page: int, vocabulary: Container[str] | None) -> Block:
    """Return the table block: text is the pipe table, spans mark every word in it."""
    pieces: dict[tuple[int, int], ComposedText] = {}
    cells: list[Cell] = []
    for cell in sorted(grid.cells, key=lambda cell: (cell.row, cell.column)):
        piece = compose_text(cell.words, vocabulary)
        pieces[cell.row, cell.column] = piece
        cells.append(
            Cell(
                cell.row,
                cell.column,
                piece.text,
                cell.row_span,
                cell.column_span,
                cell.header,
                cell.rect.on_page(page),
            )
        )
    table = Table(grid.rows, grid.columns, tuple(cells))
    text = table_markdown(table)
    spans = _place_cell_spans(table, pieces, text, page)
    return Block("table", text, (grid.rect.on_page(page),), table=table, spans=spans)


def _place_cell_spans(
    table: Table, pieces: dict[tuple[int, int], ComposedText], text: str, page: int
) -> tuple[Span, ...]:
    """Place the words of each cell where the pipe table shows it, repetitions included."""
    ranges = cell_ranges(table)
    spans: list[Span] = []
    for cell in table.cells:
        piece = pieces[cell.row, cell.column]
        for row in range(cell.row, cell.row + cell.row_span):
            for column in range(cell.column, cell.column + cell.column_span):
                start, end = ranges.get((row, column), (0, 0))
                if end > start:
                    spans += _shift_spans(piece, start, text[start:end], page)
    return tuple(sorted(spans, key=lambda span: span.start))


def _shift_spans(piece: ComposedText, start: int, shown: str, page: int) -> list[Span]:
    """Move a cell's spans to `start`, past the backslashes that escape its pipes."""
    if shown == piece.text:
        return list(piece.spans_on_page(page, start))
    if shown != piece.text.replace("|", "\\|"):
        return []
    return [
        Span(
            start + a + piece.text.count("|", 0, a),
            start + b + piece.text.count("|", 0, b),
            rect.on_page(page),
        )
        for a, b, rect in piece.spans
    ]


def bounds_of_lines(lines: Sequence[Line]) -> Rect:
    """Return the rectangle around lines."""
    return bounding_rect_of(line.rect for line in lines)
