"""Finds printed page numbers: by their form, and by whether they count the pages.

Limits: a document of several pages must count upwards; the number of a single page is believed
where it stands alone at the edge of what is on the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.pdf.furniture.margins import Margin
from ingest.pdf.furniture.thresholds import PAGE_NUMBERS, PageNumberThresholds
from ingest.pdf.page.content import Line, PageContent

_NUMBER = re.compile(
    r"(?:[-–—·•|]\s*)?(?:page|p\.?|第|seite)?\s*(\d{1,4}|[ivxlc]{1,6})\s*"
    r"(?:[页頁])?\s*(?:(?:of|/|共|von)\s*(?:\d{1,4})\s*[页頁]?)?(?:\s*[-–—·•|])?",
    re.IGNORECASE,
)


def parse_page_number(text: str) -> str:
    """Return the number when the text is nothing but a page number ("Page 3 of 9"), else ""."""
    match = _NUMBER.fullmatch(text.strip())
    return match[1] if match else ""


def find_printed_numbers(
    pages: Sequence[PageContent],
    margins: Sequence[Margin],
    limits: PageNumberThresholds = PAGE_NUMBERS,
) -> dict[int, str]:
    """Return the lines that are page numbers by their `number`, with the number.

    In a document of several pages the numbers must go up with the pages.
    """
    candidates: list[tuple[int, Line, str]] = []
    for margin in margins:
        for at, row in enumerate(margin.rows[:2]):
            for line in row:
                number = parse_page_number(line.text)
                if number and (at == 0 or margin.clear[at]):
                    candidates.append((margin.page, line, number))
    if len(pages) < 3:
        edges = {line.number for margin in margins if margin.clear[0] for line in margin.rows[0]}
        found = {line.number: number for _, line, number in candidates if line.number in edges}
        return found or {
            line.number: line.text
            for page in pages
            for line in _find_lone_last_number(page, limits)
        }
    offsets = Counter(int(number) - page for page, _, number in candidates if number.isdecimal())
    return {
        line.number: number
        for page, line, number in candidates
        if not number.isdecimal() or offsets[int(number) - page] >= 2
    }


def _find_lone_last_number(page: PageContent, limits: PageNumberThresholds) -> list[Line]:
    """Return the lowest line of a page where it is a number in the middle, off everything else.

    This finds the number of a page that is not filled, or was cut out of a larger one.
    """
    if len(page.lines) < 3:
        return []
    *others, last = sorted(page.lines, key=lambda line: line.rect.y1)
    above = max(line.rect.y1 for line in others)
    left, right = min(x.rect.x0 for x in others), max(x.rect.x1 for x in others)
    centre = (last.rect.x0 + last.rect.x1) / 2
    central = abs(centre - (left + right) / 2) < limits.off_centre * (right - left)
    alone = last.rect.y0 - above > limits.alone * last.rect.height
    return [last] if central and alone and last.text.isdecimal() else []
