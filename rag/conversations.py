"""Conversations that persist: questions, checked answers and what people thought of them.

Beside the documents in the same database. An answer is kept as it was given: when a document is
deleted later, the citations of old answers still name it and open nothing. Limits: no search in
conversations, and whoever has the id may read it: access is the caller's business.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from ingest.schema import UtcTime, metadata
from ingest.store import Store
from rag.codec import answer_from_json, answer_to_json
from rag.errors import ConversationNotFound
from rag.types import Answer, Turn

TITLE_LENGTH = 60
FeedbackValue = Literal["up", "down"]
Role = Literal["user", "assistant"]

conversations_table = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("collection_ids", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Index(None, "updated_at"),
)

messages_table = Table(
    "messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("answer", JSON(none_as_null=True)),
    Column("feedback", String(8)),
    Column("comment", Text, nullable=False, default=""),
    Column("created_at", UtcTime, nullable=False),
    Index(None, "conversation_id", "position", unique=True),
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation. An empty title is filled by its first question."""

    id: str
    title: str
    collection_ids: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thought of an answer."""

    value: FeedbackValue
    comment: str


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message; `answer` is there for those of the assistant."""

    id: str
    conversation_id: str
    role: Role
    text: str
    created_at: datetime
    answer: Answer | None = None
    feedback: Feedback | None = None


class Conversations:
    """Creates, reads and changes conversations. Each call is one transaction; thread-safe.

    Everything raises StoreUnavailable when the database is out of reach.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, title: str = "", collection_ids: Sequence[str] = ()) -> Conversation:
        """Begin a conversation over these collections (none: over all)."""
        now = datetime.now(UTC)
        conversation = Conversation(
            uuid.uuid4().hex, _shortened(title), tuple(collection_ids), now, now
        )
        with self._store.write() as connection:
            connection.execute(
                insert(conversations_table).values(
                    id=conversation.id,
                    title=conversation.title,
                    collection_ids=list(collection_ids),
                    created_at=now,
                    updated_at=now,
                )
            )
        return conversation

    def get(self, conversation_id: str) -> Conversation:
        """Return a conversation. Raises ConversationNotFound."""
        with self._store.read() as connection:
            return _found(connection, conversation_id)

    def messages(self, conversation_id: str) -> list[StoredMessage]:
        """Return all messages, oldest first. Raises ConversationNotFound."""
        statement = (
            select(messages_table)
            .where(messages_table.c.conversation_id == conversation_id)
            .order_by(messages_table.c.position)
        )
        with self._store.read() as connection:
            _found(connection, conversation_id)
            return [_message(row) for row in connection.execute(statement)]

    def history(self, conversation_id: str, limit: int = 12) -> list[Turn]:
        """Return the last `limit` messages as turns, oldest first. Raises ConversationNotFound."""
        statement = (
            select(messages_table.c.role, messages_table.c.text)
            .where(messages_table.c.conversation_id == conversation_id)
            .order_by(messages_table.c.position.desc())
            .limit(limit)
        )
        with self._store.read() as connection:
            _found(connection, conversation_id)
            turns = [Turn(row.role, row.text) for row in connection.execute(statement)]
        return turns[::-1]

    def add_question(self, conversation_id: str, text: str) -> StoredMessage:
        """Add a question; the first gives an untitled conversation its title.

        Raises ConversationNotFound.
        """
        return self._add(_new_message(conversation_id, "user", text))

    def add_answer(self, conversation_id: str, answer: Answer) -> StoredMessage:
        """Add a finished answer. Raises ConversationNotFound."""
        return self._add(_new_message(conversation_id, "assistant", answer.text, answer))

    def _add(self, message: StoredMessage) -> StoredMessage:
        with self._store.write() as connection:
            conversation = _found(connection, message.conversation_id)
            titled = conversation.title or message.role != "user"
            connection.execute(
                update(conversations_table)
                .where(conversations_table.c.id == conversation.id)
                .values(
                    updated_at=message.created_at,
                    title=conversation.title if titled else _shortened(message.text),
                )
            )
            position = _next_position(connection, conversation.id)
            connection.execute(insert(messages_table).values(_columns(message, position)))
        return message

    def rename(self, conversation_id: str, title: str) -> Conversation:
        """Change the title. Raises ConversationNotFound."""
        with self._store.write() as connection:
            changed = connection.execute(
                update(conversations_table)
                .where(conversations_table.c.id == conversation_id)
                .values(title=_shortened(title))
            )
            if not changed.rowcount:
                raise _not_found(conversation_id)
            return _found(connection, conversation_id)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation with its messages. Raises ConversationNotFound."""
        with self._store.write() as connection:
            connection.execute(
                delete(messages_table).where(messages_table.c.conversation_id == conversation_id)
            )
            gone = connection.execute(
                delete(conversations_table).where(conversations_table.c.id == conversation_id)
            )
            if not gone.rowcount:
                raise _not_found(conversation_id)

    def feedback(
        self, message_id: str, value: FeedbackValue | None, comment: str = ""
    ) -> StoredMessage:
        """Set (or with None: take back) the feedback on an answer. Raises ConversationNotFound."""
        with self._store.write() as connection:
            changed = connection.execute(
                update(messages_table)
                .where(messages_table.c.id == message_id, messages_table.c.role == "assistant")
                .values(feedback=value, comment=comment if value else "")
            )
            if not changed.rowcount:
                raise ConversationNotFound(f"There is no answer with the id {message_id}.")
            statement = select(messages_table).where(messages_table.c.id == message_id)
            return _message(connection.execute(statement).one())

    def list(self, limit: int = 100, offset: int = 0) -> list[Conversation]:
        """Return conversations, the latest changed first."""
        statement = (
            select(conversations_table)
            .order_by(conversations_table.c.updated_at.desc(), conversations_table.c.id)
            .limit(limit)
            .offset(offset)
        )
        with self._store.read() as connection:
            return [_conversation(row) for row in connection.execute(statement)]


