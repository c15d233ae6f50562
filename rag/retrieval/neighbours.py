"""Adds the adjoining text to hits that were cut out of a running section, and repeats no text.

Limits: only text that adjoins a hit in its own document, under the same headings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.document.geometry import slice_spans
from ingest.library import Shown
from ingest.types import Chunk


def select_neighbours(found: Sequence[Shown]) -> list[tuple[Chunk, ...]]:
    """Return the neighbours of each of these hits, best hit first, without text shown already."""
    known = [shown.chunk for shown in found]
    neighbours = []
    for shown in found:
        parts = (remove_known_text(chunk, known) for chunk in _find_continuations(shown))
        new_parts = [part for part in parts if part is not None]
        known.extend(new_parts)
        neighbours.append(tuple(new_parts))
    return neighbours


def _find_continuations(shown: Shown) -> list[Chunk]:
    """Return the adjoining chunks that run on in the same section.

    A neighbour under another heading is about another subject and is left out.
    """
    before = _take_same_section(reversed(shown.before), shown.chunk)
    after = _take_same_section(shown.after, shown.chunk)
    return [*reversed(before), *after]


def _take_same_section(side: Iterable[Chunk], chunk: Chunk) -> list[Chunk]:
    continuations: list[Chunk] = []
    for other in side:
        if other.heading_path != chunk.heading_path:
            break
        continuations.append(other)
    return continuations


def remove_known_text(chunk: Chunk, known: Sequence[Chunk]) -> Chunk | None:
    """Return `chunk` without text that `known` chunks of its document have; None if none is left.

    Chunks overlap at their edges; the rest is a true slice (same id, range and spans re-based). A
    table is returned whole or not at all: its text repeats header rows and is no slice.
    """
    start, end = chunk.char_range
    for other in known:
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
