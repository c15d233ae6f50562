"""Leases, moves on and finishes many documents in a few statements.

What `Leases` does for one document with a statement for each step, this does for a group: first it
reads, in the writing transaction, which leases still hold, then it writes those rows together.
Writers come one at a time, so what was read stays true until the commit.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row, select

from ingest.processing.queue import UNLEASED, LeasedTask, Leases
from ingest.storage import attempts
from ingest.storage.schema import documents
from ingest.storage.states import PREPARING_STATES, change_states, find_source_states
from ingest.types import DocumentState

_log = logging.getLogger(__name__)


class GroupLeases(Leases):
    """The queue of one store, also for many documents at a time."""

    def claim_small(self, owner: str, seconds: float, size: int, most: int) -> list[LeasedTask]:
        """Lease the next documents if they are new and smaller than `size` bytes, up to `most`.

        None when there are not two such in a row: the next one then is for `claim`. What comes
        again after a failure or the death of its worker is not new: it may be the cause.
        """
        query = self._select_waiting_documents(PREPARING_STATES, DocumentState.QUEUED)
        with self._store.read() as connection:
            if len(_take_new_and_small(connection.execute(query.limit(2)), size)) < 2:
                return []
        with self._store.write() as connection:
            rows = _take_new_and_small(connection.execute(query.limit(most)).all(), size)
            return self._lease_new_documents(connection, rows, owner, seconds)

    def _lease_new_documents(
        self, connection: Connection, rows: Sequence[Row[Any]], owner: str, seconds: float
    ) -> list[LeasedTask]:
        tasks = [
            LeasedTask(
                row.id,
                row.name,
                row.revision,
                row.sha256,
                DocumentState.PARSING,
                row.attempts + 1,
                f"{owner}/{uuid.uuid4().hex[:16]}",
            )
            for row in rows
        ]
        change_states(
            connection,
            DocumentState.PARSING,
            {task.document_id: {"lease": task.lease} for task in tasks},
            lease_expires=self._clock() + seconds,
            attempts=1,
        )
        revisions = {task.document_id: task.revision for task in tasks}
        attempts.begin_attempts(connection, revisions, self._worker)
        return tasks

    def advance_group(
        self,
        connection: Connection,
        tasks: Sequence[LeasedTask],
        target: DocumentState,
        values: Mapping[str, Mapping[str, Any]],
    ) -> set[str]:
        """Change the states of leased documents; return the ids of those whose lease held.

        `values` are further columns of each document, by its id.
        """
        held = _find_held(connection, tasks, target)
        change_states(connection, target, {id_: values[id_] for id_ in held})
        return set(held)

    def hand_over_group(self, connection: Connection, tasks: Sequence[LeasedTask]) -> set[str]:
        """Leave embedded documents to the worker that publishes, as `hand_over`."""
        return self.advance_group(
            connection,
            tasks,
            DocumentState.INDEXING,
            {task.document_id: UNLEASED for task in tasks},
        )

    def finish_group(self, connection: Connection, tasks: Sequence[LeasedTask]) -> set[str]:
        """Make leased versions live, as `finish`; return the ids of those whose lease held."""
        held = _find_held(connection, tasks, DocumentState.READY)
        attempts.end_attempts_ready(connection, list(held))
        change_states(
            connection,
            DocumentState.READY,
            {
                task.document_id: {"live_revision": task.revision, "live_sha256": task.sha256}
                for task in held.values()
            },
            live_media_type=documents.c.media_type,
            chunks_done=documents.c.chunks,
            deaths=0,
            failure_code=None,
            failure_message=None,
            failure_hint=None,
            **UNLEASED,
        )
        return set(held)


def _find_held(
    connection: Connection, tasks: Sequence[LeasedTask], target: DocumentState
) -> dict[str, LeasedTask]:
    """Return the tasks whose rows hold their lease and may change to `target`, by document id."""
    query = select(documents.c.id, documents.c.lease, documents.c.revision).where(
        documents.c.id.in_([task.document_id for task in tasks]),
        documents.c.state.in_(find_source_states(target)),
    )
    rows = {row.id: (row.lease, row.revision) for row in connection.execute(query)}
    held = {
        task.document_id: task
        for task in tasks
        if rows.get(task.document_id) == (task.lease, task.revision)
    }
    for task in tasks:
        if task.document_id not in held:
            _log.info("%s was cancelled, replaced, deleted or taken over.", task.name)
    return held


def _take_new_and_small(rows: Iterable[Row[Any]], size: int) -> list[Row[Any]]:
    """Return the rows before the first that is of a large document or was begun before."""

    def is_new_and_small(row: Row[Any]) -> bool:
        return row.state == DocumentState.QUEUED and not row.attempts and row.size < size

    return list(takewhile(is_new_and_small, rows))
