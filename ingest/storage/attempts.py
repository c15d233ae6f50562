"""The attempts at a document: who worked on which version, from when to when, how far, and why not.

An attempt begins with a lease and ends with it, in the same transaction, so that a document has at
most one without an end, and a killed worker's is ended by whoever takes the document over. Limits:
the last `KEPT_ATTEMPTS` attempts of a document; they go with the document.
"""

from __future__ import annotations

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
    """Note that a worker has taken a document whose state is already moved."""
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
    """End the attempt that is under way, if there is one; to be called before the state moves.

    `where` are conditions on the document: the lease that has to stand.
    """
    held = select(documents.c.id).where(documents.c.id == document_id, *where)
    connection.execute(
        update(attempts)
        .where(attempts.c.document_id.in_(held), attempts.c.ended.is_(None))
        .values(
            ended=get_utc_now(),
            outcome=outcome,
            reached=DocumentState.READY if outcome == "ready" else _state_of(document_id),
            code=None if error is None else error.code,
            message=None if error is None else error.message,
        )
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
