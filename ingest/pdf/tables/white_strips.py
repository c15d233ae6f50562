"""Columns of a table without vertical rules: the white strips that (nearly) no row crosses.

Text edges are projected on the x axis, as Nurminen (2013) does. Limits: a column that stands in
one row of many alone is lost unless it is a number; a strip narrower than a third of the font
size counts only between numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ingest.pdf.tables.cell_runs import WordRun

_NARROW = 0.1
_WIDE = 0.35
"""Strips are at least this wide, in font sizes: between numbers, and elsewhere."""
_CROSSED = 8
"""One row in so many may cross a strip: a heading that spans columns, a total."""


@dataclass(frozen=True, slots=True)
class WhiteStrip:
    """White from `x0` to `x1` over the height of a table."""

    x0: float
    x1: float

    @property
    def middle(self) -> float:
        """Where the column ends."""
        return (self.x0 + self.x1) / 2


def find_white_strips(rows: Sequence[Sequence[WordRun]]) -> list[WhiteStrip]:
    """Return the white strips between the columns of rows of runs, left to right.

    Rows with a single run say nothing about columns (headings of groups, continued cells).
    """
    several = [row for row in rows if len(row) > 1]
    if not several:
        return []
    em = median(word.style.size for row in several for run in row for word in run.words)
    found: list[WhiteStrip] = []
    for strip in _find_open_strips(several, len(several) // _CROSSED):
        least = _NARROW if is_between_numbers(strip, several) else _WIDE
        found += [
            part
            for part in _split_around_lone_column(strip, several)
            if part.x1 - part.x0 > least * em
        ]
    return found


def _find_open_strips(rows: Sequence[Sequence[WordRun]], allowed: int) -> list[WhiteStrip]:
    """Sweep over the edges of all runs; a strip is where at most `allowed` rows have text."""
    events = sorted(
        event for row in rows for run in row for event in ((run.rect.x0, 1), (run.rect.x1, -1))
    )
    strips: list[WhiteStrip] = []
    covering = 0
    opened: float | None = None
    for x, step in events:
        covering += step
        if covering > allowed:
            if opened is not None and x > opened:
                strips.append(WhiteStrip(opened, x))
            opened = None
        elif step < 0 and opened is None:
            opened = x
    return strips


def is_between_numbers(strip: WhiteStrip, rows: Sequence[Sequence[WordRun]]) -> bool:
    """Whether most rows that have text on both sides of the strip have numbers there."""
    pairs = numbers = 0
    for row in rows:
        left = [run for run in row if run.rect.x1 <= strip.x0 + 0.5]
        right = [run for run in row if run.rect.x0 >= strip.x1 - 0.5]
        if left and right:
            pairs += 1
            numbers += left[-1].is_number and right[0].is_number
    return pairs >= 3 and numbers >= 0.75 * pairs


def _split_around_lone_column(
    strip: WhiteStrip, rows: Sequence[Sequence[WordRun]]
) -> Iterable[WhiteStrip]:
    """Part a strip around a column so sparse that it was overlooked."""
    inside = [
        run
        for row in rows
        for run in row
        if strip.x0 - 0.5 <= run.rect.x0 and run.rect.x1 <= strip.x1 + 0.5
    ]
    if not inside or not (len(inside) > 1 or inside[0].is_number):
        return [strip]
    x0, x1 = min(run.rect.x0 for run in inside), max(run.rect.x1 for run in inside)
    crossing = any(run.rect.x0 < x0 - 0.5 and run.rect.x1 > x1 + 0.5 for row in rows for run in row)
    return (
        [strip]
        if crossing and len(inside) == 1
        else [WhiteStrip(strip.x0, x0), WhiteStrip(x1, strip.x1)]
    )
