"""Health, metrics, status, the description of the API, failures, and the page."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.http.errors import STATUS, problem_of, problem_of_failure
from ingest import errors as ingest_errors
from rag import errors as rag_errors
from rag.pipeline.bootstrap import Docchat
from rag.settings import AnswerSettings, ChunkSettings

INDEX = '<!doctype html><script type="module" src="/assets/index-1a2b.js"></script>'


def kinds(root: type[Exception]) -> list[type[Exception]]:
    return [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "assets/index-1a2b.js").write_text("export {};")
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


def test_a_live_and_ready_server_says_so(filled_client: TestClient) -> None:
    assert filled_client.get("/health/live").json()["status"] == "ok"
    ready = filled_client.get("/health/ready")
    assert ready.status_code == 200
    assert set(ready.json()["checks"].values()) == {"ok"}
    assert {"store", "fingerprint", "dense_index", "lexical_index"} <= set(ready.json()["checks"])


def test_an_index_of_other_settings_is_not_ready(make_docchat: Any, api: Any) -> None:
    docchat = make_docchat(filled=True, chunk=ChunkSettings(max_tokens=100))
    with api(docchat) as client:
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["status"] == "unavailable"
        assert ready.json()["checks"]["fingerprint"] == "index_mismatch"
        refused = client.post("/api/search", json={"query": "rotor"})
        assert (refused.status_code, refused.json()["code"]) == (503, "index_mismatch")
        assert "rebuild" in refused.json()["hint"]
        asked = client.post("/api/chat", json={"question": "rotor"})
        assert (asked.status_code, asked.json()["code"]) == (503, "index_mismatch")


def test_a_model_that_is_not_configured_is_told(make_docchat: Any, api: Any) -> None:
    docchat = make_docchat(filled=True, answer=AnswerSettings(kind="openai"))
    with api(docchat) as client:
        asked = client.post("/api/chat", json={"question": "rotor"})
        assert (asked.status_code, asked.json()["code"]) == (503, "model_not_configured")
        assert client.get("/health/ready").json()["checks"]["answerer"] == "model_not_configured"
        assert client.post("/api/search", json={"query": "rotor"}).status_code == 200


def test_metrics_count_requests_and_documents(filled_client: TestClient) -> None:
    filled_client.get("/api/collections/samples/documents")
    filled_client.get("/api/documents/missing")
    filled_client.get("/nowhere.txt")
    text = filled_client.get("/metrics").text
    listed = 'method="GET",route="/api/collections/{collection_id}/documents",status="200"'
    assert f"docchat_http_requests_total{{{listed}}} 1.0" in text
    assert 'route="/api/documents/{document_id}",status="404"' in text
    assert 'route="other",status="404"' in text
    assert "missing" not in text
    assert 'docchat_documents{state="ready"} 3.0' in text
    assert "docchat_queue_length 0.0" in text
    assert "docchat_http_request_seconds_bucket" in text


def test_status_tells_what_clients_need(client: TestClient) -> None:
    told = client.get("/api/status").json()
    assert told["answerer"] == "extractive"
    assert told["auth_required"] is False
    assert ".pdf" in told["formats"]
    assert told["limits"]["max_file_mb"] == 512


def test_the_description_is_whole_and_loads_nothing(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    text = json.dumps(schema)
    assert "HTTPValidationError" not in text
    names = set(schema["components"]["schemas"])
    assert {"Problem", "DocumentOut", "AnswerOut", "HitOut"} <= names
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["tags"], (method, path)
    for reference in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert reference in names
    assert client.get("/docs").headers["content-type"].startswith("text/html")
    assert "jsdelivr" not in client.get("/docs").text


def test_paths_and_methods_that_do_not_exist(client: TestClient) -> None:
    missing = client.get("/api/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "route_not_found")
    assert missing.headers["content-type"] == "application/problem+json"
    wrong = client.put("/api/collections", json={})
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["allow"]
    assert client.post("/somewhere").status_code == 405
    assert client.get("/v1/nothing").json()["error"]["code"] == "route_not_found"


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_are_bounded(client: TestClient, chunked: bool) -> None:
    body = json.dumps({"name": "x", "description": "y" * 2_000_000}).encode()
    sent: Any = iter([body[:1_000_000], body[1_000_000:]]) if chunked else body
    got = client.post(
        "/api/collections", content=sent, headers={"content-type": "application/json"}
    )
    assert (got.status_code, got.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"", b'"x"'])
def test_bodies_that_are_no_json_object_are_refused(client: TestClient, body: bytes) -> None:
    got = client.post("/api/search", content=body, headers={"content-type": "application/json"})
    assert (got.status_code, got.json()["code"]) in {(422, "invalid_request"), (400, "bad_request")}


def test_what_was_sent_is_not_repeated_in_a_refusal(client: TestClient) -> None:
    got = client.post("/api/session", json={"key": ["my secret"]})
    assert got.status_code == 422
    assert "my secret" not in got.text


def test_an_unexpected_error_is_logged_and_told_without_internals(
    docchat: Docchat, api: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(docchat.settings.home)
    docchat.close()
    broken = Docchat(docchat.settings, None, docchat.conversations)  # type: ignore[arg-type]
    with api(broken) as client, caplog.at_level(logging.ERROR):
        got = client.get("/api/collections")
    problem = got.json()
    assert (got.status_code, problem["code"]) == (500, "internal_error")
    assert "NoneType" not in got.text
    assert problem["id"] in caplog.text
    assert "NoneType" in caplog.text
    assert got.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("root", [ingest_errors.IngestError, rag_errors.RagError])
def test_every_error_has_a_status(root: type[Exception]) -> None:
    for kind in kinds(root):
        problem = problem_of(kind("what happened"))
        assert problem.detail == "what happened"
        assert problem.code == getattr(kind, "code", None)
        assert problem.hint
        assert problem.status == problem_of_failure(problem.code, "", "").status
    assert STATUS[root] == 500


def test_the_page_is_served_for_all_its_routes(docchat: Docchat, api: Any, dist: Path) -> None:
    with api(docchat, dist) as client:
        for path in ("/", "/chat/abc", "/index.html", "/collections/年报"):
            got = client.get(path)
            assert got.text == INDEX, path
            assert got.headers["cache-control"] == "no-cache"
            policy = got.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe-eval" not in policy
        script = client.get("/assets/index-1a2b.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        icon = client.get("/favicon.svg")
        assert icon.headers["content-type"] == "image/svg+xml"
        assert icon.headers["cache-control"] == "no-cache"
        assert client.head("/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js",
        "/gone.png",
        "/link.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/%00.txt",
        "/" + "a" * 300,
        "/assets/" + "a" * 300 + ".js",
    ],
)
def test_nothing_outside_the_page_is_served(
    docchat: Docchat, api: Any, dist: Path, path: str
) -> None:
    with api(docchat, dist) as client:
        got = client.get(path)
        assert got.status_code == 404 or got.text == INDEX
        assert "secret" not in got.text.replace("secret.txt", "")


def test_a_page_that_is_not_built_says_how(client: TestClient) -> None:
    got = client.get("/")
    assert got.status_code == 200
    assert "make web" in got.text
    assert "网页" in got.text
