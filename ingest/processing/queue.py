"""Leases documents to workers: the durable queue.

Any worker may prepare a document (parse, chunk, embed); the one that holds the lock of the indexes
publishes what is prepared. A lease is a random word in the document's row, and the time at which
it runs out. Every write of a worker requires the row to hold its word: a worker that has lost its
lease (the document was cancelled, replaced or deleted, or another worker took it over) can change
nothing any more and gets `Cancelled`. So correctness does not depend on the time: if a lease runs
out under a worker that is only slow, work is done twice, but written once. Limits: the clocks of
machines that share a database must differ by less than the lease's duration.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, select, update

from ingest.errors import Cancelled, FileRejected, IngestError, ParserCrashed
from ingest.storage import attempts
from ingest.storage.database import Store
from ingest.storage.schema import documents
from ingest.storage.states import (
    PREPARING_STATES,
    RUNNING_STATES,
    UNSETTLED_STATES,
    change_state,
    count_documents_in,
    update_document,
)
from ingest.types import DocumentState

_log = logging.getLogger(__name__)
_LONGEST_NAME = 128
UNLEASED: dict[str, Any] = {"lease": None, "lease_expires": 0.0}


@dataclass(frozen=True, slots=True)
class LeasedTask:
    """A document that this worker may process, and its lease."""

    document_id: str
    name: str
    revision: int
    sha256: str
    state: DocumentState
    attempts: int
    lease: str
    chunks: int = 0

    @property
    def lease_condition(self) -> ColumnElement[bool]:
        """The condition that the row still holds this lease, for this revision."""
        return (documents.c.lease == self.lease) & (documents.c.revision == self.revision)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and when to retry: after the n-th failure wait `backoff_s` times 2 to the n."""

    attempts: int = 3
    backoff_s: float = 1.0


