"""Finds the boxes of a range of characters, and packs boxes and spans into a blob.

Pure functions over `Span`s ordered by `start` and not overlapping, as parsers make them. A span
that the range covers in part is cut in proportion to its characters: Chinese is written without
spaces, so there one span may be a whole line. The blob stores numbers by column, which compresses
far better than by row, and coordinates as 32-bit floats where that loses nothing, as for those
that a PDF library gave as such.

Limits: characters of one span are taken as equally wide, so a cut through a run that mixes Chinese
and Latin may be off by a character or two. Vertical text is cut from top to bottom, and each of its
spans keeps a box of its own. There is no search inside a blob.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.types import Box, Span

_HEADER = struct.Struct("<BBII")  # version, bytes per coordinate, boxes, spans
_VERSION = 1


def pack_geometry(boxes: Sequence[Box], spans: Sequence[Span]) -> bytes:
    """Return the blob of these boxes and spans; empty for none at all."""
    if not boxes and not spans:
        return b""
    every = [*boxes, *(span.box for span in spans)]
    rows = [(box.x0, box.y0, box.x1, box.y1) for box in every]
    coordinates: NDArray[np.floating] = np.array(rows, dtype="<f8").T
    width = 8
    with np.errstate(over="ignore"):  # what does not fit in 32 bits is kept in 64
        narrow = coordinates.astype("<f4")
    if np.array_equal(narrow.astype("<f8"), coordinates):
        coordinates, width = narrow, 4
    pages = [box.page for box in every]
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    numbers = np.array([*pages, *starts, *ends], dtype="<i4")
    head = _HEADER.pack(_VERSION, width, len(boxes), len(spans))
    return head + zlib.compress(numbers.tobytes() + coordinates.tobytes(), 6)


def unpack_geometry(blob: bytes) -> tuple[tuple[Box, ...], tuple[Span, ...]]:
    """Return the boxes and spans of a blob. Raises ValueError when it is no such blob."""
    if not blob:
        return (), ()
    try:
        version, width, boxes, spans = _HEADER.unpack_from(blob)
        data = zlib.decompress(blob[_HEADER.size :])
    except (struct.error, zlib.error) as error:
        raise ValueError(f"the stored geometry is damaged: {error}") from error
    total = boxes + spans
    if version != _VERSION or len(data) != 4 * (total + 2 * spans) + 4 * width * total:
        raise ValueError("the stored geometry is damaged or of another version")
    numbers: NDArray[np.int32] = np.frombuffer(data, "<i4", total + 2 * spans)
    kind = "<f4" if width == 4 else "<f8"
    columns = np.frombuffer(data, kind, 4 * total, 4 * len(numbers)).reshape(4, total).tolist()
    every = list(map(Box, numbers[:total].tolist(), *columns))
    starts = numbers[total : total + spans].tolist()
    ends = numbers[total + spans :].tolist()
    return tuple(every[:boxes]), tuple(map(Span, starts, ends, every[boxes:]))


_SAME_LINE_OVERLAP = 0.5
"""Boxes that share this much of the lower one's height stand on one line."""
_GAP_IN_HEIGHTS = 2.0
"""A wider gap than this between two words is the gap between columns or cells."""
_VERTICAL_RATIO = 1.5
_TALLEST_WORD = 5.0
"""Height over width of one narrow character such as "l": n of them are at most 5 / n."""


def slice_spans(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """Return the spans of characters `[start, end)`, cut to them and counted from `start`."""
    found: list[Span] = []
    first = bisect_right(spans, start, key=lambda span: span.end)
    for span in spans[first:]:
        if span.start >= end:
            break
        low, high = max(span.start, start), min(span.end, end)
        if low < high:
            found.append(Span(low - start, high - start, _cut_span_box(span, low, high)))
    return tuple(found)


def shift_spans(spans: Iterable[Span], offset: int) -> tuple[Span, ...]:
    """Return the spans with `offset` added to their character positions."""
    return tuple(Span(span.start + offset, span.end + offset, span.box) for span in spans)


def boxes_of(spans: Sequence[Span], start: int, end: int) -> tuple[Box, ...]:
    """Return the boxes of characters `[start, end)`, neighbours on a line merged into one."""
    return merge_line_boxes(span.box for span in slice_spans(spans, start, end))


def merge_line_boxes(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Merge boxes that follow each other on one line of one page; the order is kept."""
    merged: list[Box] = []
    for box in boxes:
        if merged and _can_merge_boxes(merged[-1], box):
            merged[-1] = unite_boxes(merged[-1], box)
        else:
            merged.append(box)
    return tuple(merged)


def unite_boxes(first: Box, second: Box) -> Box:
    """Return the smallest box that holds both; they must lie on one page."""
    return Box(
        first.page,
        min(first.x0, second.x0),
        min(first.y0, second.y0),
        max(first.x1, second.x1),
        max(first.y1, second.y1),
    )


def _can_merge_boxes(previous: Box, box: Box) -> bool:
    if previous.page != box.page:
        return False
    height = min(previous.y1 - previous.y0, box.y1 - box.y0)
    shared = min(previous.y1, box.y1) - max(previous.y0, box.y0)
    gap = max(box.x0 - previous.x1, previous.x0 - box.x1)
    return shared > 0 and shared >= _SAME_LINE_OVERLAP * height and gap <= _GAP_IN_HEIGHTS * height


def _cut_span_box(span: Span, low: int, high: int) -> Box:
    length = span.end - span.start
    box = span.box
    if (low, high) == (span.start, span.end):
        return box
    first, last = (low - span.start) / length, (high - span.start) / length
    width, height = box.x1 - box.x0, box.y1 - box.y0
    if height > width * max(_VERTICAL_RATIO, _TALLEST_WORD / length):
        return Box(box.page, box.x0, box.y0 + height * first, box.x1, box.y0 + height * last)
    return Box(box.page, box.x0 + width * first, box.y0, box.x0 + width * last, box.y1)
