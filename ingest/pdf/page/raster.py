"""Holds the picture of a page as pixels, and how it stands to the page as displayed.

Limits: 8-bit RGB only; a page is turned as a whole, warped pages (photographs of books) are not
made flat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.page.content import PageTilt, Rect

Gray = NDArray[np.uint8]
"""Brightness, height x width, 0 black."""


@dataclass(frozen=True, slots=True)
class Raster:
    """RGB pixels (height x width x 3), `scale` of them to the point.

    Points of the picture count from its top left corner; `turn` leads back to the page.
    """

    pixels: NDArray[np.uint8]
    scale: float
    turn: PageTilt

    @staticmethod
    def from_samples(samples: bytes, size: tuple[int, int], scale: float, turn: PageTilt) -> Raster:
        """Return the raster of RGB samples, `size` = (width, height) pixels."""
        width, height = size
        pixels = np.frombuffer(samples, np.uint8).reshape(height, width, 3)
        return Raster(pixels, scale, turn)

    @property
    def width(self) -> float:
        """Extent from left to right, in points."""
        return float(self.pixels.shape[1]) / self.scale

    @property
    def height(self) -> float:
        """Extent from top to bottom, in points."""
        return float(self.pixels.shape[0]) / self.scale

    def to_gray(self) -> Gray:
        """Return the brightness of every pixel (Rec. 601 weights)."""
        weights = np.array([77, 150, 29], dtype=np.uint16)  # of 256
        return np.asarray((self.pixels @ weights) >> 8, dtype=np.uint8)

    def crop(self, rect: Rect) -> Raster:
        """Return the pixels under a rectangle in points, as a picture of its own."""
        rows, columns = self.pixel_window_of(rect)
        turn = replace(
            self.turn,
            dx=self.turn.dx + columns.start / self.scale,
            dy=self.turn.dy + rows.start / self.scale,
        )
        return Raster(self.pixels[rows, columns], self.scale, turn)

    def pixel_window_of(self, rect: Rect) -> tuple[slice, slice]:
        """Return (rows, columns) of the pixels under a rectangle in points."""
        height, width = self.pixels.shape[:2]
        x0, y0 = max(0, math.floor(rect.x0 * self.scale)), max(0, math.floor(rect.y0 * self.scale))
        x1 = min(width, math.ceil(rect.x1 * self.scale))
        y1 = min(height, math.ceil(rect.y1 * self.scale))
        return slice(y0, max(y0, y1)), slice(x0, max(x0, x1))
