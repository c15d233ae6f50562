"""Joins tables that continue on the next page; the block stands where the table begins.

A table at the end of a page continues in one at the top of the next that has as many columns in the
same places, and either repeats the head (which is then dropped) or begins like the body above. A
line "(continued)" between them joins the page's furniture. Boxes and words stay on their own pages.

Limits: a row broken by the page's end stays two rows; where the head is not repeated, tables of
words only must stand in exactly the same place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.document.geometry import shift_spans, slice_spans
from ingest.document.table_text import count_header_rows, row_ranges, table_markdown
from ingest.pdf.tables.cell_runs import is_numeric
from ingest.types import Block, Cell, Page, Span, Table

_CONTINUED = re.compile(r"\(?\b(?:cont(?:inued|['’]d|\.|d)?)\b|续表|續表|（续）|\(续\)", re.I)


@dataclass(frozen=True, slots=True)
class TableJoinThresholds:
    """When a table continues on the next page. All values were set by hand."""

    at_end: float = 0.6
    """The first part ends below this share of the page's height."""
    at_top: float = 0.35
    """The next part begins above this share of the page's height."""
    shift: float = 0.1
    """Left and right pages may set a table off by this share of the width."""
    column_edge: float = 12.0
    """Points by which a column may begin elsewhere in the next part."""
    columns_share: float = 0.75
    """At least this share of the columns begins in the same place."""
    same_edge: float = 2.0
    """Points by which parts without numbers and without a repeated head may differ at the sides."""
    last_rows: int = 6
    """So many rows at the end of a part show which of its columns have numbers."""
    numeric_share: float = 0.5
    """A column has numbers when more than this share of its cells are."""
    first_row_share: float = 0.5
    """The first row of the next part has numbers in at least this share of those columns."""
    caption_length: int = 200
    """Characters; a line "(continued)" is no longer than this."""
    lines_before: int = 2
    """So many such lines may stand between the parts at the top of a page."""


TABLE_JOINS = TableJoinThresholds()


@dataclass(frozen=True, slots=True)
class _TablePart:
    """A part of a table: its page and block by number, and how many head rows it repeats."""

    page: int
    block: int
    repeated: int = 0


def join_tables(
    pages: Sequence[Page], limits: TableJoinThresholds = TABLE_JOINS
) -> tuple[Page, ...]:
    """Return the pages with every table that goes over several of them as one block."""
    chains: list[list[_TablePart]] = []
    open_chain: list[_TablePart] = []
    for number, page in enumerate(pages):
        first = _find_first_table(page, limits)
        if open_chain and first is not None:
            repeated = _count_rows_if_continued(pages, open_chain, number, first, limits)
            if repeated is not None:
                open_chain.append(_TablePart(number, first, repeated))
                if len(open_chain) == 2:
                    chains.append(open_chain)
        last = _find_last_table(page, limits)
        if last is None:
            open_chain = []
        elif not open_chain or (open_chain[-1].page, open_chain[-1].block) != (number, last):
            open_chain = [_TablePart(number, last)]
    return _rebuild_pages(pages, chains) if chains else tuple(pages)


def _count_rows_if_continued(
    pages: Sequence[Page],
    parts: Sequence[_TablePart],
    number: int,
    table: int,
    limits: TableJoinThresholds,
) -> int | None:
    """Return how many head rows a table repeats that continues these parts; None if it does not."""
    head, tail = parts[0], parts[-1]
    before, after = pages[tail.page].blocks[tail.block], pages[number].blocks[table]
    if not _are_parts_in_place(before, after, pages[tail.page], pages[number], limits):
        return None
    return _count_repeated_rows(pages[head.page].blocks[head.block], before, after, limits)


def _find_first_table(page: Page, limits: TableJoinThresholds) -> int | None:
    """Return the number of the table a page begins with; a "(continued)" line may precede it."""
    for number, block in enumerate(page.blocks[: limits.lines_before + 1]):
        if block.table is not None:
            return number
        if not _is_continuation_line(block, limits.caption_length):
            return None
    return None


def _is_continuation_line(block: Block, longest: int) -> bool:
    return len(block.text) <= longest and bool(_CONTINUED.search(block.text))


def _find_last_table(page: Page, limits: TableJoinThresholds) -> int | None:
    """Return the number of the table a page ends with, footnotes apart."""
    for number in range(len(page.blocks) - 1, -1, -1):
        block = page.blocks[number]
        if block.table is not None:
            return number
        if block.kind == "footnote":
            continue
        if not _is_continuation_line(block, limits.caption_length):
            return None
    return None


def _are_parts_in_place(
    before: Block, after: Block, page: Page, following: Page, limits: TableJoinThresholds
) -> bool:
    """Whether one part ends a page and the other begins the next, column under column."""
    a, b = before.boxes[-1], after.boxes[0]
    if b.page != a.page + 1 or not page.height or not following.height:
        return False
    if a.y1 < limits.at_end * page.height or b.y0 > limits.at_top * following.height:
        return False
    shift = b.x0 - a.x0
    if abs(shift) > limits.shift * page.width:
        return False
    assert before.table is not None
    assert after.table is not None
    one, other = _find_column_lefts(before.table), _find_column_lefts(after.table)
    edge = limits.column_edge
    near = sum(abs(other[c] - shift - one[c]) <= edge for c in one if c in other)
    return near >= limits.columns_share * max(len(one), len(other))


