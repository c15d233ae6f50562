"""Finds short texts side by side: blocks of authors, cards, the columns of a slide.

They stand like the cells of a table, but each column is read by itself. What tells them apart: mail
addresses in several columns, bullets inside a column, lines that do not share rows, or a head in
larger type over every column. Limits: two to four columns with white between them; cells of a
borderless table with several lines each are left to the tables unless they have one of these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Rect
from ingest.pdf.page.markers import is_bullet_marker

_NUMERIC = re.compile(r"[\d.,%$€£¥+()/ -]*\d[\d.,%$€£¥+()/ -]*")
_MAIL = re.compile(r"\S@\S+\.\w")


@dataclass(frozen=True, slots=True)
class CardThresholds:
    """When short texts side by side are cards. All values were set by hand."""

    gap: float = 1.0
    """Cards stand further apart than this many line heights."""
    most_columns: int = 4
    """Cards stand in at most so many columns."""
    head_scale: float = 1.15
    """The head of a card is at least this many times as high as its text."""
    most_lines: int = 60
    """More lines than this are columns of running text."""
    numbers_share: float = 0.2
    """At most this share of the lines is numbers."""
    same_row: float = 0.3
    """Lines whose middles differ by at most this many line heights share a row."""
    rows_share: float = 0.7
    """Columns of a table share more than this share of their rows."""


CARDS = CardThresholds()


def cards_of(
    items: Sequence[int],
    boxes: Sequence[Rect],
    texts: Sequence[str],
    limits: CardThresholds = CARDS,
) -> list[list[int]] | None:
    """Return the columns of a region of cards, left to right, or None where it is none.

    `items` are the places, in `boxes` and `texts`, of what stands in the region.
    """
    if len(items) > limits.most_lines:
        return None
    columns = _group_into_columns(items, boxes, limits.gap)
    if not 2 <= len(columns) <= limits.most_columns or min(map(len, columns)) < 2:
        return None
    numbers = sum(bool(_NUMERIC.fullmatch(texts[i])) for i in items)
    if numbers > limits.numbers_share * len(items) or not all(texts[i] for i in items):
        return None
    mails = sum(any(_MAIL.search(texts[i]) for i in column) for column in columns)
    if mails > 1 or _has_large_heads(columns, boxes, limits.head_scale):
        return columns
    bulleted = [sum(is_bullet_marker(texts[i][0]) for i in column) for column in columns]
    if max(bulleted) > 1 and not _shares_rows(columns, boxes, limits):
        return columns
    return None


def _has_large_heads(columns: Sequence[Sequence[int]], boxes: Sequence[Rect], scale: float) -> bool:
    """Whether every column is one head in larger type and two lines or more of text below it.

    The head of a table is as large as its cells.
    """
    for column in columns:
        head, *rest = sorted((boxes[i] for i in column), key=lambda box: box.y0)
        heights = [box.height for box in rest]
        if len(rest) < 2 or head.height < scale * max(heights):
            return False
        if max(heights) > scale * min(heights):
            return False
        if any(below.middle < above.y1 for above, below in pairwise([head, *rest])):
            return False
    return True


def _group_into_columns(
    items: Sequence[int], boxes: Sequence[Rect], line_heights: float
) -> list[list[int]]:
    """Return the items in columns that white runs between from top to bottom."""
    gap = line_heights * median(boxes[i].height for i in items)
    columns: list[list[int]] = []
    edge = float("-inf")
    for i in sorted(items, key=lambda i: boxes[i].x0):
        if boxes[i].x0 - edge > gap:
            columns.append([])
        columns[-1].append(i)
        edge = max(edge, boxes[i].x1)
    return columns


def _shares_rows(
    columns: Sequence[Sequence[int]], boxes: Sequence[Rect], limits: CardThresholds
) -> bool:
    """Whether most lines have another at their height in every other column."""
    middles = [sorted(boxes[i].middle for i in column) for column in columns]
    shortest, longest = min(middles, key=len), max(middles, key=len)
    slack = limits.same_row * median(boxes[i].height for column in columns for i in column)
    matched = sum(any(abs(y - other) <= slack for other in shortest) for y in longest)
    return matched > limits.rows_share * len(longest)
