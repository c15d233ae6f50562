from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ingest.pdf.ocr.deskew import Slant, slant_of
from tests.ingest.pdf.support import scanned, sheets


def english(page: Any) -> None:
    sheets.column(page, 60, 100, sheets.wrapped(sheets.LOREM * 4, 460))


def chinese(page: Any) -> None:
    lines = sheets.wrapped(sheets.WIDE * 8, 440, 11, "china-s")
    sheets.column(page, 60, 100, lines, 11, "china-s")


@pytest.mark.parametrize("draw", [english, chinese])
@pytest.mark.parametrize("angle", [0.0, 0.6, -2.4, 5.0])
def test_the_angle_that_sets_lines_level_is_found(draw: Any, angle: float) -> None:
    slant = slant_of(scanned.drawn(draw, angle).to_gray())
    assert not slant.down
    assert slant.angle == pytest.approx(-angle, abs=0.15)


@pytest.mark.parametrize("draw", [english, chinese])
@pytest.mark.parametrize("side", [90.0, 270.0])
def test_lines_that_run_down_the_sheet_are_noticed(draw: Any, side: float) -> None:
    slant = slant_of(scanned.drawn(draw, side + 1.0).to_gray())
    assert slant.down
    assert slant.angle == pytest.approx(-1.0, abs=0.15)


def test_a_page_without_text_is_left_as_it_stands() -> None:
    assert slant_of(np.full((900, 600), 255, dtype=np.uint8)) == Slant()
    noise = np.random.default_rng(7).integers(0, 255, (900, 600), dtype=np.uint8)
    assert slant_of(noise).angle == 0.0