def _find_column_lefts(table: Table) -> dict[int, float]:
    """Return where each column begins."""
    lefts: dict[int, float] = {}
    for cell in table.cells:
        if cell.box is not None and cell.column_span == 1:
            lefts[cell.column] = min(lefts.get(cell.column, cell.box.x0), cell.box.x0)
    return lefts


def _count_repeated_rows(
    head: Block, before: Block, after: Block, limits: TableJoinThresholds
) -> int | None:
    """Return how many rows of the head `after` repeats; None where it is another table."""
    if head.table is None or before.table is None or after.table is None:
        return None
    if before.table.columns != after.table.columns:
        return None
    own, other = _build_row_texts(head.table), _build_row_texts(after.table)
    count = count_header_rows(head.table)
    if count < len(other) and own[:count] == other[:count]:
        return count
    return 0 if _begins_like_body(before, after, limits) else None


def _build_row_texts(table: Table) -> list[tuple[str, ...]]:
    rows: list[list[str]] = [[] for _ in range(table.rows)]
    for cell in table.cells:
        rows[cell.row].append("".join(cell.text.split()).lower())
    return [tuple(row) for row in rows]


def _begins_like_body(before: Block, after: Block, limits: TableJoinThresholds) -> bool:
    """Whether the first row of `after` has numbers where the rows above have them.

    Where those have none, the two must stand in the same place, rule under rule.
    """
    assert before.table is not None
    assert after.table is not None
    first = {cell.column: cell.text for cell in after.table.cells if cell.row == 0}
    start = max(count_header_rows(before.table), before.table.rows - limits.last_rows)
    columns: dict[int, list[str]] = {}
    for cell in before.table.cells:
        if cell.row >= start and cell.text:
            columns.setdefault(cell.column, []).append(cell.text)
    numbers = [
        column
        for column, texts in columns.items()
        if sum(is_numeric(text) for text in texts) > limits.numeric_share * len(texts)
    ]
    if numbers:
        fewest = limits.first_row_share * len(numbers)
        return sum(is_numeric(first.get(c, "")) for c in numbers) >= fewest
    a, b = before.boxes[-1], after.boxes[0]
    same = limits.same_edge
    return abs(a.x0 - b.x0) <= same and abs(a.x1 - b.x1) <= same


def _rebuild_pages(
    pages: Sequence[Page], chains: Sequence[Sequence[_TablePart]]
) -> tuple[Page, ...]:
    joined: dict[tuple[int, int], Block] = {}
    dropped: dict[int, int] = {}
    for parts in chains:
        blocks = [(pages[part.page].blocks[part.block], part.repeated) for part in parts]
        joined[parts[0].page, parts[0].block] = _join_parts(blocks)
        dropped.update((part.page, part.block) for part in parts[1:])
    return tuple(_rebuild_page(number, page, joined, dropped) for number, page in enumerate(pages))


def _rebuild_page(
    number: int,
    page: Page,
    joined: Mapping[tuple[int, int], Block],
    dropped: Mapping[int, int],
) -> Page:
    """Return the page with its joined tables, without what another page's table took over."""
    blocks = [joined.get((number, at), block) for at, block in enumerate(page.blocks)]
    if number not in dropped:
        return replace(page, blocks=tuple(blocks))
    taken = dropped[number]
    lines = tuple(block.text for block in blocks[:taken])
    return replace(page, blocks=tuple(blocks[taken + 1 :]), furniture=(*page.furniture, *lines))


def _join_parts(parts: Sequence[tuple[Block, int]]) -> Block:
    """Return one table of the parts; each gives its rows after the ones it repeats."""
    cells: list[Cell] = []
    offsets: list[int] = []
    rows = columns = 0
    for block, repeated in parts:
        assert block.table is not None
        offsets.append(rows - repeated)
        headless = block.table if rows and not repeated else None
        kept = [cell for cell in block.table.cells if cell.row >= repeated]
        cells += [
            replace(
                cell,
                row=cell.row + offsets[-1],
                header=cell.header and not _is_mistaken_heading(cell, headless),
            )
            for cell in kept
        ]
        rows += block.table.rows - repeated
        columns = block.table.columns
    table = Table(rows, columns, tuple(cells))
    starts = [start for start, _ in row_ranges(table)]
    spans = [
        span
        for (block, repeated), offset in zip(parts, offsets, strict=True)
        for span in _move_spans(block, repeated, starts[repeated + offset :])
    ]
    boxes = tuple(box for block, _ in parts for box in block.boxes)
    return Block("table", table_markdown(table), boxes, table=table, spans=tuple(spans))


def _is_mistaken_heading(cell: Cell, table: Table | None) -> bool:
    """Whether a cell was taken for a heading because its row is the first on its page.

    One that spans columns is left, so that the row reads as it did.
    """
    if table is None or cell.row >= count_header_rows(table) or cell.column_span > 1:
        return False
    labels = any(other.header and other.row >= count_header_rows(table) for other in table.cells)
    return cell.column > 0 or not labels


def _move_spans(block: Block, repeated: int, starts: Sequence[int]) -> list[Span]:
    """Move the spans of a part's rows to where the whole table's rows start."""
    assert block.table is not None
    ranges = row_ranges(block.table)[repeated:]
    moved: list[Span] = []
    for (start, end), target in zip(ranges, starts, strict=False):
        moved += shift_spans(slice_spans(block.spans, start, end), target)
    return moved
