"""The ink of a line of text in a picture: where it begins and ends, how large and heavy it is.

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
_CAP, _X_HEIGHT, _DESCENT = 0.70, 0.47, 0.21
"""Heights over and under the baseline, in font sizes: common to text faces within 5 %."""
_WIDE_TOP, _WIDE_BOTTOM = 0.84, 0.09
_CORE = 0.5
_SPECK = 0.003
"""A row of a line with less ink than this share of its most inked row is blank."""
_HOLE = 0.12
"""Blank rows inside a line (dots of i, parts of Chinese characters), in heights of the box."""
_GRAY = 40
"""Colours whose channels differ by less are shades of grey."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink inside a box of a picture: `cover` is 0..1 per pixel, from paper to full ink.

    `left` and `top` are the pixel the box begins at.
    """

    cover: NDArray[np.float32]
    left: int
    top: int

    def columns(self) -> NDArray[np.bool_]:
        """Return which columns hold ink."""
        return np.asarray((self.cover > _CORE).any(axis=0))


@dataclass(frozen=True, slots=True)
class Setting:
    """How a line is set: font size and baseline in points, stroke width in font sizes, colour."""

    size: float
    baseline: float
    weight: float
    color: int


def ink_of(gray: Gray, raster: Raster, rect: Rect) -> Ink:
    """Return the ink inside a rectangle (points); light text on dark paper is ink as well."""
    rows, columns = raster.window(rect)
    part = gray[rows, columns].astype(np.float32)
    if part.size == 0:
        return Ink(np.zeros((1, 1), dtype=np.float32), columns.start, rows.start)
    dark, paper, light = np.percentile(part, (2, 50, 98))
    full = dark if paper - dark >= light - paper else light
    reach = float(full) - float(paper)
    cover = (part - paper) / reach if abs(reach) > 8 else np.zeros_like(part)
    return Ink(np.clip(cover, 0.0, 1.0).astype(np.float32), columns.start, rows.start)


def setting_of(ink: Ink, raster: Raster, text: str) -> Setting | None:
    """Return how a line that says `text` is set, None where too little ink is found."""
    band = _band(ink)
    if band is None:
        return None
    first, end = band
    top, bottom = _reach(text)
    size = (end - first) / raster.scale / (top + bottom)
    baseline = (ink.top + end) / raster.scale - bottom * size
    cover = ink.cover[first:end]
    width = _stroke(cover) / raster.scale
    return Setting(size, baseline, width / size if size else 0.0, _color(cover, ink, first, raster))


def _reach(text: str) -> tuple[float, float]:
    """Return how far the ink of these letters reaches over and under the baseline."""
    wide = bool(WIDE_GLYPH.search(text))
    top = _WIDE_TOP if wide else _CAP if _HIGH.search(text) else _X_HEIGHT
    bottom = _DESCENT if _LOW.search(text) and not wide else 0.0
    if wide:
        bottom = _DESCENT if re.search("[gjpqy]", text) else _WIDE_BOTTOM
    return top, bottom


def _band(ink: Ink) -> tuple[int, int] | None:
    """Return (first, end) of the rows of the line, without what reaches in from its neighbours."""
    rows = (ink.cover * (ink.cover > _CORE)).sum(axis=1)
    most = float(rows.max(initial=0.0))
    if most < 1.0:
        return None
    inked = np.flatnonzero(rows > max(_SPECK * most, 0.75))
    holes = np.flatnonzero(np.diff(inked) > max(1, _HOLE * len(rows)))
    starts = [0, *(holes + 1).tolist()]
    ends = [*(holes + 1).tolist(), len(inked)]
    parts = [inked[a:b] for a, b in zip(starts, ends, strict=True)]
    best = max(parts, key=lambda part: float(rows[part].sum()))
    return int(best[0]), int(best[-1]) + 1


def _stroke(cover: NDArray[np.float32]) -> float:
    """Return the usual width of a stroke in pixels: the median over all runs of ink in rows."""
    inked = cover > 0.3
    padded = np.zeros((inked.shape[0], inked.shape[1] + 1), dtype=bool)
    padded[:, :-1] = inked
    flat = padded.ravel()
    starts = flat & ~np.concatenate(([False], flat[:-1]))
    labels = np.cumsum(starts)
    values = np.zeros(padded.shape, dtype=np.float32)
    values[:, :-1] = cover
    widths = np.bincount(labels[flat], weights=values.ravel()[flat])[1:]
    return float(np.median(widths)) if len(widths) else 0.0


def _color(cover: NDArray[np.float32], ink: Ink, first: int, raster: Raster) -> int:
    """Return the colour of the full ink as sRGB: greys are black, others are coarse."""
    top = ink.top + first
    pixels = raster.pixels[top : top + cover.shape[0], ink.left : ink.left + cover.shape[1]]
    core = pixels[cover > 0.85]
    if not len(core):
        return 0
    red, green, blue = (int(value) for value in np.median(core, axis=0))
    if max(red, green, blue) - min(red, green, blue) < _GRAY:
        return 0xFFFFFF if min(red, green, blue) > 200 else 0
    red, green, blue = (min(255, round(value / 64) * 64) for value in (red, green, blue))
    return red << 16 | green << 8 | blue
