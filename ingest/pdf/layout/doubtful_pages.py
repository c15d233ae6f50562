"""Which pages the rules are unsure of: those are worth a look by the layout model.

Two signs, both of tables, because that is where the model gains most over the rules and where the
rules can know that they guessed: a table of which not every border is drawn (its columns were made
out by white space), and rules one below the other as around a table, with no table found there.

Of a long file at most `_PAGE_SHARE` of the pages is looked at, and `_ALWAYS_PAGES` pages in any
case. Limits: a page on which the rules are sure and wrong is not found, headings the rules missed
among them; pages without text are never looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import Literal

from ingest.pdf.layout.page_layout import Layout
from ingest.pdf.page.content import PageContent, Rect
from ingest.pdf.tables.grid import Grid

_ALWAYS_PAGES = 4
_PAGE_SHARE = 0.15
_TOUCH = 3.0
_TABLE_RULES = 3
"""A table between horizontal rules has at least so many: above and below its head, and last."""
_RULE_WIDTH_SHARE = 0.2
_SAME_EDGE = 4.0


def select_pages_for_model(
    layouts: Sequence[Layout], choice: Literal["rules", "auto", "model"]
) -> list[int]:
    """Return the numbers of the pages to look at, ascending."""
    if choice == "rules":
        return []
    # The model sees the text layer alone: of a scan that was read it knows nothing.
    read = [layout for layout in layouts if layout.content.tilt is None]
    written = [layout for layout in read if layout.content.lines]
    if choice == "auto":
        most = max(_ALWAYS_PAGES, ceil(_PAGE_SHARE * len(layouts)))
        written = [layout for layout in written if is_unsure(layout)][:most]
    return [layout.content.number for layout in written]


def is_unsure(layout: Layout) -> bool:
    """Whether a table on the page was guessed, or may have been missed."""
    grids = [item for item in layout.items if isinstance(item, Grid)]
    if any(not _is_fully_ruled(grid, layout.content) for grid in grids):
        return True
    return _has_loose_rules(layout.content, grids)


def _is_fully_ruled(grid: Grid, content: PageContent) -> bool:
    """Whether every row and column of a table is parted from the next by a rule."""
    inside = [rule for rule in content.rules if _is_rule_at_area(grid.rect, rule)]
    across = _count_distinct_places([rule.middle for rule in inside if rule.width >= rule.height])
    down = _count_distinct_places(
        [(rule.x0 + rule.x1) / 2 for rule in inside if rule.width < rule.height]
    )
    return across >= grid.rows - 1 and down >= grid.columns - 1


def _has_loose_rules(content: PageContent, grids: Sequence[Grid]) -> bool:
    """Whether rules of one width stand one below the other outside all tables."""
    places: dict[tuple[int, int], list[float]] = {}
    for rule in content.rules:
        if rule.width < _RULE_WIDTH_SHARE * content.width or any(
            _is_rule_at_area(g.rect, rule) for g in grids
        ):
            continue
        places.setdefault((round(rule.x0 / _SAME_EDGE), round(rule.x1 / _SAME_EDGE)), []).append(
            rule.middle
        )
    return any(_count_distinct_places(found) >= _TABLE_RULES for found in places.values())


def _is_rule_at_area(area: Rect, rule: Rect) -> bool:
    return (
        rule.x0 < area.x1 + _TOUCH
        and rule.x1 > area.x0 - _TOUCH
        and rule.y0 < area.y1 + _TOUCH
        and rule.y1 > area.y0 - _TOUCH
    )


def _count_distinct_places(places: Sequence[float]) -> int:
    """Return the number of places, those of a rule drawn twice counted once."""
    ordered = sorted(places)
    return sum(b - a > _TOUCH for a, b in pairwise(ordered)) + bool(ordered)
