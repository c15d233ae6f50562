"""Draws pages: as PNG with passages highlighted, whole or cut out, and as pixels for OCR.

PyMuPDF is handed in by `ingest.pdf.reading.reader`, the only place that knows it. Passages are
marked as with a highlighter: ink stays as dark as it was.

Limits: pictures of at most `MAX_PIXELS`; a cut-out shows all that is drawn in its rectangle, text
over a picture too. Marks work on 8-bit RGB samples; boxes are upright rectangles in displayed
orientation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import InvalidRequest, LimitExceeded
from ingest.pdf.page.content import PageTilt, Rect
from ingest.pdf.page.raster import Raster
from ingest.types import Box

HIGHLIGHT = (255, 226, 96)
"""Multiplied with what is there: white paper becomes this yellow, black text stays black."""
_MARGIN = 1.0
"""Points around each box, so that letters do not touch the edge."""


def highlight_boxes(
    samples: bytes, width: int, height: int, scale: float, boxes: Sequence[Box]
) -> bytes:
    """Return RGB samples, `width` x `height` pixels, with `boxes` (points) marked.

    Parts of boxes outside the picture are left out; boxes that overlap are marked once.
    """
    picture: NDArray[np.uint8] = np.frombuffer(samples, np.uint8).reshape(height, width, 3).copy()
    marked = np.zeros((height, width), dtype=bool)
    for box in boxes:
        left, top = (
            _to_pixel(box.x0 - _MARGIN, scale, width),
            _to_pixel(box.y0 - _MARGIN, scale, height),
        )
        right = _to_pixel(box.x1 + _MARGIN, scale, width)
        bottom = _to_pixel(box.y1 + _MARGIN, scale, height)
        marked[top:bottom, left:right] = True
    tint = np.array(HIGHLIGHT, dtype=np.uint16)
    picture[marked] = (picture[marked].astype(np.uint16) * tint // 255).astype(np.uint8)
    return picture.tobytes()


def _to_pixel(points: float, scale: float, end: int) -> int:
    return min(end, max(0, round(points * scale)))


MAX_PIXELS = 40_000_000
"""The largest picture that is made."""
_MEGAPIXEL = 1e6


def draw_png(
    pymupdf: Any, page: Any, number: int, scale: float, boxes: tuple[Box, ...], clip: Box | None
) -> bytes:
    """Return page `number` as PNG, `scale` pixels to the point, `boxes` marked, cut to `clip`.

    Raises LimitExceeded, and InvalidRequest for a clip beside the page or below a pixel.
    """
    area = _find_drawn_area(page, number, clip)
    width, height = area.width * scale, area.height * scale
    millions = width * height / _MEGAPIXEL
    if width * height > MAX_PIXELS:
        raise LimitExceeded(
            f"page {number} at scale {scale:g} would be {millions:.0f} megapixels",
            hint="Ask for a smaller scale.",
        )
    if clip is not None and min(width, height) < 1:
        raise InvalidRequest(
            f"the clip is less than a pixel at scale {scale:g}", hint="Ask for a larger scale."
        )
    pixmap = page.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale),
        clip=None if clip is None else (area.x0, area.y0, area.x1, area.y1),
        alpha=False,
    )
    if boxes:
        size = (pixmap.width, pixmap.height)
        left, top = pixmap.x / scale, pixmap.y / scale
        placed = [
            Box(number, box.x0 - left, box.y0 - top, box.x1 - left, box.y1 - top) for box in boxes
        ]
        marked = highlight_boxes(pixmap.samples, *size, scale, placed)
        pixmap = pymupdf.Pixmap(pymupdf.csRGB, *size, marked, False)
    return bytes(pixmap.tobytes("png"))


def draw_raster(pymupdf: Any, page: Any, scale: float, angle: float) -> Raster:
    """Return a page as pixels, turned clockwise by `angle` degrees. Raises LimitExceeded."""
    matrix = pymupdf.Matrix(scale, scale).prerotate(angle)
    area = page.rect * matrix
    if area.width * area.height > MAX_PIXELS:
        raise LimitExceeded(f"a picture of {area.width * area.height / _MEGAPIXEL:.0f} megapixels")
    pixmap = page.get_pixmap(matrix=matrix, alpha=False)
    turn = PageTilt(angle, pixmap.x / scale, pixmap.y / scale, page.rect.width, page.rect.height)
    return Raster.from_samples(bytes(pixmap.samples), (pixmap.width, pixmap.height), scale, turn)


def _find_drawn_area(page: Any, number: int, clip: Box | None) -> Rect:
    """Return the part of the page that is drawn, in points as displayed."""
    width, height = float(page.rect.width), float(page.rect.height)
    if clip is None:
        return Rect(0.0, 0.0, width, height)
    area = Rect(max(clip.x0, 0.0), max(clip.y0, 0.0), min(clip.x1, width), min(clip.y1, height))
    if area.x0 >= area.x1 or area.y0 >= area.y1:
        raise InvalidRequest(
            f"nothing of page {number} lies in the clip",
            hint=f"The page is {width:g} x {height:g} points; the origin is top left.",
        )
    return area
