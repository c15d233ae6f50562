"""Deleting a document takes its words out of the answers that rest on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest.maintenance.audit import audit_library, repair_library
from ingest.types import Chunk
from rag.conversations.deleted_documents import documents_of, without_documents
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.settings import EmbedderSettings, Settings
from rag.types import Answer, Citation, Claim, GroundednessReport, Hit

SECRET = "Der Tresor hat den Code 4711."


def answer_from(*document_ids: str) -> Answer:
    """Return an answer that cites a passage of each document."""
    chunks = [
        Chunk(f"c{n}", each, 0, SECRET, ("Tresor",), (), (0, 29), 1, 1, 8)
        for n, each in enumerate(document_ids)
    ]
    return Answer(
        text="It is in the safe [1].",
        citations=tuple(
            Citation(n, chunk.id, chunk.document_id, "safe.txt", 1, (), SECRET, (0, 29))
            for n, chunk in enumerate(chunks, 1)
        ),
        grounding=GroundednessReport(
            (Claim("It is in the safe", (0, 17), "supported", 0.9, ("c0",)),), 1.0
        ),
        refused=False,
        question="Where is it?",
        language="en",
        hits=tuple(Hit(chunk, "safe.txt", 1.0) for chunk in chunks),
    )


@pytest.fixture
def docchat(tmp_path: Path) -> Iterator[Docchat]:
    made = build_docchat(Settings(home=tmp_path / "home", embedder=EmbedderSettings(model="hash")))
    yield made
    made.close()


def add(docchat: Docchat, name: str) -> str:
    library = docchat.library
    found = library.list_collections() or [library.create_collection("c")]
    return library.add(BytesIO(f"{SECRET} {name}".encode()), name, found[0].id).document.id


def work(docchat: Docchat) -> None:
    docchat.create_worker().run(threading.Event(), until_idle=True)


def stored(docchat: Docchat) -> str:
    """Return all that the database holds of answers."""
    with docchat.library.store.read() as connection:
        rows = connection.execute(text("SELECT answer FROM messages WHERE answer IS NOT NULL"))
        return "".join(str(row.answer) for row in rows)


def test_words_go_and_places_stay() -> None:
    answer = answer_from("a", "b")
    left = without_documents(answer, {"a"})
    assert (left.text, left.grounding) == (answer.text, answer.grounding)
    assert [each.deleted for each in left.citations] == [True, False]
    assert (left.citations[0].quote, left.citations[0].document_name) == ("", "safe.txt")
    assert [hit.chunk.text for hit in left.hits] == ["", SECRET]
    assert left.hits[0].chunk.heading_path == ()
    assert documents_of(left) == {"b"}
    assert without_documents(answer, {"other"}) is answer


def test_words_of_a_deleted_document_are_seen_no_more_at_once_and_gone_in_the_end(
    docchat: Docchat,
) -> None:
    doomed, kept = add(docchat, "doomed.txt"), add(docchat, "kept.txt")
    work(docchat)
    conversation = docchat.conversations.create().id
    docchat.conversations.add_answer(conversation, answer_from(doomed))
    docchat.conversations.add_answer(conversation, answer_from(kept))
    docchat.library.delete(doomed)
    first, second = docchat.conversations.list_messages(conversation)
    assert first.answer is not None
    assert second.answer == answer_from(kept)
    assert first.answer.citations[0].deleted
    assert SECRET not in str(first.answer)
    assert stored(docchat).count(SECRET) == 4, "the worker has not been yet"
    work(docchat)
    assert stored(docchat).count(SECRET) == 2
    assert audit_library(docchat.library) == []


def test_an_answer_that_comes_after_the_deletion_keeps_no_words(docchat: Docchat) -> None:
    doomed = add(docchat, "doomed.txt")
    work(docchat)
    docchat.library.delete(doomed)
    work(docchat)
    conversation = docchat.conversations.create().id
    told = docchat.conversations.add_answer(conversation, answer_from(doomed))
    assert told.answer is not None
    assert told.answer.citations[0].deleted
    assert SECRET not in stored(docchat)
    assert audit_library(docchat.library) == []


def test_what_was_left_is_named_and_mended(docchat: Docchat) -> None:
    doomed = add(docchat, "doomed.txt")
    work(docchat)
    message = docchat.conversations.add_answer(
        docchat.conversations.create().id, answer_from(doomed)
    )
    docchat.library.delete(doomed)
    work(docchat)
    with docchat.library.store.write() as connection:  # as of a docchat that did not do it yet
        connection.execute(
            text("INSERT INTO evidence VALUES (:message, :document)"),
            {"message": message.id, "document": doomed},
        )
    assert [finding.code for finding in audit_library(docchat.library)] == ["evidence_left"]
    assert [finding.code for finding in repair_library(docchat.library)] == ["evidence_left"]
    assert audit_library(docchat.library) == []


def test_a_deleted_conversation_holds_nothing(docchat: Docchat) -> None:
    document = add(docchat, "a.txt")
    conversation = docchat.conversations.create().id
    docchat.conversations.add_answer(conversation, answer_from(document))
    docchat.conversations.delete(conversation)
    with docchat.library.store.read() as connection:
        assert connection.execute(text("SELECT * FROM evidence")).all() == []


def test_feedback_tells_no_words_either(docchat: Docchat) -> None:
    document = add(docchat, "a.txt")
    conversation = docchat.conversations.create().id
    answer = replace(answer_from(document), text="Yes.")
    message = docchat.conversations.add_answer(conversation, answer)
    docchat.library.delete(document)
    told = docchat.conversations.set_feedback(message.id, "up")
    assert SECRET not in str(told.answer)