class Leases:
    """The queue of one store. `clock` returns seconds, the same for all workers."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._worker = f"{socket.gethostname()}:{os.getpid()}"[:_LONGEST_NAME]

    def claim(self, owner: str, seconds: float, max_deaths: int) -> LeasedTask | None:
        """Lease the next document to prepare, or return None when there is none at the moment.

        Documents whose worker died come first, in the state they had reached; one with which
        `max_deaths` workers died fails: it may be what kills them.
        """
        query = self._select_waiting_documents(PREPARING_STATES, DocumentState.QUEUED).limit(1)
        with self._store.read() as connection:  # most polls find nothing: they should not lock
            if connection.execute(query).first() is None:
                return None
        with self._store.write() as connection:
            # Asked again: another worker may have leased the document between the transactions.
            row = connection.execute(query).first()
            return (
                None
                if row is None
                else self._lease_document(connection, row, owner, seconds, max_deaths)
            )

    def claim_prepared(
        self, owner: str, seconds: float, max_deaths: int, documents_at_once: int, chunks: int
    ) -> list[LeasedTask]:
        """Lease documents to publish together, up to a number of documents and of chunks.

        At least one if there is any, however large.
        """
        query = self._select_waiting_documents((DocumentState.INDEXING,)).limit(documents_at_once)
        with self._store.read() as connection:
            if connection.execute(query).first() is None:
                return []
        taken: list[LeasedTask] = []
        with self._store.write() as connection:
            for row in connection.execute(query).all():
                if taken and sum(task.chunks for task in taken) + row.chunks > chunks:
                    break
                task = self._lease_document(connection, row, owner, seconds, max_deaths)
                taken += [] if task is None else [task]
        return taken

    def _lease_document(
        self, connection: Connection, row: Row[Any], owner: str, seconds: float, max_deaths: int
    ) -> LeasedTask | None:
        """Lease one document; None for one with which too many workers died: it fails."""
        # Whoever stops working on a document clears the lease. A row that is free and still has one
        # belonged to a worker that died, or that was cut off for longer than a lease lasts.
        died = row.lease is not None
        if died and row.deaths + 1 >= max_deaths:
            error = ParserCrashed(f"{row.deaths + 1} workers died while working on it.")
            attempts.end_attempt(connection, row.id, "lost", error)
            _fail_document(connection, row.id, error)
            return None
        queued = row.state == DocumentState.QUEUED
        state = DocumentState.PARSING if queued else DocumentState(row.state)
        # Random, and not the owner alone: a thread whose lease was lost must not write under a
        # later lease of the same worker. The owner is in front for `expire_leases`.
        lease = f"{owner}/{uuid.uuid4().hex[:16]}"
        number = row.attempts + queued  # only leaving the queue is a new attempt
        values = {
            "lease": lease,
            "lease_expires": self._clock() + seconds,
            "attempts": number,
            "deaths": row.deaths + died,
        }
        if queued:
            change_state(connection, row.id, state, **values)
        else:
            update_document(connection, row.id, **values)
        if state in PREPARING_STATES:  # publishing goes on with the attempt that prepared it
            # The former holder's attempt, if it died before it could end it.
            attempts.end_attempt(connection, row.id, "lost")
            attempts.begin_attempt(connection, row.id, row.revision, self._worker)
        return LeasedTask(
            row.id, row.name, row.revision, row.sha256, state, number, lease, row.chunks
        )

    def renew(self, leases: Iterable[str], seconds: float) -> None:
        """Let these leases last for `seconds` from now."""
        # Also one that has run out, if nobody has taken the document over. If somebody has, the row
        # holds another word and is not touched. No event is counted: people see no change.
        wanted = list(leases)
        if wanted:
            with self._store.write() as connection:
                connection.execute(
                    update(documents)
                    .where(documents.c.lease.in_(wanted))
                    .values(lease_expires=self._clock() + seconds)
                )

    def expire_leases(self, owner: str) -> int:
        """End the leases of a dead worker at once; return how many there were."""
        # The word stays: by it the next worker sees that a worker died with the document.
        with self._store.write() as connection:
            return connection.execute(
                update(documents)
                .where(documents.c.lease.startswith(f"{owner}/", autoescape=True))
                .values(lease_expires=0.0)
            ).rowcount

    def check(self, task: LeasedTask) -> None:
        """Raise Cancelled unless the row still holds the lease."""
        # Only to stop early: the lease may be lost right after. What counts is that each writing
        # transaction requires it.
        query = select(documents.c.id).where(
            documents.c.id == task.document_id, task.lease_condition
        )
        with self._store.read() as connection:
            if connection.execute(query).first() is None:
                raise _build_lost_lease_error(task)

    def record_progress(self, task: LeasedTask, **values: Any) -> None:
        """Record progress of a leased document. Raises Cancelled when the lease is lost."""
        with self._store.write() as connection:
            self.note(connection, task, **values)

    def note(self, connection: Connection, task: LeasedTask, **values: Any) -> None:
        """Change columns of a leased document, within a transaction. Raises Cancelled."""
        if not update_document(connection, task.document_id, task.lease_condition, **values):
            raise _build_lost_lease_error(task)

    def advance(
        self, connection: Connection, task: LeasedTask, target: DocumentState, **values: Any
    ) -> None:
        """Change a leased document's state, within a transaction. Raises Cancelled."""
        if not change_state(connection, task.document_id, target, task.lease_condition, **values):
            raise _build_lost_lease_error(task)

    def hand_over(self, connection: Connection, task: LeasedTask) -> None:
        """Leave an embedded document to the worker that publishes. Raises Cancelled."""
        self.advance(connection, task, DocumentState.INDEXING, **UNLEASED)

    def send_back(self, task: LeasedTask) -> None:
        """Queue a document again: what was prepared does not fit the indexes any more."""
        # Here and in `postpone`, `fail` and `release` a lost lease raises nothing: the conditions
        # then change nothing, and whoever has the document now decides what happens to it.
        with self._store.write() as connection:
            attempts.end_attempt(
                connection, task.document_id, "released", None, task.lease_condition
            )
            change_state(
                connection,
                task.document_id,
                DocumentState.QUEUED,
                task.lease_condition,
                **UNLEASED,
            )

    def retry_or_fail(self, task: LeasedTask, error: IngestError, retries: Retries) -> None:
        """Queue a document again if the error may pass and attempts are left, else let it fail."""
        if error.retryable and task.attempts < retries.attempts:
            seconds = retries.backoff_s * 2**task.attempts
            _log.warning("%s: %s Trying again in %.0f s.", task.name, error.message, seconds)
            self.postpone(task, error, seconds)
        else:
            # A bad file is no problem of the server; its document shows the reason.
            level = logging.INFO if isinstance(error, FileRejected) else logging.WARNING
            _log.log(level, "%s failed (%s): %s", task.name, error.code, error.message)
            self.fail(task, error)

    def postpone(self, task: LeasedTask, error: IngestError, seconds: float) -> None:
        """Queue the document again after an error that may pass."""
        with self._store.write() as connection:
            attempts.end_attempt(
                connection, task.document_id, "postponed", error, task.lease_condition
            )
            change_state(
                connection,
                task.document_id,
                DocumentState.QUEUED,
                task.lease_condition,
                not_before=self._clock() + seconds,
                **_build_failure_values(error),
                **UNLEASED,
            )

    def fail(self, task: LeasedTask, error: IngestError) -> None:
        """Let the document fail, with the error as reason."""
        with self._store.write() as connection:
            attempts.end_attempt(
                connection, task.document_id, "failed", error, task.lease_condition
            )
            _fail_document(connection, task.document_id, error, task.lease_condition)

    def release(self, task: LeasedTask) -> None:
        """Release the document in the state it has reached, for the next worker."""
        with self._store.write() as connection:
            attempts.end_attempt(
                connection, task.document_id, "released", None, task.lease_condition
            )
            update_document(connection, task.document_id, task.lease_condition, **UNLEASED)

    def count_unsettled(self) -> int:
        """Count the documents that are queued or being worked on."""
        with self._store.read() as connection:
            return count_documents_in(connection, UNSETTLED_STATES)

    def find_document_to_purge(self) -> str | None:
        """Return the id of a deleted document whose data is still there, or None."""
        query = (
            select(documents.c.id)
            .where(documents.c.state == DocumentState.DELETING, documents.c.purged.is_(False))
            .limit(1)
        )
        with self._store.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def find_stuck_documents(self, grace: float) -> list[tuple[str, str]]:
        """Return id and name of documents whose lease ran out more than `grace` seconds ago."""
        query = select(documents.c.id, documents.c.name).where(
            documents.c.state.in_(RUNNING_STATES),
            documents.c.lease.is_not(None),
            documents.c.lease_expires < self._clock() - grace,
        )
        with self._store.read() as connection:
            return [(row.id, row.name) for row in connection.execute(query)]

    def has_prepared_documents(self) -> bool:
        """Say whether there is a document to publish."""
        query = self._select_waiting_documents((DocumentState.INDEXING,)).limit(1)
        with self._store.read() as connection:
            return connection.execute(query).first() is not None

    def _select_waiting_documents(
        self, begun: tuple[DocumentState, ...], fresh: DocumentState | None = None
    ) -> Any:
        """Select documents that nobody holds: those begun first, then by priority and age."""
        # A queued document has no lease, so only its waiting time after a failure counts.
        moment = self._clock()
        free = documents.c.state.in_(begun) & (
            documents.c.lease.is_(None) | (documents.c.lease_expires < moment)
        )
        if fresh is not None:
            free |= (documents.c.state == fresh) & (documents.c.not_before <= moment)
        begun_first = case((documents.c.state == DocumentState.QUEUED, 1), else_=0)
        return (
            select(documents)
            .where(free)
            .order_by(
                begun_first, documents.c.priority.desc(), documents.c.created_at, documents.c.id
            )
        )


def _build_lost_lease_error(task: LeasedTask) -> Cancelled:
    return Cancelled(f"{task.name} was cancelled, replaced, deleted or taken by another worker.")


def _build_failure_values(error: IngestError) -> dict[str, str]:
    return {
        "failure_code": error.code,
        "failure_message": error.message,
        "failure_hint": error.advice,
    }


def _fail_document(
    connection: Connection, document_id: str, error: IngestError, *where: ColumnElement[bool]
) -> None:
    change_state(
        connection,
        document_id,
        DocumentState.FAILED,
        *where,
        **_build_failure_values(error),
        **UNLEASED,
    )
