"""Watermarks and stamps: what is laid over or beside a page and is no part of its text.

By recurrence over pages, by the angle and the pale colour of what lies across the page, and by the
outer edges, where archives stamp sideways. Limits: a watermark that is a picture is not seen here;
one set upright in black on a single page is text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ingest.pdf.page.content import Line, PageContent

_STAMP_LEFT, _STAMP_RIGHT = 0.1, 0.92
"""Sideways text outside of these shares of the page's width is a stamp."""
_PALE = 0.7
"""Ink at least this bright, of 1, is pale."""
_LARGE = 1.8
"""Type of this many times the usual size is large."""
_SAME_PLACE = 6.0


def find_watermarks(pages: Sequence[PageContent], usual: float) -> set[int]:
    """Return the numbers of the lines that are watermarks or stamps; `usual` is the text's size."""
    found: set[int] = set()
    places: dict[tuple[str, int, int], list[tuple[int, Line]]] = defaultdict(list)
    for page in pages:
        for line in page.sideways:
            if _is_stamp(line, page) or (_is_pale_line(line) and line.size > _LARGE * usual):
                found.add(line.number)
            places[_build_place_key(line)].append((page.number, line))
        for line in page.lines:
            if line.size > _LARGE * usual and _is_pale_line(line):
                if _is_crossed(line, page):
                    found.add(line.number)
                places[_build_place_key(line)].append((page.number, line))
    few = 2 if len(pages) <= 6 else 3
    for members in places.values():
        if len({number for number, _ in members}) >= few:
            found.update(line.number for _, line in members)
    return found


def _build_place_key(line: Line) -> tuple[str, int, int]:
    return line.text, round(line.rect.x0 / _SAME_PLACE), round(line.rect.middle / _SAME_PLACE)


def _is_stamp(line: Line, page: PageContent) -> bool:
    """Whether sideways text stands at the outer left or right: archive stamps, licence notes."""
    left, right = _STAMP_LEFT * page.width, _STAMP_RIGHT * page.width
    return line.rect.x1 < left or line.rect.x0 > right


def _is_pale_line(line: Line) -> bool:
    color = line.words[0].style.color
    red, green, blue = color >> 16 & 255, color >> 8 & 255, color & 255
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255 >= _PALE


def _is_crossed(line: Line, page: PageContent) -> bool:
    """Whether other lines run over a line: nothing that is to be read lies under text."""
    area = line.rect
    return any(other is not line and area.holds(other.rect) for other in page.lines)
