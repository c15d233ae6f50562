"""Defines the JSON of search, answers and conversations.

`rag.serialize` writes it, also for conversations and the command line; the models here describe it
for OpenAPI, check it, and read what clients send.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.schemas.documents import BoxOut, ChunkOut, Identifier, In, Name, Out, Time
from ingest.errors import InvalidRequest
from ingest.storage.filters import Period
from rag.types import Certainty, Filters, Language, Verdict

MAX_LIMIT = 100
QuestionText = Annotated[str, StringConstraints(max_length=100_000)]
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
Date = Annotated[str, Field(max_length=10, description="YYYY, YYYY-MM or YYYY-MM-DD; empty: open.")]
PageNumber = Annotated[int, Field(ge=1)]
Ids = Annotated[tuple[Identifier, ...], Field(max_length=1_000)]


class Narrowed(In):
    """Which documents may be searched: all conditions hold together, absent means no condition."""

    collection_ids: Ids | None = None
    document_ids: Ids | None = None
    metadata: dict[str, str] = Field(default_factory=dict, max_length=50)
    since: Date = ""
    until: Date = ""
    pages: tuple[PageNumber, PageNumber] | None = None

    def to_filters(self) -> Filters:
        """Return the same as the noun of `rag`. Raises InvalidRequest."""
        if self.pages is not None and self.pages[0] > self.pages[1]:
            raise InvalidRequest("The first of the pages comes after the last.")
        period = Period(self.since, self.until)
        return Filters(self.collection_ids, self.document_ids, self.metadata, period, self.pages)


class SearchIn(Narrowed):
    """A search."""

    query: QuestionText
    limit: Limit | None = None


class ChatIn(Narrowed):
    """A question; with `conversation_id` the messages before it are its context."""

    question: QuestionText
    conversation_id: Identifier | None = None
    limit: Limit | None = None


class HitOut(Out):
    """A passage with every component of its score; null where that part did not see it."""

    chunk: ChunkOut
    document_id: str
    document_name: str
    collection_id: str
    media_type: str
    score: float
    lexical: float | None
    dense: float | None
    rerank: float | None
    page: int
    boxes: list[BoxOut]
    named: float | None = None
    agreement: float | None = None
    linked: float | None = None


class SearchOut(Out):
    """Passages, best first."""

    items: list[HitOut]
    took_ms: float


class CitationOut(Out):
    """A marker `[n]` of an answer and its evidence.

    Of a document that was `deleted` since, quote and boxes are empty.
    """

    marker: int
    chunk_id: str
    document_id: str
    document_name: str
    page: int
    boxes: list[BoxOut]
    quote: str
    char_range: tuple[int, int]
    deleted: bool


class ClaimOut(Out):
    """One sentence of an answer and what the evidence says of it."""

    text: str
    char_range: tuple[int, int]
    verdict: Verdict
    score: float
    evidence: list[str]
    reasons: list[str]


class GroundingOut(Out):
    """The claims of an answer; `score` is the share of checkable ones that are supported."""

    score: float
    claims: list[ClaimOut]


class RespellingOut(Out):
    """A word of the question that no document has, and the word searched for instead."""

    asked: str
    searched: str


class AnswerOut(Out):
    """A finished, checked answer; `answer_spans` are the places in `text` of what was asked for."""

    text: str
    citations: list[CitationOut]
    grounding: GroundingOut
    refused: bool
    question: str
    language: Language
    hits: list[HitOut]
    answer_spans: list[tuple[int, int]]
    answerable: float | None
    certainty: Certainty | None
    respelled: list[RespellingOut]
    usage: dict[str, int]
    timings: dict[str, float]


class ConversationIn(In):
    """A conversation to begin."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    collection_ids: Ids = ()


class ConversationPatch(In):
    """A new title."""

    title: Name


class ConversationOut(Out):
    """A conversation without its messages."""

    id: str
    title: str
    collection_ids: list[str]
    created_at: Time
    updated_at: Time


class ConversationList(Out):
    """Conversations, the latest first."""

    items: list[ConversationOut]


class FeedbackOut(Out):
    """What a person thought of an answer."""

    value: Literal["up", "down"]
    comment: str


class FeedbackIn(In):
    """Thumbs up or down; null takes it back."""

    value: Literal["up", "down"] | None
    comment: Annotated[str, StringConstraints(max_length=4_000)] = ""


class MessageOut(Out):
    """A message; an assistant's message carries its answer."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    created_at: Time
    answer: AnswerOut | None
    feedback: FeedbackOut | None


class ConversationFull(ConversationOut):
    """A conversation with its messages, the oldest first."""

    messages: list[MessageOut]
