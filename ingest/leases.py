"""The durable queue: who may work on which document, and for how long.

A lease is a random word in the document's row with a time at which it runs out; every write of a
worker names it, so a worker that lost its lease (the document was cancelled, replaced or deleted,
or another worker took it) can change nothing more and hears of it by `Cancelled`. Limits: clocks
of several machines on one database must agree to within the lease's time.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, select, update

from ingest import attempts
from ingest.errors import Cancelled, IngestError, ParserCrashed
from ingest.schema import documents
from ingest.states import RUNNING, UNSETTLED, count_in, move, touch
from ingest.store import Store
from ingest.types import DocumentState

_LONGEST_NAME = 128
_UNLEASED: dict[str, Any] = {"lease": None, "lease_expires": 0.0}


@dataclass(frozen=True, slots=True)
class Task:
    """A document that this worker may take on its way, and the lease that says so."""

    document_id: str
    name: str
    revision: int
    sha256: str
    state: DocumentState
    attempts: int
    lease: str

    @property
    def held(self) -> ColumnElement[bool]:
        """The condition that the lease still stands, for this very version."""
        return (documents.c.lease == self.lease) & (documents.c.revision == self.revision)


class Leases:
    """The queue of one store. `clock` returns seconds, the same for all workers."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._worker = f"{socket.gethostname()}:{os.getpid()}"[:_LONGEST_NAME]

    def claim(self, owner: str, seconds: float, max_deaths: int) -> Task | None:
        """Take the next document, or None when there is nothing to do at the moment.

        Documents whose worker died come first, from the state they had reached; one that outlived
        `max_deaths` workers fails, for it may be what kills them.
        """
        with self._store.read() as connection:  # most looks find nothing: they should not lock
            if connection.execute(self._waiting()).first() is None:
                return None
        with self._store.write() as connection:
            row = connection.execute(self._waiting()).first()
            if row is None:
                return None
            died = row.lease is not None
            if died and row.deaths + 1 >= max_deaths:
                error = ParserCrashed(f"{row.deaths + 1} workers died while working on it.")
                attempts.end(connection, row.id, "lost", error)
                _fail(connection, row.id, error)
                return None
            attempts.end(connection, row.id, "lost")  # a former holder's, who did not come to it
            queued = row.state == DocumentState.QUEUED
            values = {
                "lease": f"{owner}/{uuid.uuid4().hex[:16]}",
                "lease_expires": self._clock() + seconds,
                "attempts": row.attempts + queued,
                "deaths": row.deaths + died,
            }
            state = DocumentState.PARSING if queued else DocumentState(row.state)
            if queued:
                move(connection, row.id, state, **values)
            else:
                touch(connection, row.id, **values)
            attempts.begin(connection, row.id, row.revision, self._worker)
            return Task(
                row.id,
                row.name,
                row.revision,
                row.sha256,
                state,
                values["attempts"],
                values["lease"],
            )

    def renew(self, leases: Iterable[str], seconds: float) -> None:
        """Push out the end of these leases."""
        wanted = list(leases)
        if wanted:
            with self._store.write() as connection:
                connection.execute(
                    update(documents)
                    .where(documents.c.lease.in_(wanted))
                    .values(lease_expires=self._clock() + seconds)
                )

    def take_over(self, owner: str) -> int:
        """End the leases of a dead owner at once; return how many there were."""
        with self._store.write() as connection:
            return connection.execute(
                update(documents)
                .where(documents.c.lease.startswith(f"{owner}/", autoescape=True))
                .values(lease_expires=0.0)
            ).rowcount

    def check(self, task: Task) -> None:
        """Raise Cancelled unless the lease still stands."""
        query = select(documents.c.id).where(documents.c.id == task.document_id, task.held)
        with self._store.read() as connection:
            if connection.execute(query).first() is None:
                raise _lost(task)

    def progress(self, task: Task, **values: Any) -> None:
        """Note progress of a leased document. Raises Cancelled when the lease is lost."""
        with self._store.write() as connection:
            self.note(connection, task, **values)

    def note(self, connection: Connection, task: Task, **values: Any) -> None:
        """Note facts about a leased document, within a transaction. Raises Cancelled."""
        if not touch(connection, task.document_id, task.held, **values):
            raise _lost(task)

    def advance(
        self, connection: Connection, task: Task, target: DocumentState, **values: Any
    ) -> None:
        """Move a leased document on, within a transaction. Raises Cancelled when it is lost."""
        if not move(connection, task.document_id, target, task.held, **values):
            raise _lost(task)

    def finish(self, connection: Connection, task: Task) -> None:
        """Publish the version worked on: from this commit on it answers. Raises Cancelled."""
        attempts.end(connection, task.document_id, "ready", None, task.held)
        self.advance(
            connection,
            task,
            DocumentState.READY,
            live_revision=task.revision,
            live_sha256=task.sha256,
            live_media_type=documents.c.media_type,
            chunks_done=documents.c.chunks,
            deaths=0,
            failure_code=None,
            failure_message=None,
            failure_hint=None,
            **_UNLEASED,
        )

    def postpone(self, task: Task, error: IngestError, seconds: float) -> None:
        """Queue the document again after an error that may pass."""
        with self._store.write() as connection:
            attempts.end(connection, task.document_id, "postponed", error, task.held)
            move(
                connection,
                task.document_id,
                DocumentState.QUEUED,
                task.held,
                not_before=self._clock() + seconds,
                **_reason(error),
                **_UNLEASED,
            )

    def fail(self, task: Task, error: IngestError) -> None:
        """Let the document fail with this reason."""
        with self._store.write() as connection:
            attempts.end(connection, task.document_id, "failed", error, task.held)
            _fail(connection, task.document_id, error, task.held)

    def release(self, task: Task) -> None:
        """Give the document back in the state it has reached, for the next worker."""
        with self._store.write() as connection:
            attempts.end(connection, task.document_id, "released", None, task.held)
            touch(connection, task.document_id, task.held, **_UNLEASED)

    def unsettled(self) -> int:
        """Count the documents that are queued or being worked on."""
        with self._store.read() as connection:
            return count_in(connection, UNSETTLED)

    def doomed(self) -> str | None:
        """Return a deleted document that still has to be cleared up, or None."""
        query = (
            select(documents.c.id)
            .where(documents.c.state == DocumentState.DELETING, documents.c.purged.is_(False))
            .limit(1)
        )
        with self._store.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def stuck(self, grace: float) -> list[tuple[str, str]]:
        """Return id and name of documents whose lease ran out more than `grace` seconds ago."""
        query = select(documents.c.id, documents.c.name).where(
            documents.c.state.in_(RUNNING),
            documents.c.lease.is_not(None),
            documents.c.lease_expires < self._clock() - grace,
        )
        with self._store.read() as connection:
            return [(row.id, row.name) for row in connection.execute(query)]

    def _waiting(self) -> Any:
        moment = self._clock()
        queued = (documents.c.state == DocumentState.QUEUED) & (documents.c.not_before <= moment)
        left = documents.c.state.in_(RUNNING) & (
            documents.c.lease.is_(None) | (documents.c.lease_expires < moment)
        )
        begun_first = case((documents.c.state == DocumentState.QUEUED, 1), else_=0)
        return (
            select(documents)
            .where(queued | left)
            .order_by(
                begun_first, documents.c.priority.desc(), documents.c.created_at, documents.c.id
            )
            .limit(1)
        )


def _lost(task: Task) -> Cancelled:
    return Cancelled(f"{task.name} was cancelled, replaced, deleted or taken by another worker.")


def _reason(error: IngestError) -> dict[str, str]:
    return {
        "failure_code": error.code,
        "failure_message": error.message,
        "failure_hint": error.advice,
    }


def _fail(
    connection: Connection, document_id: str, error: IngestError, *where: ColumnElement[bool]
) -> None:
    move(connection, document_id, DocumentState.FAILED, *where, **_reason(error), **_UNLEASED)
