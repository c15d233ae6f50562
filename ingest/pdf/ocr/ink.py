"""Measures the ink of a line of text in a picture: where it stands, how large and heavy it is.

An OCR engine tells where a line is and what it says, not how it is set. Knowing the letters, the
height of their ink gives the font size (a line of "sans" reaches from the baseline to the x-height,
"Light" higher, "going" lower), and the width of the strokes gives the weight. Limits: sizes are
good to about 5 % and are evened out over the document (`ingest.pdf.ocr.styles`); a slant is not
seen; colours only where they are plain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.page.content import Rect
from ingest.pdf.page.raster import Gray, Raster
from ingest.text.scripts import WIDE_GLYPH

_LOW = re.compile(r"[gjpqyQç,;()\[\]{}|$/（），；【】《》]")
_HIGH = re.compile(r"[A-Zbdfhkltij0-9À-ÞßΑ-Ω!?%&()\[\]{}|/'\"“”$€£#@（）]")


_LEAST_LETTER_POINTS = 3.0
"""Letters of print are higher: at 170 dpi the engine reads nothing smaller."""


def has_room_for_letters(picture: Raster, least_contrast: float = 20.0) -> bool:
    """Whether anything in a picture is as high as letters: a blank page, or one rule, has nothing.

    `least_contrast` (of 255) is what counts as ink against the most frequent shade; set by hand, so
    low that faint print counts.
    """
    gray = picture.to_gray()
    paper = int(np.bincount(gray.ravel(), minlength=256).argmax())
    inked = (np.abs(gray.astype(np.int16) - paper) > least_contrast).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], inked.astype(np.int8), [0]))))
    heights = (edges[1::2] - edges[::2]) / picture.scale
    return bool((heights >= _LEAST_LETTER_POINTS).any())


@dataclass(frozen=True, slots=True)
class InkThresholds:
    """What is ink, and how high letters are. `cover` is 0 for paper to 1 for full ink."""

    cap: float = 0.70
    x_height: float = 0.47
    descent: float = 0.21
    """Heights over and under the baseline, in font sizes: common to text faces within 5 %."""
    wide_top: float = 0.84
    wide_bottom: float = 0.09
    """The same for Chinese characters."""
    least_contrast: float = 8.0
    """Of 255: where ink and paper differ by no more there is no ink. Set by hand, like all that
    follows."""
    percentiles: tuple[int, int, int] = (2, 50, 98)
    """Of the brightness in the box: dark ink, paper, light ink."""
    inked: float = 0.5
    """Cover: pixels with more are ink;"""
    stroke: float = 0.3
    """those with more belong to a stroke whose width is measured;"""
    core: float = 0.85
    """those with more have the full colour of the ink."""
    least_ink: float = 1.0
    """Pixels of ink: a line whose most inked row has less has none."""
    blank_row_share: float = 0.003
    blank_row_ink: float = 0.75
    """A row with no more ink than this share of the most inked row, or so many pixels, is blank."""
    largest_hole: float = 0.12
    """Heights of the box: so many blank rows may be inside a line (dots of i, parts of Chinese
    characters)."""
    gray: int = 40
    """Of 255: colours whose channels differ by less are shades of grey;"""
    white: int = 200
    """those whose channels are all above this are white, the others black."""


INK = InkThresholds()


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink inside a box of a picture: `cover` is 0..1 per pixel, from paper to full ink.

    `left` and `top` are the pixel the box begins at.
    """

    cover: NDArray[np.float32]
    left: int
    top: int

    def find_inked_columns(self, limits: InkThresholds = INK) -> NDArray[np.bool_]:
        """Return which columns hold ink."""
        return np.asarray((self.cover > limits.inked).any(axis=0))


@dataclass(frozen=True, slots=True)
class InkStyle:
    """How a line is set: font size and baseline in points, stroke width in font sizes, colour."""

    size: float
    baseline: float
    weight: float
    color: int


