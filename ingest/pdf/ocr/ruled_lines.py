"""Straight rules in the picture of a page: the lines of its tables.

A pixel belongs to a thin stroke where it is darker than the paper a little above and below; where
nearly all pixels of a long stretch of a row do, there is a rule, and likewise for columns. Limits:
the picture must stand straight; rules shorter than the lengths below are not told from letters;
dotted rules only where the dots nearly touch; edges of shaded areas are no rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.page.content import Rect
from ingest.pdf.page.raster import Gray, Raster
from ingest.pdf.reading.ruled_lines import merge_into_rules

_LONG_ACROSS, _LONG_DOWN = 40.0, 20.0
"""Points: the least length. Letters stand next to each other in rows, not in columns."""
_REACH = (2.2, 4.2)
"""Points: how far above and below the paper is looked for; text may stand close to a rule."""
_STEP = 24
"""How much darker than the paper ink is, of 255."""
_COVERED = 0.9
_THICK = 4.0


def rules_in(gray: Gray, raster: Raster, text: Sequence[Rect]) -> list[Rect]:
    """Return the rules of a picture in points, horizontal ones first.

    Strokes inside the boxes of `text` (points) do not count.
    """
    scale = raster.scale
    found = [
        Rect(x0 / scale, y / scale, x1 / scale, y / scale)
        for x0, x1, y in _runs(gray, scale, _LONG_ACROSS)
    ]
    found += [
        Rect(x / scale, y0 / scale, x / scale, y1 / scale)
        for y0, y1, x in _runs(np.ascontiguousarray(gray.T), scale, _LONG_DOWN)
    ]
    thin = [rect for rect in merge_into_rules(found) if min(rect.width, rect.height) <= _THICK]
    return [rect for rect in thin if not any(_inside(rect, box) for box in text)]


def _runs(gray: Gray, scale: float, least: float) -> Iterator[tuple[float, float, float]]:
    """Yield (start, end, row) of the long stretches of thin strokes along rows, in pixels."""
    mask = _strokes(gray, scale)
    length = max(4, round(least * scale))
    if mask.shape[1] <= length:
        return
    wide = mask.copy()  # a rule that is not quite level changes rows
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    for row in np.flatnonzero(wide.sum(axis=1) >= _COVERED * length):
        total = np.concatenate(([0], np.cumsum(wide[row])))
        full = total[length:] - total[:-length] >= _COVERED * length
        edges = np.flatnonzero(np.diff(np.concatenate(([0], full.astype(np.int8), [0]))))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            inked = np.flatnonzero(wide[row, start : end + length - 1])
            yield float(start + inked[0]), float(start + inked[-1] + 1), float(row) + 0.5


def _strokes(gray: Gray, scale: float) -> NDArray[np.bool_]:
    """Return the pixels that are darker than what is above and below them."""
    value = gray.astype(np.int16)
    mask = np.zeros(gray.shape, dtype=bool)
    for reach in _REACH:
        step = max(2, round(reach * scale))
        if gray.shape[0] <= 2 * step:
            continue
        paper = np.minimum(value[: -2 * step], value[2 * step :])
        mask[step:-step] |= value[step:-step] < paper - _STEP
    return mask


def _inside(rule: Rect, box: Rect) -> bool:
    """Whether a stroke is part of the letters in a box: a dash, or the stem of a large one."""
    if rule.width > rule.height:
        inner = box.y0 + 0.2 * box.height < rule.middle < box.y1 - 0.2 * box.height
        return inner and rule.x0 > box.x0 - 2 and rule.x1 < box.x1 + 2
    beside = box.x0 - 1 < (rule.x0 + rule.x1) / 2 < box.x1 + 1
    return beside and rule.y0 > box.y0 - 2 and rule.y1 < box.y1 + 2
