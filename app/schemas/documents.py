"""Defines the JSON of collections, documents and their contents: what clients send and receive.

Models read straight from the frozen nouns of `ingest.types` (attributes of the same name), so a
field exists in one place. Times are ISO 8601 in UTC. The JSON of answers is in
`app.schemas.answers`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.http.errors import Problem
from ingest.storage.attempts import AttemptOutcome
from ingest.types import BlockKind, DocumentState


def _as_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Time = Annotated[datetime, AfterValidator(_as_utc)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4_000)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Out(BaseModel):
    """Base of everything that is sent: made from objects with attributes of the same names."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class In(BaseModel):
    """Base of everything that is received: unknown fields are errors, so typing mistakes show."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CollectionIn(In):
    """A collection to create."""

    name: Name
    description: Text = ""


class CollectionPatch(In):
    """What to change of a collection; absent fields stay."""

    name: Name | None = None
    description: Text | None = None


class CollectionOut(Out):
    """A named set of documents."""

    id: str
    name: str
    description: str
    created_at: Time
    documents: int


class CollectionList(Out):
    """All collections."""

    items: list[CollectionOut]


class FailureOut(Out):
    """Why a document failed and what to do about it."""

    code: str
    message: str
    hint: str


class WarningOut(Out):
    """Something that was lost or doubtful; page 0 means the whole document."""

    code: str
    message: str
    page: int


class DocumentOut(Out):
    """A document as the store knows it."""

    id: str
    collection_id: str
    name: str
    media_type: str
    sha256: str
    size: int
    state: DocumentState
    created_at: Time
    updated_at: Time
    searchable: bool
    pages: int
    pages_done: int
    chunks: int
    chunks_done: int
    attempts: int
    failure: FailureOut | None
    warnings: list[WarningOut]
    metadata: dict[str, str]


class AttemptOut(Out):
    """A worker's time with a document; `ended` and `outcome` are null while it lasts.

    `worker` is HOST:PROCESS, `reached` the state at its end; `code` and `message` say why the
    document did not become ready.
    """

    number: int
    revision: int
    worker: str
    started: Time
    ended: Time | None
    reached: DocumentState
    outcome: AttemptOutcome | None
    code: str | None
    message: str | None


class AttemptList(Out):
    """The last attempts at a document, the oldest first."""

    items: list[AttemptOut]


class DocumentListOut(Out):
    """One page of a collection's documents; `total` counts all that match."""

    items: list[DocumentOut]
    total: int
    page: int
    page_size: int


class AddedOut(Out):
    """What became of one uploaded file."""

    document: DocumentOut
    outcome: Literal["added", "unchanged", "replaced"]


class RefusedOut(Out):
    """An uploaded file that was not taken, and why. `name` is the name as sent, cleaned."""

    name: str
    error: Problem


class UploadOut(Out):
    """One entry per uploaded file, in the order sent."""

    items: list[AddedOut | RefusedOut]


class OutlineEntryOut(Out):
    """A heading of the document."""

    title: str
    level: int
    page: int


class OutlineOut(Out):
    """The table of contents."""

    items: list[OutlineEntryOut]


class BoxOut(Out):
    """A rectangle in PDF points, origin top left; pages count from 1."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class ChunkOut(Out):
    """A passage; `char_range` counts characters of the document's text."""

    id: str
    document_id: str
    ordinal: int
    text: str
    heading_path: list[str]
    boxes: list[BoxOut]
    char_range: tuple[int, int]
    page: int
    page_end: int
    tokens: int
    kind: Literal["text", "table"]


class ChunkList(Out):
    """The passages of a document, in order."""

    items: list[ChunkOut]


class QualityOut(Out):
    """How well a page was understood: where its text is from, the share that can be read (0..1;
    of OCR its mean confidence), and its language ("" where that is not clear)."""  # noqa: D205, D209

    source: Literal["text", "ocr", "both", "none"]
    readable: float
    language: str


class PageSummary(Out):
    """A page without its content; sizes in points, 0 where the format has no geometry.

    `quality` is null for documents that were parsed before it was judged.
    """

    number: int
    label: str
    width: float
    height: float
    quality: QualityOut | None


class PageList(Out):
    """The pages of a document."""

    items: list[PageSummary]


class CellOut(Out):
    """A table cell; row and column count from 0. `box` is null where the format has no geometry."""

    row: int
    column: int
    text: str
    row_span: int
    column_span: int
    header: bool
    box: BoxOut | None


class TableOut(Out):
    """A grid of cells in row-major order."""

    rows: int
    columns: int
    cells: list[CellOut]


class BlockOut(Out):
    """A run of text of one kind; `char_range` counts characters of the document's text.

    `mark` is what ties a footnote to the text, "" for other kinds.
    """

    kind: BlockKind
    text: str
    level: int
    boxes: list[BoxOut]
    char_range: tuple[int, int]
    table: TableOut | None
    mark: str


class PageOut(PageSummary):
    """A page with its blocks in reading order, and the running headers and footers left out."""

    blocks: list[BlockOut]
    furniture: list[str]


class PageViewOut(PageOut):
    """A page to look at; `continued` are the blocks of earlier pages that run on over to it."""

    continued: list[BlockOut]


class StatusLimits(Out):
    """Limits that a client should know before it sends something."""

    max_file_mb: int


class StatusOut(Out):
    """What this server is and can do."""

    version: str
    answerer: str
    embedder: str
    ocr: bool
    auth_required: bool
    formats: list[str]
    limits: StatusLimits


class SessionIn(In):
    """The key to exchange for a session cookie."""

    key: str = Field(max_length=1_000)


class HealthOut(Out):
    """Whether the server can do its work; each check is "ok" or the code of what is wrong."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, str]
