"""The whole online path: a question becomes a checked answer, told in events as it happens.

`Pipeline.ask` is the path from top to bottom. With the policy "mark" the text streams as it is
written and the check comes last; with "retry" and "refuse" the text is held back until it is
checked, for words once sent cannot be taken back from every client.

Limits: one answer at a time per iterator; whoever stops listening closes it, and that stops the
language model. Errors with a code become the last event; programming errors pass through.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

from ingest.errors import IngestError
from rag.answering.answerer import Answerer
from rag.answering.refusal import Reason, Refusals
from rag.errors import RagError
from rag.grounding.checker import Checker
from rag.grounding.citations import cite_stream
from rag.models.base import ChatModel
from rag.prompts import load_prompt
from rag.question.kind import summary_subject
from rag.question.understand import Question, narrow_to_subject, understand_question
from rag.retrieval.overview import Overview
from rag.retrieval.retriever import Retriever
from rag.settings import GroundingSettings
from rag.types import (
    NO_FILTERS,
    Answer,
    AnswerEvent,
    Citation,
    CitationEvent,
    DoneEvent,
    FailureEvent,
    Filters,
    GroundednessReport,
    GroundingEvent,
    Hit,
    RetrievalEvent,
    TokenEvent,
    Turn,
)

EMPTY_REPORT = GroundednessReport((), 1.0)


@dataclass(slots=True)
class _Draft:
    """An answer while it is being written."""

    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    report: GroundednessReport = EMPTY_REPORT
    refused: bool = False
    reason: Reason = "not_found"


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
    ) -> None:
        """`model` is the language model behind `answerer`, if there is one.

        Without `overview` a summary is searched for like everything else.
        """
        self._retriever = retriever
        self._answerer = answerer
        self._checker = checker
        self._refusals = refusals
        self._settings = settings
        self._model = model
        self._overview = overview

    def ask(
        self,
        question: str,
        *,
        filters: Filters = NO_FILTERS,
        history: Sequence[Turn] = (),
        limit: int | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield what happens: Retrieved, Token and Cited, Grounded, and last Done or Failed."""
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
            asked = understand_question(question, history, self._model)
        # 2 retrieve
        with watch.time_stage("retrieve"):
            hits = tuple(self._find_hits(asked, filters, limit))
        yield RetrievalEvent(hits, asked.standalone)
        # 3-5 write and stream; no text at all is the answerer's refusal
        draft = _Draft()
        held = self._settings.policy != "mark"
        with closing(self._write_draft(asked, hits, history, draft, watch)) as events:
            for event in events:
                if not held:
                    yield event
        # 6 check, and act by policy
        with watch.time_stage("check"):
            self._check_draft(draft, hits)
        if held and self._has_failed(draft):
            draft = self._handle_failed_check(asked, hits, history, draft, watch)
        if held and not draft.refused:
            yield TokenEvent(draft.text)
            yield from (CitationEvent(citation) for citation in draft.citations)
        if draft.refused:
            text = self._refusals.build_text(filters, asked.language, draft.reason)
            draft = _Draft(text, refused=True)
            yield TokenEvent(draft.text)
        yield GroundingEvent(draft.report)
        yield DoneEvent(_build_answer(draft, asked, hits, watch))

    def _find_hits(self, question: Question, filters: Filters, limit: int | None) -> list[Hit]:
        """Return the passages to answer from; a summary looks for its subject, or at everything."""
        if self._overview is None or question.kind != "summary":
            return self._retriever.search(question, filters, limit)
        subject = summary_subject(question.standalone)
        if not subject:
            return self._overview.select_hits(filters, limit)
        hits = self._retriever.search(narrow_to_subject(question, subject), filters, limit)
        # What only resembles the subject would be summed up with it.
        return [hit for hit in hits if hit.lexical is not None] or hits

    def _write_draft(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn],
        draft: _Draft,
        watch: _Stopwatch,
    ) -> Generator[TokenEvent | CitationEvent, None, None]:
        """Let the answerer write into `draft`, yielding the events of it."""
        if hits:
            pieces = self._answerer.stream(question, hits, history)
            with watch.time_stage("write"), _close_on_exit(pieces):
                for part in cite_stream(pieces, hits):
                    watch.record_first("first_token")
                    if isinstance(part, Citation):
                        draft.citations.append(part)
                        yield CitationEvent(part)
                    else:
                        draft.text += part
                        yield TokenEvent(part)
        draft.refused = not draft.text.strip()

    def _check_draft(self, draft: _Draft, hits: Sequence[Hit]) -> None:
        if not draft.refused:
            draft.report = self._checker.check(draft.text, hits, draft.citations)

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
        """Act on a failed check: refuse, or have it written once more with the failures named.

        Without a language model a second try would give the same text, so there it is kept and
        marked. What fails again is kept as well, if it is no worse: the marks say what is weak.
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
        again = replace(question, standalone=request)
        draft = _Draft()
        for _ in self._write_draft(again, hits, turns, draft, watch):
            pass
        with watch.time_stage("check"):
            self._check_draft(draft, hits)
        better = draft.refused or draft.report.score >= failed.report.score
        return draft if better else failed


_WEAK_VERDICTS = frozenset({"partial", "unsupported", "contradicted"})


def _build_answer(
    draft: _Draft, question: Question, hits: tuple[Hit, ...], watch: _Stopwatch
) -> Answer:
    return Answer(
        text=draft.text,
        citations=tuple(draft.citations),
        grounding=draft.report,
        refused=draft.refused,
        question=question.text,
        language=question.language,
        hits=hits,
        usage={
            "passages": len(hits),
            "passage_tokens": sum(hit.chunk.tokens for hit in hits),
            "answer_characters": len(draft.text),
        },
        timings=watch.to_timings(),
    )


@contextmanager
def _close_on_exit(pieces: Iterator[str]) -> Iterator[None]:
    """Close the generator when the block ends, however it ends: that stops the model behind it."""
    try:
        yield
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


class _Stopwatch:
    """Seconds by stage, as they are spent; a stage that runs twice adds up."""

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
        """Note the time since the start, unless it is noted already."""
        self._spent.setdefault(name, time.perf_counter() - self._start)

    def to_timings(self) -> dict[str, float]:
        """Return all stages and the whole, rounded to tenths of milliseconds."""
        spent = {**self._spent, "total": time.perf_counter() - self._start}
        return {name: round(seconds, 4) for name, seconds in spent.items()}
