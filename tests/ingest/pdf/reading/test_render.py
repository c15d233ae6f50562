"""Passages marked on pictures of pages."""

from __future__ import annotations

import numpy as np

from ingest.pdf.reading.render import HIGHLIGHT, highlight_boxes
from ingest.types import Box

WHITE = (255, 255, 255)


def marked(*boxes: Box, scale: float = 2.0, ink: int = 255) -> np.ndarray:
    samples = bytes([ink]) * (40 * 20 * 3)
    told = highlight_boxes(samples, 40, 20, scale, boxes)
    return np.frombuffer(told, np.uint8).reshape(20, 40, 3)


def test_paper_inside_a_box_is_tinted_and_outside_is_not() -> None:
    picture = marked(Box(1, 5, 3, 10, 6))
    assert tuple(picture[8, 14]) == HIGHLIGHT
    assert tuple(picture[8, 30]) == WHITE
    assert tuple(picture[18, 14]) == WHITE


def test_ink_stays_as_dark_as_it_was() -> None:
    assert not marked(Box(1, 0, 0, 20, 10), ink=0).any()


def test_boxes_that_overlap_are_marked_once() -> None:
    twice = marked(Box(1, 5, 3, 10, 6), Box(1, 5, 3, 10, 6))
    assert np.array_equal(twice, marked(Box(1, 5, 3, 10, 6)))


def test_what_lies_outside_the_picture_is_left_out() -> None:
    assert np.array_equal(marked(Box(1, 500, 500, 600, 600)), marked())
    assert tuple(marked(Box(1, -100, -100, 100, 100))[0, 0]) == HIGHLIGHT
