"""Straight rules and tinted areas among a page's vector drawings.

Limits: slanted lines and curves are ignored; a rule drawn as very many dots is joined only when
the dots are at most 3 points apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ingest.pdf.page.content import Rect

_THIN = 3.0
"""A filled rectangle at most this thick is a rule."""
_SHORT = 8.0
"""Rules shorter than this are parts of glyphs, ticks and arrows."""
_SAME = 1.2
_JOIN = 3.0


def strokes_of(paths: Iterable[dict[str, Any]]) -> tuple[list[Rect], list[Rect]]:
    """Return the straight strokes and the tinted areas of the paths of a page."""
    strokes: list[Rect] = []
    fills: list[Rect] = []
    for path in paths:
        stroked = "s" in path["type"]
        tinted = "f" in path["type"] and tuple(path.get("fill") or ()) not in {(), (1.0, 1.0, 1.0)}
        for item in path["items"]:
            if item[0] == "l" and stroked:
                strokes += _strokes_of_line(item[1], item[2])
            elif item[0] == "l" and tinted and len(path["items"]) <= 5:
                strokes += _strokes_of_thin_rect(Rect(*path["rect"]))
            elif item[0] == "re":
                rect = Rect(*item[1])
                if min(rect.width, rect.height) <= _THIN:
                    strokes += _strokes_of_thin_rect(rect)
                    continue
                if stroked:
                    strokes += _strokes_of_outline(rect)
                if tinted:
                    fills.append(rect)
            elif item[0] == "qu" and stroked:
                xs, ys = zip(*item[1], strict=True)
                strokes += _strokes_of_outline(Rect(min(xs), min(ys), max(xs), max(ys)))
    return strokes, fills


def merge_into_rules(strokes: Iterable[Rect]) -> list[Rect]:
    """Join collinear strokes that touch; return those that are long enough to be rules.

    Horizontal rules come first, each kind sorted by place.
    """
    horizontal: list[Rect] = []
    vertical: list[Rect] = []
    for rect in strokes:
        (horizontal if rect.width >= rect.height else vertical).append(rect)
    flipped = _join_horizontal_strokes(Rect(r.y0, r.x0, r.y1, r.x1) for r in vertical)
    return [r for r in _join_horizontal_strokes(horizontal) if r.width >= _SHORT] + [
        Rect(r.y0, r.x0, r.y1, r.x1) for r in flipped if r.width >= _SHORT
    ]


def _join_horizontal_strokes(rects: Iterable[Rect]) -> list[Rect]:
    """Join horizontal strokes: those within `_SAME` of a row, then along it."""
    rows: list[list[Rect]] = []
    for rect in sorted(rects, key=lambda rect: rect.middle):
        if rows and rect.middle - rows[-1][-1].middle <= _SAME:
            rows[-1].append(rect)
        else:
            rows.append([rect])
    merged: list[Rect] = []
    for row in rows:
        row.sort()
        current = row[0]
        for rect in row[1:]:
            if rect.x0 - current.x1 <= _JOIN:
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


def _strokes_of_line(start: tuple[float, float], end: tuple[float, float]) -> Iterator[Rect]:
    (x0, y0), (x1, y1) = start, end
    if min(abs(x1 - x0), abs(y1 - y0)) <= 1.0:
        yield Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _strokes_of_thin_rect(rect: Rect) -> Iterator[Rect]:
    if min(rect.width, rect.height) <= _THIN:
        yield rect


def _strokes_of_outline(rect: Rect) -> Iterator[Rect]:
    x0, y0, x1, y1 = rect
    yield Rect(x0, y0, x1, y0)
    yield Rect(x0, y1, x1, y1)
    yield Rect(x0, y0, x0, y1)
    yield Rect(x1, y0, x1, y1)
