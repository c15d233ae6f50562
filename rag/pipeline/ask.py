"""Turns a question into a checked answer, step by step, and yields events on the way.

`Pipeline.ask` is the path from top to bottom. With the policy "mark" the text streams as it is
written and the check comes last; with "retry" and "refuse" the text is held back until it is
checked, for text that was sent cannot be taken back.

Limits: one answer at a time per iterator; a caller that stops reading closes it, and that stops
the language model. Errors with a code become the last event; programming errors pass through.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ingest.errors import IngestError
from rag.answering.answerer import Answerer
from rag.answering.missing import describe_missing
from rag.answering.refusal import Reason, Refusals
from rag.answering.without_search import Inventory, write_small_talk
from rag.errors import RagError
from rag.grounding.checker import Checker
from rag.grounding.citations import cite_stream
from rag.models.base import ChatModel
from rag.prompts import load_prompt
from rag.question.kind import summary_subject
from rag.question.understand import Question, narrow_to_subject, understand_question
from rag.retrieval.overview import Overview
from rag.retrieval.respelling import Speller, name_respellings
from rag.retrieval.retriever import Retriever
from rag.settings import GroundingSettings
from rag.types import (
    NO_FILTERS,
    Answer,
    AnswerEvent,
    AnswerWords,
    Citation,
    CitationEvent,
    ComputedWords,
    DoneEvent,
    FailureEvent,
    Filters,
    GroundednessReport,
    GroundingEvent,
    Hit,
    Respelling,
    RetrievalEvent,
    Sureness,
    TokenEvent,
    Turn,
)

WidenHits: TypeAlias = Callable[[Question, Sequence[Hit]], Sequence[Hit]]
EMPTY_REPORT = GroundednessReport((), 1.0)


@dataclass(slots=True)
class _Draft:
    """An answer while it is being written."""

    text: str = ""
    answer_spans: list[tuple[int, int]] = field(default_factory=list)
    computed: list[tuple[int, int]] = field(default_factory=list)
    answerable: float | None = None
    citations: list[Citation] = field(default_factory=list)
    report: GroundednessReport = EMPTY_REPORT
    refused: bool = False
    reason: Reason = "not_found"

    def add_text(self, piece: str) -> TokenEvent:
        """Append a piece, noting where the value asked for stands; return its event."""
        answers = isinstance(piece, AnswerWords)
        place = (len(self.text), len(self.text) + len(piece))
        if answers:
            self.answer_spans.append(place)
        if isinstance(piece, ComputedWords):
            self.computed.append(place)
        self.text += piece
        return TokenEvent(str(piece), answers)

    def take_text(self, pieces: Iterable[str | Sureness]) -> Iterator[str]:
        """Yield the text of an answerer's pieces, keeping how sure it is."""
        for piece in pieces:
            if isinstance(piece, Sureness):
                self.answerable = piece.probability
            else:
                yield piece


