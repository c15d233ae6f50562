"""The rows at the top and bottom of a page, where running lines stand.

Limits: at most `_ROWS` rows at each end, inside a fixed share of the page's height, and none from
the first row of a table on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.furniture.edge_rows import TABLE_ROWS, VerticalRules, rows_alike
from ingest.pdf.page.content import Line, PageContent, Rect, merge_rows

SAME_PLACE = 4.0
"""Lines of several pages stand at one height when they are this close, in points."""
_MARGIN = 0.13
"""Running lines stand in this share of the page at its top and bottom."""
_EDGE = 0.08
_ROWS = 3
_CLEAR = 0.6
"""Running lines stand off the text by more than this share of their height."""


@dataclass(frozen=True, slots=True)
class Margin:
    """Rows near the top or bottom of a page, the outermost first."""

    page: int
    top: bool
    rows: list[list[Line]]
    clear: list[bool]

    @property
    def outer(self) -> list[list[Line]]:
        """The rows outside of the last one that stands clear of what follows: not the text."""
        last = max((at for at, clear in enumerate(self.clear) if clear), default=-1)
        return self.rows[: last + 1]


def margins_of(page: PageContent) -> list[Margin]:
    """Return the rows at the top and at the bottom of a page, at most `_ROWS` each."""
    height = page.height
    found: list[Margin] = []
    for top in (True, False):
        zone = [
            line
            for line in page.lines
            if (line.rect.y1 < _MARGIN * height if top else line.rect.y0 > (1 - _MARGIN) * height)
        ]
        if not zone:
            continue
        rows = merge_rows(zone)
        edge = _inner_edge(page, top)
        rows = rows if top else rows[::-1]
        free = _before_table(page, rows, top)
        if free < min(len(rows), _ROWS):
            edge, rows = extent_of(rows[free]), rows[:free]
        if not rows:
            continue
        rows = rows[:_ROWS]
        bounds = [extent_of(row) for row in rows]
        clear: list[bool] = []
        for at, (y0, y1) in enumerate(bounds):
            following = bounds[at + 1] if at + 1 < len(bounds) else edge
            gap = following[0] - y1 if top else y0 - following[1]
            if at + 1 == len(bounds) and edge in ((height, height), (0.0, 0.0)):
                # Nothing but this on the page: only the very edge is safe to be no text.
                gap = y1 - y0 if (y1 < _EDGE * height or y0 > (1 - _EDGE) * height) else 0.0
            clear.append(gap > _CLEAR * (y1 - y0))
        found.append(Margin(page.number, top, rows, clear))
    return found


def _before_table(page: PageContent, rows: Sequence[list[Line]], top: bool) -> int:
    """Return how many of the outermost rows stand outside of every table."""
    edge, reach = (_MARGIN if top else 1 - _MARGIN) * page.height, _MARGIN * page.height
    walls = VerticalRules(page.rules, edge)
    beyond = merge_rows(
        [
            line
            for line in page.lines
            if (edge <= line.rect.y1 < edge + reach if top else edge - reach < line.rect.y0 <= edge)
        ]
    )
    following = [*rows, *(beyond if top else reversed(beyond))]
    for at, row in enumerate(rows[:_ROWS]):
        if any(walls.is_in_cell(line) for line in row) or rows_alike(
            following[at : at + TABLE_ROWS]
        ):
            return at
    return len(rows)


def extent_of(row: list[Line]) -> tuple[float, float]:
    """Return top and bottom of a row, in points."""
    return min(line.rect.y0 for line in row), max(line.rect.y1 for line in row)


def _inner_edge(page: PageContent, top: bool) -> tuple[float, float]:
    """Return the vertical extent of the first line inside the margin zone."""
    height = page.height
    if top:
        inner = [li.rect for li in page.lines if li.rect.y1 >= _MARGIN * height]
        first = min(inner, key=lambda rect: rect.y0, default=Rect(0, height, 0, height))
    else:
        inner = [li.rect for li in page.lines if li.rect.y0 <= (1 - _MARGIN) * height]
        first = max(inner, key=lambda rect: rect.y1, default=Rect(0, 0, 0, 0))
    return first.y0, first.y1


def usual_size(pages: Sequence[PageContent]) -> float:
    """Return the size, in points, that most words of the document are set in; 0 without text."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.words)
    return sizes.most_common(1)[0][0] if sizes else 0.0
