"""Serves the built web page: files from `app/web/dist`, `index.html` for every route of the page.

Hashed assets are cached without limit, the page itself is checked each time. Where the page was not
built, a plain one says how to build it; the API works all the same.

Limits: only regular files inside the folder are served, and links out of it are not followed.
"""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from app.http.limits import route_path
from app.http.security import PAGE_CSP

DIST = Path(__file__).parents[1] / "web" / "dist"
_API = ("api", "v1", "health", "metrics", "assets")
"""First parts of paths that never are a route of the page."""
_FOREVER = "public, max-age=31536000, immutable"
_MEDIA_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain",
    ".map": "application/json",
}
"""Listed here and not guessed: a machine's own table may call a script text/plain."""

NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>docchat</title></head>
<body>
<h1>docchat is running, its web page is not built</h1>
<p>Build it with <code>make web</code> and load this page again. The API works all the same:
<a href="/api/openapi.json">/api/openapi.json</a>.</p>
<h1 lang="zh">docchat 已在运行，但网页尚未构建</h1>
<p lang="zh">请运行 <code>make web</code> 后刷新本页。API 可照常使用。</p>
</body>
</html>
"""


class WebPage:
    """The ASGI application behind every path that no route of the API took."""

    def __init__(self, dist: Path) -> None:
        self._dist = dist

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises HTTPException 404, 405."""
        if scope["type"] != "http":
            return
        path = route_path(scope).lstrip("/")
        first, last = path.split("/", 1)[0], path.rsplit("/", 1)[-1]
        found = _find_file(self._dist, path)
        if found is None and (first in _API or "." in last):
            raise HTTPException(404, f"There is nothing at {scope['path']}.")
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, "The page can only be read.", {"allow": "GET, HEAD"})
        response = _build_index_response(self._dist)
        if found is not None and found.name != "index.html":
            response = _build_asset_response(found, hashed=first == "assets")
        await response(scope, receive, send)


def _build_index_response(dist: Path) -> Response:
    headers = {"content-security-policy": PAGE_CSP, "cache-control": "no-cache"}
    index = dist / "index.html"
    if not index.is_file():
        return HTMLResponse(NOT_BUILT, headers=headers)
    return FileResponse(index, media_type="text/html", headers=headers)


def _find_file(dist: Path, path: str) -> Path | None:
    """Return the regular file at `path` inside `dist`, None where there is none."""
    if not path or "\x00" in path:
        return None
    root = dist.resolve()
    try:
        found = (root / path).resolve()
        return found if found.is_relative_to(root) and found.is_file() else None
    except OSError:  # a name longer than file systems have
        return None


def _build_asset_response(path: Path, *, hashed: bool) -> Response:
    return FileResponse(
        path,
        media_type=_MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
        headers={"cache-control": _FOREVER if hashed else "no-cache"},
    )
