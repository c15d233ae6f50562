"""Passages marked on the picture of a page, as with a highlighter: ink stays as dark as it was.

Limits: works on 8-bit RGB samples; boxes are upright rectangles in displayed orientation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.types import Box

HIGHLIGHT = (255, 226, 96)
"""Multiplied with what is there: white paper becomes this yellow, black text stays black."""
_MARGIN = 1.0
"""Points around each box, so that letters do not touch the edge."""


def highlighted(
    samples: bytes, width: int, height: int, scale: float, boxes: Sequence[Box]
) -> bytes:
    """Return RGB samples, `width` x `height` pixels, with `boxes` (points) marked.

    Parts of boxes outside the picture are left out; boxes that overlap are marked once.
    """
    picture: NDArray[np.uint8] = np.frombuffer(samples, np.uint8).reshape(height, width, 3).copy()
    marked = np.zeros((height, width), dtype=bool)
    for box in boxes:
        left, top = _pixel(box.x0 - _MARGIN, scale, width), _pixel(box.y0 - _MARGIN, scale, height)
        right = _pixel(box.x1 + _MARGIN, scale, width)
        bottom = _pixel(box.y1 + _MARGIN, scale, height)
        marked[top:bottom, left:right] = True
    tint = np.array(HIGHLIGHT, dtype=np.uint16)
    picture[marked] = (picture[marked].astype(np.uint16) * tint // 255).astype(np.uint8)
    return picture.tobytes()


def _pixel(points: float, scale: float, end: int) -> int:
    return min(end, max(0, round(points * scale)))
