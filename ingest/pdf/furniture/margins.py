"""Finds the rows at the top and bottom of a page, where running lines stand.

Limits: at most a few rows at each end (`MarginThresholds.rows`), inside a fixed share of the page's
height, and none from the first row of a table on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.furniture.edge_rows import VerticalRules, rows_alike
from ingest.pdf.furniture.thresholds import MARGINS, MarginThresholds
from ingest.pdf.page.content import Line, PageContent, Rect, merge_rows


@dataclass(frozen=True, slots=True)
class Margin:
    """Rows near the top or bottom of a page, the outermost first."""

    page: int
    top: bool
    rows: list[list[Line]]
    clear: list[bool]

    @property
    def outer_rows(self) -> list[list[Line]]:
        """The rows outside of the last one that stands clear of what follows: not the text."""
        last = max((at for at, clear in enumerate(self.clear) if clear), default=-1)
        return self.rows[: last + 1]


def margins_of(page: PageContent, limits: MarginThresholds = MARGINS) -> list[Margin]:
    """Return the rows at the top and at the bottom of a page, at most `limits.rows` each."""
    height = page.height
    low, high = limits.margin * height, (1 - limits.margin) * height
    found: list[Margin] = []
    for top in (True, False):
        zone = [line for line in page.lines if (line.rect.y1 < low if top else line.rect.y0 > high)]
        if not zone:
            continue
        rows = merge_rows(zone)
        edge = _find_inner_edge(page, top, limits.margin)
        rows = rows if top else rows[::-1]
        free = _count_rows_before_table(page, rows, top, limits)
        if free < min(len(rows), limits.rows):
            edge, rows = extent_of(rows[free]), rows[:free]
        if not rows:
            continue
        rows = rows[: limits.rows]
        bounds = [extent_of(row) for row in rows]
        clear: list[bool] = []
        for at, (y0, y1) in enumerate(bounds):
            following = bounds[at + 1] if at + 1 < len(bounds) else edge
            gap = following[0] - y1 if top else y0 - following[1]
            if at + 1 == len(bounds) and edge in ((height, height), (0.0, 0.0)):
                # Nothing but this on the page: only the very edge is safe to be no text.
                outermost = y1 < limits.edge * height or y0 > (1 - limits.edge) * height
                gap = y1 - y0 if outermost else 0.0
            clear.append(gap > limits.clear_gap * (y1 - y0))
        found.append(Margin(page.number, top, rows, clear))
    return found


def _count_rows_before_table(
    page: PageContent, rows: Sequence[list[Line]], top: bool, limits: MarginThresholds
) -> int:
    """Return how many of the outermost rows stand outside of every table."""
    margin, table = limits.margin, limits.edge_rows
    edge, reach = (margin if top else 1 - margin) * page.height, margin * page.height
    walls = VerticalRules(page.rules, edge, table)
    beyond = merge_rows(
        [
            line
            for line in page.lines
            if (edge <= line.rect.y1 < edge + reach if top else edge - reach < line.rect.y0 <= edge)
        ]
    )
    following = [*rows, *(beyond if top else reversed(beyond))]
    for at, row in enumerate(rows[: limits.rows]):
        if any(walls.is_in_cell(line) for line in row) or rows_alike(
            following[at : at + table.table_rows], table
        ):
            return at
    return len(rows)


def extent_of(row: list[Line]) -> tuple[float, float]:
    """Return top and bottom of a row, in points."""
    return min(line.rect.y0 for line in row), max(line.rect.y1 for line in row)


def _find_inner_edge(page: PageContent, top: bool, margin: float) -> tuple[float, float]:
    """Return the vertical extent of the first line inside the margin zone."""
    height = page.height
    if top:
        inner = [li.rect for li in page.lines if li.rect.y1 >= margin * height]
        first = min(inner, key=lambda rect: rect.y0, default=Rect(0, height, 0, height))
    else:
        inner = [li.rect for li in page.lines if li.rect.y0 <= (1 - margin) * height]
        first = max(inner, key=lambda rect: rect.y1, default=Rect(0, 0, 0, 0))
    return first.y0, first.y1


def find_usual_size(pages: Sequence[PageContent]) -> float:
    """Return the size, in points, that most words of the document are set in; 0 without text."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.words)
    return sizes.most_common(1)[0][0] if sizes else 0.0
