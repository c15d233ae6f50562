"""Every route of the real application: none is open by mistake, none answers a foreign page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.http.security import COOKIE
from app.main import create_app
from rag.pipeline.bootstrap import Docchat
from rag.settings import ServerSettings

KEY = "a key for tests"
BEARER = {"authorization": f"Bearer {KEY}"}
OPEN = {("POST", "/api/session"), ("GET", "/health/live"), ("GET", "/health/ready")}


@pytest.fixture
def locked(make_docchat: Any, api: Any) -> Iterator[TestClient]:
    with api(make_docchat(server=ServerSettings(api_key=SecretStr(KEY)))) as made:
        yield made


def operations(application: FastAPI) -> list[tuple[str, str]]:
    """Return method and path of every route that OpenAPI knows, ids filled in."""
    found = []
    for path, methods in application.openapi()["paths"].items():
        filled = re.sub(r"\{number\}", "1", path)
        filled = re.sub(r"\{[^}]+\}", "missing", filled)
        found += [(method.upper(), filled) for method in methods]
    return [*found, ("GET", "/api/openapi.json")]


def test_every_route_needs_the_key_but_those_that_are_named(locked: TestClient) -> None:
    application = locked.app
    assert isinstance(application, FastAPI)
    routes = operations(application)
    assert len(routes) > 35
    for method, path in routes:
        status = locked.request(method, path).status_code
        if (method, path) in OPEN:
            assert status != 401, (method, path)
        else:
            assert status == 401, (method, path)


def test_every_route_is_told_by_openapi(docchat: Docchat) -> None:
    application = create_app(docchat)
    told = set(application.openapi()["paths"])
    listed = set()
    waiting: list[Any] = list(application.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "original_router", None)
        if inner is not None:
            waiting += inner.routes
        elif hasattr(route, "path"):
            listed.add(re.sub(r":\w+\}", "}", route.path))
    assert listed - {"/api/openapi.json"} == told


def test_every_change_from_a_foreign_page_is_refused(client: TestClient) -> None:
    application = client.app
    assert isinstance(application, FastAPI)
    for method, path in operations(application):
        if method in {"GET", "HEAD"}:
            continue
        got = client.request(method, path, headers={"origin": "http://evil.example"})
        assert got.status_code == 403, (method, path)
        problem = got.json()
        assert "foreign_origin" in (problem.get("code"), problem.get("error", {}).get("code"))


def test_every_path_is_refused_under_a_foreign_host(client: TestClient) -> None:
    for path in ("/", "/api/collections", "/v1/models", "/metrics", "/health/live"):
        got = client.get(path, headers={"host": "evil.example"})
        assert got.status_code == 400, path


def test_behind_a_prefix_the_key_is_needed_all_the_same(make_docchat: Any, api: Any) -> None:
    docchat = make_docchat(server=ServerSettings(api_key=SecretStr(KEY)))
    with api(docchat, root_path="/docs") as client:
        assert client.get("/docs/api/collections").status_code == 401
        assert client.get("/docs/api/collections", headers=BEARER).json() == {"items": []}
        assert client.get("/docs/v1/models").json()["error"]["code"] == "unauthorized"
        assert client.get("/docs/").status_code == 200
        assert client.get("/api/collections").status_code == 401


def test_the_key_opens_and_a_wrong_one_does_not(locked: TestClient) -> None:
    refused = locked.get("/api/collections")
    assert refused.json()["code"] == "unauthorized"
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert locked.get("/api/collections", headers=BEARER).status_code == 200
    wrong = {"authorization": "Bearer other"}
    assert locked.get("/api/collections", headers=wrong).status_code == 401
    assert locked.get("/metrics", headers=BEARER).status_code == 200
    refused = locked.get("/v1/models")
    assert refused.json()["error"]["code"] == "unauthorized"


def test_the_page_signs_in_and_out(locked: TestClient) -> None:
    assert locked.post("/api/session", json={"key": "wrong"}).status_code == 401
    signed = locked.post("/api/session", json={"key": KEY})
    assert signed.status_code == 204
    cookie = signed.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert locked.get("/api/status").json()["auth_required"] is True
    assert locked.post("/api/collections", json={"name": "a"}).status_code == 201
    token = locked.cookies[COOKIE]
    assert locked.delete("/api/session").status_code == 204
    assert COOKIE not in locked.cookies
    locked.cookies.set(COOKIE, token)
    assert locked.get("/api/status").status_code == 401


def test_over_tls_the_cookie_is_secure(make_docchat: Any, api: Any) -> None:
    docchat = make_docchat(server=ServerSettings(api_key=SecretStr(KEY)))
    with api(docchat, base_url="https://docs.example.org") as client:
        signed = client.post("/api/session", json={"key": KEY})
    assert "secure" in signed.headers["set-cookie"].lower()


def test_a_key_in_chinese_works(make_docchat: Any, api: Any) -> None:
    docchat = make_docchat(server=ServerSettings(api_key=SecretStr("钥匙")))
    with api(docchat) as client:
        assert client.post("/api/session", json={"key": "钥匙"}).status_code == 204
        assert client.get("/api/status").status_code == 200
