"""Hits that were cut out of a running section get the text beside them; nothing is told twice.

Limits: only what adjoins a hit in its own document, under the same headings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.document.geometry import slice_spans
from ingest.library import Shown
from ingest.types import Chunk


def select_neighbours(found: Sequence[Shown]) -> list[tuple[Chunk, ...]]:
    """Return the neighbours of each of these hits, best hit first, without what is told already."""
    told = [shown.chunk for shown in found]
    neighbours = []
    for shown in found:
        fresh = (remove_known_text(chunk, told) for chunk in _find_continuations(shown))
        joined = [part for part in fresh if part is not None]
        told.extend(joined)
        neighbours.append(tuple(joined))
    return neighbours


def _find_continuations(shown: Shown) -> list[Chunk]:
    """Return the adjoining chunks that run on in the same section.

    A hit is cut where its section goes on: a neighbour under another heading is another subject.
    """
    before = _take_same_section(reversed(shown.before), shown.chunk)
    after = _take_same_section(shown.after, shown.chunk)
    return [*reversed(before), *after]


def _take_same_section(side: Iterable[Chunk], chunk: Chunk) -> list[Chunk]:
    joined: list[Chunk] = []
    for other in side:
        if other.heading_path != chunk.heading_path:
            break
        joined.append(other)
    return joined


def remove_known_text(chunk: Chunk, told: Sequence[Chunk]) -> Chunk | None:
    """Return `chunk` without what `told` chunks of its document say already, or None if nothing.

    Chunks overlap at their edges; the rest is a true slice (id kept, range and spans re-based). A
    table is told whole or not at all: its text repeats header rows and is no slice.
    """
    start, end = chunk.char_range
    for other in told:
        if other.document_id != chunk.document_id:
            continue
        if other.id == chunk.id:
            return None
        low, high = other.char_range
        if low <= start < high:
            start = high
        if low < end <= high:
            end = low
    if (start, end) == chunk.char_range:
        return chunk
    if chunk.kind == "table":
        return chunk if start < end else None
    first, last = start - chunk.char_range[0], end - chunk.char_range[0]
    text = chunk.text[first:last] if start < end else ""
    if not text.strip():
        return None
    return replace(
        chunk, text=text, char_range=(start, end), spans=slice_spans(chunk.spans, first, last)
    )
