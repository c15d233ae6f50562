"""Finds the pages the rules are unsure of, for which it is worth to ask the layout model.

Two signs, both of tables, because that is where the model gains most over the rules and where the
rules can know that they guessed: a table of which not every border is drawn (its columns were made
out by white space), and rules one below the other as around a table, with no table found there.

Of a long file the model looks at `DoubtfulPageThresholds.page_share` of the pages at most, and at
`always_pages` in any case. Limits: a page on which the rules are sure and wrong is not found,
for example one where they missed headings; pages without text are never looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal

from ingest.pdf.layout.page_layout import Layout
from ingest.pdf.page.content import PageContent, Rect
from ingest.pdf.tables.grid import Grid


@dataclass(frozen=True, slots=True)
class DoubtfulPageThresholds:
    """Which pages the layout model looks at. All values were set by hand."""

    always_pages: int = 4
    """So many doubtful pages of a file are looked at, however short it is."""
    page_share: float = 0.15
    """More are looked at up to this share of the pages."""
    touch: float = 3.0
    """Points: a rule this near to a table belongs to it, rules this near to each other are one."""
    table_rules: int = 3
    """A table between horizontal rules has at least so many: above and below its head, and last."""
    rule_width: float = 0.2
    """Rules narrower than this share of the page are not counted."""
    same_edge: float = 4.0
    """Rules have one width when their ends round to the same multiple of so many points."""


DOUBTFUL_PAGES = DoubtfulPageThresholds()


def select_pages_for_model(
    layouts: Sequence[Layout],
    choice: Literal["rules", "auto", "model"],
    limits: DoubtfulPageThresholds = DOUBTFUL_PAGES,
) -> list[int]:
    """Return the numbers of the pages to look at, ascending."""
    if choice == "rules":
        return []
    # The model sees the text layer alone: it knows nothing of a page that was read by OCR.
    from_layer = [layout for layout in layouts if layout.content.tilt is None]
    with_text = [layout for layout in from_layer if layout.content.lines]
    if choice == "auto":
        most = max(limits.always_pages, ceil(limits.page_share * len(layouts)))
        with_text = [layout for layout in with_text if is_unsure(layout, limits)][:most]
    return [layout.content.number for layout in with_text]


def is_unsure(layout: Layout, limits: DoubtfulPageThresholds = DOUBTFUL_PAGES) -> bool:
    """Whether a table on the page was guessed, or may have been missed."""
    grids = [item for item in layout.items if isinstance(item, Grid)]
    if any(not _is_fully_ruled(grid, layout.content, limits.touch) for grid in grids):
        return True
    return _has_loose_rules(layout.content, grids, limits)


def _is_fully_ruled(grid: Grid, content: PageContent, touch: float) -> bool:
    """Whether a rule stands between every row or column of a table and the next."""
    inside = [rule for rule in content.rules if _is_rule_at_area(grid.rect, rule, touch)]
    heights = [rule.middle for rule in inside if rule.width >= rule.height]
    if _count_distinct_places(heights, touch) < grid.rows - 1:
        return False
    places = [(rule.x0 + rule.x1) / 2 for rule in inside if rule.width < rule.height]
    return _count_distinct_places(places, touch) >= grid.columns - 1


def _has_loose_rules(
    content: PageContent, grids: Sequence[Grid], limits: DoubtfulPageThresholds
) -> bool:
    """Whether rules of one width stand one below the other outside all tables."""
    edge, touch = limits.same_edge, limits.touch
    heights: dict[tuple[int, int], list[float]] = {}
    for rule in content.rules:
        if rule.width < limits.rule_width * content.width or any(
            _is_rule_at_area(g.rect, rule, touch) for g in grids
        ):
            continue
        ends = round(rule.x0 / edge), round(rule.x1 / edge)
        heights.setdefault(ends, []).append(rule.middle)
    return any(
        _count_distinct_places(found, touch) >= limits.table_rules for found in heights.values()
    )


def _is_rule_at_area(area: Rect, rule: Rect, touch: float) -> bool:
    return (
        rule.x0 < area.x1 + touch
        and rule.x1 > area.x0 - touch
        and rule.y0 < area.y1 + touch
        and rule.y1 > area.y0 - touch
    )


def _count_distinct_places(places: Sequence[float], touch: float) -> int:
    """Return the number of places, those of a rule drawn twice counted once."""
    ordered = sorted(places)
    return sum(b - a > touch for a, b in pairwise(ordered)) + bool(ordered)
