"""Decides which requests may pass, and sets the protective headers of every response.

Without a key the server answers on loopback only, and two attacks of a foreign web page are
refused: reaching the server under a name of its own (DNS rebinding: the Host header must name
loopback or a listed host) and changing something from another origin (CSRF). With `server.api_key`
every route below /api and /v1 and /metrics needs the key as `Authorization: Bearer`, or a session
cookie that the web page got for it. The guard is one middleware over path prefixes, so that a new
route cannot be forgotten.

Limits: one key, one role. Sessions live in memory and end with the process.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import ApiError
from app.http.limits import WrongKeys, route_path
from rag.loopback import is_loopback
from rag.settings import ServerSettings

COOKIE = "docchat_session"
SESSION_S = 12 * 3600
MAX_SESSIONS = 1_000
GUARDED = ("/api", "/v1", "/metrics")
"""Prefixes that need the key when there is one."""
OPEN = frozenset({("POST", "/api/session")})
"""Routes below GUARDED that need no key: the one that makes a session."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

PAGE_CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""For the web page: nothing from elsewhere, no inline script; Mantine writes style elements."""
DATA_CSP = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For everything else: if a browser shows it as a page, it can do nothing there."""

_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Sessions:
    """Session tokens, stored hashed, with an end; the oldest go first when there are too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: OrderedDict[str, float] = OrderedDict()

    def create(self) -> str:
        """Return a new random token."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._ends[_hash_text(token)] = self._clock() + SESSION_S
            while len(self._ends) > MAX_SESSIONS:
                self._ends.popitem(last=False)
        return token

    def is_valid(self, token: str) -> bool:
        """Return whether `token` was created here and has not ended."""
        with self._lock:
            end = self._ends.get(_hash_text(token))
            return end is not None and self._clock() < end

    def end(self, token: str) -> None:
        """Forget `token`; unknown ones are ignored."""
        with self._lock:
            self._ends.pop(_hash_text(token), None)


class Access:
    """The decision whether a request may pass: host, key or session, origin."""

    def __init__(self, settings: ServerSettings, sessions: Sessions, wrong_keys: WrongKeys) -> None:
        self._key = settings.api_key.get_secret_value()
        self._hosts = frozenset(host.lower() for host in settings.allowed_hosts)
        self.sessions = sessions
        self._wrong_keys = wrong_keys

    @property
    def key_needed(self) -> bool:
        """Whether a key is configured."""
        return bool(self._key)

    def check(self, method: str, path: str, headers: Headers, client: str) -> None:
        """Raise ApiError 400, 401, 403 or 429 when the request may not pass."""
        self._check_host(headers)
        guarded = any(path == prefix or path.startswith(prefix + "/") for prefix in GUARDED)
        if self.key_needed and guarded and (method, path) not in OPEN:
            if self._has_key(headers, client):
                return  # no CSRF: a browser never sends a key in a header on its own
            self._check_session(headers)
        if method not in SAFE_METHODS:
            _check_origin(headers)

    def sign_in(self, key: str, client: str) -> str:
        """Return a session token for the right key. Raises ApiError 401 or 429."""
        self._wrong_keys.check(client)
        if self.key_needed and not _is_same_key(key, self._key):
            self._wrong_keys.record(client)
            raise _build_unauthorized_error("The key is wrong.")
        return self.sessions.create()

    def _check_host(self, headers: Headers) -> None:
        if self.key_needed and not self._hosts:
            return
        host = _host_name(headers.get("host", ""))
        if not is_loopback(host) and host not in self._hosts:
            raise ApiError(
                400,
                "host_not_allowed",
                "The Host header names neither this machine nor an allowed host.",
                "Use http://127.0.0.1 or add the name to server.allowed_hosts.",
            )

    def _has_key(self, headers: Headers, client: str) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        self._wrong_keys.check(client)
        if _is_same_key(given.strip(), self._key):
            return True
        self._wrong_keys.record(client)
        raise _build_unauthorized_error("The key is wrong.")

    def _check_session(self, headers: Headers) -> None:
        token = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        if not token or not self.sessions.is_valid(token):
            raise _build_unauthorized_error("This server needs a key.")


class Guard:
    """Middleware that asks `Access` before anything else sees the request."""

    def __init__(self, inner: ASGIApp, access: Access) -> None:
        self._inner = inner
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            self._access.check(scope["method"], route_path(scope), headers, client_of(scope))
        elif scope["type"] == "websocket":
            raise ApiError(404, "route_not_found", "There are no websockets here.", "Use HTTP.")
        await self._inner(scope, receive, send)


class SecurityHeaders:
    """Middleware that puts the protective headers on every response that lacks them."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", DATA_CSP)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if route_path(scope).startswith("/api/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._inner(scope, receive, send_with_headers)


def client_of(scope: Scope) -> str:
    """Return the address of the peer, "" where there is none (a Unix socket)."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_https(request: Request) -> bool:
    """Return whether the browser used TLS, with us or with a proxy that uvicorn trusts."""
    return request.url.scheme == "https"


def _check_origin(headers: Headers) -> None:
    """Raise ApiError 403 for a change that a page of another origin asked the browser for."""
    site = headers.get("sec-fetch-site", "none")
    origin = headers.get("origin")
    same_site = site in {"same-origin", "none"}
    if same_site and (origin is None or _authority_of(origin) == headers.get("host", "").lower()):
        return
    raise ApiError(
        403,
        "foreign_origin",
        "The request comes from a page of another origin.",
        "Use docchat's own page, or send no Origin header.",
    )


def _authority_of(origin: str) -> str:
    """Return host and port of an Origin header, "" for `null` and what is no URL."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _host_name(header: str) -> str:
    """Return the host of a Host header in lower case without port and brackets."""
    try:
        return (urlsplit("//" + header.strip()).hostname or "").lower()
    except ValueError:
        return ""


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _is_same_key(given: str, wanted: str) -> bool:
    """Compare in constant time, whatever the lengths."""
    return hmac.compare_digest(_hash_text(given), _hash_text(wanted))


def _build_unauthorized_error(message: str) -> ApiError:
    hint = "Send `Authorization: Bearer <server.api_key>`, or sign in on the page."
    return ApiError(401, "unauthorized", message, hint)
