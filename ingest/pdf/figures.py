"""Turns the pictures of a page into figure blocks beside their captions.

A figure has a box and no text: what is written in it is not the document's running text, and its
caption is a block of its own right after or before it. Pictures that touch are one figure (files
cut pictures into strips), small ones are ornaments, one that is the page itself is a scan.

Limits: drawings of lines and curves are figures only where the layout model saw one; words that are
drawn over a picture stay in the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.page.content import PageContent, Rect, bounding_rect_of
from ingest.types import Block, Box


@dataclass(frozen=True, slots=True)
class FigureThresholds:
    """When a picture is a figure. Lengths are in points; all values were set by hand."""

    smallest: float = 36.0
    """Half an inch: logos and icons are smaller on one side."""
    page_share: float = 0.85
    """A picture that covers this share of the page is the page."""
    touch: float = 3.0
    """Pictures at most this far apart are one; one may stick out of a table by this much."""
    most_pictures: int = 400
    """More pictures than this on a page are the parts of a drawing."""
    caption_lines: float = 2.0
    """A caption stands less than this many of its heights from its figure."""
    least_height: float = 10.0
    """A lower caption counts as this high."""


FIGURES = FigureThresholds()


def find_figures(
    content: PageContent, tables: Sequence[Rect] = (), limits: FigureThresholds = FIGURES
) -> list[Rect]:
    """Return where the figures of a page are, top to bottom: none inside `tables`."""
    page = Rect(0.0, 0.0, content.width, content.height)
    drawings = [zone.rect for zone in content.zones if zone.kind == "figure"]
    images = content.images if len(content.images) <= limits.most_pictures else ()
    touch = limits.touch
    clipped = [_clip_to_page(rect, page) for rect in (*images, *drawings)]
    merged = _merge_touching_rects(clipped, touch)
    return [
        rect
        for rect in sorted(merged, key=lambda rect: (rect.y0, rect.x0))
        if min(rect.width, rect.height) >= limits.smallest
        and rect.area < limits.page_share * page.area
        and not any(table.holds(rect, touch) for table in tables)
    ]


def with_figures(
    blocks: Sequence[Block],
    figures: Sequence[Rect],
    page: int,
    limits: FigureThresholds = FIGURES,
) -> list[Block]:
    """Return the blocks of a page with a block for each figure, next to its caption.

    A figure without caption stands before the first block below it, else at the end.
    """
    result = list(blocks)
    for figure in figures:
        result.insert(
            _find_insert_position(result, figure, page, limits),
            Block("figure", "", (figure.on_page(page),)),
        )
    return result


def _find_insert_position(
    blocks: Sequence[Block], figure: Rect, page: int, limits: FigureThresholds
) -> int:
    """Return where in reading order a figure belongs."""
    below: int | None = None
    for at, block in enumerate(blocks):
        box = next((box for box in block.boxes if box.page == page), None)
        if box is None or min(box.x1, figure.x1) <= max(box.x0, figure.x0):
            continue
        if block.kind == "caption" and _is_near(box, figure, limits):
            return at if box.y0 > figure.y0 else at + 1
        if below is None and box.y0 >= figure.y1 - limits.touch:
            below = at
    return len(blocks) if below is None else below


def _is_near(caption: Box, figure: Rect, limits: FigureThresholds) -> bool:
    """Whether a caption stands right under or above a figure."""
    gap = max(caption.y0 - figure.y1, figure.y0 - caption.y1)
    height = max(caption.y1 - caption.y0, limits.least_height)
    return gap < limits.caption_lines * height


def _clip_to_page(rect: Rect, page: Rect) -> Rect:
    return Rect(
        max(rect.x0, page.x0),
        max(rect.y0, page.y0),
        min(rect.x1, page.x1),
        min(rect.y1, page.y1),
    )


def _merge_touching_rects(rects: Sequence[Rect], touch: float) -> list[Rect]:
    """Join rectangles that touch or overlap, again and again until none do."""
    left = sorted(rect for rect in rects if rect.width > 0 and rect.height > 0)
    merged: list[Rect] = []
    for rect in left:
        grown = rect
        while touching := [other for other in merged if _are_rects_touching(other, grown, touch)]:
            merged = [other for other in merged if other not in touching]
            grown = bounding_rect_of([grown, *touching])
        merged.append(grown)
    return merged


def _are_rects_touching(a: Rect, b: Rect, touch: float) -> bool:
    return min(a.x1, b.x1) >= max(a.x0, b.x0) - touch and min(a.y1, b.y1) >= max(a.y0, b.y0) - touch
