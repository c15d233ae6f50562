"""Reads the pages of a file that need OCR, several at once, in the order asked for.

Pages are drawn here, one after the other (PyMuPDF allows no threads); the engine works on the
pixels in threads, most of the time outside of Python's lock, `jobs` pages at once and one waiting,
so that memory is bounded. Results come in the order asked for. Limits: a page that has to be read
twice holds up the next.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ingest.errors import IngestError
from ingest.options import MOST_OCR_JOBS, ParseOptions
from ingest.pdf.ocr.engine import OcrEngine, OcrWord
from ingest.pdf.ocr.ink import has_room_for_letters
from ingest.pdf.ocr.page_content import ScannedPage
from ingest.pdf.ocr.scan import Scan
from ingest.pdf.page.content import PageContent, Rect
from ingest.pdf.page.raster import Raster
from ingest.pdf.reading.reader import PdfSource


@dataclass(frozen=True, slots=True)
class OcrRequest:
    """A page to read; `region` (points) where only that part of it is wanted."""

    page: PageContent
    region: Rect | None = None


@dataclass(frozen=True, slots=True)
class _PendingScan:
    request: OcrRequest
    scan: Scan
    raster: Raster
    words: Future[list[OcrWord]]


def read_scans(
    source: PdfSource, requests: Iterable[OcrRequest], engine: OcrEngine, jobs: int
) -> Iterator[tuple[OcrRequest, ScannedPage | IngestError]]:
    """Yield each request with what was read, or with the error that prevented it."""
    pending: deque[_PendingScan | tuple[OcrRequest, IngestError]] = deque()
    with ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="ocr") as pool:
        for request in requests:
            pending.append(_start_scan(pool, source, request, engine))
            if len(pending) > jobs:
                yield _finish_scan(pool, pending.popleft(), engine)
        while pending:
            yield _finish_scan(pool, pending.popleft(), engine)


def _start_scan(
    pool: ThreadPoolExecutor, source: PdfSource, request: OcrRequest, engine: OcrEngine
) -> _PendingScan | tuple[OcrRequest, IngestError]:
    try:
        scan = Scan(source, request.page, request.region)
        raster = scan.draw()
    except IngestError as error:
        return request, error
    return _PendingScan(request, scan, raster, pool.submit(_read_raster, engine, raster))


def _finish_scan(
    pool: ThreadPoolExecutor, item: _PendingScan | tuple[OcrRequest, IngestError], engine: OcrEngine
) -> tuple[OcrRequest, ScannedPage | IngestError]:
    if not isinstance(item, _PendingScan):
        return item
    raster, words = item.raster, item.words
    try:
        while item.scan.add_reading(raster, words.result()):
            raster = item.scan.draw()
            words = pool.submit(_read_raster, engine, raster)
        return item.request, item.scan.build_result()
    except IngestError as error:
        return item.request, error


def _read_raster(engine: OcrEngine, raster: Raster) -> list[OcrWord]:
    """Return the words of a picture; of an empty one none, without loading the engine's models."""
    return engine.read(raster) if has_room_for_letters(raster) else []


def choose_ocr_jobs(options: ParseOptions) -> int:
    """Return how many pages to work on at once: as chosen, else one for each core up to four."""
    return options.ocr_jobs or min(MOST_OCR_JOBS, os.cpu_count() or 1)
