"""Runs a question through the pipeline and sends its events.

`conversation_events` stores what was said: the question as soon as the pipeline accepts it, the
answer when it is finished. So a client that leaves half-way loses the answer but not the question,
and half an answer is never stored. `open_stream` waits for the first event, so that a failure
before it is still a plain problem response.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sse_starlette import ServerSentEvent

from app.http.errors import ApiError, problem_of, problem_of_failure
from app.http.sse import ThreadedStream, build_event
from app.routes.deps import Services
from rag.serialize import (
    answer_to_json,
    citation_to_json,
    hit_to_json,
    report_to_json,
    respelling_to_json,
)
from rag.types import (
    AnswerEvent,
    CitationEvent,
    DoneEvent,
    FailureEvent,
    Filters,
    GroundingEvent,
    RetrievalEvent,
    TokenEvent,
    Turn,
)


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    """A question, what it may search, and the conversation that it belongs to."""

    question: str
    filters: Filters
    limit: int | None = None
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """Event in place of a DoneEvent: the answer and where it was stored."""

    done: DoneEvent
    conversation_id: str
    message_id: str


ChatEvent: TypeAlias = AnswerEvent | StoredAnswer


def conversation_events(services: Services, request: QuestionRequest) -> Iterator[ChatEvent]:
    """Yield the events of an answer, with a StoredAnswer in place of the DoneEvent.

    Without an id a conversation begins. A conversation's own collections are searched where the
    question names none. Raises ConversationNotFound, QuestionInvalid, NotFound and others before
    the first event.
    """
    conversations = services.docchat.conversations
    history: Sequence[Turn] = ()
    if request.conversation_id is not None:
        history = conversations.read_history(request.conversation_id)
        within = conversations.get(request.conversation_id).collection_ids
        if within and request.filters.collection_ids is None:
            request = replace(request, filters=replace(request.filters, collection_ids=within))
    stored_in: str | None = None
    for event in answer_events(services, request, history):
        # Stored with the first event and not before: a question that is refused (too long, an
        # unknown collection) must leave no empty conversation.
        if stored_in is None and not isinstance(event, FailureEvent):
            stored_in = request.conversation_id
            if stored_in is None:
                collections = request.filters.collection_ids or ()
                stored_in = conversations.create(collection_ids=collections).id
            conversations.add_question(stored_in, request.question)
        if isinstance(event, DoneEvent) and stored_in is not None:
            message = conversations.add_answer(stored_in, event.answer)
            yield StoredAnswer(event, stored_in, message.id)
        else:
            yield event


def answer_events(
    services: Services, request: QuestionRequest, history: Sequence[Turn]
) -> Iterator[AnswerEvent]:
    """Yield the events of an answer and count how it ended; closing it stops the model."""
    outcome = "abandoned"  # what remains where the client leaves before the last event
    events = services.docchat.pipeline.ask(
        request.question, filters=request.filters, history=history, limit=request.limit
    )
    try:
        for event in events:
            if isinstance(event, DoneEvent):
                outcome = "refused" if event.answer.refused else "answered"
            elif isinstance(event, FailureEvent):
                outcome = "failed"
            yield event
    except Exception:
        outcome = "failed"
        raise
    finally:
        services.metrics.answers.labels(outcome).inc()


async def open_stream(services: Services, events: Iterator[ChatEvent]) -> ThreadedStream[ChatEvent]:
    """Start `events` in a thread of its own and wait for the first.

    Raises ApiError 503 `busy`, what the source raises before its first event, and a FailureEvent
    that comes first as an ApiError.
    """
    stream = ThreadedStream(events, on_end=services.slots.take())
    first = await stream.peek()
    if isinstance(first, FailureEvent):
        problem = problem_of_failure(first.code, first.message, first.hint)
        raise ApiError(problem.status, problem.code, problem.detail, problem.hint)
    return stream


def chat_event(event: ChatEvent) -> ServerSentEvent:
    """Return an event as docchat's own API sends it."""
    match event:
        case RetrievalEvent():
            hits = [hit_to_json(hit) for hit in event.hits]
            respelled = [respelling_to_json(each) for each in event.respelled]
            found = {"hits": hits, "question": event.question, "respelled": respelled}
            return build_event("retrieved", found)
        case TokenEvent():
            return build_event("token", {"text": event.text, "answers": event.answers})
        case CitationEvent():
            return build_event("citation", {"citation": citation_to_json(event.citation)})
        case GroundingEvent():
            return build_event("grounding", {"report": report_to_json(event.report)})
        case FailureEvent():
            return error_event(event)
        case DoneEvent():
            return build_event("done", {"answer": answer_to_json(event.answer)})
        case StoredAnswer():
            return build_event(
                "done",
                {
                    "answer": answer_to_json(event.done.answer),
                    "conversation_id": event.conversation_id,
                    "message_id": event.message_id,
                },
            )


STOPPING = FailureEvent("stopping", "The server is stopping.", "Ask again when it is back.")
"""Sent to clients whose answer is cut off because the server stops."""


def failure_of(error: Exception) -> FailureEvent:
    """Return an error after the first byte as an event."""
    problem = problem_of(error)
    return FailureEvent(problem.code, problem.detail, problem.hint)


def error_event(failed: FailureEvent) -> ServerSentEvent:
    """Return the event that ends a stream that failed."""
    return build_event(
        "error", {"code": failed.code, "message": failed.message, "hint": failed.hint}
    )
