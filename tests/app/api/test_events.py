"""Progress as server-sent events, over a real server."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rag.pipeline.bootstrap import Docchat
from rag.settings import ServerSettings


def read(lines: Iterator[str], count: int, name: str = "document") -> list[tuple[int, Any]]:
    """Read `count` events of this name: their ids and data."""
    found: list[tuple[int, Any]] = []
    fields: dict[str, str] = {}
    while len(found) < count:
        line = next(lines)
        if line:
            key, _, value = line.partition(": ")
            fields[key] = value
        else:
            if fields.get("event") == name:
                found.append((int(fields.get("id", -1)), json.loads(fields["data"])))
            fields = {}
    return found


@pytest.fixture
def docchat(make_docchat: Any) -> Docchat:
    made: Docchat = make_docchat(server=ServerSettings(heartbeat_s=0.2))
    made.library.create_collection("a")
    return made


def upload(client: httpx.Client, name: str) -> str:
    told = client.post("/api/collections/a/documents", files={"files": (name, name.encode())})
    document_id: str = told.json()["items"][0]["document"]["id"]
    return document_id


def test_changes_are_told_as_they_happen(docchat: Docchat, serve: Any) -> None:
    with serve(docchat) as (url, _), httpx.Client(base_url=url) as client:
        upload(client, "before.md")
        with client.stream("GET", "/api/events") as stream:
            lines = stream.iter_lines()
            assert read(lines, 1, "heartbeat") == [(-1, {})]
            document_id = upload(client, "一.md")
            ((first, told),) = read(lines, 1)
            assert told["sequence"] == first
            assert told["document"]["id"] == document_id
            assert told["document"]["name"] == "一.md"
            assert told["document"]["state"] == "queued"
            client.post(f"/api/documents/{document_id}/cancel")
            ((second, told),) = read(lines, 1)
            assert second > first
            assert told["document"]["state"] == "cancelled"
            client.delete(f"/api/documents/{document_id}")
            assert read(lines, 1)[0][1]["document"]["state"] == "deleting"


def test_a_stream_takes_up_where_another_stopped(docchat: Docchat, serve: Any) -> None:
    with serve(docchat) as (url, _), httpx.Client(base_url=url) as client:
        ids = [upload(client, f"{n}.md") for n in range(3)]
        with client.stream("GET", "/api/events?after=0") as stream:
            all_of_them = read(stream.iter_lines(), 3)
        assert [data["document"]["id"] for _, data in all_of_them] == ids
        seen = all_of_them[1][0]
        again = {"last-event-id": str(seen)}
        with client.stream("GET", "/api/events?after=0", headers=again) as stream:
            assert read(stream.iter_lines(), 1) == all_of_them[2:]


def test_odd_starting_points_are_refused(docchat: Docchat, api: Any) -> None:
    with api(docchat) as client:
        assert client.get("/api/events?after=x").json()["code"] == "invalid_request"
        assert client.get("/api/events?after=-1").json()["code"] == "invalid_request"


def test_a_server_stops_although_a_stream_is_open(docchat: Docchat, serve: Any) -> None:
    with (
        serve(docchat) as (url, server),
        httpx.Client(base_url=url) as client,
        client.stream("GET", "/api/events") as stream,
    ):
        lines = stream.iter_lines()
        read(lines, 1, "heartbeat")
        server.handle_exit(signal.SIGTERM, None)
        list(lines)  # ends, and in good order
    with (
        serve(docchat) as (url, _),
        httpx.Client(base_url=url) as client,
        client.stream("GET", "/api/events") as stream,
    ):
        assert read(stream.iter_lines(), 2, "heartbeat")
