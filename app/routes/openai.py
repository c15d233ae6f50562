"""Serves the part of OpenAI's API that chat clients need: list models, complete a chat.

A model is a collection (by name or id); `docchat` is all of them. The last user message is the
question, user and assistant messages before it are its history; system messages are accepted and
ignored, for the rules of answering are docchat's own. Citations and grounding are in the field
`docchat` of the response, or of the last chunk that has a choice.

Limits: text only, one choice, no tools; `temperature`, `max_tokens` and other sampling fields are
accepted and ignored. Usage counts passages and answer in the embedder's tokens. Nothing is stored
as a conversation.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from app.http.errors import ApiError, openai_error, problem_of_failure
from app.http.sse import SEPARATOR, StreamResponse, ThreadedStream, build_event
from app.routes.answer_events import (
    STOPPING,
    ChatEvent,
    QuestionRequest,
    answer_events,
    failure_of,
    open_stream,
)
from app.routes.deps import Services, ServicesDep
from ingest.types import Collection
from rag.serialize import citation_to_json, report_to_json
from rag.types import Answer, DoneEvent, FailureEvent, Filters, TokenEvent, Turn

EVERYTHING = "docchat"
"""The model that searches all collections."""

router = APIRouter(prefix="/v1", tags=["openai"])


class _Loose(BaseModel):
    """Clients send many fields that mean nothing here: they are accepted and ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class TextPart(_Loose):
    """A part of a message; only text is understood."""

    type: Literal["text"]
    text: str


class ChatMessage(_Loose):
    """One message of a chat."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """Return the text of all parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(_Loose):
    """What a stream should also tell."""

    include_usage: bool = False


class CompletionIn(_Loose):
    """A request to complete a chat."""

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=1_000)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None


@router.get("/models", summary="List collections as models")
def list_models(services: ServicesDep) -> dict[str, Any]:
    """Each collection is a model of its name; `docchat` is all of them."""
    collections = services.docchat.library.list_collections()
    named = [_build_model_json(each.name, each.created_at.timestamp()) for each in collections]
    own = [model for model in named if model["id"] != EVERYTHING]
    return {"object": "list", "data": [_build_model_json(EVERYTHING, 0), *own]}


@router.get("/models/{model:path}", summary="Show one collection as a model")
def show_model(model: str, services: ServicesDep) -> dict[str, Any]:
    """Return the model; 404 `model_not_found` for an unknown name."""
    found = _find_collection(services, model)
    return _build_model_json(model, 0 if found is None else found.created_at.timestamp())


@router.post("/chat/completions", summary="Answer the last user message")
async def complete(body: CompletionIn, services: ServicesDep) -> Response:
    """Answer from the documents of the collection that `model` names, streamed or not."""
    question, history = _split_question(body.messages)
    filters = await _build_filters(services, body.model)
    request = QuestionRequest(question, filters)
    # In a thread: the embedder may still have to be loaded, which takes seconds.
    builder = await run_in_threadpool(_create_builder, services, body.model)
    stream = await open_stream(services, answer_events(services, request, history))
    if not body.stream:
        try:
            return await _collect_completion(stream, builder)
        finally:
            stream.close()
    usage = body.stream_options is not None and body.stream_options.include_usage
    return StreamResponse(
        _stream_chunks(stream, builder, include_usage=usage),
        heartbeat_s=services.docchat.settings.server.heartbeat_s,
        on_close=stream.close,
        farewell=_build_error_event(STOPPING),
    )


class _CompletionBuilder:
    """Builds the pieces of one completion, which have id, time and model in common."""

    def __init__(self, model: str, count_tokens: Callable[[str], int]) -> None:
        self._count_tokens = count_tokens
        self._common = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }

    def build_chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> Any:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**self._common, "object": "chat.completion.chunk", "choices": [choice], **more}

    def build_usage_chunk(self, answer: Answer) -> Any:
        chunk = {**self._common, "object": "chat.completion.chunk", "choices": []}
        return {**chunk, "usage": _count_usage(answer, self._count_tokens)}

    def build_completion(self, answer: Answer) -> Any:
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._common,
            "object": "chat.completion",
            "choices": [choice],
            "usage": _count_usage(answer, self._count_tokens),
            "docchat": _build_evidence(answer),
        }


