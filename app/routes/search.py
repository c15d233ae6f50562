"""Search: passages for a question, with every component of their scores."""

from __future__ import annotations

import time

from fastapi import APIRouter

from app.http.errors import declare_problems
from app.routes.deps import ServicesDep
from app.schemas.answers import HitOut, SearchIn, SearchOut
from rag.question.understand import understand_question
from rag.serialize import hit_to_json

router = APIRouter(prefix="/api", tags=["search"])


@router.post("/search", summary="Find passages", responses=declare_problems(404, 422, 503))
def search(body: SearchIn, services: ServicesDep) -> SearchOut:
    """Return the best passages, best first; `took_ms` is the time inside the retriever."""
    began = time.perf_counter()
    hits = services.docchat.retriever.search(
        understand_question(body.query), body.to_filters(), body.limit
    )
    took = (time.perf_counter() - began) * 1_000
    items = [HitOut.model_validate(hit_to_json(hit)) for hit in hits]
    return SearchOut(items=items, took_ms=round(took, 1))
