"""Conversations: what was asked and answered, and what people thought of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.http.errors import declare_problems
from app.routes.deps import ServicesDep
from app.schemas.answers import (
    AnswerOut,
    ConversationFull,
    ConversationIn,
    ConversationList,
    ConversationOut,
    ConversationPatch,
    FeedbackIn,
    FeedbackOut,
    MessageOut,
)
from rag.conversations.store import StoredMessage
from rag.serialize import answer_to_json

router = APIRouter(prefix="/api", tags=["conversations"])


@router.get("/conversations", summary="List conversations")
def list_conversations(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> ConversationList:
    """Return conversations, the latest changed first."""
    found = services.docchat.conversations.list(limit, offset)
    return ConversationList(items=[ConversationOut.model_validate(each) for each in found])


@router.post("/conversations", summary="Begin a conversation", status_code=201)
def create_conversation(body: ConversationIn, services: ServicesDep) -> ConversationOut:
    """Begin a conversation; an empty title is filled by the first question."""
    made = services.docchat.conversations.create(body.title, body.collection_ids)
    return ConversationOut.model_validate(made)


@router.get(
    "/conversations/{conversation_id}",
    summary="Show a conversation",
    responses=declare_problems(404),
)
def show_conversation(conversation_id: str, services: ServicesDep) -> ConversationFull:
    """Return a conversation with all its messages."""
    conversations = services.docchat.conversations
    found = ConversationOut.model_validate(conversations.get(conversation_id))
    messages = [_build_message_out(each) for each in conversations.list_messages(conversation_id)]
    return ConversationFull(**found.model_dump(), messages=messages)


@router.patch(
    "/conversations/{conversation_id}",
    summary="Rename a conversation",
    responses=declare_problems(404),
)
def rename_conversation(
    conversation_id: str, body: ConversationPatch, services: ServicesDep
) -> ConversationOut:
    """Give a conversation another title."""
    changed = services.docchat.conversations.rename(conversation_id, body.title)
    return ConversationOut.model_validate(changed)


@router.delete(
    "/conversations/{conversation_id}",
    summary="Delete a conversation",
    status_code=204,
    response_class=Response,
    responses=declare_problems(404),
)
def delete_conversation(conversation_id: str, services: ServicesDep) -> None:
    """Delete a conversation with its messages."""
    services.docchat.conversations.delete(conversation_id)


@router.put(
    "/messages/{message_id}/feedback", summary="Judge an answer", responses=declare_problems(404)
)
def judge(message_id: str, body: FeedbackIn, services: ServicesDep) -> MessageOut:
    """Set thumbs up or down on an answer; null takes it back."""
    changed = services.docchat.conversations.set_feedback(message_id, body.value, body.comment)
    return _build_message_out(changed)


def _build_message_out(message: StoredMessage) -> MessageOut:
    answer = message.answer
    answer_out = None if answer is None else AnswerOut.model_validate(answer_to_json(answer))
    feedback = message.feedback
    return MessageOut(
        id=message.id,
        role=message.role,
        text=message.text,
        created_at=message.created_at,
        answer=answer_out,
        feedback=None if feedback is None else FeedbackOut.model_validate(feedback),
    )
