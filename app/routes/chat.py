"""Chat: answers a question over server-sent events while the answer is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from sse_starlette import ServerSentEvent

from app.http.errors import declare_problems
from app.http.sse import StreamResponse, ThreadedStream
from app.routes.answer_events import (
    STOPPING,
    ChatEvent,
    QuestionRequest,
    chat_event,
    conversation_events,
    error_event,
    failure_of,
    open_stream,
)
from app.routes.deps import ServicesDep
from app.schemas.answers import ChatIn

router = APIRouter(prefix="/api", tags=["chat"])

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "Events `retrieved`, `token`, `citation`, `grounding`, and last `done` or `error`; "
            "comments are heartbeats."
        ),
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.post(
    "/chat",
    summary="Ask a question",
    status_code=200,
    response_class=StreamResponse,
    responses={**_STREAM, **declare_problems(404, 422, 502, 503, 504)},
)
async def chat(body: ChatIn, services: ServicesDep) -> StreamResponse:
    """Answer a question from the documents; without `conversation_id` a conversation begins."""
    request = QuestionRequest(body.question, body.to_filters(), body.limit, body.conversation_id)
    stream = await open_stream(services, conversation_events(services, request))
    return StreamResponse(
        _stream_events(stream),
        heartbeat_s=services.docchat.settings.server.heartbeat_s,
        on_close=stream.close,
        farewell=error_event(STOPPING),
    )


async def _stream_events(stream: ThreadedStream[ChatEvent]) -> AsyncIterator[ServerSentEvent]:
    try:
        async for event in stream:
            yield chat_event(event)
    except Exception as error:  # noqa: BLE001 - the status is sent: only an event can report it
        yield error_event(failure_of(error))
