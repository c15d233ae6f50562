"""Gives routes the parts of docchat and the services of this application.

Everything is made once in `create_app` and found through the application's state, so that routes
have no globals and a test can hold two applications side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from app.http.limits import Slots
from app.http.security import Access
from app.services.document_cache import DocumentCache
from app.services.metrics import Metrics
from app.services.page_images import PageImages
from rag.pipeline.bootstrap import Docchat


@dataclass(frozen=True, slots=True)
class Services:
    """All that a route may need; `slots` bounds the answers written at the same time."""

    docchat: Docchat
    access: Access
    images: PageImages
    readings: DocumentCache
    metrics: Metrics
    slots: Slots

    @property
    def max_file_bytes(self) -> int:
        """Return the most bytes that an uploaded file may have."""
        return self.docchat.settings.parse.max_file_mb * 1024 * 1024


def services_of(request: Request) -> Services:
    """Return the services of the application that serves this request."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]
"""Type of a route's parameter that takes the services."""
