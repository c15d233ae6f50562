"""Defines the nouns of answering, from a question to a checked answer, and its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from ingest.storage.filters import ALWAYS, Period
from ingest.types import Box, Chunk

if TYPE_CHECKING:
    from ingest.index.base import Scope
    from ingest.library import Library

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may be searched: all conditions must hold; None means no condition.

    `metadata` are exact matches on the documents' own key-value pairs; `period` is about the dates
    of documents (`ingest.storage.filters`), `pages` are the first and the last page that a passage
    may stand on.
    """

    collection_ids: tuple[str, ...] | None = None
    document_ids: tuple[str, ...] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    period: Period = ALWAYS
    pages: tuple[int, int] | None = None

    def admits(self, chunk: Chunk) -> bool:
        """Return whether a passage stands on one of the pages."""
        if self.pages is None:
            return True
        first, last = self.pages
        return chunk.page <= last and chunk.page_end >= first

    def to_scope(self, library: Library) -> Scope:
        """Return where an index should search. Raises NotFound, InvalidRequest."""
        return library.find_scope(
            self.collection_ids, self.document_ids, self.metadata, self.period
        )


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage. Each component score is kept, so that a person can see why.

    `score` orders the hits. `lexical` (BM25) and `dense` (cosine) are None where that index did not
    return the chunk; `rerank` is None where the second stage did not score it. `agreement` is the
    likeness (mean cosine of terms) to the best passages. `named` is what the document's name added
    and `linked` what being named by a better passage added, both in standard deviations of the
    fused score. None: that part had no say. `neighbours` are adjoining chunks that widen a hit
    which was cut, without text that overlaps; `copies` are left-out passages that say the same.
    """

    chunk: Chunk
    document_name: str
    score: float
    lexical: float | None = None
    dense: float | None = None
    rerank: float | None = None
    collection_id: str = ""
    media_type: str = ""
    neighbours: tuple[Chunk, ...] = ()
    named: float | None = None
    agreement: float | None = None
    linked: float | None = None
    copies: tuple[Chunk, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker `[n]` of the answer tied to its evidence.

    Invariants (tested as properties): the page exists, the boxes lie on it, `quote` stands
    verbatim in the chunk and inside the boxes (documents with geometry), and every marker of a text
    has a citation. `char_range` is the quote's place in `Document.text`. Where the document was
    `deleted` since, quote and boxes are empty: only the marker and the source's name are left.
    """

    marker: int
    chunk_id: str
    document_id: str
    document_name: str
    page: int
    boxes: tuple[Box, ...]
    quote: str
    char_range: tuple[int, int]
    deleted: bool = False


Verdict = Literal["supported", "partial", "unsupported", "contradicted", "not-checkable"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the answer, its place there, and what the evidence says of it.

    `char_range` counts characters of `Answer.text`; `score` is in 0..1; `evidence` are chunk ids;
    `reasons` say in short machine words what failed (`number:42`, `low_overlap`, ...).
    """

    text: str
    char_range: tuple[int, int]
    verdict: Verdict
    score: float
    evidence: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroundednessReport:
    """The claims of an answer. `score` is the share of checkable claims that are supported
    (a partial one counts half); 1.0 when nothing was checkable."""  # noqa: D205, D209

    claims: tuple[Claim, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A past message of a conversation."""

    role: Literal["user", "assistant"]
    text: str


class AnswerWords(str):
    """A piece of an answer that is the value asked for: the date, the name, the steps.

    The page writes it in bold; `Answer.answer_spans` says where it stands.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sureness:
    """How probable it is, 0 to 1, that an answer says what was asked for.

    It is another thing than support: a sentence may be quoted word for word and answer another
    question.
    """

    probability: float


Certainty = Literal["sure", "likely", "unsure"]
_SURE_FROM, _LIKELY_FROM = 0.8, 0.55
"""Probabilities from which an answer is called sure and likely."""


class ComputedWords(AnswerWords):
    """A value that was calculated from cells: it need not stand in any passage."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Respelling:
    """A word of the question that no document has, and the word that was searched for instead."""

    asked: str
    searched: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished, checked answer.

    `answer_spans` are the places in `text` of the words that are the value asked for, as
    `[start, end)` in order. `answerable` is the probability that the documents answer the question
    and that this does, None where nobody judged that. `respelled` are words of the question that
    were taken for others. `timings` are seconds by stage; `usage` counts by name.
    """

    text: str
    citations: tuple[Citation, ...]
    grounding: GroundednessReport
    refused: bool
    question: str
    language: Language
    hits: tuple[Hit, ...] = ()
    answer_spans: tuple[tuple[int, int], ...] = ()
    answerable: float | None = None
    respelled: tuple[Respelling, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def certainty(self) -> Certainty | None:
        """How surely this answers the question, in a word."""
        if self.answerable is None:
            return None
        if self.answerable >= _SURE_FROM:
            return "sure"
        return "likely" if self.answerable >= _LIKELY_FROM else "unsure"


@dataclass(frozen=True, slots=True)
class RetrievalEvent:
    """Event: the passages that the answer may use, and the standalone question.

    `respelled` are the words that were searched for instead of mistyped ones.
    """

    hits: tuple[Hit, ...]
    question: str
    respelled: tuple[Respelling, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """Event: the next piece of answer text; `answers` where it is the value asked for."""

    text: str
    answers: bool = False


@dataclass(frozen=True, slots=True)
class CitationEvent:
    """Event: a marker of the text so far was resolved."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class GroundingEvent:
    """Event: the finished text was checked."""

    report: GroundednessReport


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """Event, last where nothing failed: the whole answer. It decides where the tokens differ."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class FailureEvent:
    """Event, last where it comes: what went wrong. Codes are those of RagError and IngestError."""

    code: str
    message: str
    hint: str


AnswerEvent: TypeAlias = (
    RetrievalEvent | TokenEvent | CitationEvent | GroundingEvent | DoneEvent | FailureEvent
)
