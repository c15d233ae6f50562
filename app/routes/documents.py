"""Documents: upload, list, show, replace, retry, cancel, delete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.http.errors import ApiError, declare_problems, problem_of
from app.http.uploads import Form, ReceivedFile, read_form, upload_stack
from app.routes.deps import Services, ServicesDep
from app.schemas.documents import (
    AddedOut,
    AttemptList,
    AttemptOut,
    DocumentListOut,
    DocumentOut,
    RefusedOut,
    UploadOut,
)
from ingest.errors import IngestError, LimitExceeded
from ingest.types import DocumentState

router = APIRouter(prefix="/api", tags=["documents"])

URGENT = 10
"""Priority of uploads: their sender waits, so they go before files of a batch, which have 0."""

OrderBy = Literal[
    "name",
    "-name",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "size",
    "-size",
    "state",
    "-state",
]


def _describe_multipart(field: str, *, many: bool) -> dict[str, Any]:
    """Return the OpenAPI description of an upload, which is read without FastAPI's parser."""
    binary = {"type": "string", "format": "binary"}
    files: dict[str, Any] = {"type": "array", "items": binary} if many else binary
    properties: dict[str, Any] = {field: files}
    if many:
        properties["metadata"] = {"type": "string", "description": "A JSON object of strings."}
    schema = {"type": "object", "required": [field], "properties": properties}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/collections/{collection_id}/documents",
    summary="Upload files",
    status_code=202,
    responses=declare_problems(404, 413, 415, 422),
    openapi_extra=_describe_multipart("files", many=True),
)
async def upload(collection_id: str, request: Request, services: ServicesDep) -> UploadOut:
    """Take files into a collection, streamed to disk; one entry per file, in the order sent.

    A file that is refused (empty, mislabelled, too large) does not hinder the others.
    """
    library = services.docchat.library
    collection = await run_in_threadpool(library.get_collection, collection_id)
    with upload_stack() as stack:
        form = await read_form(request, _upload_folder_of(services), services.max_file_bytes, stack)
        if not form.files:
            raise _no_file("files")
        metadata = form.parse_metadata()
        items = [
            await run_in_threadpool(_add_file, services, each, collection.id, metadata)
            for each in form.files
        ]
    return UploadOut(items=items)


@router.get(
    "/collections/{collection_id}/documents",
    summary="List documents",
    responses=declare_problems(404),
)
def list_documents(
    collection_id: str,
    services: ServicesDep,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=200)] = 50,
    order_by: OrderBy = "name",
    q: Annotated[str, Query(max_length=200)] = "",
    state: DocumentState | None = None,
) -> DocumentListOut:
    """Return one page of the documents whose name contains `q`, in one `state` or all."""
    library = services.docchat.library
    collection = library.get_collection(collection_id)
    found = library.list_documents(collection.id, page, page_size, order_by, q, state)
    return DocumentListOut(
        items=[DocumentOut.model_validate(each) for each in found.items],
        total=found.total,
        page=page,
        page_size=page_size,
    )


@router.get("/documents/{document_id}", summary="Show a document", responses=declare_problems(404))
def show_document(document_id: str, services: ServicesDep) -> DocumentOut:
    """Return one document with its state, progress and failure."""
    return DocumentOut.model_validate(services.docchat.library.get_document(document_id))


@router.get(
    "/documents/{document_id}/attempts",
    summary="Show how often a document was tried",
    responses=declare_problems(404),
)
def show_attempts(document_id: str, services: ServicesDep) -> AttemptList:
    """Return the last attempts at a document, the oldest first: when, who, how far, why not."""
    found = services.docchat.library.read_attempts(document_id)
    return AttemptList(items=[AttemptOut.model_validate(each) for each in found])


@router.delete(
    "/documents/{document_id}",
    summary="Delete a document",
    status_code=204,
    response_class=Response,
    responses=declare_problems(404),
)
def delete_document(document_id: str, services: ServicesDep) -> None:
    """Delete a document: from now on it answers nothing; its files follow in the background."""
    services.docchat.library.delete(document_id)


@router.put(
    "/documents/{document_id}/file",
    summary="Replace a document's file",
    status_code=202,
    responses=declare_problems(404, 409, 413, 415, 422),
    openapi_extra=_describe_multipart("file", many=False),
)
async def replace_file(document_id: str, request: Request, services: ServicesDep) -> AddedOut:
    """Give a document new bytes under the same id; the old ones answer until they are ready."""
    library = services.docchat.library
    await run_in_threadpool(library.get_document, document_id)
    with upload_stack() as stack:
        form = await read_form(request, _upload_folder_of(services), services.max_file_bytes, stack)
        received = _only_file(form)
        _check_size(received, services)
        added = await run_in_threadpool(library.replace, document_id, received.file, URGENT)
    return AddedOut.model_validate(added)


@router.post(
    "/documents/{document_id}/retry",
    summary="Try a failed document again",
    status_code=202,
    responses=declare_problems(404, 409),
)
def retry(document_id: str, services: ServicesDep) -> DocumentOut:
    """Queue a failed or cancelled document again."""
    return DocumentOut.model_validate(services.docchat.library.retry(document_id))


@router.post(
    "/documents/{document_id}/cancel",
    summary="Stop a document's processing",
    status_code=202,
    responses=declare_problems(404, 409),
)
def cancel(document_id: str, services: ServicesDep) -> DocumentOut:
    """Stop a queued or running document; it can be taken up again with retry."""
    return DocumentOut.model_validate(services.docchat.library.cancel(document_id))


def _add_file(
    services: Services, received: ReceivedFile, collection_id: str, metadata: dict[str, str]
) -> AddedOut | RefusedOut:
    """Add one file to the library; return a refusal as a result, beside those of other files."""
    try:
        _check_size(received, services)
        added = services.docchat.library.add(
            received.file, received.name, collection_id, metadata, URGENT
        )
    except IngestError as error:
        return RefusedOut(name=received.name, error=problem_of(error))
    return AddedOut.model_validate(added)


def _check_size(received: ReceivedFile, services: Services) -> None:
    if received.too_large:
        limit = services.docchat.settings.parse.max_file_mb
        raise LimitExceeded(
            f"{received.name} has {received.size:,} bytes; the limit is {limit} MB.",
            hint="Split the file, or raise parse.max_file_mb in docchat.toml.",
        )


def _only_file(form: Form) -> ReceivedFile:
    if len(form.files) != 1:
        raise _no_file("file")
    return form.files[0]


def _upload_folder_of(services: Services) -> Path:
    """Return where uploads are stored at first: in docchat's own folder, for /tmp may be memory."""
    return services.docchat.settings.home


def _no_file(field: str) -> ApiError:
    hint = f"With curl: -F {field}=@report.pdf"
    wanted = "exactly one file is needed" if field == "file" else "at least one file is needed"
    return ApiError(422, "invalid_request", f"{field}: {wanted}", hint)
