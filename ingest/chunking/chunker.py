"""A document cut into chunks: structure first, then sentences, then tokens.

No chunk crosses a top-level heading (`ingest.chunking.sections` says which those are). Within a
top-level section the text under one heading is packed sentence by sentence; small neighbouring
sections are joined where the whole fits. A table stays whole when it fits, else it is cut between
rows and each part repeats the header; a caption stays with its table or figure. `Chunk.text` is a
slice of `Document.text`, apart from that repeated header.

Headings: the ones a chunk stands under are its `heading_path` (the document's title first) and do
not stand in its text; headings inside a chunk of joined sections, and headings too long for the
path, stand in the text. So every character of the document is in the text of some chunk or in the
heading path of one.

Limits: a path takes at most a third of the token budget, the innermost headings first; overlap is
of whole sentences under one heading, never rows of a table; a single character that counts more
tokens than the budget makes a chunk above it. `Chunk.tokens` does not count what is `described`; a
caption alone with a long description is above the budget of the embedder, which then cuts it off.
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
from ingest.chunking.sections import Placed, placed_blocks, sections
from ingest.document.figures import notes_of
from ingest.document.geometry import boxes_of, shift_spans, slice_spans
from ingest.types import Box, Chunk, Document, Span

CHUNKER_VERSION = "1"
"""Changes whenever the same document would be cut otherwise; the index remembers it."""

_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    """Sizes in tokens of the embedder. Overlap is held to half of `max_tokens`."""

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
    source = _Source(document.text, blocks, notes_of(document))
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    chunks: list[Chunk] = []
    for leaves in sections(blocks):
        for parcel in packer.pack(leaves):
            for part in _within_budget(parcel, source, measure, options.max_tokens):
                key = (part.parcel.titles, part.text)
                identity = _chunk_id(document.id, *key, seen[key], part.described)
                seen[key] += 1
                chunks.append(_chunk(document.id, identity, len(chunks), part, source))
    return chunks


@dataclass(frozen=True, slots=True)
class _Part:
    """A parcel with its text and the tokens of path and text as the tokenizer counts them."""

    parcel: Parcel
    text: str
    tokens: int
    described: str


def _within_budget(
    parcel: Parcel, source: _Source, measure: TokenCounter, max_tokens: int
) -> Iterator[_Part]:
    """Yield the parcel, or halves of it where the sum of its pieces was an underestimate."""
    text = source.text_of(parcel)
    described = source.described(parcel)
    tokens = measure.count("\n".join((*parcel.titles, text)))
    # A description only parts sentences from each other: no caption is cut to make room for it.
    weighed = described and len(parcel.pieces) > 1
    room = max_tokens - (measure.count(described) if weighed else 0)
    halves = parcel.split_in_half(measure.text) if tokens > room else ()
    if not halves:
        yield _Part(parcel, text, tokens, described)
    for half in halves:
        yield from _within_budget(half, source, measure, max_tokens)


def _chunk(document_id: str, identity: str, ordinal: int, part: _Part, source: _Source) -> Chunk:
    boxes = source.boxes(part.parcel)
    pages = [box.page for box in boxes] or source.pages(part.parcel)
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
        kind=_kind(part.parcel),
        spans=source.spans(part.parcel),
        described=part.described,
    )


def _kind(parcel: Parcel) -> Literal["text", "table"]:
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


class _Source:
    """Text and geometry of the document by character range."""

    def __init__(
        self, text: str, blocks: Sequence[Placed], notes: Sequence[tuple[int, str]]
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

    def described(self, parcel: Parcel) -> str:
        """Return what the figures in this part of the document show, a line for each."""
        low = bisect_left(self._notes, parcel.start, key=lambda note: note[0])
        high = bisect_left(self._notes, parcel.end, key=lambda note: note[0])
        return "\n".join(text for _, text in self._notes[low:high])

    def spans(self, parcel: Parcel) -> tuple[Span, ...]:
        if parcel.header is None:
            return self._slice(parcel.start, parcel.end)
        header = self._slice(*parcel.header)
        offset = parcel.header[1] - parcel.header[0] + 1
        return header + shift_spans(self._slice(parcel.start, parcel.end), offset)

    def boxes(self, parcel: Parcel) -> tuple[Box, ...]:
        """Return where the text stands; a repeated header is not marked again."""
        boxes: list[Box] = []
        for placed in self._touched(parcel.start, parcel.end):
            low, high = _within(placed, parcel.start, parcel.end)
            if placed.block.spans:
                boxes.extend(boxes_of(placed.block.spans, low, high))
            else:
                boxes.extend(placed.block.boxes)
        return tuple(dict.fromkeys(boxes))

    def pages(self, parcel: Parcel) -> list[int]:
        """Return the pages of the blocks."""
        return [placed.page for placed in self._touched(parcel.start, parcel.end)]

    def _slice(self, start: int, end: int) -> tuple[Span, ...]:
        spans: list[Span] = []
        for placed in self._touched(start, end):
            low, high = _within(placed, start, end)
            found = slice_spans(placed.block.spans, low, high)
            spans.extend(shift_spans(found, placed.start + low - start))
        return tuple(spans)

    def _touched(self, start: int, end: int) -> Sequence[Placed]:
        return self._blocks[bisect_right(self._ends, start) : bisect_left(self._starts, end)]


def _within(placed: Placed, start: int, end: int) -> tuple[int, int]:
    """Return the part of `[start, end)` that lies in a block, counted from the block's start."""
    return max(0, start - placed.start), min(placed.end, end) - placed.start
