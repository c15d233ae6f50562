"""Splits a page into strips where what stands above or below is set in other columns.

A gutter between two columns runs through the middle one of three columns further down. What it
crosses there is no line that spans the page: it has neighbours on both sides. Limits: white must
separate the strip from the text above and below, and its middle column must have two lines or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ingest.pdf.page.content import Rect


@dataclass(frozen=True, slots=True)
class ColumnStripThresholds:
    """When a strip of a page has other columns. All values were set by hand."""

    clear: float = 0.6
    """White of this many line heights stands above and below a strip."""
    fewest_rows: int = 2
    """The gutter runs through at least so many lines of the strip's middle column."""
    same_row: float = 0.5
    """Lines whose middles differ by less than this many line heights share a row."""


COLUMN_STRIPS = ColumnStripThresholds()


def split_into_strips(
    items: Sequence[int],
    boxes: Sequence[Rect],
    crossed: Sequence[bool],
    limits: ColumnStripThresholds = COLUMN_STRIPS,
) -> list[list[int]]:
    """Return the items in strips from top to bottom; one where all are in the same columns.

    `crossed` says for each of the items whether the gutter runs through it.
    """
    height = median(boxes[i].height for i in items)
    crossing = {i for i, cut in zip(items, crossed, strict=True) if cut}
    strips: list[tuple[bool, list[int]]] = []
    for slice_ in _cut_at_white(items, boxes, limits.clear * height):
        inner = _find_crossed_inner_boxes(slice_, boxes, crossing, limits.same_row)
        other = len(inner) >= limits.fewest_rows
        if strips and strips[-1][0] == other:
            strips[-1][1].extend(slice_)
        else:
            strips.append((other, slice_))
    return [strip for _, strip in strips]


def _cut_at_white(items: Sequence[int], boxes: Sequence[Rect], clear: float) -> list[list[int]]:
    """Cut across the page wherever white runs through it that is at least `clear` points high."""
    ordered = sorted(items, key=lambda i: boxes[i].y0)
    slices, bottom = [[ordered[0]]], boxes[ordered[0]].y1
    for i in ordered[1:]:
        if boxes[i].y0 - bottom >= clear:
            slices.append([])
        slices[-1].append(i)
        bottom = max(bottom, boxes[i].y1)
    return slices


def _find_crossed_inner_boxes(
    items: Sequence[int], boxes: Sequence[Rect], crossing: set[int], same_row: float
) -> list[int]:
    """Return the crossed boxes that have an uncrossed one in their row on either side."""
    rows: list[list[int]] = []
    for i in sorted(items, key=lambda i: boxes[i].middle):
        last = boxes[rows[-1][0]] if rows else None
        if last is not None and boxes[i].middle - last.middle < same_row * min(
            last.height, boxes[i].height
        ):
            rows[-1].append(i)
        else:
            rows.append([i])
    found: list[int] = []
    for row in rows:
        row.sort(key=lambda i: boxes[i].x0)
        inner = row[1:-1]
        if len(row) > 2 and row[0] not in crossing and row[-1] not in crossing:
            found += [i for i in inner if i in crossing]
    return found
