"""Short texts side by side: blocks of authors, cards, the columns of a slide.

They stand like the cells of a table, but each column is read by itself. What tells them apart: mail
addresses in several columns, bullets inside a column, lines that do not share rows, or a head in
larger type over every column. Limits: two to four columns with white between them; cells of a
borderless table with several lines each are left to the tables unless they have one of these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Rect
from ingest.pdf.page.markers import is_drawn

_GAP = 1.0
"""Cards stand at least this many line heights apart."""
_MOST_COLUMNS = 4
_HEAD_SCALE = 1.15
"""The head of a card is this much higher than its text."""
_MOST_LINES = 60
"""More lines than this are columns of running text."""
_NUMERIC = re.compile(r"[\d.,%$€£¥+()/ -]*\d[\d.,%$€£¥+()/ -]*")
_MAIL = re.compile(r"\S@\S+\.\w")


def cards_of(
    items: Sequence[int], boxes: Sequence[Rect], texts: Sequence[str]
) -> list[list[int]] | None:
    """Return the columns of a region of cards, left to right, or None where it is none.

    `items` are the places, in `boxes` and `texts`, of what stands in the region.
    """
    if len(items) > _MOST_LINES:
        return None
    columns = _group_into_columns(items, boxes)
    if not 2 <= len(columns) <= _MOST_COLUMNS or min(map(len, columns)) < 2:
        return None
    numbers = sum(bool(_NUMERIC.fullmatch(texts[i])) for i in items)
    if numbers > 0.2 * len(items) or not all(texts[i] for i in items):
        return None
    mails = sum(any(_MAIL.search(texts[i]) for i in column) for column in columns)
    if mails > 1 or _has_large_heads(columns, boxes):
        return columns
    bulleted = [sum(is_drawn(texts[i][0]) for i in column) for column in columns]
    return columns if max(bulleted) > 1 and not _shares_rows(columns, boxes) else None


def _has_large_heads(columns: Sequence[Sequence[int]], boxes: Sequence[Rect]) -> bool:
    """Whether every column is one head in larger type and two lines or more of text below it.

    The head of a table is as large as its cells.
    """
    for column in columns:
        head, *rest = sorted((boxes[i] for i in column), key=lambda box: box.y0)
        heights = [box.height for box in rest]
        if len(rest) < 2 or head.height < _HEAD_SCALE * max(heights):
            return False
        if max(heights) > _HEAD_SCALE * min(heights):
            return False
        if any(below.middle < above.y1 for above, below in pairwise([head, *rest])):
            return False
    return True


def _group_into_columns(items: Sequence[int], boxes: Sequence[Rect]) -> list[list[int]]:
    """Return the items in columns that white runs between from top to bottom."""
    gap = _GAP * median(boxes[i].height for i in items)
    columns: list[list[int]] = []
    edge = float("-inf")
    for i in sorted(items, key=lambda i: boxes[i].x0):
        if boxes[i].x0 - edge > gap:
            columns.append([])
        columns[-1].append(i)
        edge = max(edge, boxes[i].x1)
    return columns


def _shares_rows(columns: Sequence[Sequence[int]], boxes: Sequence[Rect]) -> bool:
    """Whether most lines have another at their height in every other column."""
    middles = [sorted(boxes[i].middle for i in column) for column in columns]
    shortest, longest = min(middles, key=len), max(middles, key=len)
    slack = 0.3 * median(boxes[i].height for column in columns for i in column)
    matched = sum(any(abs(y - other) <= slack for other in shortest) for y in longest)
    return matched > 0.7 * len(longest)
