"""Notes in the margin beside running text: small type that goes its own way down the page.

A note is read apart from the lines beside it; the cells of a table stand in rows with them. Limits:
notes of one line, notes in the type of the text, and notes whose lines happen to stand in rows with
the text are not told from cells.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from statistics import median

from ingest.pdf.page.content import Rect

_SMALLER = 0.93
"""Notes are set in type of at most this share of the text's height."""
_MOST_COVERED = 0.5
"""Notes cover at most this share of the height of the text beside them."""
_IN_ROW = 0.15
"""Lines whose middles differ by less than this share of a line's height stand in a row."""
_FLUSH = 3.0
"""Lines of a note begin within so many points of each other."""


def is_side_note(side: Sequence[Rect], text: Sequence[Rect]) -> bool:
    """Whether the lines of `side` are a note, or notes, beside the lines of `text`."""
    if len(side) < 2 or len(text) < len(side):
        return False
    usual = median(box.height for box in text)
    if max(box.height for box in side) > _SMALLER * usual:
        return False
    if sum(box.height for box in side) > _MOST_COVERED * sum(box.height for box in text):
        return False
    lefts = [box.x0 for box in side]
    if max(lefts) - min(lefts) > _FLUSH:
        return False
    return _count_lines_in_rows(side, text, _IN_ROW * usual) <= 0.5 * len(side)


def _count_lines_in_rows(side: Sequence[Rect], text: Sequence[Rect], slack: float) -> int:
    """Return how many lines of `side` have one of `text` at their height."""
    middles = sorted(box.middle for box in text)
    found = 0
    for box in side:
        at = bisect_left(middles, box.middle - slack)
        found += at < len(middles) and middles[at] <= box.middle + slack
    return found
