"""The plots of a report as points in a drawing: pure functions, the page draws them as SVG.

Hand-made because little is needed: dots with intervals, bars of latency, sorted differences. So a
report needs no plotting library, follows the reader's light or dark scheme and shows values when
pointed at.
Limits: coordinates are in the units of the SVG's viewBox; text is placed, not measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eval.cases import Case
from eval.summary import DatasetSummary

WIDTH = 300
"""Of the part of a plot that has a scale."""
DIFFERENCE_HEIGHT = 70
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of a scale."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A value with its interval; `title` is what hovering shows."""

    label: str
    x: float
    low: float
    high: float
    title: str


@dataclass(frozen=True, slots=True)
class DotPlot:
    """One figure by row."""

    name: str
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class DifferencePlot:
    """Sorted differences of cases: `path` is an area about the line of no difference."""

    label: str
    path: str
    title: str


def dot_plots(summary: DatasetSummary) -> list[DotPlot]:
    """Return a plot of every figure of a dataset."""
    plots: list[DotPlot] = []
    for name in summary.measures:
        rows = [(row.row, row.figures[name]) for row in summary.rows if name in row.figures]
        bounds = [
            (each.interval.low, each.interval.high) if each.interval else (each.value, each.value)
            for _, each in rows
        ]
        low, high, step = _domain([edge for pair in bounds for edge in pair])
        dots = tuple(
            Dot(
                label,
                _place(each.value, low, high),
                _place(pair[0], low, high),
                _place(pair[1], low, high),
                f"{label}: {each.value:.3f} ({pair[0]:.3f} to {pair[1]:.3f}, {each.cases} cases)",
            )
            for (label, each), pair in zip(rows, bounds, strict=True)
        )
        marks = [low + step * number for number in range(round((high - low) / step) + 1)]
        ticks = tuple(Tick(_place(at, low, high), f"{at:.2f}") for at in marks)
        plots.append(DotPlot(name, dots, ticks))
    return plots


def latency_plot(summary: DatasetSummary) -> DotPlot | None:
    """Return p50 as dots and p99 as their upper ends, on a logarithmic scale of milliseconds."""
    rows = [
        (row.row, max(row.p50_ms, 0.01), max(row.p99_ms, 0.01), row.timed)
        for row in summary.rows
        if row.p50_ms is not None and row.p99_ms is not None
    ]
    if not rows:
        return None
    low = 10 ** math.floor(math.log10(min(p50 for _, p50, _, _ in rows)))
    high = 10 ** math.ceil(math.log10(max(p99 for _, _, p99, _ in rows) * 1.001))
    first, last = math.log10(low), math.log10(high)
    dots = tuple(
        Dot(
            label,
            _place(math.log10(p50), first, last),
            _place(math.log10(p50), first, last),
            _place(math.log10(p99), first, last),
            f"{label}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {timed} cases",
        )
        for label, p50, p99, timed in rows
    )
    decades = [first + step for step in range(round(last - first) + 1)]
    ticks = tuple(Tick(_place(at, first, last), f"{10**at:g}") for at in decades)
    return DotPlot("milliseconds", dots, ticks)


def difference_plots(summary: DatasetSummary, cases: Sequence[Case]) -> list[DifferencePlot]:
    """Return, for each row but the first, the differences of all cases to the first row's."""
    name, rows = summary.main, [row.row for row in summary.rows]
    values: dict[str, dict[str, float]] = {row: {} for row in rows}
    for case in cases:
        if case.dataset == summary.dataset and case.row in values and name in case.values:
            values[case.row][case.id] = case.values[name]
    plots: list[DifferencePlot] = []
    for row in rows[1:]:
        first, other = values[rows[0]], values[row]
        gaps = sorted(other[key] - first[key] for key in other if key in first)
        if gaps:
            up, down = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
            title = f"better on {up}, worse on {down}, the same on {len(gaps) - up - down}"
            plots.append(DifferencePlot(row, _area(gaps), title))
    return plots


def _area(gaps: Sequence[float]) -> str:
    """Return the path of steps over sorted differences; +1 is at the top, -1 at the bottom."""
    middle, step = DIFFERENCE_HEIGHT / 2, WIDTH / len(gaps)
    largest = max(1.0, *(abs(gap) for gap in gaps))
    parts = [f"M0 {middle:g}"]
    start = 0
    for place in range(1, len(gaps) + 1):
        if place == len(gaps) or gaps[place] != gaps[start]:
            y = middle - gaps[start] / largest * (middle - 3)
            parts.append(f"L{start * step:.2f} {y:.2f}L{place * step:.2f} {y:.2f}")
            start = place
    return "".join(parts) + f"L{WIDTH} {middle:g}Z"


def _domain(values: Sequence[float]) -> tuple[float, float, float]:
    """Return round ends of a scale that holds all values, never of length 0, and its step.

    Shares end at 1: a scale beyond would show what cannot be.
    """
    low, high = min(values), max(values)
    step = next((each for each in _STEPS if (high - low) / each <= 4), _STEPS[-1])
    # The tolerance is for rounding errors: 0.95 / 0.05 is a little less than 19.
    first = math.floor(low / step + 1e-9) * step
    last = math.ceil(high / step - 1e-9) * step
    if last - first < step / 2:
        first, last = (first - step, last) if last >= step else (first, last + step)
    return first, last, step


def _place(value: float, low: float, high: float) -> float:
    return round((value - low) / (high - low) * WIDTH, 2)
