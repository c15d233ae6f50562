"""Search, chat and conversations over HTTP, with real retrieval and a scripted model."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.http.limits import MAX_ANSWERS
from rag.models.base import Message
from rag.models.scripted import ScriptedChatModel
from rag.pipeline.bootstrap import Docchat
from rag.settings import ServerSettings

QUESTION = "What is the diameter of the rotor?"
REPLY = "The rotor has a diameter of 1.20 m [1]."


def events_of(body: str) -> list[tuple[str, Any]]:
    """Read a finished event stream."""
    found = []
    for block in body.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def ask(client: TestClient, question: str = QUESTION, **more: Any) -> list[tuple[str, Any]]:
    answered = client.post("/api/chat", json={"question": question, **more})
    assert answered.status_code == 200, answered.text
    assert answered.headers["content-type"].startswith("text/event-stream")
    return events_of(answered.text)


@pytest.fixture
def model() -> ScriptedChatModel:
    return ScriptedChatModel([REPLY])


@pytest.fixture
def client(make_docchat: Any, api: Any, model: ScriptedChatModel) -> Iterator[TestClient]:
    with api(make_docchat(filled=True, model=model)) as made:
        yield made


def test_search_tells_every_component_of_a_score(client: TestClient) -> None:
    told = client.post("/api/search", json={"query": "diameter of the rotor", "limit": 3}).json()
    assert told["took_ms"] >= 0
    first = told["items"][0]
    assert "1.20 m" in first["chunk"]["text"]
    assert first["document_name"] == "tidal-turbines.pdf"
    assert first["page"] == first["chunk"]["page"] == 1
    assert first["boxes"] == first["chunk"]["boxes"]
    assert isinstance(first["lexical"], float)
    assert isinstance(first["dense"], float)
    assert first["rerank"] is None
    assert len(told["items"]) <= 3


def test_search_is_narrowed_by_collection_document_and_metadata(
    client: TestClient, pdf_id: str, markdown_id: str
) -> None:
    def names(**filters: Any) -> set[str]:
        found = client.post("/api/search", json={"query": "直径 diameter 精度", **filters})
        return {hit["document_name"] for hit in found.json()["items"]}

    assert names(document_ids=[markdown_id]) == {"star-tracker-faq.md"}
    assert names(metadata={"source": "pdf"}) == {"tidal-turbines.pdf", "差旅费用报销管理办法.pdf"}
    assert names(document_ids=[pdf_id], metadata={"source": "md"}) == set()
    assert names(collection_ids=[]) == set()
    assert names(document_ids=[pdf_id], since="2020") == {"tidal-turbines.pdf"}
    assert names(since="1990-01", until="1999-12-31") == set()
    assert names(document_ids=[pdf_id], pages=[1, 1]) == {"tidal-turbines.pdf"}
    assert names(pages=[900, 901]) == set()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": ""}, 422, "question_invalid"),
        ({"query": "   "}, 422, "question_invalid"),
        ({"query": "x" * 5_000}, 422, "question_invalid"),
        ({}, 422, "invalid_request"),
        ({"query": "x", "limit": 0}, 422, "invalid_request"),
        ({"query": "x", "since": "May"}, 422, "invalid_request"),
        ({"query": "x", "pages": [3, 2]}, 422, "invalid_request"),
        ({"query": "x", "pages": [0, 2]}, 422, "invalid_request"),
        ({"query": "x", "limit": 101}, 422, "invalid_request"),
        ({"query": "x", "colection_ids": []}, 422, "invalid_request"),
        ({"query": "x", "collection_ids": ["missing"]}, 404, "not_found"),
        ({"query": "x", "document_ids": ["missing"]}, 404, "not_found"),
    ],
)
def test_odd_searches_and_questions_are_refused(
    client: TestClient, body: dict[str, Any], status: int, code: str
) -> None:
    refused = client.post("/api/search", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    question = {("question" if name == "query" else name): each for name, each in body.items()}
    asked = client.post("/api/chat", json=question)
    assert (asked.status_code, asked.json()["code"]) == (status, code)
    assert client.get("/api/conversations").json()["items"] == []


def test_an_answer_is_told_in_events_and_kept(client: TestClient) -> None:
    events = ask(client)
    names = [name for name, _ in events]
    assert names[0] == "retrieved"
    assert names[-2:] == ["grounding", "done"]
    assert "citation" in names
    told = dict(events)
    assert told["retrieved"]["question"] == QUESTION
    assert "".join(data["text"] for name, data in events if name == "token") == REPLY
    assert told["citation"]["citation"]["quote"].startswith("The rotor has a diameter of 1.20 m")
    assert told["grounding"]["report"]["score"] == 1.0
    done = told["done"]
    assert done["answer"]["text"] == REPLY
    assert done["answer"]["citations"] == [told["citation"]["citation"]]
    assert done["answer"]["refused"] is False
    kept = client.get(f"/api/conversations/{done['conversation_id']}").json()
    assert [each["role"] for each in kept["messages"]] == ["user", "assistant"]
    assert kept["messages"][0]["text"] == QUESTION
    assert kept["messages"][1]["id"] == done["message_id"]
    assert kept["messages"][1]["answer"] == done["answer"]
    assert kept["title"] == QUESTION


def test_a_follow_up_knows_what_was_said(client: TestClient, model: ScriptedChatModel) -> None:
    first = dict(ask(client))["done"]
    second = dict(ask(client, "And how many blades?", conversation_id=first["conversation_id"]))
    assert second["done"]["conversation_id"] == first["conversation_id"]
    said = "\n".join(message.content for call in model.calls[1:] for message in call)
    assert QUESTION in said
    kept = client.get(f"/api/conversations/{first['conversation_id']}").json()
    assert len(kept["messages"]) == 4
    assert len(client.get("/api/conversations").json()["items"]) == 1


def test_a_conversation_over_collections_searches_only_these(
    client: TestClient, make_docchat: Any
) -> None:
    other = client.post("/api/collections", json={"name": "empty"}).json()["id"]
    body = {"title": "Only here", "collection_ids": [other]}
    made = client.post("/api/conversations", json=body)
    assert made.status_code == 201
    events = dict(ask(client, conversation_id=made.json()["id"]))
    assert events["retrieved"]["hits"] == []
    assert events["done"]["answer"]["refused"] is True
    samples = client.get("/api/collections/samples").json()["id"]
    wider = dict(ask(client, conversation_id=made.json()["id"], collection_ids=[samples]))
    assert wider["retrieved"]["hits"]


def test_an_unknown_conversation_is_refused(client: TestClient) -> None:
    asked = client.post("/api/chat", json={"question": QUESTION, "conversation_id": "missing"})
    assert (asked.status_code, asked.json()["code"]) == (404, "conversation_not_found")


def test_conversations_are_renamed_and_deleted(client: TestClient) -> None:
    made = client.post("/api/conversations", json={}).json()
    path = f"/api/conversations/{made['id']}"
    assert client.patch(path, json={"title": "泵"}).json()["title"] == "泵"
    assert client.patch(path, json={"title": " "}).status_code == 422
    assert client.delete(path).status_code == 204
    for gone in (client.get(path), client.delete(path), client.patch(path, json={"title": "x"})):
        assert (gone.status_code, gone.json()["code"]) == (404, "conversation_not_found")


def test_an_answer_is_judged_and_the_judgement_taken_back(client: TestClient) -> None:
    done = dict(ask(client))["done"]
    path = f"/api/messages/{done['message_id']}/feedback"
    up = client.put(path, json={"value": "up", "comment": "right"}).json()
    assert up["feedback"] == {"value": "up", "comment": "right"}
    assert client.put(path, json={"value": None}).json()["feedback"] is None
    assert client.put(path, json={"value": "sideways"}).status_code == 422
    assert client.put("/api/messages/missing/feedback", json={"value": "up"}).status_code == 404


def test_a_model_that_fails_half_way_ends_the_stream_with_an_error(
    make_docchat: Any, api: Any
) -> None:
    failing = ScriptedChatModel([REPLY], fail_after=3)
    with api(make_docchat(filled=True, model=failing)) as client:
        events = ask(client)
        assert events[-1][0] == "error"
        assert events[-1][1]["code"] == "model_unavailable"
        assert events[-1][1]["hint"]
        conversation = client.get("/api/conversations").json()["items"][0]
        kept = client.get(f"/api/conversations/{conversation['id']}").json()["messages"]
        assert [each["role"] for each in kept] == ["user"]


def test_the_extractive_answerer_answers_and_refuses(filled_client: TestClient) -> None:
    answer = dict(ask(filled_client))
    assert "1.20 m" in answer["done"]["answer"]["text"]
    assert answer["done"]["answer"]["citations"]
    refused = dict(ask(filled_client, "Who won the chess championship in 1972?"))
    assert refused["done"]["answer"]["refused"] is True
    assert refused["done"]["answer"]["citations"] == []


def test_chinese_goes_through_unharmed(filled_client: TestClient) -> None:
    done = dict(ask(filled_client, "星跟踪器的典型功耗是多少？"))["done"]
    assert done["answer"]["language"] == "zh"
    assert "6.5 瓦" in done["answer"]["text"]


class PacedModel:
    """A scripted model that waits for `go` after each piece."""

    def __init__(self, pieces: int) -> None:
        self.inner = ScriptedChatModel(["The rotor is big. " * pieces], piece_size=18)
        self.go = threading.Semaphore(0)

    @property
    def name(self) -> str:
        return "paced"

    @property
    def context_tokens(self) -> int:
        return self.inner.context_tokens

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0
    ) -> Iterator[str]:
        pieces = self.inner.stream(messages, max_tokens=max_tokens, temperature=temperature)
        try:
            for piece in pieces:
                self.go.acquire()
                yield piece
        finally:
            pieces.close()  # type: ignore[attr-defined]


def test_a_client_that_leaves_stops_the_model_and_keeps_the_question(
    make_docchat: Any, serve: Any, until: Callable[[Callable[[], bool]], None]
) -> None:
    model = PacedModel(pieces=200)
    docchat: Docchat = make_docchat(filled=True, model=model)
    with serve(docchat) as (url, _), httpx.Client(base_url=url) as client:
        with client.stream("POST", "/api/chat", json={"question": QUESTION}) as answer:
            assert next(answer.iter_lines()) == "event: retrieved"
        until(lambda: "docchat_streams_open 0.0" in client.get("/metrics").text)
        model.go.release(50)
        until(lambda: model.inner.closed_early == 1)
        until(
            lambda: 'docchat_answers_total{outcome="abandoned"} 1.0' in client.get("/metrics").text
        )
        conversation = client.get("/api/conversations").json()["items"][0]
        kept = client.get(f"/api/conversations/{conversation['id']}").json()["messages"]
    assert [(each["role"], each["text"]) for each in kept] == [("user", QUESTION)]


def test_a_slow_answer_is_kept_alive_by_heartbeats(make_docchat: Any, serve: Any) -> None:
    model = PacedModel(pieces=2)
    server = ServerSettings(heartbeat_s=0.05)
    docchat: Docchat = make_docchat(filled=True, model=model, server=server)
    with serve(docchat) as (url, _), httpx.Client(base_url=url) as client:
        seen = []
        with client.stream("POST", "/api/chat", json={"question": QUESTION}) as answer:
            for line in answer.iter_lines():
                seen.append(line)
                if line == ": heartbeat":
                    model.go.release(10)
    assert seen.count(": heartbeat") >= 1
    assert events_of("\n".join(seen))[-1][0] == "done"


def test_a_model_that_fails_at_once_is_a_plain_problem(make_docchat: Any, api: Any) -> None:
    failing = ScriptedChatModel([REPLY], fail_after=0)
    with api(make_docchat(filled=True, model=failing)) as client:
        first = ask(client)
        assert [name for name, _ in first] == ["retrieved", "error"]
        conversation = client.get("/api/conversations").json()["items"][0]["id"]
        body = {"question": "And how many blades?", "conversation_id": conversation}
        again = client.post("/api/chat", json=body)
    assert (again.status_code, again.json()["code"]) == (502, "model_unavailable")


def test_a_server_that_stops_says_so_in_the_middle_of_an_answer(
    make_docchat: Any, serve: Any
) -> None:
    model = PacedModel(pieces=200)
    with (
        serve(make_docchat(filled=True, model=model)) as (url, server),
        httpx.Client(base_url=url) as client,
        client.stream("POST", "/api/chat", json={"question": QUESTION}) as answer,
    ):
        lines = answer.iter_lines()
        assert next(lines) == "event: retrieved"
        server.handle_exit(signal.SIGTERM, None)
        rest = "\n".join(["event: retrieved", *lines])
        model.go.release(50)
    last, told = events_of(rest)[-1]
    assert (last, told["code"]) == ("error", "stopping")


def test_more_answers_than_fit_at_once_are_refused_and_not_queued(
    client: TestClient, make_docchat: Any
) -> None:
    application = client.app
    assert isinstance(application, FastAPI)
    slots = application.state.services.slots
    taken = [slots.take() for _ in range(MAX_ANSWERS)]
    refused = client.post("/api/chat", json={"question": QUESTION})
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    for give_back in taken:
        give_back()
    for _ in range(MAX_ANSWERS + 1):
        assert ask(client)[-1][0] == "done"
