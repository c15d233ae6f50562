"""Finds straight rules in the picture of a page: the lines of its tables.

A pixel belongs to a thin stroke where it is darker than the paper a little above and below; where
nearly all pixels of a long stretch of a row do, there is a rule, and likewise for columns. Limits:
the picture must stand straight; rules shorter than the least lengths look like letters;
dotted rules only where the dots nearly touch; edges of shaded areas are no rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.page.content import Rect
from ingest.pdf.page.raster import Gray, Raster
from ingest.pdf.reading.ruled_lines import merge_into_rules


@dataclass(frozen=True, slots=True)
class PictureRuleThresholds:
    """What is a rule in a picture. Lengths are in points; set by hand."""

    least_across: float = 40.0
    least_down: float = 20.0
    """The least lengths. Letters stand next to each other in rows, not in columns."""
    reach: tuple[float, ...] = (2.2, 4.2)
    """How far above and below the paper is looked for; text may stand close to a rule."""
    contrast: int = 24
    """Of 255: how much darker than the paper ink is."""
    covered: float = 0.9
    """At least this share of the pixels of a stretch are part of the rule."""
    thickest: float = 4.0
    inner: float = 0.2
    """Heights of a line of text: a stroke this far from its top and bottom is a dash."""
    beyond: float = 2.0
    """A dash or a stem ends less than this outside of the line's box"""
    stem_beside: float = 1.0
    """and a stem stands less than this beside it."""


PICTURE_RULES = PictureRuleThresholds()
_PIXEL_CENTRE = 0.5


def find_rules_in_picture(
    gray: Gray,
    raster: Raster,
    text: Sequence[Rect],
    limits: PictureRuleThresholds = PICTURE_RULES,
) -> list[Rect]:
    """Return the rules of a picture in points, horizontal ones first.

    Strokes inside the boxes of `text` (points) do not count.
    """
    scale = raster.scale
    flipped = np.ascontiguousarray(gray.T)
    found = [
        Rect(x0 / scale, y / scale, x1 / scale, y / scale)
        for x0, x1, y in _find_long_strokes(gray, scale, limits.least_across, limits)
    ]
    found += [
        Rect(x / scale, y0 / scale, x / scale, y1 / scale)
        for y0, y1, x in _find_long_strokes(flipped, scale, limits.least_down, limits)
    ]
    rules = merge_into_rules(found)
    thin = [rect for rect in rules if min(rect.width, rect.height) <= limits.thickest]
    return [
        rect for rect in thin if not any(_is_part_of_letters(rect, box, limits) for box in text)
    ]


def _find_long_strokes(
    gray: Gray, scale: float, least: float, limits: PictureRuleThresholds
) -> Iterator[tuple[float, float, float]]:
    """Yield (start, end, row) of the long stretches of thin strokes along rows, in pixels."""
    mask = _mask_thin_strokes(gray, scale, limits)
    length = max(4, round(least * scale))
    covered = limits.covered * length
    if mask.shape[1] <= length:
        return
    wide = mask.copy()  # a rule that is not quite level changes rows
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    for row in np.flatnonzero(wide.sum(axis=1) >= covered):
        total = np.concatenate(([0], np.cumsum(wide[row])))
        full = total[length:] - total[:-length] >= covered
        edges = np.flatnonzero(np.diff(np.concatenate(([0], full.astype(np.int8), [0]))))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            inked = np.flatnonzero(wide[row, start : end + length - 1])
            yield float(start + inked[0]), float(start + inked[-1] + 1), float(row) + _PIXEL_CENTRE


def _mask_thin_strokes(
    gray: Gray, scale: float, limits: PictureRuleThresholds
) -> NDArray[np.bool_]:
    """Return the pixels that are darker than what is above and below them."""
    value = gray.astype(np.int16)
    mask = np.zeros(gray.shape, dtype=bool)
    for reach in limits.reach:
        step = max(2, round(reach * scale))
        if gray.shape[0] <= 2 * step:
            continue
        paper = np.minimum(value[: -2 * step], value[2 * step :])
        mask[step:-step] |= value[step:-step] < paper - limits.contrast
    return mask


def _is_part_of_letters(rule: Rect, box: Rect, limits: PictureRuleThresholds) -> bool:
    """Whether a stroke is part of the letters in a box: a dash, or the stem of a large one."""
    beyond = limits.beyond
    if rule.width > rule.height:
        edge = limits.inner * box.height
        inner = box.y0 + edge < rule.middle < box.y1 - edge
        return inner and rule.x0 > box.x0 - beyond and rule.x1 < box.x1 + beyond
    beside = box.x0 - limits.stem_beside < (rule.x0 + rule.x1) / 2 < box.x1 + limits.stem_beside
    return beside and rule.y0 > box.y0 - beyond and rule.y1 < box.y1 + beyond
