"""Who may come in: hosts, keys, sessions, origins. And what is said to browsers."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.http.errors import ApiError
from app.http.limits import WrongKeys
from app.http.security import COOKIE, MAX_SESSIONS, SESSION_S, Access, SecurityHeaders, Sessions
from rag.loopback import is_loopback as loopback
from rag.settings import ServerSettings

KEY = "correct horse battery staple"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def access(key: str = "", hosts: tuple[str, ...] = (), clock: Clock | None = None) -> Access:
    settings = ServerSettings(api_key=SecretStr(key), allowed_hosts=hosts)
    clock = clock or Clock()
    return Access(settings, Sessions(clock), WrongKeys(allowed=3, window_s=60, clock=clock))


def check(guard: Access, method: str = "GET", path: str = "/api/status", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    guard.check(method, path, Headers({"host": "127.0.0.1:8000", **named}), "10.0.0.1")


def refusal(guard: Access, method: str = "GET", path: str = "/api/status", **headers: str) -> str:
    with pytest.raises(ApiError) as caught:
        check(guard, method, path, **headers)
    return f"{caught.value.status} {caught.value.code}"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]:8000", "x.localhost"]
)
def test_without_a_key_loopback_names_are_answered(host: str) -> None:
    check(access(), host=host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "[::1",
        "10.0.0.5",
    ],
)
def test_without_a_key_other_names_are_refused(host: str) -> None:
    assert refusal(access(), host=host) == "400 host_not_allowed"
    assert refusal(access(), path="/", host=host) == "400 host_not_allowed"


def test_listed_hosts_are_answered_and_others_not() -> None:
    guard = access(hosts=("Docs.Example.org",))
    check(guard, host="docs.example.org:443")
    assert refusal(guard, host="other.example.org") == "400 host_not_allowed"


def test_with_a_key_any_host_is_answered_unless_hosts_are_listed() -> None:
    check(access(KEY), host="docs.example.org", authorization=f"Bearer {KEY}")
    listed = access(KEY, hosts=("docs.example.org",))
    refused = refusal(listed, host="evil.example", authorization=f"Bearer {KEY}")
    assert refused == "400 host_not_allowed"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9", "http://["]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_changes_from_a_foreign_page_are_refused(method: str, origin: str) -> None:
    assert refusal(access(), method, origin=origin) == "403 foreign_origin"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_changes_that_the_browser_calls_foreign_are_refused(site: str) -> None:
    assert refusal(access(), "POST", sec_fetch_site=site) == "403 foreign_origin"


def test_changes_from_our_own_page_and_from_no_page_are_taken() -> None:
    check(access(), "POST", origin="http://127.0.0.1:8000", sec_fetch_site="same-origin")
    check(access(), "POST")
    check(access(), "GET", origin="http://evil.example")


@pytest.mark.parametrize(
    "path", ["/api/status", "/v1/models", "/metrics", "/api/openapi.json", "/api"]
)
def test_with_a_key_every_guarded_path_needs_it(path: str) -> None:
    guard = access(KEY)
    assert refusal(guard, path=path) == "401 unauthorized"
    check(guard, path=path, authorization=f"Bearer {KEY}")
    check(guard, path=path, authorization=f"bearer  {KEY} ")


@pytest.mark.parametrize("path", ["/", "/assets/index.js", "/health/live", "/health/ready"])
def test_page_and_health_are_open(path: str) -> None:
    check(access(KEY), path=path)


@pytest.mark.parametrize("given", ["", "Bearer", f"Basic {KEY}", f"Bearer{KEY}"])
def test_what_is_no_bearer_key_is_no_key(given: str) -> None:
    assert refusal(access(KEY), authorization=given) == "401 unauthorized"


def test_wrong_keys_are_refused_then_slowed_down() -> None:
    clock = Clock()
    guard = access(KEY, clock=clock)
    for _ in range(3):
        assert refusal(guard, authorization="Bearer wrong") == "401 unauthorized"
    assert refusal(guard, authorization=f"Bearer {KEY}") == "429 too_many_attempts"
    with pytest.raises(ApiError) as caught:
        guard.sign_in(KEY, "10.0.0.1")
    assert caught.value.headers["retry-after"] == "60"
    guard.sign_in(KEY, "10.0.0.2")
    clock.now += 61
    check(guard, authorization=f"Bearer {KEY}")


def test_a_session_stands_for_the_key_until_it_ends() -> None:
    clock = Clock()
    guard = access(KEY, clock=clock)
    token = guard.sign_in(KEY, "10.0.0.1")
    check(guard, cookie=f"{COOKIE}={token}")
    assert refusal(guard, cookie=f"{COOKIE}={token}x") == "401 unauthorized"
    clock.now += SESSION_S + 1
    assert refusal(guard, cookie=f"{COOKIE}={token}") == "401 unauthorized"


def test_a_session_that_was_ended_is_no_session() -> None:
    guard = access(KEY)
    token = guard.sign_in(KEY, "10.0.0.1")
    guard.sessions.end(token)
    assert refusal(guard, cookie=f"{COOKIE}={token}") == "401 unauthorized"


def test_a_session_is_bound_to_our_page_and_a_key_is_not() -> None:
    guard = access(KEY)
    token = guard.sign_in(KEY, "10.0.0.1")
    foreign = "http://evil.example"
    refused = refusal(guard, "POST", cookie=f"{COOKIE}={token}", origin=foreign)
    assert refused == "403 foreign_origin"
    check(guard, "POST", authorization=f"Bearer {KEY}", origin=foreign)


def test_signing_in_is_open_but_not_to_foreign_pages() -> None:
    guard = access(KEY)
    check(guard, "POST", "/api/session")
    assert refusal(guard, "DELETE", "/api/session") == "401 unauthorized"
    refused = refusal(guard, "POST", "/api/session", origin="http://evil.example")
    assert refused == "403 foreign_origin"


def test_there_are_never_more_sessions_than_the_limit() -> None:
    sessions = Sessions()
    first = sessions.create()
    others = [sessions.create() for _ in range(MAX_SESSIONS)]
    assert not sessions.is_valid(first)
    assert sessions.is_valid(others[0])


def test_loopback_is_told_from_the_rest() -> None:
    assert loopback("127.0.0.1")
    assert loopback("::1")
    assert not loopback("0.0.0.0")
    assert not loopback("notlocalhost")


def test_every_response_is_protected_and_its_own_headers_win() -> None:
    async def plain(_: Request) -> PlainTextResponse:
        return PlainTextResponse("x")

    async def own(_: Request) -> PlainTextResponse:
        return PlainTextResponse("x", headers={"content-security-policy": "own"})

    inner = Starlette(routes=[Route("/plain", plain), Route("/own", own)])
    client = TestClient(SecurityHeaders(inner))
    headers = client.get("/plain").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert client.get("/own").headers["content-security-policy"] == "own"
