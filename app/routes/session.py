"""Signing in: the web page exchanges the key for a cookie that scripts cannot read."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.http.errors import declare_problems
from app.http.security import COOKIE, SESSION_S, client_of, is_https
from app.routes.deps import ServicesDep
from app.schemas.documents import SessionIn

router = APIRouter(prefix="/api", tags=["session"])


@router.post(
    "/session",
    summary="Sign in with the key",
    status_code=204,
    responses=declare_problems(401, 429),
)
def sign_in(body: SessionIn, request: Request, services: ServicesDep) -> Response:
    """Set an HttpOnly, SameSite=Strict cookie that stands for the key for twelve hours."""
    token = services.access.sign_in(body.key, client_of(request.scope))
    response = Response(status_code=204)
    response.set_cookie(
        COOKIE,
        token,
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=is_https(request),
    )
    return response


@router.delete("/session", summary="Sign out", status_code=204)
def sign_out(request: Request, services: ServicesDep) -> Response:
    """End the session of this cookie."""
    services.access.sessions.end(request.cookies.get(COOKIE, ""))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=is_https(request))
    return response
