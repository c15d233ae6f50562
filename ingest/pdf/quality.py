"""How well each page of a PDF was read: from its text layer, by OCR, or both.

Limits: whether the right words were found is not known, only whether they can be words; a page of
which a picture was read as well counts by its text layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.errors import IngestError
from ingest.pdf.ocr.page_content import ScannedPage
from ingest.pdf.ocr.schedule import Request
from ingest.pdf.page.content import PageContent
from ingest.pdf.reading.readability import legibility
from ingest.types import PageQuality


def with_quality(
    contents: Sequence[PageContent], scans: Sequence[tuple[Request, ScannedPage | IngestError]]
) -> list[PageContent]:
    """Return the pages, each with how well it was read; the language is not looked at here."""
    whole: dict[int, ScannedPage] = {}
    parts: set[int] = set()
    for request, found in scans:
        if isinstance(found, ScannedPage) and found.content.lines:
            if request.region is None:
                whole[request.page.number] = found
            else:
                parts.add(request.page.number)
    return [
        replace(page, quality=_quality(page, whole.get(page.number), page.number in parts))
        for page in contents
    ]


def _quality(page: PageContent, scanned: ScannedPage | None, in_part: bool) -> PageQuality:
    if scanned is not None:
        return PageQuality("ocr", round(scanned.confidence, 3))
    if not (page.lines or page.sideways):
        return PageQuality("none", 1.0 if page.bare else 0.0)
    return PageQuality("both" if in_part else "text", round(legibility(page), 3))
