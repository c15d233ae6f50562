"""Boxes and spans of a chunk to a small blob and back, exactly.

Columns of numbers compress far better than rows, and coordinates that came from a PDF library as
32-bit floats are stored as such (only when that loses nothing). Limits: one chunk at a time; no
search inside a blob.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.types import Box, Span

_HEADER = struct.Struct("<BBII")  # version, bytes per coordinate, boxes, spans
_VERSION = 1


def pack(boxes: Sequence[Box], spans: Sequence[Span]) -> bytes:
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


def unpack(blob: bytes) -> tuple[tuple[Box, ...], tuple[Span, ...]]:
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
