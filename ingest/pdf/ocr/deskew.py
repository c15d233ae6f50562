"""Measures how far a scan stands askew, and whether its lines run across or down the sheet.

A projection profile: points of ink are counted per line at many angles; where lines of text run
along the direction of counting, the counts jump from line to gap. (Postl, Detection of linear
oblique structures and skew scan in digitized documents, 1986.) Limits: only small angles
(`SkewThresholds.largest`) on top of the four sides; pages with little text or only pictures are
left as they stand; whether a page is upside down cannot be seen in its profile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.page.raster import Gray


@dataclass(frozen=True, slots=True)
class SkewThresholds:
    """How the angle of a scan is sought. Angles are in degrees; set by hand."""

    largest: float = 6.0
    step: float = 0.5
    fine_steps: tuple[float, ...] = (0.1, 0.025)
    """Angles up to the largest are tried a step apart, then finer around the best."""
    contrast: int = 40
    """Neighbouring pixels that differ by more, of 255, are an edge of ink."""
    most_points: int = 120_000
    fewest_points: int = 400
    """Edges of ink: of more a sample is taken, with fewer nothing is said."""
    gain: float = 0.06
    """Another angle must be sharper than the present one by this share for each degree,"""
    least_angle: float = 0.5
    """where a smaller angle counts as this."""
    down_factor: float = 1.6
    """Lines run down the sheet where counting that way is sharper by this factor."""


SKEW = SkewThresholds()


@dataclass(frozen=True, slots=True)
class Slant:
    """`angle`: degrees to turn the page clockwise so that lines are level; `down`: lines run down.

    With `down` the angle is meant after a turn by 90 degrees.
    """

    angle: float = 0.0
    down: bool = False


def slant_of(gray: Gray, limits: SkewThresholds = SKEW) -> Slant:
    """Return how the lines of text of a picture stand; a picture of 100 dpi is enough."""
    level_y, level_x = _find_ink_edges(gray, limits)
    if len(level_y) < limits.fewest_points:
        return Slant()
    angle, sharp = _find_best_angle(level_x, level_y, gray.shape[1], limits)
    side_y, side_x = _find_ink_edges(np.rot90(gray, -1), limits)
    other, other_sharp = _find_best_angle(side_x, side_y, gray.shape[0], limits)
    if other_sharp > limits.down_factor * sharp:
        return Slant(other, True)
    return Slant(angle)


def _find_ink_edges(
    gray: Gray, limits: SkewThresholds
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (y, x) of the pixels whose lower neighbour is much darker or brighter."""
    steps = np.abs(np.diff(gray.astype(np.int16), axis=0)) > limits.contrast
    ys, xs = np.nonzero(steps)
    if len(ys) > limits.most_points:
        # Every n-th point would take as many from each row: noise would have a flat profile.
        chosen = np.random.default_rng(0).integers(0, len(ys), limits.most_points)
        ys, xs = ys[chosen], xs[chosen]
    return ys.astype(np.float32), xs.astype(np.float32)


def _find_best_angle(
    xs: NDArray[np.float32], ys: NDArray[np.float32], width: int, limits: SkewThresholds
) -> tuple[float, float]:
    """Return the angle at which the profile is sharpest, and how sharp it is there."""
    middle = width / 2

    def measure_sharpness(angle: float) -> float:
        rows = ys + (xs - middle) * np.float32(np.tan(np.radians(angle)))
        counts = np.bincount((rows - rows.min()).astype(np.int64)).astype(np.float64)
        return float(np.square(np.diff(counts)).sum())

    present = measure_sharpness(0.0)
    best, sharp = _pick_sharpest_angle(
        np.arange(-limits.largest, limits.largest + limits.step, limits.step), measure_sharpness
    )
    reach = limits.step
    for step in limits.fine_steps:
        around = np.arange(best - reach, best + reach + step / 2, step)
        best, sharp = _pick_sharpest_angle(around, measure_sharpness)
        reach = step
    needed = (1 + limits.gain * max(abs(best), limits.least_angle)) * present
    if sharp < needed or abs(best) > limits.largest:
        return 0.0, present
    return round(best, 3), sharp


def _pick_sharpest_angle(
    angles: Iterable[float], sharpness: Callable[[float], float]
) -> tuple[float, float]:
    sharp, angle = max((sharpness(float(angle)), float(angle)) for angle in angles)
    return angle, sharp
