"""Builds the web application from routes, page, guards and error handlers.

Use `create_app`. Nothing is global, so several applications may live in one process. A request
passes, from the outside in: metrics, security headers, the error boundary, access, the body limit,
then the route.

Limits: the worker that ingests is not started here but by `docchat serve`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from sse_starlette.sse import AppStatus
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from app.http.errors import PROBLEM_MEDIA_TYPE, ErrorBoundary, Problem, install_handlers
from app.http.limits import BodyLimit, Slots, WrongKeys
from app.http.security import Access, Guard, SecurityHeaders, Sessions
from app.http.web_page import DIST, WebPage
from app.routes import (
    chat,
    collections,
    conversations,
    documents,
    events,
    health,
    openai,
    pages,
    search,
    session,
)
from app.routes.deps import Services
from app.services.document_cache import DocumentCache
from app.services.metrics import Metrics, MetricsMiddleware
from app.services.page_images import PageImages
from app.services.status import documents_by_state, read_version
from rag.pipeline.bootstrap import Docchat

DESCRIPTION = """Ask your own documents; every sentence is checked and cites its page.

Failures are problem details (RFC 9457) with a stable `code` and a `hint`. Times are ISO 8601 in
UTC; boxes are PDF points with the origin at the top left; pages count from 1.
"""
_TAGS = [
    {"name": "collections", "description": "Named sets of documents."},
    {"name": "documents", "description": "Files and what became of them."},
    {"name": "look inside", "description": "What docchat understood of a document."},
    {"name": "progress", "description": "Changes of documents as they happen."},
    {"name": "search", "description": "Passages with every component of their scores."},
    {"name": "chat", "description": "Answers as they are written."},
    {"name": "conversations", "description": "What was asked and answered."},
    {"name": "openai", "description": "For programs that speak OpenAI's API."},
    {"name": "session", "description": "Signing in from the web page."},
    {"name": "operations", "description": "Health, metrics, status."},
]
_ROUTERS = (
    collections.router,
    documents.router,
    pages.router,
    events.router,
    search.router,
    chat.router,
    conversations.router,
    openai.router,
    session.router,
    health.router,
)


def create_app(docchat: Docchat, dist: Path = DIST) -> FastAPI:
    """Return the application over these parts; `dist` is the folder of the built page."""
    settings = docchat.settings
    services = Services(
        docchat=docchat,
        access=Access(settings.server, Sessions(), WrongKeys()),
        images=PageImages(),
        readings=DocumentCache(docchat.library),
        metrics=Metrics(lambda: documents_by_state(docchat)),
        slots=Slots(),
    )
    application = _make_application(
        lifespan=_build_lifespan(services),
        middleware=[
            Middleware(MetricsMiddleware, services.metrics),
            Middleware(SecurityHeaders),
            Middleware(ErrorBoundary),
            Middleware(Guard, services.access),
            Middleware(BodyLimit, services.max_file_bytes),
        ],
    )
    application.state.services = services
    install_handlers(application)
    application.router.default = WebPage(dist)
    return application


def describe_api() -> dict[str, Any]:
    """Return the OpenAPI document that the server gives, without a library to serve."""
    return _make_application().openapi()


def _make_application(**options: Any) -> FastAPI:
    """Return an application with all routes and their description, and with FastAPI's options."""
    application = FastAPI(
        title="docchat",
        version=read_version(),
        description=DESCRIPTION,
        openapi_tags=_TAGS,
        openapi_url="/api/openapi.json",
        docs_url=None,  # FastAPI's pages load scripts from a CDN
        redoc_url=None,
        **options,
    )
    for router in _ROUTERS:
        application.include_router(router)
    application.openapi = _build_openapi_maker(application)  # type: ignore[method-assign]
    return application


def _build_lifespan(services: Services) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def run_lifespan(_: FastAPI) -> AsyncIterator[None]:
        AppStatus.should_exit = False  # an earlier server in this process may have set it
        try:
            yield
        finally:
            await run_in_threadpool(services.images.close)

    return run_lifespan


def _build_openapi_maker(application: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return a maker of the OpenAPI description in which every failure is a Problem."""

    def build_schema() -> dict[str, Any]:
        if application.openapi_schema is None:
            schema = get_openapi(
                title=application.title,
                version=application.version,
                description=application.description,
                tags=application.openapi_tags,
                routes=application.routes,
            )
            _replace_validation_errors(schema)
            application.openapi_schema = schema
        return application.openapi_schema

    return build_schema


def _replace_validation_errors(schema: dict[str, Any]) -> None:
    """Put problem details in place of FastAPI's own validation errors."""
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(own.pop("$defs", {}))
    schemas["Problem"] = own
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    content = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in schema.get("paths", {}).values():
        for operation in operations.values():
            invalid = operation.get("responses", {}).get("422")
            if invalid is not None:
                invalid.update(description="Unprocessable Content", content=content)
