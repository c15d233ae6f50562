"""Numbers of lines: beside program code, and down the margin of manuscripts and laws.

They count lines on the page, not the text, so they are taken out as a list's bullets are. Limits:
counting must go up by one (code) or by one step (margin); the numbers of code must stand beside
type of fixed pitch.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.pdf.page.content import Line

_SAME_EDGE = 1.5
"""Numbers of one column end within this many points of each other."""
_CODE_DISTANCE = 4.0
"""Code begins within this many font sizes of its number."""
_PROSE_DISTANCE, _PROSE_WIDTH = 8.0, 25.0
"""Running text begins within so many font sizes of its number and is so many wide."""
_FEWEST_NUMBERS = 8
"""So many numbers down a margin count lines."""


def find_line_numbers(lines: Sequence[Line]) -> set[int]:
    """Return, by `number`, the lines of a page that are nothing but numbers of lines."""
    numbers = [line for line in lines if len(line.text) < 5 and line.text.isdecimal()]
    if not numbers:
        return set()
    apart = {line.number for line in numbers}
    others = sorted(
        (line for line in lines if line.number not in apart), key=lambda line: line.rect.middle
    )
    code = _NeighbourLines([line for line in others if line.share_of("mono") > 0.8])
    prose = _NeighbourLines([line for line in others if line.rect.width > _PROSE_WIDTH * line.size])
    starts = sorted(line.rect.x0 for line in others)
    left = starts[len(starts) // 10] if starts else 0.0
    found: set[int] = set()
    for column in _group_into_columns(numbers):
        for run in _split_into_counting_runs(column):
            begins = int(run[0].text) == 1 or len(run) > 1
            beside = sum(code.has_line_beside(line, _CODE_DISTANCE) for line in run)
            counts = begins and beside >= max(1, 0.5 * len(run))
            if not counts and len(run) >= _FEWEST_NUMBERS and run[0].rect.x1 < left:
                counts = sum(
                    prose.has_line_beside(line, _PROSE_DISTANCE) for line in run
                ) >= 0.6 * len(run)
            if counts:
                found.update(line.number for line in run)
    return found


def _group_into_columns(numbers: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the numbers that end at one edge, top to bottom."""
    columns: dict[int, list[Line]] = defaultdict(list)
    edge, key = float("-inf"), 0
    for line in sorted(numbers, key=lambda line: line.rect.x1):
        if line.rect.x1 - edge > _SAME_EDGE:
            key += 1
        edge = line.rect.x1
        columns[key].append(line)
    for column in columns.values():
        yield sorted(column, key=lambda line: line.rect.middle)


def _split_into_counting_runs(column: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the stretches of a column that count up by one step."""
    run = [column[0]]
    step = 0
    for above, below in pairwise(column):
        here = int(below.text) - int(above.text)
        if here in (1, 5) and here == (step or here):
            run.append(below)
            step = here
        else:
            yield run
            run, step = [below], 0
    yield run


class _NeighbourLines:
    """Lines, top to bottom, that may stand right of a number."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._middles = [line.rect.middle for line in lines]

    def has_line_beside(self, number: Line, near: float) -> bool:
        """Whether one stands within `near` font sizes right of a number."""
        half = 0.5 * number.rect.height
        first = bisect_left(self._middles, number.rect.middle - half)
        last = bisect_right(self._middles, number.rect.middle + half)
        return any(
            0 < line.rect.x0 - number.rect.x1 < near * max(line.size, 1.0)
            for line in self._lines[first:last]
        )
