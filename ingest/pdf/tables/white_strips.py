"""Finds the columns of a table without vertical rules: white strips that (nearly) no row crosses.

Text edges are projected on the x axis, as Nurminen (2013) does. Limits: a column that stands in
one row of many alone is lost unless it is a number; a strip narrower than a third of the font
size counts only between numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ingest.pdf.tables.cell_runs import WordRun


@dataclass(frozen=True, slots=True)
class WhiteStripThresholds:
    """When white between words separates columns. All values were set by hand."""

    narrow: float = 0.1
    """Strips between numbers are at least this wide, in font sizes."""
    wide: float = 0.35
    """Other strips are at least this wide, in font sizes."""
    crossed: int = 8
    """One row in so many may cross a strip: a heading that spans columns, a total."""
    touch: float = 0.5
    """Points by which text may reach into a strip and still stand beside it."""
    fewest_pairs: int = 3
    """A strip stands between numbers only when so many rows have text on both sides."""
    numbers_share: float = 0.75
    """At least this share of those rows has numbers on both sides."""


WHITE_STRIPS = WhiteStripThresholds()


@dataclass(frozen=True, slots=True)
class WhiteStrip:
    """White from `x0` to `x1` over the height of a table."""

    x0: float
    x1: float

    @property
    def middle(self) -> float:
        """Where the column ends."""
        return (self.x0 + self.x1) / 2


def find_white_strips(
    rows: Sequence[Sequence[WordRun]], limits: WhiteStripThresholds = WHITE_STRIPS
) -> list[WhiteStrip]:
    """Return the white strips between the columns of rows of runs, left to right.

    Rows with a single run say nothing about columns (headings of groups, continued cells).
    """
    several = [row for row in rows if len(row) > 1]
    if not several:
        return []
    em = median(word.style.size for row in several for run in row for word in run.words)
    found: list[WhiteStrip] = []
    for strip in _find_open_strips(several, len(several) // limits.crossed):
        numeric = is_between_numbers(strip, several, limits)
        least = limits.narrow if numeric else limits.wide
        found += [
            part
            for part in _split_around_lone_column(strip, several, limits.touch)
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


def is_between_numbers(
    strip: WhiteStrip,
    rows: Sequence[Sequence[WordRun]],
    limits: WhiteStripThresholds = WHITE_STRIPS,
) -> bool:
    """Whether most rows that have text on both sides of the strip have numbers there."""
    start, end = strip.x0 + limits.touch, strip.x1 - limits.touch
    pairs = numbers = 0
    for row in rows:
        left = [run for run in row if run.rect.x1 <= start]
        right = [run for run in row if run.rect.x0 >= end]
        if left and right:
            pairs += 1
            numbers += left[-1].is_number and right[0].is_number
    return pairs >= limits.fewest_pairs and numbers >= limits.numbers_share * pairs


def _split_around_lone_column(
    strip: WhiteStrip, rows: Sequence[Sequence[WordRun]], touch: float
) -> Iterable[WhiteStrip]:
    """Split a strip around a column so sparse that it was overlooked."""
    inside = [
        run
        for row in rows
        for run in row
        if strip.x0 - touch <= run.rect.x0 and run.rect.x1 <= strip.x1 + touch
    ]
    if not inside or not (len(inside) > 1 or inside[0].is_number):
        return [strip]
    x0, x1 = min(run.rect.x0 for run in inside), max(run.rect.x1 for run in inside)
    crossing = any(
        run.rect.x0 < x0 - touch and run.rect.x1 > x1 + touch for row in rows for run in row
    )
    return (
        [strip]
        if crossing and len(inside) == 1
        else [WhiteStrip(strip.x0, x0), WhiteStrip(x1, strip.x1)]
    )