class Pipeline:
    """Answers questions from documents. Safe to call from several threads."""

    def __init__(
        self,
        retriever: Retriever,
        answerer: Answerer,
        checker: Checker,
        refusals: Refusals,
        settings: GroundingSettings,
        model: ChatModel | None = None,
        overview: Overview | None = None,
        inventory: Inventory | None = None,
        speller: Speller | None = None,
        widen: WidenHits | None = None,
    ) -> None:
        """`model` is the language model behind `answerer`, if there is one.

        Without `overview` a summary is searched for like everything else, and without `inventory`
        so is which documents there are; without `speller` typing mistakes stay. `widen` joins to
        the hits what an answer has to cite: the other rows of a table, the rest of a list.
        """
        self._retriever = retriever
        self._answerer = answerer
        self._checker = checker
        self._refusals = refusals
        self._settings = settings
        self._model = model
        self._overview = overview
        self._inventory = inventory
        self._widen = widen
        self._speller = speller

    def ask(
        self,
        question: str,
        *,
        filters: Filters = NO_FILTERS,
        history: Sequence[Turn] = (),
        limit: int | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield the events of an answer as they happen.

        First a RetrievalEvent, then TokenEvents and CitationEvents, a GroundingEvent, and last a
        DoneEvent. An error becomes a FailureEvent, which is then the last one.
        """
        try:
            yield from self._stream_events(question, filters, history, limit)
        except (RagError, IngestError) as error:
            yield FailureEvent(error.code, error.message, error.advice)

    def answer(
        self,
        question: str,
        *,
        filters: Filters = NO_FILTERS,
        history: Sequence[Turn] = (),
        limit: int | None = None,
    ) -> Answer:
        """Return the finished answer. Raises RagError, IngestError."""
        *_, last = self._stream_events(question, filters, history, limit)
        assert isinstance(last, DoneEvent)
        return last.answer

    def _stream_events(
        self, question: str, filters: Filters, history: Sequence[Turn], limit: int | None
    ) -> Generator[AnswerEvent, None, None]:
        watch = _Stopwatch()
        # 1 understand
        with watch.time_stage("understand"):
            understood = understand_question(question, history, self._model)
        if reply := self._reply_without_search(understood, filters):
            yield from _stream_reply(reply, understood, watch)
            return
        # 2 retrieve
        with watch.time_stage("retrieve"):
            understood, hits, respelled = self._search(understood, filters, limit)
            if self._widen is not None:
                hits = tuple(self._widen(understood, hits))
        yield RetrievalEvent(hits, understood.standalone, respelled)
        # 3-5 write and stream; no text at all is the answerer's refusal
        draft = _Draft()
        # With "retry" and "refuse" the check may replace the whole text. So the draft is written to
        # its end without a word being sent, and what the check leaves is sent as one token: clients
        # wait longer, but never show text that is withdrawn a second later.
        hold_back = self._settings.policy != "mark"
        # `closing`: a caller that leaves raises GeneratorExit at a `yield` here, and the language
        # model must stop then, not when the garbage collector finds the inner generator.
        with closing(self._write_draft(understood, hits, history, draft, watch)) as events:
            for event in events:
                if not hold_back:
                    yield event
        # 6 check, and act by policy
        with watch.time_stage("check"):
            self._check_draft(draft, hits)
        if hold_back and self._has_failed(draft):
            draft = self._handle_failed_check(understood, hits, history, draft, watch)
        if hold_back and not draft.refused:
            yield TokenEvent(draft.text)
            yield from (CitationEvent(citation) for citation in draft.citations)
        # A refusal is nothing to check: it was not sent before, under any policy.
        if draft.refused:
            draft = self._write_refusal(understood, filters, hits, draft.reason)
            yield TokenEvent(draft.text)
        yield GroundingEvent(draft.report)
        yield DoneEvent(_build_answer(draft, understood, hits, watch, respelled))

    def _search(
        self, question: Question, filters: Filters, limit: int | None
    ) -> tuple[Question, tuple[Hit, ...], tuple[Respelling, ...]]:
        """Return the question as it was searched for, what was found, and words taken for others.

        A mistyped word gives way to one of the documents, unless that turns out to be far from it.
        """
        if self._speller is not None:
            spelled, replaced = self._speller.respell(question)
            if replaced:
                hits = tuple(self._find_hits(spelled, filters, limit))
                respelled = name_respellings(replaced, hits)
                if len(respelled) == len(replaced):
                    return spelled, hits, respelled
        return question, tuple(self._find_hits(question, filters, limit)), ()

    def _write_refusal(
        self, question: Question, filters: Filters, hits: Sequence[Hit], reason: Reason
    ) -> _Draft:
        """Return a refusal that says what was searched and what is missing in what was found."""
        text = self._refusals.build_text(filters, question.language, reason)
        missing = describe_missing(question, hits) if reason == "not_found" else ""
        return _Draft(f"{text}\n{missing}" if missing else text, refused=True)

    def _reply_without_search(self, question: Question, filters: Filters) -> str:
        """Return the reply to small talk, or which documents there are; "" for what is searched."""
        if question.small_talk is not None:
            return write_small_talk(question.small_talk, question.language)
        if question.kind == "inventory" and self._inventory is not None:
            return self._inventory.build_text(filters, question.language)
        return ""

    def _find_hits(self, question: Question, filters: Filters, limit: int | None) -> list[Hit]:
        """Return the passages to answer from; for a summary those of its subject or an overview."""
        if self._overview is None or question.kind != "summary":
            return self._retriever.search(question, filters, limit)
        subject = summary_subject(question.standalone)
        if not subject:
            return self._overview.select_hits(filters, limit)
        hits = self._retriever.search(narrow_to_subject(question, subject), filters, limit)
        # Passages that only resemble the subject (found by vectors alone) would get into the
        # summary; a search always has a nearest vector, however far away.
        return [hit for hit in hits if hit.lexical is not None] or hits

    def _write_draft(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn],
        draft: _Draft,
        watch: _Stopwatch,
    ) -> Generator[TokenEvent | CitationEvent, None, None]:
        """Let the answerer write into `draft`; yield the events on the way."""
        if hits:
            pieces = self._answerer.stream(question, hits, history)
            with watch.time_stage("write"), _close_on_exit(pieces):
                for part in cite_stream(draft.take_text(pieces), hits):
                    watch.record_first("first_token")
                    if isinstance(part, Citation):
                        draft.citations.append(part)
                        yield CitationEvent(part)
                    else:
                        yield draft.add_text(part)
        draft.refused = not draft.text.strip()

    def _check_draft(self, draft: _Draft, hits: Sequence[Hit]) -> None:
        if not draft.refused:
            draft.report = self._checker.check(
                draft.text, hits, draft.citations, computed=draft.computed
            )

    def _has_failed(self, draft: _Draft) -> bool:
        return not draft.refused and draft.report.score < self._settings.min_score

    def _handle_failed_check(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn],
        failed: _Draft,
        watch: _Stopwatch,
    ) -> _Draft:
        """Act on a failed check: refuse, or have the answer written again with the failures named.

        Without a language model a second try would give the same text, so the first one stays. If
        the second fails as well, it is taken unless its score is lower. In both cases the verdicts
        in the report show which sentences are weak.
        """
        if self._settings.policy == "refuse":
            return _Draft(refused=True, reason="not_supported")
        if self._model is None:
            return failed
        claims = [c.text for c in failed.report.claims if c.verdict in _WEAK_VERDICTS]
        prompt = load_prompt("retry", question.language)
        request = prompt.render(
            claims="\n".join(f"- {claim}" for claim in claims), question=question.standalone
        )
        turns = (*history, Turn("user", question.standalone), Turn("assistant", failed.text))
        retry = replace(question, standalone=request)
        draft = _Draft()
        for _ in self._write_draft(retry, hits, turns, draft, watch):
            pass
        with watch.time_stage("check"):
            self._check_draft(draft, hits)
        better = draft.refused or draft.report.score >= failed.report.score
        return draft if better else failed


def _stream_reply(text: str, question: Question, watch: _Stopwatch) -> Iterator[AnswerEvent]:
    """Yield the events of an answer that needs no passage: nothing is cited, nothing checked."""
    draft = _Draft(text)
    yield RetrievalEvent((), question.standalone)
    yield TokenEvent(text)
    yield GroundingEvent(draft.report)
    yield DoneEvent(_build_answer(draft, question, (), watch))


_WEAK_VERDICTS = frozenset({"partial", "unsupported", "contradicted"})


def _build_answer(
    draft: _Draft,
    question: Question,
    hits: tuple[Hit, ...],
    watch: _Stopwatch,
    respelled: tuple[Respelling, ...] = (),
) -> Answer:
    return Answer(
        text=draft.text,
        citations=tuple(draft.citations),
        grounding=draft.report,
        refused=draft.refused,
        question=question.text,
        language=question.language,
        hits=hits,
        answer_spans=tuple(draft.answer_spans),
        answerable=None if draft.refused else draft.answerable,
        respelled=respelled,
        usage={
            "passages": len(hits),
            "passage_tokens": sum(hit.chunk.tokens for hit in hits),
            "answer_characters": len(draft.text),
        },
        timings=watch.to_timings(),
    )


@contextmanager
def _close_on_exit(pieces: Iterator[str | Sureness]) -> Iterator[None]:
    """Close the generator when the block ends, also by an error: that stops the model behind it."""
    try:
        yield
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


class _Stopwatch:
    """Measures seconds by stage; the times of a stage that runs twice are added."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._spent: dict[str, float] = {}

    @contextmanager
    def time_stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + time.perf_counter() - start

    def record_first(self, name: str) -> None:
        """Record the time since the start, the first time that this is called for `name`."""
        self._spent.setdefault(name, time.perf_counter() - self._start)

    def to_timings(self) -> dict[str, float]:
        """Return all stages and the whole, rounded to tenths of milliseconds."""
        spent = {**self._spent, "total": time.perf_counter() - self._start}
        return {name: round(seconds, 4) for name, seconds in spent.items()}
