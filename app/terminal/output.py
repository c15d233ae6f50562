"""Shared by all commands: options, output formats, errors, and opening docchat.

Data goes to stdout through `show_json`, `show_line` and `Console`; everything else to stderr
through `print_note`. Heavy imports happen in the functions, so that `docchat --help` is quick.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.errors import (
    ClusterUnavailable,
    IndexMismatch,
    IndexUnavailable,
    IngestError,
    InvalidRequest,
    NotFound,
    StoreUnavailable,
)
from rag.errors import (
    ModelNotConfigured,
    ModelTimeout,
    ModelUnavailable,
    QuestionInvalid,
    RagError,
    SettingsInvalid,
)

if TYPE_CHECKING:
    from ingest.types import Collection, DocumentRecord
    from rag.pipeline.bootstrap import Docchat
    from rag.settings import Settings

USAGE = 2
NOT_READY = 3
INTERRUPTED = 130

_USAGE_CODES = {kind.code for kind in (SettingsInvalid, QuestionInvalid, InvalidRequest)}
_NOT_READY_CODES = {
    kind.code
    for kind in (
        StoreUnavailable,
        ClusterUnavailable,
        IndexUnavailable,
        IndexMismatch,
        ModelNotConfigured,
        ModelUnavailable,
        ModelTimeout,
    )
}

log = logging.getLogger("docchat")


class Format(StrEnum):
    """How data is printed."""

    TEXT = "text"
    JSON = "json"


class StreamFormat(StrEnum):
    """How data is printed where there may be one line for each item."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print the result.")]
CollectionOption = Annotated[
    list[str] | None, typer.Option("--collection", "-c", help="Only this collection (name or id).")
]
DocumentOption = Annotated[
    list[str] | None,
    typer.Option("--document", "-d", help="Only this document (id or exact name)."),
]
MetadataOption = Annotated[
    list[str] | None, typer.Option("--metadata", "-m", metavar="KEY=VALUE", help="Key and value.")
]
SinceOption = Annotated[
    str,
    typer.Option(
        "--since", metavar="DATE", help="Only documents of this date or later: YYYY[-MM[-DD]]."
    ),
]
UntilOption = Annotated[
    str,
    typer.Option("--until", metavar="DATE", help="Only documents of this date or before."),
]
PagesOption = Annotated[
    str | None, typer.Option("--pages", metavar="FIRST-LAST", help="Only passages on these pages.")
]


def exit_code(code: str) -> int:
    """Return the exit code that a command ends with after an error of this code."""
    if code in _USAGE_CODES:
        return USAGE
    return NOT_READY if code in _NOT_READY_CODES else 1


def report_error(error: RagError | IngestError) -> None:
    """Print what happened and what to do; the traceback only with log_level "debug"."""
    log.debug("the error came about so:", exc_info=error)
    report_failure(error.message, error.advice)


def report_failure(message: str, hint: str) -> None:
    """Print what happened and what to do."""
    print_note(f"error: {message}")
    print_note(f"hint: {hint}")


def print_note(text: str) -> None:
    """Print a line for people on stderr."""
    typer.echo(text, err=True)


def show_json(data: Any) -> None:
    """Print data on stdout, indented."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def show_line(data: Any) -> None:
    """Print data on stdout as one line of JSON, and flush: a program may read line by line."""
    typer.echo(json.dumps(data, ensure_ascii=False))
    sys.stdout.flush()


@contextmanager
def open_docchat(settings: Settings | None = None, *, cluster: bool = False) -> Iterator[Docchat]:
    """Open docchat for one command, on a Ray cluster with `cluster`, and close it at the end.

    Raises SettingsInvalid, IngestError.
    """
    from rag.pipeline.bootstrap import build_docchat
    from rag.pipeline.factories import make_cluster
    from rag.settings import load_settings

    settings = settings or load_settings()
    set_up_logging(settings.log_level if settings.log_level == "debug" else "warning")
    docchat = build_docchat(settings, cluster=make_cluster(settings) if cluster else None)
    try:
        yield docchat
    finally:
        docchat.close()


def set_up_logging(level: str) -> None:
    """Log to stderr from `level` on; libraries only from warnings on."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    for name in ("docchat", "ingest", "rag", "app"):
        logging.getLogger(name).setLevel(level.upper())


def key_values(pairs: Sequence[str]) -> dict[str, str]:
    """Return `key=value` arguments as a dictionary; anything else is a usage error."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise typer.BadParameter(f"{pair!r} is not of the form key=value")
        found[key.strip()] = value.strip()
    return found


def page_range(text: str) -> tuple[int, int]:
    """Return "3-5" or "3" as first and last page; anything else is a usage error."""
    first, dash, last = text.partition("-")
    try:
        pages = int(first), int(last if dash else first)
    except ValueError:
        pages = 0, 0
    if not 1 <= pages[0] <= pages[1]:
        raise typer.BadParameter(f"{text!r} is no range of pages: write 3 or 3-5")
    return pages


def place_text(name: str, page: int, *, paged: bool) -> str:
    """Return where something stands; formats without pages have only page 1."""
    return f"{name}, p. {page}" if paged or page > 1 else name


def collection_ids(docchat: Docchat, names: Sequence[str]) -> tuple[str, ...] | None:
    """Return the ids of collections by name or id, None when none is named. Raises NotFound."""
    if not names:
        return None
    return tuple(docchat.library.get_collection(name).id for name in names)


def find_document(
    docchat: Docchat, name: str, collections: Sequence[str] | None = None
) -> DocumentRecord:
    """Return a document by its id or its exact name in one of `collections` (None: in any).

    Raises NotFound, also when several documents have the name: then only the id will do.
    """
    try:
        return docchat.library.get_document(name)
    except NotFound:
        found = [
            document
            for collection in docchat.library.list_collections()
            if collections is None or collection.id in collections
            for document in documents_of(docchat, collection, q=name)
            if document.name == name
        ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(f"There is no document with the id or name {name!r}.")
    ids = ", ".join(document.id for document in found)
    raise NotFound(
        f"{len(found)} documents are called {name!r}.", hint=f"Use one of the ids {ids}."
    )


def documents_of(
    docchat: Docchat, collection: Collection, *, q: str = "", page_size: int = 200
) -> Iterator[DocumentRecord]:
    """Yield all documents of a collection, by name, page by page."""
    page, seen = 1, 0
    while True:
        found = docchat.library.list_documents(
            collection.id, page=page, page_size=page_size, order_by="name", q=q
        )
        yield from found.items
        seen += len(found.items)
        if not found.items or seen >= found.total:
            return
        page += 1


def document_json(document: DocumentRecord) -> dict[str, Any]:
    """Return a document as the REST API sends it."""
    from app.schemas.documents import DocumentOut

    return DocumentOut.model_validate(document).model_dump(mode="json")


def size_text(size: int) -> str:
    """Return a number of bytes for people."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
