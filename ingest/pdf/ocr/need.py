"""Tells whether a page, or a picture on it, has text that only OCR can read.

`ingest.pdf.load` asks this for each page and decides, with the setting `parse.ocr`, what is read.

A page needs OCR when its text layer is empty, garbled, or a stamp on a page that is a picture. On
a page with a text layer, a picture is read when it looks like print: dark on light (or the other
way round), in at least a few level rows with gaps between. Limits: a caption inside a photograph
is not seen; a line chart with a legend is no print, a picture of a table is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.pdf.page.content import PageContent, Rect
from ingest.pdf.page.raster import Gray
from ingest.pdf.reading.readability import measure_legibility
from ingest.text.legibility import MIN_READABLE_SHARE


@dataclass(frozen=True, slots=True)
class OcrNeedThresholds:
    """What has to be read by OCR. Shares are of the page or picture; set by hand."""

    few_letters: int = 40
    page_share: float = 0.5
    """Fewer letters on a page of which a picture covers more than this share are a stamp."""
    least_region: float = 0.06
    """Pictures of a smaller share of the page are logos, signatures and icons."""
    letters_on_picture: int = 12
    """A picture with at least so many letters of the text layer over it has its text there."""
    least_contrast: float = 60.0
    """Of 255: print differs at least this much from its paper."""
    percentiles: tuple[int, int] = (1, 99)
    """Of the brightness of a picture: its darkest and its lightest."""
    ink: float = 0.5
    """Pixels that differ by more of the contrast from the paper are ink."""
    ink_share: tuple[float, float] = (0.02, 0.35)
    """Print covers a share between these of its paper."""
    gray: tuple[float, float] = (0.3, 0.7)
    most_gray_share: float = 0.15
    """A photograph is neither ink nor paper: more than this share of it is between these, of 1."""
    row_ink: float = 0.25
    """A row of pixels is inked with more than this share of the picture's mean ink."""
    fewest_rows: int = 5
    row_heights: tuple[float, float] = (4.0, 30.0)
    """Points: print has at least so many rows whose height is between these,"""
    rows_share: float = 0.7
    """and they are more than this share of all that is inked."""


OCR_NEED = OcrNeedThresholds()


def has_usable_text(page: PageContent, limits: OcrNeedThresholds = OCR_NEED) -> bool:
    """Whether the text layer of a page is worth reading.

    Not where it is garbled, or only a stamp on a page that is a picture.
    """
    lines = (*page.lines, *page.sideways)  # a page may be a table that stands sideways
    letters = sum(len(word.text) for line in lines for word in line.words)
    if not letters or measure_legibility(page) < MIN_READABLE_SHARE:
        return False
    picture = max((image.area for image in page.images), default=0.0)
    covered = picture > limits.page_share * page.width * page.height
    return not (covered and letters < limits.few_letters)


def find_pictures_without_text(
    page: PageContent, limits: OcrNeedThresholds = OCR_NEED
) -> list[Rect]:
    """Return the larger pictures of a page over which the text layer has no text."""
    area = page.width * page.height
    whole = Rect(0.0, 0.0, page.width, page.height)
    words = [word for line in page.lines for word in line.words]
    found: list[Rect] = []
    for image in page.images:
        inside = Rect(
            max(image.x0, 0.0), max(image.y0, 0.0), min(image.x1, whole.x1), min(image.y1, whole.y1)
        )
        if inside.width <= 0 or inside.height <= 0 or inside.area < limits.least_region * area:
            continue
        letters = sum(len(word.text) for word in words if inside.holds(word.rect))
        if letters < limits.letters_on_picture and not any(x.holds(inside) for x in found):
            found.append(inside)
    return found


def looks_like_print(gray: Gray, scale: float, limits: OcrNeedThresholds = OCR_NEED) -> bool:
    """Whether a picture (`scale` pixels to the point) is rows of letters rather than an image."""
    dark, light = (float(value) for value in np.percentile(gray, limits.percentiles))
    if light - dark < limits.least_contrast:
        return False
    value = (gray.astype(np.float32) - dark) / (light - dark)
    paper = float(np.median(value))
    ink = np.abs(value - paper) > limits.ink
    share = float(ink.mean())
    between = float(((value > limits.gray[0]) & (value < limits.gray[1])).mean())
    least, most = limits.ink_share
    if not least < share < most or between > limits.most_gray_share:
        return False
    inked = ink.mean(axis=1) > limits.row_ink * share
    edges = np.flatnonzero(np.diff(np.concatenate(([0], inked.astype(np.int8), [0]))))
    heights = (edges[1::2] - edges[::2]) / scale
    rows = (heights >= limits.row_heights[0]) & (heights <= limits.row_heights[1])
    enough = heights[rows].sum() > limits.rows_share * heights.sum()
    return bool(int(rows.sum()) >= limits.fewest_rows and enough)
