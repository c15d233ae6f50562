"""Tests that a page without anything as high as letters is told from one with faint print."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.pdf.ocr.ink import has_room_for_letters
from ingest.pdf.page.content import PageTilt
from ingest.pdf.page.raster import Raster

SCALE = 2.0


def make_picture(top: int, height: int, shade: int, paper: int = 255) -> Raster:
    """Return a page with one bar of `height` pixels."""
    pixels = np.full((400, 300, 3), paper, np.uint8)
    pixels[top : top + height, 40:260] = shade
    return Raster(pixels, SCALE, PageTilt(0.0, 0.0, 0.0, 150.0, 200.0))


@pytest.mark.parametrize(
    ("height", "shade", "paper", "expected"),
    [
        (0, 0, 255, False),
        (4, 0, 255, False),
        (8, 0, 255, True),
        (8, 225, 255, True),
        (8, 250, 255, False),
        (8, 255, 30, True),
    ],
)
def test_only_what_is_as_high_as_letters_counts(
    height: int, shade: int, paper: int, expected: bool
) -> None:
    assert has_room_for_letters(make_picture(100, height, shade, paper)) is expected
