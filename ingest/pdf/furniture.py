"""Running headers, footers and page numbers: what a page repeats and nobody reads.

By recurrence over pages (also odd and even ones, also with changing numbers), by sequence (page
numbers), and by place where a short document gives no recurrence. Limits: a header that changes
on every page is found only where it stands at one height on most pages, clear of the text; a
document of one page loses its page number and what stands in line with it, nothing else.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.content import Line, PageContent, Rect, merge_rows

_MARGIN = 0.13
"""Running lines stand in this share of the page at its top and bottom."""
_EDGE = 0.08
_ROWS = 3
_SAME_PLACE = 4.0
_CLEAR = 0.6
"""Running lines stand off the text by more than this share of their height."""
_NUMBER = re.compile(
    r"(?:[-–—·•|]\s*)?(?:page|p\.?|第|seite)?\s*(\d{1,4}|[ivxlc]{1,6})\s*"
    r"(?:[页頁])?\s*(?:(?:of|/|共|von)\s*(?:\d{1,4})\s*[页頁]?)?(?:\s*[-–—·•|])?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile(r"\b[ivxlc]+$")


@dataclass(frozen=True, slots=True)
class Furniture:
    """The running lines of one page, and the number printed on it ("" where there is none)."""

    lines: tuple[Line, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Margin:
    """Rows near the top or bottom of a page, the outermost first."""

    page: int
    top: bool
    rows: list[list[Line]]
    clear: list[bool]

    @property
    def outer(self) -> list[list[Line]]:
        """The rows outside of the last one that stands clear of what follows: not the text."""
        last = max((at for at, clear in enumerate(self.clear) if clear), default=-1)
        return self.rows[: last + 1]


def find_furniture(pages: Sequence[PageContent]) -> list[Furniture]:
    """Return the furniture of each page, in the order given."""
    margins = [margin for page in pages for margin in _margins(page)]
    usual = _usual_size(pages)
    running = _recurring(margins, len(pages), usual) | _standing(margins, len(pages), usual)
    found: dict[int, set[int]] = defaultdict(set)
    labels = _printed_numbers(margins, len(pages))
    for margin in margins:
        for row in margin.rows:
            numbers = [line for line in row if id(line) in labels]
            for line in row:
                alone = len(pages) < 3 and numbers and len(line.text) < 90
                if id(line) in running or id(line) in labels or alone:
                    found[margin.page].add(id(line))
    return [
        Furniture(
            (*(line for line in page.lines if id(line) in found[page.number]), *_stamps(page)),
            next((labels[id(line)] for line in page.lines if id(line) in labels), ""),
        )
        for page in pages
    ]


def page_number(text: str) -> str:
    """Return the number when the text is nothing but a page number ("Page 3 of 9"), else ""."""
    match = _NUMBER.fullmatch(text.strip())
    return match[1] if match else ""


def _margins(page: PageContent) -> list[_Margin]:
    """Return the rows at the top and at the bottom of a page, at most `_ROWS` each."""
    height = page.height
    found: list[_Margin] = []
    for top in (True, False):
        zone = [
            line
            for line in page.lines
            if (line.rect.y1 < _MARGIN * height if top else line.rect.y0 > (1 - _MARGIN) * height)
        ]
        if not zone:
            continue
        rows = merge_rows(zone)
        edge = _inner_edge(page, top)
        rows = rows[:_ROWS] if top else rows[::-1][:_ROWS]
        bounds = [_extent(row) for row in rows]
        clear: list[bool] = []
        for at, (y0, y1) in enumerate(bounds):
            following = bounds[at + 1] if at + 1 < len(bounds) else edge
            gap = following[0] - y1 if top else y0 - following[1]
            if at + 1 == len(bounds) and edge in ((height, height), (0.0, 0.0)):
                # Nothing but this on the page: only the very edge is safe to be no text.
                gap = y1 - y0 if (y1 < _EDGE * height or y0 > (1 - _EDGE) * height) else 0.0
            clear.append(gap > _CLEAR * (y1 - y0))
        found.append(_Margin(page.number, top, rows, clear))
    return found


def _extent(row: list[Line]) -> tuple[float, float]:
    return min(line.rect.y0 for line in row), max(line.rect.y1 for line in row)


def _inner_edge(page: PageContent, top: bool) -> tuple[float, float]:
    """Return the vertical extent of the first line inside the margin zone."""
    height = page.height
    if top:
        inner = [li.rect for li in page.lines if li.rect.y1 >= _MARGIN * height]
        first = min(inner, key=lambda rect: rect.y0, default=Rect(0, height, 0, height))
    else:
        inner = [li.rect for li in page.lines if li.rect.y0 <= (1 - _MARGIN) * height]
        first = max(inner, key=lambda rect: rect.y1, default=Rect(0, 0, 0, 0))
    return first.y0, first.y1


def _usual_size(pages: Sequence[PageContent]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.words)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _key(text: str) -> str:
    """Return what stays the same when numbers change."""
    return _DIGITS.sub("#", _ROMAN.sub("#", text.lower())).replace(" ", "")


def _recurring(margins: Sequence[_Margin], pages: int, usual: float) -> set[int]:
    """Return the lines whose text recurs at the same place on several pages.

    Display type (a slide's title, "Chapter 1") must recur to the letter on most pages; so must an
    outermost row that does not stand clear of the text.
    """
    groups: dict[tuple[str, bool, bool], list[tuple[int, Line]]] = defaultdict(list)
    for margin in margins:
        outer = margin.outer
        for row in outer or margin.rows[:1]:
            for line in row:
                strict = not outer or line.size > 1.15 * usual
                key = line.text if strict else _key(line.text)
                groups[key, strict, margin.top].append((margin.page, line))
    few = 2 if pages <= 6 else 3
    found: set[int] = set()
    for (_, strict, _), members in groups.items():
        needed = max(3, round(0.6 * pages)) if strict else few
        if len({page for page, _ in members}) < needed:
            continue
        heights = Counter(round(line.rect.middle / _SAME_PLACE) for _, line in members)
        for _, line in members:
            place = round(line.rect.middle / _SAME_PLACE)
            near = sum(heights[place + step] for step in (-1, 0, 1))
            if near >= needed:
                found.add(id(line))
    return found


def _standing(margins: Sequence[_Margin], pages: int, usual: float) -> set[int]:
    """Return outermost rows, no larger than the text, clear of it at one height on most pages."""
    found: set[int] = set()
    if pages < 5:
        return found
    for top in (True, False):
        outer = [
            m
            for m in margins
            if m.top is top and m.clear[0] and all(li.size <= 1.05 * usual for li in m.rows[0])
        ]
        places = Counter(round(_extent(m.rows[0])[1] / _SAME_PLACE) for m in outer)
        for margin in outer:
            row = margin.rows[0]
            place = round(_extent(row)[1] / _SAME_PLACE)
            near = sum(places[place + step] for step in (-1, 0, 1))
            if near >= 0.6 * pages and sum(len(line.text) for line in row) < 120:
                found.update(id(line) for line in row)
    return found


def _printed_numbers(margins: Sequence[_Margin], pages: int) -> dict[int, str]:
    """Return the lines that are page numbers, with the number.

    In a document of several pages the numbers must go up with the pages.
    """
    candidates: list[tuple[int, Line, str]] = []
    for margin in margins:
        for at, row in enumerate(margin.rows[:2]):
            for line in row:
                number = page_number(line.text)
                if number and (at == 0 or margin.clear[at]):
                    candidates.append((margin.page, line, number))
    if pages < 3:
        return {id(line): number for _, line, number in candidates if _at_edge(line, margins)}
    offsets = Counter(int(number) - page for page, _, number in candidates if number.isdecimal())
    return {
        id(line): number
        for page, line, number in candidates
        if not number.isdecimal() or offsets[int(number) - page] >= 2
    }


def _at_edge(line: Line, margins: Sequence[_Margin]) -> bool:
    """Whether the line is in the outermost row of a margin, clear of the text."""
    return any(line in margin.rows[0] and margin.clear[0] for margin in margins)


def _stamps(page: PageContent) -> tuple[Line, ...]:
    """Return sideways text at the outer left or right: archive stamps, licence notes."""
    return tuple(
        line
        for line in page.sideways
        if line.rect.x1 < 0.1 * page.width or line.rect.x0 > 0.92 * page.width
    )
