"""Conversations persist, with their answers and the feedback on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from ingest.storage.database import Store, sqlite_url
from ingest.types import Box
from rag.conversations.deleted_documents import without_documents
from rag.conversations.store import (
    Conversations,
    Feedback,
    StoredMessage,
    conversations_table,
    evidence_table,
    messages_table,
)
from rag.errors import ConversationNotFound
from rag.types import Answer, Citation, GroundednessReport, Turn

ANSWER = Answer(
    text="30 天 [1]。",
    citations=(
        Citation(1, "c", "gone", "政策.pdf", 1, (Box(1, 1.0, 2.0, 3.0, 4.0),), "30 天", (0, 4)),
    ),
    grounding=GroundednessReport((), 1.0),
    refused=False,
    question="退款期限？",
    language="zh",
)


def add_turn(
    conversations: Conversations, conversation_id: str, question: str
) -> tuple[StoredMessage, StoredMessage]:
    asked = conversations.add_question(conversation_id, question)
    return asked, conversations.add_answer(conversation_id, ANSWER)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def conversations(store: Store) -> Conversations:
    return Conversations(store)


def test_the_migration_makes_the_tables_that_are_declared(store: Store) -> None:
    with store.read() as connection:
        inspector = inspect(connection)
        for table in (conversations_table, messages_table, evidence_table):
            made = {column["name"]: column for column in inspector.get_columns(table.name)}
            assert set(made) == set(table.columns.keys())
            for column in table.columns:
                assert made[column.name]["nullable"] == column.nullable, column
            assert {index["name"] for index in inspector.get_indexes(table.name)} == {
                index.name for index in table.indexes
            }


def test_a_conversation_outlives_the_process(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "docchat.db")
    first = Store.open(url)
    created = Conversations(first).create(collection_ids=["k1", "k2"])
    add_turn(Conversations(first), created.id, "退款期限？")
    first.close()
    second = Store.open(url)
    conversations = Conversations(second)
    assert conversations.get(created.id).collection_ids == ("k1", "k2")
    asked, answered = conversations.list_messages(created.id)
    second.close()
    assert (asked.role, asked.text, asked.answer) == ("user", "退款期限？", None)
    assert (answered.role, answered.text) == ("assistant", ANSWER.text)
    assert answered.answer == without_documents(ANSWER, {"gone"})


def test_the_first_question_gives_the_title_and_a_given_title_stays(
    conversations: Conversations,
) -> None:
    untitled, titled = conversations.create(), conversations.create("  My\n talk ")
    for each in (untitled, titled):
        add_turn(conversations, each.id, "How long  is the\nwarranty?")
        add_turn(conversations, each.id, "And for books?")
    assert conversations.get(untitled.id).title == "How long is the warranty?"
    assert conversations.get(titled.id).title == "My talk"


@pytest.mark.parametrize("question", ["word " * 100, "很长的问题" * 100])
def test_long_questions_make_short_titles(conversations: Conversations, question: str) -> None:
    made = conversations.create()
    add_turn(conversations, made.id, question)
    title = conversations.get(made.id).title
    assert len(title) <= 60
    assert title.endswith("…")
    assert title[:5] == question[:5]


def test_latest_changed_first(conversations: Conversations) -> None:
    one, two = conversations.create("one"), conversations.create("two")
    assert [each.title for each in conversations.list()] == ["two", "one"]
    add_turn(conversations, one.id, "?")
    assert [each.id for each in conversations.list()] == [one.id, two.id]
    assert [each.id for each in conversations.list(limit=1, offset=1)] == [two.id]


def test_history_is_the_last_turns_oldest_first(conversations: Conversations) -> None:
    made = conversations.create()
    for number in range(3):
        add_turn(conversations, made.id, f"question {number}")
    assert conversations.read_history(made.id, limit=3) == [
        Turn("assistant", ANSWER.text),
        Turn("user", "question 2"),
        Turn("assistant", ANSWER.text),
    ]


def test_feedback_is_set_changed_and_taken_back(conversations: Conversations) -> None:
    made = conversations.create()
    asked, answered = add_turn(conversations, made.id, "?")
    assert conversations.set_feedback(answered.id, "down", "错了").feedback == Feedback(
        "down", "错了"
    )
    assert conversations.set_feedback(answered.id, "up").feedback == Feedback("up", "")
    assert conversations.list_messages(made.id)[1].feedback == Feedback("up", "")
    assert conversations.set_feedback(answered.id, None, "ignored").feedback is None
    with pytest.raises(ConversationNotFound):
        conversations.set_feedback(asked.id, "up")


def test_rename_and_delete(conversations: Conversations) -> None:
    made = conversations.create("old")
    add_turn(conversations, made.id, "?")
    assert conversations.rename(made.id, "新").title == "新"
    conversations.delete(made.id)
    assert conversations.list() == []


def test_what_is_not_there_is_a_typed_error(conversations: Conversations) -> None:
    for call in (
        lambda: conversations.get("x"),
        lambda: conversations.list_messages("x"),
        lambda: conversations.read_history("x"),
        lambda: conversations.rename("x", "y"),
        lambda: conversations.delete("x"),
        lambda: conversations.add_question("x", "?"),
        lambda: conversations.add_answer("x", ANSWER),
    ):
        with pytest.raises(ConversationNotFound) as caught:
            call()
        assert caught.value.code == "conversation_not_found"
