"""Cuts a document into chunks: by structure first, then by sentences, then by tokens.

No chunk crosses a top-level heading (`ingest.chunking.sections` finds those). Within a
top-level section the text under one heading is packed sentence by sentence; small neighbouring
sections are joined where the whole fits. A table stays whole when it fits, else it is cut between
rows and each part repeats the header; a caption stays with its table or figure. `Chunk.text` is a
slice of `Document.text`, apart from that repeated header.

Headings: the headings above a chunk are its `heading_path` (the document's title first) and are not
in its text; headings inside a chunk of joined sections, and headings too long for the path, are in
the text. So every character of the document is in the text of some chunk or in the heading path of
one.

Limits: a path takes at most a third of the token budget, the innermost headings first; overlap is
of whole sentences under one heading, never rows of a table; a single character that counts more
tokens than the budget makes a chunk above it. `Chunk.tokens` does not count `Chunk.described`; a
single caption with a long description is above the embedder's budget, and the embedder cuts it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.chunking.packing import Packer, Parcel
from ingest.chunking.pieces import TokenCounter
from ingest.chunking.sections import PlacedBlock, placed_blocks, split_into_sections
from ingest.document.figures import locate_descriptions
from ingest.document.geometry import boxes_of, shift_spans, slice_spans
from ingest.types import Box, Chunk, Document, Span

CHUNKER_VERSION = "1"
"""Changes whenever the same document would be cut differently; the index remembers it."""

_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    """Sizes in tokens of the embedder. The overlap is at most half of `max_tokens`."""

    max_tokens: int = 224
    overlap_tokens: int = 32

    def __post_init__(self) -> None:
        """Raise ValueError for sizes that make no sense."""
        if self.max_tokens < 1 or self.overlap_tokens < 0:
            raise ValueError("max_tokens must be at least 1 and overlap_tokens at least 0")


def chunk_document(
    document: Document, options: ChunkOptions, count_tokens: Callable[[str], int]
) -> list[Chunk]:
    """Return the chunks in reading order; none for a document without text.

    Each has at most `options.max_tokens` tokens of `indexed_text` as `count_tokens` counts them.
    An id depends on document id, heading path, text and descriptions of figures (and, for repeated
    text, on how many times it came before), so an edit in one top-level section leaves the ids of
    the others alone.
    """
    blocks = placed_blocks(document)
    measure = TokenCounter(document.text, count_tokens)
    packer = Packer(measure, options.max_tokens, options.overlap_tokens)
    source = _DocumentSlicer(document.text, blocks, locate_descriptions(document))
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    chunks: list[Chunk] = []
    for leaves in split_into_sections(blocks):
        for parcel in packer.pack(leaves):
            for part in _split_to_budget(parcel, source, measure, options.max_tokens):
                key = (part.parcel.titles, part.text)
                identity = _chunk_id(document.id, *key, seen[key], part.described)
                seen[key] += 1
                chunks.append(_build_chunk(document.id, identity, len(chunks), part, source))
    return chunks


@dataclass(frozen=True, slots=True)
class _SizedParcel:
    """A parcel with its text and the tokens of path and text as the tokenizer counts them."""

    parcel: Parcel
    text: str
    tokens: int
    described: str


def _split_to_budget(
    parcel: Parcel, source: _DocumentSlicer, measure: TokenCounter, max_tokens: int
) -> Iterator[_SizedParcel]:
    """Yield the parcel, or parts of it if its text has more tokens than the sum of its pieces."""
    text = source.text_of(parcel)
    described = source.collect_descriptions(parcel)
    tokens = measure.count("\n".join((*parcel.titles, text)))
    # Room for a description is made between sentences only: a single piece, such as a caption, is
    # not cut for it.
    needs_room = described and len(parcel.pieces) > 1
    room = max_tokens - (measure.count(described) if needs_room else 0)
    halves = parcel.split_in_half(measure.text) if tokens > room else ()
    if not halves:
        yield _SizedParcel(parcel, text, tokens, described)
    for half in halves:
        yield from _split_to_budget(half, source, measure, max_tokens)


def _build_chunk(
    document_id: str, identity: str, ordinal: int, part: _SizedParcel, source: _DocumentSlicer
) -> Chunk:
    boxes = source.collect_boxes(part.parcel)
    pages = [box.page for box in boxes] or source.collect_pages(part.parcel)
    return Chunk(
        id=identity,
        document_id=document_id,
        ordinal=ordinal,
        text=part.text,
        heading_path=part.parcel.titles,
        boxes=boxes,
        char_range=(part.parcel.start, part.parcel.end),
        page=min(pages),
        page_end=max(pages),
        tokens=part.tokens,
        kind=_kind_of_parcel(part.parcel),
        spans=source.collect_spans(part.parcel),
        described=part.described,
    )


def _kind_of_parcel(parcel: Parcel) -> Literal["text", "table"]:
    kinds = {piece.kind for piece in parcel.pieces}
    return "table" if "table" in kinds and "text" not in kinds else "text"


def _chunk_id(
    document_id: str, path: Sequence[str], text: str, occurrence: int, described: str
) -> str:
    digest = hashlib.sha256()
    parts = (document_id, *path, "", text, str(occurrence))
    for part in (*parts, described) if described else parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    return digest.hexdigest()[:_ID_LENGTH]


class _DocumentSlicer:
    """Text and geometry of the document by character range."""

    def __init__(
        self, text: str, blocks: Sequence[PlacedBlock], notes: Sequence[tuple[int, str]]
    ) -> None:
        self._text = text
        self._notes = notes
        self._blocks = blocks
        self._starts = [placed.start for placed in blocks]
        self._ends = [placed.end for placed in blocks]

    def text_of(self, parcel: Parcel) -> str:
        text = self._text[parcel.start : parcel.end]
        if parcel.header is None:
            return text
        return self._text[slice(*parcel.header)] + "\n" + text

    def collect_descriptions(self, parcel: Parcel) -> str:
        """Return what the figures in this part of the document show, a line for each."""
        low = bisect_left(self._notes, parcel.start, key=lambda note: note[0])
        high = bisect_left(self._notes, parcel.end, key=lambda note: note[0])
        return "\n".join(text for _, text in self._notes[low:high])

    def collect_spans(self, parcel: Parcel) -> tuple[Span, ...]:
        if parcel.header is None:
            return self._find_spans_between(parcel.start, parcel.end)
        header = self._find_spans_between(*parcel.header)
        offset = parcel.header[1] - parcel.header[0] + 1
        return header + shift_spans(self._find_spans_between(parcel.start, parcel.end), offset)

    def collect_boxes(self, parcel: Parcel) -> tuple[Box, ...]:
        """Return where the text stands; a repeated header is not marked again."""
        boxes: list[Box] = []
        for placed in self._find_blocks_between(parcel.start, parcel.end):
            low, high = _clip_to_block(placed, parcel.start, parcel.end)
            if placed.block.spans:
                boxes.extend(boxes_of(placed.block.spans, low, high))
            else:
                boxes.extend(placed.block.boxes)
        return tuple(dict.fromkeys(boxes))

    def collect_pages(self, parcel: Parcel) -> list[int]:
        """Return the pages of the blocks."""
        return [placed.page for placed in self._find_blocks_between(parcel.start, parcel.end)]

    def _find_spans_between(self, start: int, end: int) -> tuple[Span, ...]:
        spans: list[Span] = []
        for placed in self._find_blocks_between(start, end):
            low, high = _clip_to_block(placed, start, end)
            found = slice_spans(placed.block.spans, low, high)
            spans.extend(shift_spans(found, placed.start + low - start))
        return tuple(spans)

    def _find_blocks_between(self, start: int, end: int) -> Sequence[PlacedBlock]:
        return self._blocks[bisect_right(self._ends, start) : bisect_left(self._starts, end)]


def _clip_to_block(placed: PlacedBlock, start: int, end: int) -> tuple[int, int]:
    """Return the part of `[start, end)` that lies in a block, counted from the block's start."""
    return max(0, start - placed.start), min(placed.end, end) - placed.start