def _create_builder(services: Services, model: str) -> _CompletionBuilder:
    return _CompletionBuilder(model, services.docchat.library.embedder.count_tokens)


async def _collect_completion(
    stream: ThreadedStream[ChatEvent], builder: _CompletionBuilder
) -> Response:
    async for event in stream:
        if isinstance(event, FailureEvent):
            problem = problem_of_failure(event.code, event.message, event.hint)
            raise ApiError(problem.status, problem.code, problem.detail, problem.hint)
        if isinstance(event, DoneEvent):
            return JSONResponse(builder.build_completion(event.answer))
    raise RuntimeError("the pipeline ended without Done or Failed")


async def _stream_chunks(
    stream: ThreadedStream[ChatEvent], builder: _CompletionBuilder, *, include_usage: bool
) -> AsyncIterator[ServerSentEvent]:
    """Yield the chunks of a streamed completion; a failure is a chunk with `error`."""
    yield build_event(None, builder.build_chunk({"role": "assistant", "content": ""}))
    has_content = False
    try:
        async for event in stream:
            if isinstance(event, TokenEvent):
                has_content = True
                yield build_event(None, builder.build_chunk({"content": event.text}))
            elif isinstance(event, FailureEvent):
                yield _build_error_event(event)
                return
            elif isinstance(event, DoneEvent):
                answer = event.answer
                delta = {} if has_content else {"content": answer.text}
                yield build_event(
                    None, builder.build_chunk(delta, "stop", docchat=_build_evidence(answer))
                )
                if include_usage:
                    yield build_event(None, builder.build_usage_chunk(answer))
    except Exception as error:  # noqa: BLE001 - the status is sent: only an event can report it
        yield _build_error_event(failure_of(error))
        return
    yield ServerSentEvent(data="[DONE]", sep=SEPARATOR)


def _build_error_event(failed: FailureEvent) -> ServerSentEvent:
    problem = problem_of_failure(failed.code, failed.message, failed.hint)
    return build_event(None, openai_error(problem))


def _split_question(messages: Sequence[ChatMessage]) -> tuple[str, tuple[Turn, ...]]:
    """Return the last user message and the turns before it. Raises ApiError 422."""
    last = max((at for at, message in enumerate(messages) if message.role == "user"), default=-1)
    if last < 0:
        raise ApiError(422, "invalid_request", "messages: no user message", "Add one.")
    turns = tuple(
        Turn("user" if message.role == "user" else "assistant", message.text)
        for message in messages[:last]
        if message.role in {"user", "assistant"} and message.text.strip()
    )
    return messages[last].text, turns


async def _build_filters(services: Services, model: str) -> Filters:
    found = await run_in_threadpool(_find_collection, services, model)
    return Filters() if found is None else Filters(collection_ids=(found.id,))


def _find_collection(services: Services, model: str) -> Collection | None:
    """Return the collection that a model names, None for all. Raises ApiError 404."""
    if model == EVERYTHING:
        return None
    for collection in services.docchat.library.list_collections():
        if model in {collection.name, collection.id}:
            return collection
    raise ApiError(
        404,
        "model_not_found",
        f"There is no collection {model!r}.",
        "GET /v1/models lists the collections; `docchat` searches all of them.",
    )


def _build_model_json(name: str, created: float) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": int(created), "owned_by": "docchat"}


def _count_usage(answer: Answer, count_tokens: Callable[[str], int]) -> dict[str, int]:
    """Count the tokens of passages and answer as the embedder's tokenizer makes them."""
    prompt, completion = answer.usage.get("passage_tokens", 0), count_tokens(answer.text)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _build_evidence(answer: Answer) -> dict[str, Any]:
    return {
        "citations": [citation_to_json(citation) for citation in answer.citations],
        "grounding": report_to_json(answer.grounding),
        "refused": answer.refused,
        "question": answer.question,
        "language": answer.language,
    }
