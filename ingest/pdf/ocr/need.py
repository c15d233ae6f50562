"""Which pages, and which pictures on a page, have text that only OCR can read.

A page needs OCR when its text layer is empty, garbled, or a stamp on a page that is a picture. On
a page with a text layer, a picture is read when it looks like print: dark on light (or the other
way round), in at least a few level rows with gaps between. Limits: a caption inside a photograph
is not seen; a line chart with a legend is no print, a picture of a table is.
"""

from __future__ import annotations

import numpy as np

from ingest.pdf.page.content import PageContent, Rect
from ingest.pdf.page.raster import Gray
from ingest.pdf.reading.readability import measure_legibility
from ingest.text.legibility import READABLE

_FEW_LETTERS = 40
_MOST_OF_PAGE = 0.5
_LEAST_REGION = 0.06
"""Pictures smaller than this share of the page are logos, signatures and icons."""
_LETTERS_ON_PICTURE = 12
_INK_SHARE = (0.02, 0.35)
"""Print covers this share of its paper; a photograph is neither ink nor paper."""
_MOST_GRAY_SHARE = 0.15
_FEWEST_ROWS = 5
_ROW_SIZES = (4.0, 30.0)


def has_usable_text(page: PageContent) -> bool:
    """Whether the text layer of a page is worth reading.

    Not where it is garbled, or only a stamp on a page that is a picture.
    """
    lines = (*page.lines, *page.sideways)  # a page may be a table that stands sideways
    letters = sum(len(word.text) for line in lines for word in line.words)
    if not letters or measure_legibility(page) < READABLE:
        return False
    picture = max((image.area for image in page.images), default=0.0)
    covered = picture > _MOST_OF_PAGE * page.width * page.height
    return not (covered and letters < _FEW_LETTERS)


def find_pictures_without_text(page: PageContent) -> list[Rect]:
    """Return the larger pictures of a page over which the text layer has no text."""
    area = page.width * page.height
    whole = Rect(0.0, 0.0, page.width, page.height)
    words = [word for line in page.lines for word in line.words]
    found: list[Rect] = []
    for image in page.images:
        inside = Rect(
            max(image.x0, 0.0), max(image.y0, 0.0), min(image.x1, whole.x1), min(image.y1, whole.y1)
        )
        if inside.width <= 0 or inside.height <= 0 or inside.area < _LEAST_REGION * area:
            continue
        letters = sum(len(word.text) for word in words if inside.holds(word.rect))
        if letters < _LETTERS_ON_PICTURE and not any(other.holds(inside) for other in found):
            found.append(inside)
    return found


def looks_like_print(gray: Gray, scale: float) -> bool:
    """Whether a picture (`scale` pixels to the point) is rows of letters rather than an image."""
    dark, light = (float(value) for value in np.percentile(gray, (1, 99)))
    if light - dark < 60:
        return False
    value = (gray.astype(np.float32) - dark) / (light - dark)
    paper = float(np.median(value))
    ink = np.abs(value - paper) > 0.5
    share = float(ink.mean())
    between = float(((value > 0.3) & (value < 0.7)).mean())
    if not _INK_SHARE[0] < share < _INK_SHARE[1] or between > _MOST_GRAY_SHARE:
        return False
    inked = ink.mean(axis=1) > 0.25 * share
    edges = np.flatnonzero(np.diff(np.concatenate(([0], inked.astype(np.int8), [0]))))
    heights = (edges[1::2] - edges[::2]) / scale
    rows = (heights >= _ROW_SIZES[0]) & (heights <= _ROW_SIZES[1])
    return int(rows.sum()) >= _FEWEST_ROWS and heights[rows].sum() > 0.7 * heights.sum()
