"""Chooses passages for a summary of whole documents, which has no words to search for.

They are the openings of sections, spread evenly over each document and over the documents. Limits:
of more documents than passages only the first ones by name are shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.library import Library
from ingest.library.listing import list_searchable
from ingest.types import Chunk, DocumentRecord
from rag.types import Filters, Hit

_SECTION_DEPTH = 2
"""Headings down to this level open a section of their own."""


class Overview:
    """Chooses passages that stand for whole documents."""

    def __init__(self, library: Library, limit: int) -> None:
        """`limit` is how many passages are chosen where the caller names no number."""
        self._library = library
        self._limit = limit

    def select_hits(self, filters: Filters, limit: int | None = None) -> list[Hit]:
        """Return passages in reading order. Raises NotFound, StoreUnavailable."""
        count = limit or self._limit
        scope = filters.to_scope(self._library)
        documents = list_searchable(self._library, scope, count).items
        share = max(1, count // max(1, len(documents)))
        chosen = [
            (document, chunk)
            for document in documents
            for chunk in section_openings(self._list_chunks(document, filters), share)
        ]
        return [
            Hit(
                chunk=chunk,
                document_name=document.name,
                score=1.0 / rank,
                collection_id=document.collection_id,
                media_type=document.media_type,
            )
            for rank, (document, chunk) in enumerate(chosen[:count], start=1)
        ]

    def _list_chunks(self, document: DocumentRecord, filters: Filters) -> list[Chunk]:
        return [chunk for chunk in self._library.read_chunks(document.id) if filters.admits(chunk)]


def section_openings(chunks: Sequence[Chunk], count: int) -> list[Chunk]:
    """Return at most `count` chunks in order: openings of sections, evenly spread, from the first.

    Where there are fewer sections, the first other chunks are added.
    """
    openings = [
        chunk
        for place, chunk in enumerate(chunks)
        if place == 0 or _section_of(chunk) != _section_of(chunks[place - 1])
    ]
    if len(openings) < count:
        rest = [chunk for chunk in chunks if chunk not in openings]
        openings = sorted(
            [*openings, *rest[: count - len(openings)]], key=lambda chunk: chunk.ordinal
        )
    if len(openings) <= count:
        return openings
    return [openings[place * len(openings) // count] for place in range(count)]


def _section_of(chunk: Chunk) -> tuple[str, ...]:
    return chunk.heading_path[:_SECTION_DEPTH]
