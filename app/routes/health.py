"""Operations: health, readiness, metrics and status of the server."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from app.http.errors import declare_problems
from app.routes.deps import ServicesDep
from app.schemas.documents import HealthOut, StatusOut
from app.services.metrics import CONTENT_TYPE
from app.services.status import check_readiness, status_of

router = APIRouter(tags=["operations"])


@router.get("/health/live", summary="Is the process alive")
async def live() -> HealthOut:
    """Answer at once, without looking at anything."""
    return HealthOut(status="ok", checks={})


@router.get(
    "/health/ready",
    summary="Can the server do its work",
    response_model=HealthOut,
    responses={503: {"model": HealthOut, "description": "Service Unavailable"}},
)
def ready(services: ServicesDep) -> JSONResponse:
    """Check store, indexes and fingerprint; 503 names what is wrong by its code."""
    found = check_readiness(services.docchat)
    return JSONResponse(found.model_dump(), 200 if found.status == "ok" else 503)


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **declare_problems(503)},
)
def metrics(services: ServicesDep) -> Response:
    """Return requests, latencies, answers, documents by state and the queue."""
    return Response(services.metrics.render_text(), headers={"content-type": CONTENT_TYPE})


@router.get("/api/status", summary="What this server is and can do")
def status(services: ServicesDep) -> StatusOut:
    """Return version, models, accepted formats and limits."""
    return status_of(services.docchat)
