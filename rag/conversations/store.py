"""Stores conversations: questions, checked answers and what people thought of them.

They are in the same database as the documents. An answer is kept as it was given; when a document
is deleted, its words are removed from answers that rest on it
(`rag.conversations.deleted_documents`): at once from all that is read, and later by the worker
from the stored rows. Limits: no search in conversations; whoever has the id may read it, so the
caller has to check access.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
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

from ingest.storage.database import Store
from ingest.storage.schema import UtcTime, documents, metadata
from rag.conversations.deleted_documents import documents_of, without_documents
from rag.errors import ConversationNotFound
from rag.serialize import answer_from_json, answer_to_json
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

# Which messages quote which documents. No foreign key to documents: a row of this table must
# outlive its document until the worker has removed the words from the message.
evidence_table = Table(
    "evidence",
    metadata,
    Column("message_id", String(32), ForeignKey("messages.id"), primary_key=True),
    Column("document_id", String(32), primary_key=True),
    Index(None, "document_id"),
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
            uuid.uuid4().hex, _shorten_title(title), tuple(collection_ids), now, now
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
            return _read_conversation(connection, conversation_id)

    def list_messages(self, conversation_id: str) -> list[StoredMessage]:
        """Return all messages, oldest first. Raises ConversationNotFound."""
        statement = (
            select(messages_table)
            .where(messages_table.c.conversation_id == conversation_id)
            .order_by(messages_table.c.position)
        )
        with self._store.read() as connection:
            _read_conversation(connection, conversation_id)
            return _build_redacted_messages(connection, list(connection.execute(statement)))

    def read_history(self, conversation_id: str, limit: int = 12) -> list[Turn]:
        """Return the last `limit` messages as turns, oldest first. Raises ConversationNotFound."""
        statement = (
            select(messages_table.c.role, messages_table.c.text)
            .where(messages_table.c.conversation_id == conversation_id)
            .order_by(messages_table.c.position.desc())
            .limit(limit)
        )
        with self._store.read() as connection:
            _read_conversation(connection, conversation_id)
            turns = [Turn(row.role, row.text) for row in connection.execute(statement)]
        return turns[::-1]

    def add_question(self, conversation_id: str, text: str) -> StoredMessage:
        """Add a question; the first gives an untitled conversation its title.

        Raises ConversationNotFound.
        """
        return self._add_message(_new_message(conversation_id, "user", text))

    def add_answer(self, conversation_id: str, answer: Answer) -> StoredMessage:
        """Add a finished answer. Raises ConversationNotFound.

        The words of a document that was deleted while the answer was written are not stored.
        """
        return self._add_message(_new_message(conversation_id, "assistant", answer.text, answer))

    def delete_quotes(self, connection: Connection, document_ids: Sequence[str]) -> None:
        """Remove the words of documents from all answers, within a transaction."""
        quoting = select(evidence_table.c.message_id).where(
            evidence_table.c.document_id.in_(document_ids)
        )
        statement = select(messages_table).where(messages_table.c.id.in_(quoting))
        for row in connection.execute(statement).all():
            answer = without_documents(answer_from_json(row.answer), set(document_ids))
            connection.execute(
                update(messages_table)
                .where(messages_table.c.id == row.id)
                .values(answer=answer_to_json(answer))
            )
        connection.execute(
            delete(evidence_table).where(evidence_table.c.document_id.in_(document_ids))
        )

    def find_still_quoted(self, connection: Connection) -> Sequence[str]:
        """Return the documents that are deleted for good and whose words are still in answers."""
        existing = select(documents.c.id).where(documents.c.purged.is_(False))
        query = select(evidence_table.c.document_id).distinct()
        query = query.where(evidence_table.c.document_id.not_in(existing))
        return list(connection.execute(query).scalars())

    def _add_message(self, message: StoredMessage) -> StoredMessage:
        with self._store.write() as connection:
            # Within the transaction that stores it: a document deleted before is redacted here,
            # one deleted later finds the row in `evidence_table` and is redacted by the worker.
            message = _redact_messages(connection, [message])[0]
            conversation = _read_conversation(connection, message.conversation_id)
            keeps_title = conversation.title or message.role != "user"
            connection.execute(
                update(conversations_table)
                .where(conversations_table.c.id == conversation.id)
                .values(
                    updated_at=message.created_at,
                    title=conversation.title if keeps_title else _shorten_title(message.text),
                )
            )
            position = _next_position(connection, conversation.id)
            connection.execute(insert(messages_table).values(_message_to_row(message, position)))
            if quoted := _find_quoted_documents(message):
                connection.execute(
                    insert(evidence_table),
                    [{"message_id": message.id, "document_id": each} for each in sorted(quoted)],
                )
        return message

    def rename(self, conversation_id: str, title: str) -> Conversation:
        """Change the title. Raises ConversationNotFound."""
        with self._store.write() as connection:
            changed = connection.execute(
                update(conversations_table)
                .where(conversations_table.c.id == conversation_id)
                .values(title=_shorten_title(title))
            )
            if not changed.rowcount:
                raise _build_not_found_error(conversation_id)
            return _read_conversation(connection, conversation_id)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation with its messages. Raises ConversationNotFound."""
        own = select(messages_table.c.id).where(messages_table.c.conversation_id == conversation_id)
        with self._store.write() as connection:
            connection.execute(delete(evidence_table).where(evidence_table.c.message_id.in_(own)))
            connection.execute(
                delete(messages_table).where(messages_table.c.conversation_id == conversation_id)
            )
            deleted = connection.execute(
                delete(conversations_table).where(conversations_table.c.id == conversation_id)
            )
            if not deleted.rowcount:
                raise _build_not_found_error(conversation_id)

    def set_feedback(
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
            return _build_redacted_messages(connection, [connection.execute(statement).one()])[0]

    def list(self, limit: int = 100, offset: int = 0) -> list[Conversation]:
        """Return conversations, the latest changed first."""
        statement = (
            select(conversations_table)
            .order_by(conversations_table.c.updated_at.desc(), conversations_table.c.id)
            .limit(limit)
            .offset(offset)
        )
        with self._store.read() as connection:
            return [_build_conversation(row) for row in connection.execute(statement)]


def _new_message(
    conversation_id: str, role: Role, text: str, answer: Answer | None = None
) -> StoredMessage:
    return StoredMessage(uuid.uuid4().hex, conversation_id, role, text, datetime.now(UTC), answer)


def _shorten_title(title: str) -> str:
    """Return the title on one line, cut at a word where there are any."""
    text = " ".join(title.split())
    if len(text) <= TITLE_LENGTH:
        return text
    cut = text[: TITLE_LENGTH - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > TITLE_LENGTH // 2 else cut).rstrip() + "…"


def _build_not_found_error(conversation_id: str) -> ConversationNotFound:
    return ConversationNotFound(f"There is no conversation with the id {conversation_id}.")


def _read_conversation(connection: Connection, conversation_id: str) -> Conversation:
    statement = select(conversations_table).where(conversations_table.c.id == conversation_id)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise _build_not_found_error(conversation_id)
    return _build_conversation(row)


def _next_position(connection: Connection, conversation_id: str) -> int:
    statement = select(func.coalesce(func.max(messages_table.c.position), -1) + 1).where(
        messages_table.c.conversation_id == conversation_id
    )
    return int(connection.execute(statement).scalar_one())


def _message_to_row(message: StoredMessage, position: int) -> dict[str, Any]:
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "position": position,
        "role": message.role,
        "text": message.text,
        "answer": None if message.answer is None else answer_to_json(message.answer),
        "created_at": message.created_at,
    }


def _build_conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        row.id, row.title, tuple(row.collection_ids), row.created_at, row.updated_at
    )


def _build_redacted_messages(
    connection: Connection, rows: Sequence[Row[Any]]
) -> list[StoredMessage]:
    """Return rows as messages, without the words of documents that were deleted since."""
    return _redact_messages(connection, [_build_message(row) for row in rows])


def _redact_messages(
    connection: Connection, messages: Sequence[StoredMessage]
) -> list[StoredMessage]:
    quoted = set[str]().union(*map(_find_quoted_documents, messages))
    live = select(documents.c.id).where(documents.c.id.in_(quoted), documents.c.tombstone == "")
    deleted = quoted - set(connection.execute(live).scalars()) if quoted else quoted
    return [
        replace(message, answer=without_documents(message.answer, deleted))
        if message.answer is not None
        else message
        for message in messages
    ]


def _find_quoted_documents(message: StoredMessage) -> set[str]:
    """Return the documents whose words are in a message."""
    return set() if message.answer is None else documents_of(message.answer)


def _build_message(row: Row[Any]) -> StoredMessage:
    return StoredMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        role=row.role,
        text=row.text,
        created_at=row.created_at,
        answer=None if row.answer is None else answer_from_json(row.answer),
        feedback=Feedback(row.feedback, row.comment) if row.feedback else None,
    )
