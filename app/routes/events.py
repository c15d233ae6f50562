"""Progress: what changes about documents, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Header, Query
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from app.http.errors import declare_problems, problem_of
from app.http.sse import StreamResponse, build_event
from app.routes.deps import ServicesDep
from app.schemas.documents import DocumentOut
from ingest.library import DocumentEvent

router = APIRouter(prefix="/api", tags=["progress"])

POLL_S = 0.5
MAX_SEQUENCE = 2**63 - 1
"""The largest number that the database can compare with."""


@router.get(
    "/events",
    summary="Follow the progress of documents",
    status_code=200,
    response_class=StreamResponse,
    responses={
        200: {
            "description": "Events `document` {sequence, document} and `heartbeat`.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **declare_problems(422, 503),
    },
)
async def follow(
    services: ServicesDep,
    after: Annotated[int | None, Query(ge=0, le=MAX_SEQUENCE)] = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=MAX_SEQUENCE)] = None,
) -> StreamResponse:
    """Tell each change of a document after the sequence number `after`, and go on telling.

    `Last-Event-ID` (sent by browsers that connect again) wins over `after`. With neither, the
    stream begins with the next change; `after=0` tells the present state of all documents first.
    """
    library = services.docchat.library
    since = after if last_event_id is None else last_event_id
    if since is None:
        since = await run_in_threadpool(library.latest_event)
    return StreamResponse(
        document_events(library.list_events, since),
        heartbeat_s=services.docchat.settings.server.heartbeat_s,
        heartbeat=lambda: build_event("heartbeat", {}),
    )


async def document_events(
    read: Callable[[int], Sequence[DocumentEvent]], after: int, poll_s: float = POLL_S
) -> AsyncIterator[ServerSentEvent]:
    """Yield changes without end; when the store fails, send that and end (browsers reconnect)."""
    while True:
        try:
            changes = await anyio.to_thread.run_sync(read, after)
        except Exception as error:  # noqa: BLE001 - the status is sent: only an event can report it
            yield build_event("problem", problem_of(error).model_dump())
            return
        for change in changes:
            after = max(after, change.sequence)
            document = DocumentOut.model_validate(change.document).model_dump(mode="json")
            data = {"sequence": change.sequence, "document": document}
            yield build_event("document", data, id=change.sequence)
        await anyio.sleep(poll_s)
