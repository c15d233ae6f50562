"""Finds straight rules and tinted areas among a page's vector drawings.

Limits: slanted lines and curves are ignored; a rule drawn as very many dots is joined only when
the dots are close to each other (`StrokeThresholds.join`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.pdf.page.content import Rect

_WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class StrokeThresholds:
    """What is a rule, in points. Set by hand."""

    thin: float = 3.0
    """A filled rectangle at most this thick is a rule."""
    short: float = 8.0
    """Rules shorter than this are parts of glyphs, ticks and arrows."""
    level: float = 1.0
    """A line whose ends differ by at most this across its direction is straight."""
    same: float = 1.2
    """Strokes at most this far apart across their direction stand in one row;"""
    join: float = 3.0
    """those of a row that are at most this far apart are one rule."""
    most_lines: int = 5
    """A filled shape of at most so many lines may be a thin rectangle."""


STROKES = StrokeThresholds()


def strokes_of(
    paths: Iterable[dict[str, Any]], limits: StrokeThresholds = STROKES
) -> tuple[list[Rect], list[Rect]]:
    """Return the straight strokes and the tinted areas of the paths of a page."""
    strokes: list[Rect] = []
    fills: list[Rect] = []
    for path in paths:
        stroked = "s" in path["type"]
        tinted = "f" in path["type"] and tuple(path.get("fill") or ()) not in {(), _WHITE}
        for item in path["items"]:
            if item[0] == "l" and stroked:
                strokes += _strokes_of_line(item[1], item[2], limits.level)
            elif item[0] == "l" and tinted and len(path["items"]) <= limits.most_lines:
                strokes += _strokes_of_thin_rect(Rect(*path["rect"]), limits.thin)
            elif item[0] == "re":
                rect = Rect(*item[1])
                if min(rect.width, rect.height) <= limits.thin:
                    strokes.append(rect)
                    continue
                if stroked:
                    strokes += _strokes_of_outline(rect)
                if tinted:
                    fills.append(rect)
            elif item[0] == "qu" and stroked:
                xs, ys = zip(*item[1], strict=True)
                strokes += _strokes_of_outline(Rect(min(xs), min(ys), max(xs), max(ys)))
    return strokes, fills


def merge_into_rules(strokes: Iterable[Rect], limits: StrokeThresholds = STROKES) -> list[Rect]:
    """Join collinear strokes that touch; return those that are long enough to be rules.

    Horizontal rules come first, each kind sorted by place.
    """
    horizontal: list[Rect] = []
    vertical: list[Rect] = []
    for rect in strokes:
        (horizontal if rect.width >= rect.height else vertical).append(rect)
    across = _join_horizontal_strokes(horizontal, limits)
    flipped = _join_horizontal_strokes((Rect(r.y0, r.x0, r.y1, r.x1) for r in vertical), limits)
    return [r for r in across if r.width >= limits.short] + [
        Rect(r.y0, r.x0, r.y1, r.x1) for r in flipped if r.width >= limits.short
    ]


def _join_horizontal_strokes(rects: Iterable[Rect], limits: StrokeThresholds) -> list[Rect]:
    """Join horizontal strokes: group those at one height into rows, then join along each row."""
    rows: list[list[Rect]] = []
    for rect in sorted(rects, key=lambda rect: rect.middle):
        if rows and rect.middle - rows[-1][-1].middle <= limits.same:
            rows[-1].append(rect)
        else:
            rows.append([rect])
    merged: list[Rect] = []
    for row in rows:
        row.sort()
        current = row[0]
        for rect in row[1:]:
            if rect.x0 - current.x1 <= limits.join:
                current = Rect(
                    current.x0,
                    min(current.y0, rect.y0),
                    max(current.x1, rect.x1),
                    max(current.y1, rect.y1),
                )
            else:
                merged.append(current)
                current = rect
        merged.append(current)
    return merged


def _strokes_of_line(
    start: tuple[float, float], end: tuple[float, float], level: float
) -> Iterator[Rect]:
    (x0, y0), (x1, y1) = start, end
    if min(abs(x1 - x0), abs(y1 - y0)) <= level:
        yield Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _strokes_of_thin_rect(rect: Rect, thin: float) -> Iterator[Rect]:
    if min(rect.width, rect.height) <= thin:
        yield rect


def _strokes_of_outline(rect: Rect) -> Iterator[Rect]:
    x0, y0, x1, y1 = rect
    yield Rect(x0, y0, x1, y0)
    yield Rect(x0, y1, x1, y1)
    yield Rect(x0, y0, x0, y1)
    yield Rect(x1, y0, x1, y1)
