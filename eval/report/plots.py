"""Computes the plots of a report as points; the template of the page draws them as SVG.

Only three plots are needed: dots with intervals, latency, and bars of differences. Without a
plotting library the plots follow the reader's light or dark scheme and show values on hover. Pure
functions. Limits: coordinates are in units of the SVG's viewBox; the width of text is not measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.measures.cases import Case
from eval.runs.summary import DatasetSummary

WIDTH = 300
"""Of the part of a plot that has a scale."""
DIFFERENCE_HEIGHT = 80
_WIDEST_BAR = 14.0
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
class Bar:
    """How far a case is above (`gain`) or below the first row's; `id` is that of the case."""

    x: float
    y: float
    width: float
    height: float
    gain: bool
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class DifferencePlot:
    """A bar for each case that differs, from the largest loss to the largest gain.

    `largest` is the value at the upper end, its negative that at the lower.
    """

    label: str
    bars: tuple[Bar, ...]
    largest: float
    title: str


def dot_plots(summary: DatasetSummary, *, whole: bool = False) -> list[DotPlot]:
    """Return a plot of every figure of a dataset; `whole`: all from 0 to 1, to be compared."""
    plots: list[DotPlot] = []
    for name in summary.measures:
        rows = [(row.row, row.figures[name]) for row in summary.rows if name in row.figures]
        bounds = [
            (each.interval.low, each.interval.high) if each.interval else (each.value, each.value)
            for _, each in rows
        ]
        edges = [edge for pair in bounds for edge in pair]
        low, high, step = (0.0, 1.0, _STEPS[-1]) if whole else _choose_scale(edges)
        dots = tuple(
            Dot(
                label,
                _scale_to_width(each.value, low, high),
                _scale_to_width(pair[0], low, high),
                _scale_to_width(pair[1], low, high),
                f"{label}: {each.value:.3f} ({pair[0]:.3f} to {pair[1]:.3f}, {each.cases} cases)",
            )
            for (label, each), pair in zip(rows, bounds, strict=True)
        )
        marks = [low + step * number for number in range(round((high - low) / step) + 1)]
        ticks = tuple(Tick(_scale_to_width(at, low, high), f"{at:.2f}") for at in marks)
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
            _scale_to_width(math.log10(p50), first, last),
            _scale_to_width(math.log10(p50), first, last),
            _scale_to_width(math.log10(p99), first, last),
            f"{label}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {timed} cases",
        )
        for label, p50, p99, timed in rows
    )
    decades = [first + step for step in range(round(last - first) + 1)]
    ticks = tuple(Tick(_scale_to_width(at, first, last), f"{10**at:g}") for at in decades)
    return DotPlot("milliseconds", dots, ticks)


def difference_plots(summary: DatasetSummary, cases: Sequence[Case]) -> list[DifferencePlot]:
    """Return, for each row but the first, how its cases differ from the first row's."""
    name, rows = summary.main, [row.row for row in summary.rows]
    values: dict[str, dict[str, float]] = {row: {} for row in rows}
    asked = {case.id: case.question for case in cases if case.dataset == summary.dataset}
    for case in cases:
        if case.dataset == summary.dataset and case.row in values and name in case.values:
            values[case.row][case.id] = case.values[name]
    plots: list[DifferencePlot] = []
    for row in rows[1:]:
        first, other = values[rows[0]], values[row]
        gaps = sorted((other[key] - first[key], key) for key in other if key in first)
        if gaps:
            up, down = sum(gap > 0 for gap, _ in gaps), sum(gap < 0 for gap, _ in gaps)
            title = f"better on {up}, worse on {down}, the same on {len(gaps) - up - down}"
            largest = max(1.0, *(abs(gap) for gap, _ in gaps))
            moved = [(gap, key) for gap, key in gaps if gap]
            plots.append(DifferencePlot(row, _build_bars(moved, largest, asked), largest, title))
    return plots


def _build_bars(
    gaps: Sequence[tuple[float, str]], largest: float, asked: Mapping[str, str]
) -> tuple[Bar, ...]:
    """Return the bars of sorted differences, with gaps between as long as there is room."""
    middle = DIFFERENCE_HEIGHT / 2
    step = min(_WIDEST_BAR, WIDTH / max(1, len(gaps)))
    width = step - min(2.0, step / 4)
    return tuple(
        Bar(
            x=round(number * step, 2),
            y=round(middle - max(0.0, gap) / largest * middle, 2),
            width=round(width, 2),
            height=round(abs(gap) / largest * middle, 2),
            gain=gap > 0,
            id=key,
            title=f"{gap:+.3f}: {asked[key] or key}",
        )
        for number, (gap, key) in enumerate(gaps)
    )


def _choose_scale(values: Sequence[float]) -> tuple[float, float, float]:
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


def _scale_to_width(value: float, low: float, high: float) -> float:
    return round((value - low) / (high - low) * WIDTH, 2)
