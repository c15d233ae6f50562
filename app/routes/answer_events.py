"""A question on its way through the pipeline, as the API tells it.

`conversation_events` keeps what was said: the question as soon as the pipeline took it, the answer
when it is finished. So a client that leaves half-way loses the answer but not the question, and
half an answer is never stored. `open_stream` waits for the first event, so that a failure before it
is still a plain problem response.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sse_starlette import ServerSentEvent

from app.http.errors import ApiError, problem_of, problem_of_failure
from app.http.sse import ThreadedStream, build_event
from app.routes.deps import Services
from rag.serialize import answer_to_json, citation_to_json, hit_to_json, report_to_json
from rag.types import (
    AnswerEvent,
    Cited,
    Done,
    Failed,
    Filters,
    Grounded,
    Retrieved,
    Token,
    Turn,
)


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    """A question with all that narrows it."""

    question: str
    filters: Filters
    limit: int | None = None
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """Event in place of Done: the answer and where it was stored."""

    done: Done
    conversation_id: str
    message_id: str


ChatEvent: TypeAlias = AnswerEvent | StoredAnswer


def conversation_events(services: Services, asked: QuestionRequest) -> Iterator[ChatEvent]:
    """Yield the events of an answer, Done replaced by Kept; without an id a conversation begins.

    A conversation's own collections hold where the question names none.
    Raises ConversationNotFound, QuestionInvalid, NotFound and others before the first event.
    """
    conversations = services.docchat.conversations
    history: Sequence[Turn] = ()
    if asked.conversation_id is not None:
        history = conversations.history(asked.conversation_id)
        within = conversations.get(asked.conversation_id).collection_ids
        if within and asked.filters.collection_ids is None:
            asked = replace(asked, filters=replace(asked.filters, collection_ids=within))
    kept_in: str | None = None
    for happened in answer_events(services, asked, history):
        if kept_in is None and not isinstance(happened, Failed):
            kept_in = asked.conversation_id
            if kept_in is None:
                kept_in = conversations.create(collection_ids=asked.filters.collection_ids or ()).id
            conversations.add_question(kept_in, asked.question)
        if isinstance(happened, Done) and kept_in is not None:
            message = conversations.add_answer(kept_in, happened.answer)
            yield StoredAnswer(happened, kept_in, message.id)
        else:
            yield happened


def answer_events(
    services: Services, asked: QuestionRequest, history: Sequence[Turn]
) -> Iterator[AnswerEvent]:
    """Yield the events of an answer and count how it ended; closing it stops the model."""
    outcome = "abandoned"
    events = services.docchat.pipeline.ask(
        asked.question, filters=asked.filters, history=history, limit=asked.limit
    )
    try:
        for happened in events:
            if isinstance(happened, Done):
                outcome = "refused" if happened.answer.refused else "answered"
            elif isinstance(happened, Failed):
                outcome = "failed"
            yield happened
    except Exception:
        outcome = "failed"
        raise
    finally:
        services.metrics.answers.labels(outcome).inc()


async def open_stream(services: Services, events: Iterator[ChatEvent]) -> ThreadedStream[ChatEvent]:
    """Start `events` in a thread of its own and wait for the first.

    Raises ApiError 503 `busy`, what the source raises before its first event, and Failed as the
    error that it tells.
    """
    stream = ThreadedStream(events, on_end=services.slots.take())
    first = await stream.peek()
    if isinstance(first, Failed):
        problem = problem_of_failure(first.code, first.message, first.hint)
        raise ApiError(problem.status, problem.code, problem.detail, problem.hint)
    return stream


def chat_event(happened: ChatEvent) -> ServerSentEvent:
    """Return an event as docchat's own API sends it."""
    match happened:
        case Retrieved():
            hits = [hit_to_json(hit) for hit in happened.hits]
            return build_event("retrieved", {"hits": hits, "question": happened.question})
        case Token():
            return build_event("token", {"text": happened.text})
        case Cited():
            return build_event("citation", {"citation": citation_to_json(happened.citation)})
        case Grounded():
            return build_event("grounding", {"report": report_to_json(happened.report)})
        case Failed():
            return error_event(happened)
        case Done():
            return build_event("done", {"answer": answer_to_json(happened.answer)})
        case StoredAnswer():
            return build_event(
                "done",
                {
                    "answer": answer_to_json(happened.done.answer),
                    "conversation_id": happened.conversation_id,
                    "message_id": happened.message_id,
                },
            )


STOPPING = Failed("stopping", "The server is stopping.", "Ask again when it is back.")
"""What a client is told whose answer is cut off by the server's end."""


def failure_of(error: Exception) -> Failed:
    """Return an error after the first byte as the event that tells it."""
    problem = problem_of(error)
    return Failed(problem.code, problem.detail, problem.hint)


def error_event(failed: Failed) -> ServerSentEvent:
    """Return the event that ends a stream that failed."""
    return build_event(
        "error", {"code": failed.code, "message": failed.message, "hint": failed.hint}
    )
