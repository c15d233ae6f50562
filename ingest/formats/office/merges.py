"""The merged areas of a sheet, found in its XML as a stream: openpyxl forgets them when it streams.

Limits: an area of a single cell is none; more than `MOST_AREAS` are not kept, so that a hostile
sheet costs no memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO, TypeAlias

MOST_AREAS = 200_000
_AREA = re.compile(
    rb'<(?:\w{1,20}:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"\s*/?>'
)
_OVERLAP = 128
_PIECE = 1 << 20

Spans: TypeAlias = Mapping[tuple[int, int], tuple[int, int]]
"""Row and column of an area's upper left cell (from 1) to its rows and columns."""


def merged_areas(stream: IO[bytes]) -> Spans:
    """Return the merged areas that a sheet's XML names."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for left, top, right, bottom in _named(stream):
        first, last = _column(left), _column(right)
        height, width = int(bottom) - int(top) + 1, last - first + 1
        if height >= 1 and width >= 1 and height * width > 1 and len(found) < MOST_AREAS:
            found[int(top), first] = (height, width)
    return found


def _named(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    tail = b""
    while piece := stream.read(_PIECE):
        text = tail + piece
        end = 0
        for match in _AREA.finditer(text):
            end = match.end()
            left, top, right, bottom = match.groups()
            yield left, top, right, bottom
        tail = text[max(end, len(text) - _OVERLAP) :]


def _column(letters: bytes) -> int:
    """Return the number of a column, from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
