"""Renders pages as pictures, with passages marked, in a child process, and caches them.

PyMuPDF is not safe to use from several threads, and a damaged file may crash its process or never
end. So one child process renders, one page after the other, and is killed when a page takes too
long; the server stays up. The first picture starts it; it imports no model library.

Limits: pictures are cached in memory up to CACHE_BYTES, per process.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.http.errors import ApiError
from ingest.types import Box

if TYPE_CHECKING:
    from pebble import ProcessPool

RENDER_TIMEOUT_S = 30.0
RENDER_MEMORY_MB = 2_048
CACHE_BYTES = 64 * 1024 * 1024
MIN_SCALE, MAX_SCALE = 0.1, 4.0
MAX_BOXES = 200
TASKS_PER_CHILD = 500
"""A child is replaced after so many pages: what the library leaks goes with it."""


@dataclass(frozen=True, slots=True)
class View:
    """What is to be seen: a page (from 1), or `clip` of it, `scale` pixels to the point."""

    page: int
    scale: float
    boxes: tuple[Box, ...] = ()
    clip: Box | None = None


class PageImages:
    """Renders pages of PDFs to PNG; safe to call from several threads."""

    # `_lock` guards the cache and the choice of the pool, never a rendering: a request for a
    # cached picture must not wait for somebody else's slow page. So two requests for the same
    # uncached picture may both render it, which costs a little time and nothing else.

    def __init__(
        self,
        cache_bytes: int = CACHE_BYTES,
        timeout_s: float = RENDER_TIMEOUT_S,
        memory_mb: int = RENDER_MEMORY_MB,
    ) -> None:
        self._limit = cache_bytes
        self._memory_mb = memory_mb
        self._timeout = timeout_s
        self._lock = threading.Lock()
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._pool: ProcessPool | None = None
        self._closed = False

    def get(self, key: str, path: Path, view: View) -> bytes:
        """Return the PNG of a page, from memory where `key` (see `image_key`) is known.

        Raises LimitExceeded, InvalidRequest, CorruptFile and other errors of the renderer; ApiError
        when it died or took too long.
        """
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
        picture = self._render_in_child(path, view)
        with self._lock:
            if key not in self._pictures:  # another thread may have rendered it as well
                self._pictures[key] = picture
                self._size += len(picture)
            while self._size > self._limit and self._pictures:
                self._size -= len(self._pictures.popitem(last=False)[1])
        return picture

    def close(self) -> None:
        """End the rendering process; further calls are errors."""
        # Taken out under the lock and stopped outside it: stopping waits for the child. `_closed`
        # keeps a request that comes now from starting another pool, which nobody would end.
        with self._lock:
            pool, self._pool, self._closed = self._pool, None, True
        if pool is not None:
            self._stop_pool(pool)

    def _render_in_child(self, path: Path, view: View) -> bytes:
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        from ingest.pdf.reading.reader import render_page

        pool = self._ensure_pool()
        try:
            arguments = (path, view.page, view.scale, view.boxes, view.clip)
            future = pool.schedule(render_page, args=arguments, timeout=self._timeout)
            picture: bytes = future.result()
        except TimeoutError as error:
            raise _build_render_error(view.page, f"took longer than {self._timeout:g} s") from error
        except ProcessExpired as error:
            raise _build_render_error(view.page, "ended the rendering process") from error
        # The pool itself is broken, or another thread has stopped it between `_ensure_pool` and
        # `schedule` (RuntimeError) or while this picture waited in its queue (CancelledError).
        except (BrokenProcessPool, CancelledError, RuntimeError) as error:
            self._stop_pool(pool)
            raise _build_render_error(view.page, "found no rendering process") from error
        return picture

    def _ensure_pool(self) -> ProcessPool:
        from pebble import ProcessPool

        from ingest.processing.sandbox import prepare_child

        with self._lock:
            if self._closed:
                raise ApiError(503, "stopping", "The server is stopping.", "Try again later.")
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=1,
                    max_tasks=TASKS_PER_CHILD,
                    initializer=prepare_child,
                    initargs=(os.getpid(), self._memory_mb),
                    # A fork would copy locks that other threads of the server hold at that moment,
                    # and the child would wait for them without end.
                    context=multiprocessing.get_context("spawn"),
                )
            return self._pool

    def _stop_pool(self, pool: ProcessPool) -> None:
        """Stop a pool that no longer works; the next picture starts another."""
        # Several requests may find the same pool broken: only the one that is still current is
        # replaced, never the new one that another thread has started since.
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def image_key(sha256: str, view: View) -> str:
    """Return the key of a picture: the same key means the same bytes. Serves as ETag."""
    boxes = ";".join(_format_corners(box) for box in view.boxes)
    clip = "" if view.clip is None else _format_corners(view.clip)
    text = f"{sha256}/{view.page}/{view.scale:.3f}/{boxes}/{clip}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def parse_boxes(text: str, page: int) -> tuple[Box, ...]:
    """Read `x0,y0,x1,y1;...` (PDF points, origin top left). Raises ApiError 422."""
    parts = [part for part in text.split(";") if part.strip()]
    if len(parts) > MAX_BOXES:
        raise _bad_boxes(f"more than {MAX_BOXES} boxes")
    return tuple(_parse_box(part, page, _bad_boxes) for part in parts)


def parse_clip(text: str, page: int) -> Box | None:
    """Read `x0,y0,x1,y1` (PDF points, origin top left); None for "". Raises ApiError 422."""
    return _parse_box(text, page, _bad_clip) if text.strip() else None


def _parse_box(part: str, page: int, bad: Callable[[str], ApiError]) -> Box:
    try:
        x0, y0, x1, y1 = (float(number) for number in part.split(","))
    except ValueError as error:
        raise bad(f"{part!r} is not four numbers") from error
    if not (-1e6 < x0 < x1 < 1e6 and -1e6 < y0 < y1 < 1e6):
        raise bad(f"{part!r} is no rectangle with x0 < x1 and y0 < y1")
    return Box(page, x0, y0, x1, y1)


def _format_corners(box: Box) -> str:
    return f"{box.x0:.2f},{box.y0:.2f},{box.x1:.2f},{box.y1:.2f}"


def _bad_boxes(detail: str) -> ApiError:
    hint = "Write boxes as x0,y0,x1,y1;x0,y0,x1,y1 in PDF points."
    return ApiError(422, "invalid_request", f"boxes: {detail}", hint)


def _bad_clip(detail: str) -> ApiError:
    hint = "Write the clip as x0,y0,x1,y1 in PDF points."
    return ApiError(422, "invalid_request", f"clip: {detail}", hint)


def _build_render_error(page: int, reason: str) -> ApiError:
    hint = "Open the original file instead; please report it if the file opens elsewhere."
    return ApiError(500, "page_render_failed", f"Rendering page {page} {reason}.", hint)
