"""Turns every failure of the API into RFC 9457 problem details, with a stable code and a hint.

One table maps the error trees of `ingest` and `rag` to HTTP statuses. Under `/v1` the same failure
is sent in the shape that OpenAI clients understand. Internals never reach a client: an unexpected
error becomes `internal_error` with an id that is also in the log, with the traceback.

Limits: a failure after the first byte of a stream cannot change the status any more; streams send
an `error` event instead (see `app.http.sse` and `app.routes.answer_events`).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest import errors as ingest_errors
from rag import errors as rag_errors

log = logging.getLogger(__name__)

PROBLEM_MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:docchat:problem:"

STATUS: dict[type[Exception], int] = {
    ingest_errors.IngestError: 500,
    ingest_errors.FileRejected: 422,
    ingest_errors.LimitExceeded: 413,
    ingest_errors.NotFound: 404,
    ingest_errors.Conflict: 409,
    ingest_errors.Cancelled: 409,
    ingest_errors.InvalidRequest: 422,
    ingest_errors.IndexMismatch: 503,
    ingest_errors.EmbeddingFailed: 503,
    ingest_errors.ClusterUnavailable: 503,
    ingest_errors.IndexUnavailable: 503,
    ingest_errors.StoreUnavailable: 503,
    rag_errors.RagError: 500,
    rag_errors.QuestionInvalid: 422,
    rag_errors.ConversationNotFound: 404,
    rag_errors.ModelError: 502,
    rag_errors.ModelNotConfigured: 503,
    rag_errors.ModelTimeout: 504,
}
"""The status of each error class; a class that is not named takes that of its nearest base."""

_HTTP_CODES = {
    400: ("bad_request", "Check the request against the API description."),
    404: ("route_not_found", "Check the path against /api/openapi.json."),
    405: ("method_not_allowed", "The Allow header lists the methods of this path."),
    413: ("body_too_large", "Send less at once; GET /api/status lists the limits."),
    416: ("range_not_satisfiable", "Ask for a range inside the file."),
}


class FieldProblem(BaseModel):
    """One part of a request that is not as it should be."""

    field: str
    message: str


class Problem(BaseModel):
    """Problem details (RFC 9457). `code` is stable; `hint` says what to do."""

    type: str = Field(examples=[TYPE_PREFIX + "not_found"])
    title: str
    status: int
    detail: str
    code: str
    hint: str
    errors: list[FieldProblem] | None = None
    """With `invalid_request`: what is wrong, field by field."""
    id: str | None = None
    """With `internal_error`: the id to look for in the server's log."""

    @model_serializer(mode="wrap")
    def _omit_missing_fields(self, inner: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out extensions that say nothing."""
        fields: dict[str, Any] = inner(self)
        return {name: value for name, value in fields.items() if value is not None}


class ApiError(Exception):
    """A failure that belongs to HTTP itself: access, limits, formats of requests."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        hint: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.headers = dict(headers or {})


class BodyTooLarge(HTTPException):
    """The body of the request is larger than the route takes.

    An HTTPException, for FastAPI lets only those through while it reads a body.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(
            413, f"The request is larger than {limit:,} bytes.", {"connection": "close"}
        )


def make_problem(status: int, code: str, detail: str, hint: str, **extra: Any) -> Problem:
    """Return a problem; the title is the phrase of the status."""
    return Problem(
        type=TYPE_PREFIX + code,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        hint=hint,
        **extra,
    )


def problem_of(error: Exception) -> Problem:
    """Return `error` as a problem; unknown kinds are logged, and described without internals."""
    if isinstance(error, ApiError):
        return make_problem(error.status, error.code, error.message, error.hint)
    if isinstance(error, ingest_errors.IngestError | rag_errors.RagError):
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        if status >= 500:
            log.error("%s: %s", error.code, error.message, exc_info=error)
        return make_problem(status, error.code, error.message, error.advice)
    if isinstance(error, RequestValidationError):
        return _invalid_request(error)
    if isinstance(error, HTTPException):
        code, hint = _HTTP_CODES.get(error.status_code, ("http_error", "Check the request."))
        return make_problem(error.status_code, code, str(error.detail), hint)
    identifier = secrets.token_hex(8)
    log.error("internal error %s", identifier, exc_info=error)
    return make_problem(
        500,
        "internal_error",
        f"Something went wrong inside the server (id {identifier}).",
        "Look for the id in the server's log, and please report it.",
        id=identifier,
    )


def problem_of_failure(code: str, message: str, hint: str) -> Problem:
    """Return the problem of a failure that is known by its code only (a `FailureEvent`)."""
    statuses = {getattr(kind, "code", ""): status for kind, status in STATUS.items()}
    for root in (ingest_errors.IngestError, rag_errors.RagError):
        for kind in _collect_error_classes(root):
            status = next(STATUS[base] for base in kind.__mro__ if base in STATUS)
            statuses.setdefault(getattr(kind, "code", ""), status)
    return make_problem(statuses.get(code, 500), code, message, hint)


def problem_response(
    problem: Problem, path: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return `problem` as a response: RFC 9457, or OpenAI's shape below `/v1`."""
    extra = dict(headers or {})
    if problem.status == 401:
        extra.setdefault("www-authenticate", 'Bearer realm="docchat"')
    if path == "/v1" or path.startswith("/v1/"):
        return JSONResponse(openai_error(problem), problem.status, extra)
    return JSONResponse(problem.model_dump(), problem.status, extra, PROBLEM_MEDIA_TYPE)


def openai_error(problem: Problem) -> dict[str, Any]:
    """Return `problem` in the shape of OpenAI's API errors."""
    kind = "server_error" if problem.status >= 500 else "invalid_request_error"
    param = problem.errors[0].field if problem.errors else None
    if problem.code == "model_not_found":
        param = "model"
    message = f"{problem.detail} {problem.hint}".strip()
    return {"error": {"message": message, "type": kind, "code": problem.code, "param": param}}


def declare_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI declaration of problem responses with these statuses."""
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_MEDIA_TYPE: {"schema": reference}},
        }
        for status in statuses
    }


def install_handlers(application: FastAPI) -> None:
    """Make every error that a route raises a problem response."""

    async def handle_error(request: Request, error: Exception) -> Response:
        headers = getattr(error, "headers", None)
        return problem_response(problem_of(error), request.url.path, headers)

    for kind in (
        ApiError,
        HTTPException,
        RequestValidationError,
        ingest_errors.IngestError,
        rag_errors.RagError,
    ):
        application.add_exception_handler(kind, handle_error)


class ErrorBoundary:
    """Turns every error that leaves the inner application into a problem response, once.

    After the first byte no other response can be sent: the error is logged, and raising it again
    drops the connection, so that a client sees a broken stream and not a complete one.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        started = False

        async def send_and_note_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._inner(scope, receive, send_and_note_start)
        except ClientDisconnect:
            log.info("%s %s: the client left before its request was whole", *_request_line(scope))
        except Exception as error:  # the outermost frame: everything is answered and logged here
            problem = problem_of(error)
            if started:
                raise
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            response = problem_response(problem, path, getattr(error, "headers", None))
            await response(scope, receive, send)


def _invalid_request(error: RequestValidationError) -> Problem:
    """Name each wrong field without repeating what was sent (it may hold secrets)."""
    found = [_field_problem(item) for item in error.errors()]
    detail = "; ".join(f"{item.field}: {item.message}" for item in found)
    hint = "Correct the fields named in `errors`."
    return make_problem(422, "invalid_request", detail, hint, errors=found)


def _field_problem(item: Mapping[str, Any]) -> FieldProblem:
    if item["type"] == "json_invalid":
        place = item["loc"][-1]
        cause = item.get("ctx", {}).get("error", "")
        return FieldProblem(
            field="body", message=f"is not JSON (at character {place}): {cause}".strip(": ")
        )
    field = ".".join(str(part) for part in item["loc"] if part != "body") or "body"
    return FieldProblem(field=field, message=str(item["msg"]))


def _request_line(scope: Scope) -> tuple[str, str]:
    return scope["method"], scope["path"]


def _collect_error_classes(kind: type[Exception]) -> list[type[Exception]]:
    below = [found for child in kind.__subclasses__() for found in _collect_error_classes(child)]
    return [kind, *below]