def _new_message(
    conversation_id: str, role: Role, text: str, answer: Answer | None = None
) -> StoredMessage:
    return StoredMessage(uuid.uuid4().hex, conversation_id, role, text, datetime.now(UTC), answer)


def _shortened(title: str) -> str:
    """Return the title on one line, cut at a word where there are any."""
    text = " ".join(title.split())
    if len(text) <= TITLE_LENGTH:
        return text
    cut = text[: TITLE_LENGTH - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > TITLE_LENGTH // 2 else cut).rstrip() + "…"


def _not_found(conversation_id: str) -> ConversationNotFound:
    return ConversationNotFound(f"There is no conversation with the id {conversation_id}.")


def _found(connection: Connection, conversation_id: str) -> Conversation:
    statement = select(conversations_table).where(conversations_table.c.id == conversation_id)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise _not_found(conversation_id)
    return _conversation(row)


def _next_position(connection: Connection, conversation_id: str) -> int:
    statement = select(func.coalesce(func.max(messages_table.c.position), -1) + 1).where(
        messages_table.c.conversation_id == conversation_id
    )
    return int(connection.execute(statement).scalar_one())


def _columns(message: StoredMessage, position: int) -> dict[str, Any]:
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "position": position,
        "role": message.role,
        "text": message.text,
        "answer": None if message.answer is None else answer_to_json(message.answer),
        "created_at": message.created_at,
    }


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        row.id, row.title, tuple(row.collection_ids), row.created_at, row.updated_at
    )


def _message(row: Row[Any]) -> StoredMessage:
    return StoredMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        role=row.role,
        text=row.text,
        created_at=row.created_at,
        answer=None if row.answer is None else answer_from_json(row.answer),
        feedback=Feedback(row.feedback, row.comment) if row.feedback else None,
    )
