"""Reads which headings the document itself names: in its table of contents and its bookmarks.

A contents page is one where lines end in page numbers that rise; its entries are looked for as
lines on other pages. Bookmarks count where their title really stands on the page they point at.
Limits: entries without page numbers are seen only between others; of an entry over several lines
the last line and the one before it are put together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.pdf.headings.looks import Look, key_of
from ingest.pdf.headings.thresholds import CONTENTS, ContentsThresholds
from ingest.pdf.layout.page_layout import Layout
from ingest.pdf.page.content import Rect, bounding_rect_of, merge_rows

_PAGE = re.compile(r"(?<=[\s.…·•_\-–])(?:\d{1,4}|[ivxl]{1,7})$")
_PAGE_ALONE = re.compile(r"(?:\d{1,4}|[ivxl]{1,7})$")
_FILL = " \t.…·•_-–\u3000\u00a0"
_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}|_{4,}")
_HEADS = frozenset(
    ("contents", "tableofcontents", "目录", "目次", "sommaire", "inhalt", "inhaltsverzeichnis")
)


@dataclass(frozen=True, slots=True)
class _ContentsEntry:
    """A line of a contents page: the key of its title, where it stands, its page number."""

    key: str
    rect: Rect
    page: int


@dataclass(frozen=True, slots=True)
class Contents:
    """The titles that contents pages name, as keys, and where on which pages they do."""

    keys: frozenset[str]
    places: Mapping[int, tuple[float, float]]

    def covers(self, page: int, rect: Rect) -> bool:
        """Whether a place is among the entries: top and bottom entry of the page around it."""
        place = self.places.get(page)
        return place is not None and place[0] <= rect.middle <= place[1]


def find_contents(layouts: Sequence[Layout], limits: ContentsThresholds = CONTENTS) -> Contents:
    """Return what the contents pages of the document name."""
    keys: set[str] = set()
    places: dict[int, tuple[float, float]] = {}
    for layout in layouts:
        entries = _entries_of(layout, limits, continued=layout.content.number - 1 in places)
        if entries:
            area = bounding_rect_of(entry.rect for entry in entries)
            places[layout.content.number] = (area.y0, area.y1)
            keys.update(entry.key for entry in entries)
    return Contents(frozenset(key for key in keys if len(key) > 1), places)


def _entries_of(
    layout: Layout, limits: ContentsThresholds, *, continued: bool
) -> list[_ContentsEntry]:
    """Return the entries of a page, none where it is no contents page."""
    ends = [line.words[-1].text for line in layout.content.lines]
    if sum(bool(_PAGE_ALONE.match(end) or _PAGE.search(end)) for end in ends) < limits.fewest:
        return []
    paragraphs = [
        (" ".join(word.text for word in row), bounding_rect_of(word.rect for word in row))
        for paragraph in layout.paragraphs
        for row in paragraph.rows
    ]
    whole = [
        (" ".join(line.text for line in row), bounding_rect_of(line.rect for line in row))
        for row in merge_rows(layout.content.lines)
    ]
    headed = continued or any(key_of(text) in _HEADS for text, _ in whole)
    found = [_parse_entries(rows, limits, headed=headed) for rows in (paragraphs, whole)]
    return max(found, key=len)


def _parse_entries(
    rows: Sequence[tuple[str, Rect]], limits: ContentsThresholds, *, headed: bool
) -> list[_ContentsEntry]:
    entries: list[_ContentsEntry] = []
    lines = leaders = 0
    before = ""
    for text, rect in rows:
        match = _PAGE.search(text) if len(text) <= limits.longest_entry else None
        title = text[: match.start()].rstrip(_FILL) if match else ""
        if match is None or sum(c.isalpha() for c in title) < 2:
            before = text if len(text) < limits.longest_entry else ""
            continue
        lines += 1
        leaders += bool(_LEADER.search(text))
        page = int(match[0]) if match[0].isdigit() else 0
        keys = dict.fromkeys((key_of(title), key_of(before + title)))
        entries += [_ContentsEntry(key, rect, page) for key in keys]
        before = ""
    fewest = limits.fewest if headed else limits.fewest_without_head
    dense = lines >= fewest and lines >= limits.entries_share * len(rows)
    rising = _is_rising([entry.page for entry in entries], limits.rising_share)
    return entries if rising and (dense or leaders >= limits.fewest) else []


def _is_rising(pages: Sequence[int], share: float) -> bool:
    """Whether page numbers hardly ever fall; Roman numbers are 0."""
    steps = [(a, b) for a, b in pairwise(pages) if a and b]
    return sum(a <= b for a, b in steps) >= share * len(steps)


def find_named_paragraphs(
    contents: Contents,
    looks: Mapping[int, Look],
    pages: Mapping[int, int],
    limits: ContentsThresholds = CONTENTS,
) -> set[int]:
    """Return the paragraphs that the contents name, of several the largest.

    The result, `looks` and `pages` (their page numbers) go by `number` of the paragraph.
    """
    best: dict[str, int] = {}
    for at, look in looks.items():
        if len(look.text) > limits.longest_heading or contents.covers(pages[at], look.rect):
            continue
        key = key_of(look.text)
        before = looks[best[key]].size + limits.larger_by if key in best else 0.0
        if key in contents.keys and (key not in best or look.size > before):
            best[key] = at
    return set(best.values())


def find_bookmarked_paragraphs(
    layouts: Sequence[Layout],
    looks: Mapping[int, Look],
    limits: ContentsThresholds = CONTENTS,
) -> dict[int, int]:
    """Return the paragraphs that the file's bookmarks name, with the bookmark's level.

    A bookmark may leave out the number that its heading has on the page.
    """
    found: dict[int, int] = {}
    for layout in layouts:
        wanted = {key: level for level, title in layout.content.bookmarks if (key := key_of(title))}
        for paragraph in layout.paragraphs if wanted else ():
            look = looks[paragraph.number]
            if len(look.text) > limits.longest_heading:
                continue
            whole = key_of(look.text)
            keys = [whole, *(whole[cut:] for cut in range(1, 7) if len(whole) - cut > 5)]
            match = next((key for key in keys if key in wanted), None)
            if match is not None:
                found[paragraph.number] = wanted.pop(match)
    return found
