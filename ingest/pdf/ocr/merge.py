"""Puts what OCR found back into the document: whole pages, pictures on pages, and boxes.

Limits: a picture read on a page with a text layer adds its lines to those of the layer; whether
they continue each other is left to the reading order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingest.errors import IngestError
from ingest.pdf.ocr.page_content import ScannedPage
from ingest.pdf.ocr.schedule import OcrRequest
from ingest.pdf.ocr.styles import even_out_styles
from ingest.pdf.page.content import Line, PageContent, PageTilt, Rect
from ingest.types import Block, Box, Page, ParseWarning

_DOUBTFUL = 0.8
"""Below this mean confidence many words have a wrong letter."""


def with_scans(
    contents: Sequence[PageContent],
    scans: Sequence[tuple[OcrRequest, ScannedPage | IngestError]],
    engine: str,
) -> tuple[list[PageContent], list[ParseWarning]]:
    """Return the pages with what was read on them, and what is to be said about that."""
    pages = {page.number: page for page in contents}
    warnings: list[ParseWarning] = []
    good = [(request, found) for request, found in scans if isinstance(found, ScannedPage)]
    for request, failure in scans:
        if isinstance(failure, IngestError):
            warnings.append(_build_failure_warning(request, failure))
    contents_read = even_out_styles([found for _, found in good])
    for (request, found), content in zip(good, contents_read, strict=True):
        number = request.page.number
        warnings += _build_scan_warnings(request, found, engine)
        if request.region is None:
            pages[number] = content
        elif content.lines:
            pages[number] = _add_region_content(pages[number], content, request.region)
    return [pages[page.number] for page in contents], warnings


def _build_failure_warning(request: OcrRequest, error: IngestError) -> ParseWarning:
    code = "page_failed" if request.region is None else "picture_ocr"
    return ParseWarning(code, error.message, request.page.number)


def _build_scan_warnings(
    request: OcrRequest, found: ScannedPage, engine: str
) -> list[ParseWarning]:
    """Return the warning about a page or picture that was read."""
    number = request.page.number
    if not found.content.lines:
        if request.region is not None:
            return []
        if found.dropped:
            message = f"page {number} could not be read by OCR: all its lines are too doubtful"
            return [ParseWarning("page_without_text", message, number)]
        return [ParseWarning("page_blank", f"OCR found no text on page {number}", number)]
    what = f"page {number}" if request.region is None else f"a picture on page {number}"
    message = f"{what} was read by OCR ({engine}, mean confidence {found.confidence:.2f})"
    if found.dropped:
        message += f", {found.dropped} lines too doubtful to keep were left out"
    if request.region is not None:
        return [ParseWarning("picture_ocr", message, number)]
    code = "page_ocr" if found.confidence >= _DOUBTFUL else "page_ocr_doubtful"
    return [ParseWarning(code, message, number)]


def _add_region_content(page: PageContent, content: PageContent, region: Rect) -> PageContent:
    """Return a page with the lines and rules read in one of its pictures."""
    turn = content.tilt
    dx, dy = (turn.dx, turn.dy) if turn is not None else (region.x0, region.y0)
    return replace(
        page,
        lines=(*page.lines, *(_shift_line(line, dx, dy) for line in content.lines)),
        rules=(*page.rules, *(_shift_rect(rule, dx, dy) for rule in content.rules)),
        images=tuple(image for image in page.images if not image.holds(region)),
    )


def _shift_line(line: Line, dx: float, dy: float) -> Line:
    return Line.from_words(
        [replace(word, rect=_shift_rect(word.rect, dx, dy)) for word in line.words]
    )


def _shift_rect(rect: Rect, dx: float, dy: float) -> Rect:
    return Rect(rect.x0 + dx, rect.y0 + dy, rect.x1 + dx, rect.y1 + dy)


def tilts_of(pages: Sequence[PageContent]) -> dict[int, PageTilt]:
    """Return how the pages that were set straight before reading stand, by page number."""
    return {page.number: page.tilt for page in pages if page.tilt is not None}


def as_displayed(page: Page, tilts: Mapping[int, PageTilt]) -> Page:
    """Return the page with every box where it is displayed; a block may reach over pages."""
    if not tilts:
        return page
    tilt = tilts.get(page.number)
    size = (page.width, page.height) if tilt is None else (tilt.width, tilt.height)
    blocks = tuple(_to_displayed_block(block, tilts) for block in page.blocks)
    return replace(page, width=size[0], height=size[1], blocks=blocks)


def _to_displayed_block(block: Block, tilts: Mapping[int, PageTilt]) -> Block:
    table = block.table
    if table is not None:
        cells = (
            cell if cell.box is None else replace(cell, box=_to_displayed_box(cell.box, tilts))
            for cell in table.cells
        )
        table = replace(table, cells=tuple(cells))
    return replace(
        block,
        boxes=tuple(_to_displayed_box(box, tilts) for box in block.boxes),
        spans=tuple(replace(span, box=_to_displayed_box(span.box, tilts)) for span in block.spans),
        table=table,
    )


def _to_displayed_box(box: Box, tilts: Mapping[int, PageTilt]) -> Box:
    tilt = tilts.get(box.page)
    return (
        box if tilt is None else tilt.to_displayed(box.x0, box.y0, box.x1, box.y1).on_page(box.page)
    )
