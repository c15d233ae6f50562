"""Keeps the history of attempts at a document: which worker, which version, when, and the result.

An attempt begins and ends in the same transaction as its lease, so a document has at most one
attempt without an end; that of a killed worker is ended by the worker that takes the document over.
Limits: keeps the last `KEPT_ATTEMPTS` attempts of a document, and deletes them with the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from ingest.errors import IngestError
from ingest.storage.schema import attempts, documents
from ingest.storage.states import get_utc_now
from ingest.types import DocumentState

KEPT_ATTEMPTS = 20

AttemptOutcome = Literal[
    "ready", "failed", "postponed", "released", "cancelled", "replaced", "deleted", "lost"
]
"""How an attempt ended: `postponed` is tried again later, `released` was given back by a worker
that stopped, `lost` by one that died."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A worker's time with a document; `ended` and `outcome` are None while it lasts.

    `revision` counts the versions of the document, `worker` is HOST:PROCESS, `reached` the state
    that the document was in at the end. `code` and `message` say why it did not become ready.
    """

    number: int
    revision: int
    worker: str
    started: datetime
    ended: datetime | None
    reached: DocumentState
    outcome: AttemptOutcome | None
    code: str | None
    message: str | None


def begin_attempt(connection: Connection, document_id: str, revision: int, worker: str) -> None:
    """Record that a worker has taken a document. Call it after the state has changed."""
    of_document = attempts.c.document_id == document_id
    last = connection.execute(select(func.max(attempts.c.number)).where(of_document)).scalar_one()
    number = (last or 0) + 1
    connection.execute(
        insert(attempts).values(
            document_id=document_id,
            number=number,
            revision=revision,
            worker=worker,
            started=get_utc_now(),
            reached=_state_of(document_id),
        )
    )
    connection.execute(
        delete(attempts).where(of_document, attempts.c.number <= number - KEPT_ATTEMPTS)
    )


def end_attempt(
    connection: Connection,
    document_id: str,
    outcome: AttemptOutcome,
    error: IngestError | None = None,
    *where: ColumnElement[bool],
) -> None:
    """End the attempt that is under way, if there is one. Call it before the state changes.

    `where` are conditions on the document, such as the lease that must still be valid.
    """
    # Before, because `reached` is read from the document's row: afterwards it would be "queued" or
    # "failed" for every attempt. And because the change of state clears the lease of `where`.
    matching = select(documents.c.id).where(documents.c.id == document_id, *where)
    connection.execute(
        update(attempts)
        .where(attempts.c.document_id.in_(matching), attempts.c.ended.is_(None))
        .values(
            ended=get_utc_now(),
            outcome=outcome,
            reached=DocumentState.READY if outcome == "ready" else _state_of(document_id),
            code=None if error is None else error.code,
            message=None if error is None else error.message,
        )
    )


def begin_attempts(connection: Connection, revisions: Mapping[str, int], worker: str) -> None:
    """Record that a worker has taken queued documents, given with their revisions."""
    if not revisions:
        return
    among = attempts.c.document_id.in_(list(revisions))
    last = select(attempts.c.document_id, func.max(attempts.c.number)).where(among)
    numbers = {row[0]: row[1] for row in connection.execute(last.group_by(attempts.c.document_id))}
    started = get_utc_now()
    rows = [
        {
            "document_id": document_id,
            "number": numbers.get(document_id, 0) + 1,
            "revision": revision,
            "worker": worker,
            "started": started,
            "reached": DocumentState.PARSING,
        }
        for document_id, revision in revisions.items()
    ]
    connection.execute(insert(attempts), rows)
    for row in rows:
        if row["number"] > KEPT_ATTEMPTS:
            connection.execute(
                delete(attempts).where(
                    attempts.c.document_id == row["document_id"],
                    attempts.c.number <= row["number"] - KEPT_ATTEMPTS,
                )
            )


def end_attempts_ready(connection: Connection, document_ids: Sequence[str]) -> None:
    """End the attempts that are under way at these documents: they have become ready."""
    connection.execute(
        update(attempts)
        .where(attempts.c.document_id.in_(document_ids), attempts.c.ended.is_(None))
        .values(ended=get_utc_now(), outcome="ready", reached=DocumentState.READY)
    )


def attempts_of(connection: Connection, document_id: str) -> list[Attempt]:
    """Return the attempts at a document, the oldest first."""
    query = (
        select(attempts).where(attempts.c.document_id == document_id).order_by(attempts.c.number)
    )
    return [
        Attempt(
            row.number,
            row.revision,
            row.worker,
            row.started,
            row.ended,
            DocumentState(row.reached),
            row.outcome,
            row.code,
            row.message,
        )
        for row in connection.execute(query)
    ]


def delete_attempts(connection: Connection, document_id: str) -> None:
    """Remove the attempts at a document."""
    connection.execute(delete(attempts).where(attempts.c.document_id == document_id))


def _state_of(document_id: str) -> ColumnElement[str]:
    return select(documents.c.state).where(documents.c.id == document_id).scalar_subquery()
