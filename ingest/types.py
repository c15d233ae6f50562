"""Defines the data types of ingestion: what a file becomes on its way to being searchable.

All are frozen and do no work beyond giving their text in another form, so that any stage may be
run, tested or replaced alone. Coordinates are PDF points in the page's displayed
orientation, origin top left; pages count from 1. Documents without pages (DOCX, HTML, Markdown,
text) have one page of size 0 x 0 and no boxes: there the character range is the locator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

BlockKind = Literal[
    "title",
    "heading",
    "text",
    "list",
    "table",
    "caption",
    "formula",
    "figure",
    "footnote",
    "code",
]

BLOCK_SEPARATOR = "\n\n"
"""What stands between two blocks in the text of a document and of a chunk."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in PDF points, origin top left; `page` counts from 1."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `[start, end)` of the owning text and where they stand on the page.

    One span is one word (a run without white space), so a quote can be marked to the word.
    """

    start: int
    end: int
    box: Box


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell; row and column count from 0."""

    row: int
    column: int
    text: str
    row_span: int = 1
    column_span: int = 1
    header: bool = False
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of cells. Cells are in row-major order; a spanned position has no cell of its own."""

    rows: int
    columns: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text of one kind.

    `text` is NFC, de-hyphenated across lines, ligatures resolved. A table's text is its Markdown
    pipe table (`ingest.document.table_text`). `level` is 1.. for headings (title: 1), nesting depth
    for list items (0 = outermost), else 0. `spans` cover `text` word by word where there is
    geometry. `description` is what a model says of a figure (see
    `ingest.document.figure_descriptions`): it helps to find, is no text of the document and is
    never quoted. `mark` is what a footnote begins with and what stands in the text where it belongs
    ("1", "†").
    """

    kind: BlockKind
    text: str
    boxes: tuple[Box, ...] = ()
    level: int = 0
    table: Table | None = None
    spans: tuple[Span, ...] = ()
    description: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class PageQuality:
    """How well a page was understood.

    `source` says where its text is from: the file's own text, OCR, or both; "none" where it has
    none. `readable` is 0..1: of text the share of characters that can be read, of OCR its mean
    confidence; 1.0 for an empty page. `language` is an ISO 639-1 code, "" where that is not clear.
    """

    source: Literal["text", "ocr", "both", "none"]
    readable: float
    language: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide, sheet or chapter. `label` is the number printed on it, if any.

    `width` and `height` are points as displayed, 0 where the format has no geometry.
    `furniture` holds the running headers and footers taken out of the text. `quality` is None
    until it is judged (`ingest.formats.quality`).
    """

    number: int
    width: float = 0.0
    height: float = 0.0
    blocks: tuple[Block, ...] = ()
    label: str = ""
    furniture: tuple[str, ...] = ()
    quality: PageQuality | None = None


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A heading of the document: what a table of contents shows."""

    title: str
    level: int
    page: int


@dataclass(frozen=True, slots=True)
class ParseWarning:
    """Something was lost or is doubtful, but the document can be used.

    `code` is stable and machine readable (`page_failed`, `page_without_text`, ...); `page` is 0
    when it concerns the whole document.
    """

    code: str
    message: str
    page: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. Its text is the text of all blocks, pages in order, joined by a blank line."""

    id: str
    name: str
    media_type: str
    sha256: str
    pages: tuple[Page, ...]
    outline: tuple[OutlineEntry, ...] = ()
    warnings: tuple[ParseWarning, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, page by page, in reading order."""
        return tuple(block for page in self.pages for block in page.blocks)

    @property
    def text(self) -> str:
        """The whole text; `Chunk.char_range` counts characters of it."""
        return BLOCK_SEPARATOR.join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document: what is embedded, found, shown and quoted.

    `text` is what is shown and quoted; `indexed_text` (heading path + text) is what is judged, and
    with `described` what is embedded and searched. `described` is what a model says of the figures
    here: generated, so it is neither shown nor quoted, and no evidence. `char_range` is
    `[start, end)` in `Document.text`; `text` equals that slice, except that a table split between
    rows repeats its header row. `spans` count characters of `text`. `id` depends on document id and
    content alone, so an unchanged chunk keeps its id when the document is replaced.
    """

    id: str
    document_id: str
    ordinal: int
    text: str
    heading_path: tuple[str, ...]
    boxes: tuple[Box, ...]
    char_range: tuple[int, int]
    page: int
    page_end: int
    tokens: int
    kind: Literal["text", "table"] = "text"
    spans: tuple[Span, ...] = ()
    described: str = ""

    @property
    def indexed_text(self) -> str:
        """Heading path and text: the part of the document's own text that both indexes get."""
        return "\n".join((*self.heading_path, self.text))


class DocumentState(StrEnum):
    """Where a document stands; see "Losing nothing" in the operations guide."""

    QUEUED = "queued"
    PARSING = "parsing"
    EMBEDDING = "embedding"
    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents."""

    id: str
    name: str
    description: str
    created_at: datetime
    documents: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document failed: the code of an `IngestError`, its message and what to do about it."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as the store knows it.

    `searchable` says that a live version answers searches; during a replace that is the old one,
    and `media_type` is of that one while `sha256` and `size` are of the new one.
    `pages_done` of `pages` and `chunks_done` of `chunks` are progress within the current state.
    """

    id: str
    collection_id: str
    name: str
    media_type: str
    sha256: str
    size: int
    state: DocumentState
    created_at: datetime
    updated_at: datetime
    searchable: bool = False
    pages: int = 0
    pages_done: int = 0
    chunks: int = 0
    chunks_done: int = 0
    attempts: int = 0
    failure: Failure | None = None
    warnings: tuple[ParseWarning, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddedDocument:
    """The result of `Library.add` or `replace` for one file."""

    document: DocumentRecord
    outcome: Literal["added", "unchanged", "replaced"]
