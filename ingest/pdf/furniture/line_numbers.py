"""Finds line numbers: beside program code, and down the margin of manuscripts and laws.

They count the lines of the page and are no part of the text, so they are taken out. Limits:
counting must go up by one (code) or by one step (margin); the numbers of code must stand beside
type of fixed pitch.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.pdf.page.content import LEAST_SIZE, Line


@dataclass(frozen=True, slots=True)
class LineNumberThresholds:
    """What is a number of a line. Set by hand."""

    longest: int = 4
    """A number has at most this many digits."""
    same_edge: float = 1.5
    """Points: numbers of one column end within this distance of each other."""
    code_distance: float = 4.0
    """Code begins within this many font sizes of its number."""
    code_share: float = 0.8
    """A line is code where more than this share of its letters is of fixed pitch."""
    beside_code_share: float = 0.5
    """At least this share of a run of numbers has code beside it."""
    prose_distance: float = 8.0
    """Running text begins within this many font sizes of its number"""
    prose_width: float = 25.0
    """and is more than this many font sizes wide."""
    beside_prose_share: float = 0.6
    """At least this share of a run of numbers has running text beside it."""
    fewest_numbers: int = 8
    """At least so many numbers down a margin count lines."""


LINE_NUMBERS = LineNumberThresholds()


def find_line_numbers(
    lines: Sequence[Line], limits: LineNumberThresholds = LINE_NUMBERS
) -> set[int]:
    """Return, by `number`, the lines of a page that are nothing but numbers of lines."""
    numbers = [line for line in lines if len(line.text) <= limits.longest and line.text.isdecimal()]
    if not numbers:
        return set()
    apart = {line.number for line in numbers}
    others = sorted(
        (line for line in lines if line.number not in apart), key=lambda line: line.rect.middle
    )
    code = _NeighbourLines([line for line in others if line.share_of("mono") > limits.code_share])
    prose = _NeighbourLines(
        [line for line in others if line.rect.width > limits.prose_width * line.size]
    )
    starts = sorted(line.rect.x0 for line in others)
    left = starts[len(starts) // 10] if starts else 0.0
    found: set[int] = set()
    for column in _group_into_columns(numbers, limits.same_edge):
        for run in _split_into_counting_runs(column):
            begins = int(run[0].text) == 1 or len(run) > 1
            beside = code.count_beside(run, limits.code_distance)
            counts = begins and beside >= max(1, limits.beside_code_share * len(run))
            if not counts and len(run) >= limits.fewest_numbers and run[0].rect.x1 < left:
                beside = prose.count_beside(run, limits.prose_distance)
                counts = beside >= limits.beside_prose_share * len(run)
            if counts:
                found.update(line.number for line in run)
    return found


def _group_into_columns(numbers: Sequence[Line], same_edge: float) -> Iterator[list[Line]]:
    """Yield the numbers that end at one edge, top to bottom."""
    columns: dict[int, list[Line]] = defaultdict(list)
    edge, key = float("-inf"), 0
    for line in sorted(numbers, key=lambda line: line.rect.x1):
        if line.rect.x1 - edge > same_edge:
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

    def count_beside(self, numbers: Sequence[Line], near: float) -> int:
        """Return beside how many numbers one stands, within `near` font sizes."""
        return sum(self.has_line_beside(number, near) for number in numbers)

    def has_line_beside(self, number: Line, near: float) -> bool:
        """Whether one stands within `near` font sizes right of a number."""
        half = 0.5 * number.rect.height
        first = bisect_left(self._middles, number.rect.middle - half)
        last = bisect_right(self._middles, number.rect.middle + half)
        return any(
            0 < line.rect.x0 - number.rect.x1 < near * max(line.size, LEAST_SIZE)
            for line in self._lines[first:last]
        )
