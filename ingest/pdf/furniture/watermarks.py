"""Finds watermarks and stamps: what is laid over or beside a page and is no part of its text.

They recur over pages, lie across the page in a pale colour, or stand sideways at its outer edges,
where archives put stamps. Limits: a watermark that is a picture is not seen here;
one set upright in black on a single page is text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ingest.pdf.furniture.thresholds import WATERMARKS, WatermarkThresholds
from ingest.pdf.page.content import Line, PageContent

_LUMA = (0.299, 0.587, 0.114)
"""What red, green and blue weigh in the brightness of a colour (Rec. 601)."""


def find_watermarks(
    pages: Sequence[PageContent], usual: float, limits: WatermarkThresholds = WATERMARKS
) -> set[int]:
    """Return the numbers of the lines that are watermarks or stamps; `usual` is the text's size."""
    found: set[int] = set()
    large = limits.large * usual
    places: dict[tuple[str, int, int], list[tuple[int, Line]]] = defaultdict(list)
    for page in pages:
        for line in page.sideways:
            pale = line.size > large and _is_pale_line(line, limits.pale)
            if pale or _is_stamp(line, page, limits):
                found.add(line.number)
            places[_build_place_key(line, limits.same_place)].append((page.number, line))
        for line in page.lines:
            if line.size > large and _is_pale_line(line, limits.pale):
                if _is_crossed(line, page):
                    found.add(line.number)
                places[_build_place_key(line, limits.same_place)].append((page.number, line))
    few = 2 if len(pages) <= limits.few_pages else 3
    for members in places.values():
        if len({number for number, _ in members}) >= few:
            found.update(line.number for _, line in members)
    return found


def _build_place_key(line: Line, near: float) -> tuple[str, int, int]:
    return line.text, round(line.rect.x0 / near), round(line.rect.middle / near)


def _is_stamp(line: Line, page: PageContent, limits: WatermarkThresholds) -> bool:
    """Whether sideways text stands at the outer left or right: archive stamps, licence notes."""
    left, right = limits.stamp_left * page.width, limits.stamp_right * page.width
    return line.rect.x1 < left or line.rect.x0 > right


def _is_pale_line(line: Line, least: float) -> bool:
    color = line.words[0].style.color
    red, green, blue = color >> 16 & 255, color >> 8 & 255, color & 255
    return (_LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue) / 255 >= least


def _is_crossed(line: Line, page: PageContent) -> bool:
    """Whether other lines run over a line: nothing that is to be read lies under text."""
    area = line.rect
    return any(other is not line and area.holds(other.rect) for other in page.lines)
