"""Shows what is inside a document: original file, outline, text, passages, pages and pictures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.http.errors import ApiError, declare_problems
from app.http.security import DATA_CSP
from app.routes.deps import ServicesDep
from app.schemas.documents import (
    ChunkList,
    ChunkOut,
    OutlineEntryOut,
    OutlineOut,
    PageList,
    PageSummary,
    PageViewOut,
)
from app.schemas.page_blocks import page_view
from app.services.page_images import MAX_SCALE, MIN_SCALE, View, image_key, parse_boxes, parse_clip
from ingest.document.markdown import document_markdown
from ingest.errors import NotFound
from ingest.types import Document, Page

router = APIRouter(prefix="/api/documents/{document_id}", tags=["look inside"])

PDF = "application/pdf"
INLINE = frozenset({PDF, "image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show; everything else is a download."""
_REVALIDATE = "private, no-cache"
"""The bytes behind an id change when the document is replaced, so a cache has to ask each time."""


@router.get(
    "/file",
    summary="Download the original",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **declare_problems(404)},
)
def original_file(document_id: str, services: ServicesDep) -> FileResponse:
    """Return the original bytes; ranges are supported."""
    library = services.docchat.library
    record = library.get_document(document_id)
    inline = record.media_type in INLINE
    return FileResponse(
        library.original_path(document_id),
        media_type=record.media_type or "application/octet-stream",
        filename=record.name,
        content_disposition_type="inline" if inline else "attachment",
        headers={"content-security-policy": DATA_CSP, "cache-control": _REVALIDATE},
    )


@router.get("/outline", summary="Show the table of contents", responses=declare_problems(404, 409))
def outline(document_id: str, services: ServicesDep) -> OutlineOut:
    """Return the headings of the live version."""
    document = services.readings.get(document_id)
    return OutlineOut(items=[OutlineEntryOut.model_validate(each) for each in document.outline])


@router.get(
    "/markdown",
    summary="Read the whole text",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {}}}, **declare_problems(404, 409)},
)
def markdown(document_id: str, services: ServicesDep) -> Response:
    """Return what docchat understood of the file, as Markdown."""
    text = document_markdown(services.readings.get(document_id))
    return Response(text, media_type="text/markdown; charset=utf-8")


@router.get("/chunks", summary="List the passages", responses=declare_problems(404, 409))
def chunks(document_id: str, services: ServicesDep) -> ChunkList:
    """Return the passages that searches see, in order."""
    found = services.docchat.library.read_chunks(document_id)
    return ChunkList(items=[ChunkOut.model_validate(each) for each in found])


@router.get("/pages", summary="List the pages", responses=declare_problems(404, 409))
def pages(document_id: str, services: ServicesDep) -> PageList:
    """Return number, printed label and size of each page."""
    document = services.readings.get(document_id)
    return PageList(items=[PageSummary.model_validate(each) for each in document.pages])


@router.get(
    "/pages/{number}.png",
    summary="See a page",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **declare_problems(404, 409, 413, 422)},
)
def page_image(
    document_id: str,
    number: int,
    request: Request,
    services: ServicesDep,
    scale: Annotated[float, Query(ge=MIN_SCALE, le=MAX_SCALE)] = 2.0,
    boxes: Annotated[str, Query(max_length=20_000)] = "",
    clip: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Return a page of a PDF as PNG, `scale` pixels to the point, with `boxes` marked.

    With `clip` (x0,y0,x1,y1 in points) only that part of it: the box of a figure gives the figure.
    """
    document = services.readings.get(document_id)
    if document.media_type != PDF:
        raise ApiError(
            404,
            "no_page_image",
            "Only pages of PDFs have pictures.",
            "Use /pages/{number} for the text of the page, or /file for the original.",
        )
    _find_page(document, number)
    view = View(number, scale, parse_boxes(boxes, number), parse_clip(clip, number))
    key = image_key(document.sha256, view)
    headers = {"etag": f'"{key}"', "cache-control": _REVALIDATE}
    if f'"{key}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    path = services.docchat.library.original_path(document_id)
    picture = services.images.get(key, path, view)
    return Response(picture, media_type="image/png", headers=headers)


@router.get("/pages/{number}", summary="Read a page", responses=declare_problems(404, 409))
def page(document_id: str, number: int, services: ServicesDep) -> PageViewOut:
    """Return a page with its blocks, their boxes and places in the document's text."""
    document = services.readings.get(document_id)
    return page_view(document, _find_page(document, number))


def _find_page(document: Document, number: int) -> Page:
    for page in document.pages:
        if page.number == number:
            return page
    raise NotFound(
        f"{document.name} has no page {number}.", hint=f"It has {len(document.pages)} pages."
    )
