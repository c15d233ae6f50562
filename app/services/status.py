"""Reports what the server is and whether it is ready: version, models, state of its parts.

Limits: readiness makes one small request to each part; `docchat doctor` checks whether files, rows,
vectors and postings all agree.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

from app.http.errors import problem_of
from app.schemas.documents import HealthOut, StatusLimits, StatusOut
from ingest.errors import IngestError
from ingest.formats.registry import SUFFIXES
from ingest.index.base import Query
from ingest.pdf.ocr.choose_engine import find_engine
from rag.errors import RagError
from rag.pipeline.bootstrap import Docchat


def read_version() -> str:
    """Return the installed version of docchat, "0" when it runs from a bare checkout."""
    try:
        return installed_version("docchat")
    except PackageNotFoundError:
        return "0"


def status_of(docchat: Docchat) -> StatusOut:
    """Return what a client should know; loads no model."""
    settings = docchat.settings
    answer, parse = settings.answer, settings.parse
    engine = find_engine(parse.ocr_engine, parse.ocr_languages)
    return StatusOut(
        version=read_version(),
        answerer=f"{answer.kind}:{answer.model}" if answer.model else answer.kind,
        embedder=settings.embedder.model,
        ocr=parse.ocr != "off" and engine is not None,
        auth_required=bool(settings.server.api_key.get_secret_value()),
        formats=list(SUFFIXES),
        limits=StatusLimits(max_file_mb=parse.max_file_mb),
    )


def check_readiness(docchat: Docchat) -> HealthOut:
    """Check store, embedder, fingerprint, both indexes and the answerer; loads the models."""
    library = docchat.library

    def search_dense() -> object:
        vector = library.embedder.embed(["ready"])[0]
        return library.dense.search(Query("ready", vector), 1)

    checks = {
        "store": _check_part(library.latest_event),
        "embedder": _check_part(lambda: library.embedder.dimension),
        "fingerprint": _check_part(library.check_fingerprint),
        "dense_index": _check_part(search_dense),
        "lexical_index": _check_part(lambda: library.lexical.search(Query("ready"), 1)),
        "answerer": _check_part(lambda: docchat.pipeline),
    }
    healthy = all(found == "ok" for found in checks.values())
    return HealthOut(status="ok" if healthy else "unavailable", checks=checks)


def documents_by_state(docchat: Docchat) -> dict[str, int]:
    """Return how many documents are in each state. Raises StoreUnavailable."""
    return {state.value: count for state, count in docchat.library.count_by_state().items()}


def _check_part(question: Callable[[], object]) -> str:
    """Return "ok" or the code of the error; the details go to the log, not to the caller."""
    try:
        question()
    except (IngestError, RagError) as error:
        return problem_of(error).code
    return "ok"