def ink_of(gray: Gray, raster: Raster, rect: Rect, limits: InkThresholds = INK) -> Ink:
    """Return the ink inside a rectangle (points); light text on dark paper is ink as well."""
    rows, columns = raster.pixel_window_of(rect)
    part = gray[rows, columns].astype(np.float32)
    if part.size == 0:
        return Ink(np.zeros((1, 1), dtype=np.float32), columns.start, rows.start)
    dark, paper, light = np.percentile(part, limits.percentiles)
    full = dark if paper - dark >= light - paper else light
    reach = float(full) - float(paper)
    cover = (part - paper) / reach if abs(reach) > limits.least_contrast else np.zeros_like(part)
    return Ink(np.clip(cover, 0.0, 1.0).astype(np.float32), columns.start, rows.start)


def ink_style_of(
    ink: Ink, raster: Raster, text: str, limits: InkThresholds = INK
) -> InkStyle | None:
    """Return how a line that says `text` is set, None where too little ink is found."""
    band = _find_line_band(ink, limits)
    if band is None:
        return None
    first, end = band
    top, bottom = _estimate_ink_reach(text, limits)
    size = (end - first) / raster.scale / (top + bottom)
    baseline = (ink.top + end) / raster.scale - bottom * size
    cover = ink.cover[first:end]
    width = _measure_stroke_width(cover, limits.stroke) / raster.scale
    color = _find_ink_color(cover, ink, first, raster, limits)
    return InkStyle(size, baseline, width / size if size else 0.0, color)


def _estimate_ink_reach(text: str, limits: InkThresholds) -> tuple[float, float]:
    """Return how far the ink of these letters reaches over and under the baseline."""
    wide = bool(WIDE_GLYPH.search(text))
    if wide:
        low = bool(re.search("[gjpqy]", text))
        return limits.wide_top, limits.descent if low else limits.wide_bottom
    top = limits.cap if _HIGH.search(text) else limits.x_height
    return top, limits.descent if _LOW.search(text) else 0.0


def _find_line_band(ink: Ink, limits: InkThresholds) -> tuple[int, int] | None:
    """Return (first, end) of the rows of the line, without what reaches in from its neighbours."""
    rows = (ink.cover * (ink.cover > limits.inked)).sum(axis=1)
    most = float(rows.max(initial=0.0))
    if most < limits.least_ink:
        return None
    inked = np.flatnonzero(rows > max(limits.blank_row_share * most, limits.blank_row_ink))
    holes = np.flatnonzero(np.diff(inked) > max(1, limits.largest_hole * len(rows)))
    starts = [0, *(holes + 1).tolist()]
    ends = [*(holes + 1).tolist(), len(inked)]
    parts = [inked[a:b] for a, b in zip(starts, ends, strict=True)]
    best = max(parts, key=lambda part: float(rows[part].sum()))
    return int(best[0]), int(best[-1]) + 1


def _measure_stroke_width(cover: NDArray[np.float32], least: float) -> float:
    """Return the usual width of a stroke in pixels: the median over all runs of ink in rows."""
    inked = cover > least
    padded = np.zeros((inked.shape[0], inked.shape[1] + 1), dtype=bool)
    padded[:, :-1] = inked
    flat = padded.ravel()
    starts = flat & ~np.concatenate(([False], flat[:-1]))
    labels = np.cumsum(starts)
    values = np.zeros(padded.shape, dtype=np.float32)
    values[:, :-1] = cover
    widths = np.bincount(labels[flat], weights=values.ravel()[flat])[1:]
    return float(np.median(widths)) if len(widths) else 0.0


def _find_ink_color(
    cover: NDArray[np.float32], ink: Ink, first: int, raster: Raster, limits: InkThresholds
) -> int:
    """Return the colour of the full ink as sRGB: greys are black, others are coarse."""
    top = ink.top + first
    pixels = raster.pixels[top : top + cover.shape[0], ink.left : ink.left + cover.shape[1]]
    core = pixels[cover > limits.core]
    if not len(core):
        return 0
    red, green, blue = (int(value) for value in np.median(core, axis=0))
    if max(red, green, blue) - min(red, green, blue) < limits.gray:
        return 0xFFFFFF if min(red, green, blue) > limits.white else 0
    red, green, blue = (min(255, round(value / 64) * 64) for value in (red, green, blue))
    return red << 16 | green << 8 | blue
