"""Recognises notes in the margin: small type whose lines stand in no rows with the text.

A note is read apart from the lines beside it; the cells of a table stand in rows with them. Limits:
notes of one line, notes in the type of the text, and notes whose lines happen to stand in rows with
the text are taken for cells.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ingest.pdf.page.content import Rect


@dataclass(frozen=True, slots=True)
class SideNoteThresholds:
    """When lines beside the text are a note. All values were set by hand."""

    smaller: float = 0.93
    """Notes are set in type of at most this share of the text's height."""
    most_covered: float = 0.5
    """Notes cover at most this share of the height of the text beside them."""
    same_row: float = 0.15
    """Lines whose middles differ by at most this many line heights stand in a row."""
    rows_share: float = 0.5
    """At most this share of a note's lines stands in rows with the text."""
    flush: float = 3.0
    """Lines of a note begin within so many points of each other."""


SIDE_NOTES = SideNoteThresholds()


def is_side_note(
    side: Sequence[Rect], text: Sequence[Rect], limits: SideNoteThresholds = SIDE_NOTES
) -> bool:
    """Whether the lines of `side` are a note, or notes, beside the lines of `text`."""
    if len(side) < 2 or len(text) < len(side):
        return False
    usual = median(box.height for box in text)
    if max(box.height for box in side) > limits.smaller * usual:
        return False
    covered = sum(box.height for box in side)
    if covered > limits.most_covered * sum(box.height for box in text):
        return False
    lefts = [box.x0 for box in side]
    if max(lefts) - min(lefts) > limits.flush:
        return False
    in_rows = _count_lines_in_rows(side, text, limits.same_row * usual)
    return in_rows <= limits.rows_share * len(side)


def _count_lines_in_rows(side: Sequence[Rect], text: Sequence[Rect], slack: float) -> int:
    """Return how many lines of `side` have one of `text` at their height."""
    middles = sorted(box.middle for box in text)
    found = 0
    for box in side:
        at = bisect_left(middles, box.middle - slack)
        found += at < len(middles) and middles[at] <= box.middle + slack
    return found
