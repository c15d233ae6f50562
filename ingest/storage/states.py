"""Changes the state of a document, along the allowed transitions only.

Every change of state goes through `change_state`, which refuses a transition that is not in
`ALLOWED_TRANSITIONS`: so no part of the program, however it was interrupted, can make a document
skip a stage. Callers add their own conditions, such as a lease that must still be valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from ingest.storage.schema import counters, documents
from ingest.types import DocumentState

_S = DocumentState

ALLOWED_TRANSITIONS: dict[DocumentState, frozenset[DocumentState]] = {
    # queued again: new bytes came before the old ones were looked at
    _S.QUEUED: frozenset({_S.QUEUED, _S.PARSING, _S.CANCELLED, _S.DELETING}),
    # back to queued: retried after an error, or replaced by new bytes on the way
    _S.PARSING: frozenset({_S.EMBEDDING, _S.QUEUED, _S.FAILED, _S.CANCELLED, _S.DELETING}),
    _S.EMBEDDING: frozenset({_S.INDEXING, _S.QUEUED, _S.FAILED, _S.CANCELLED, _S.DELETING}),
    # back to queued: also when a rebuild has since made other indexes
    _S.INDEXING: frozenset({_S.READY, _S.QUEUED, _S.FAILED, _S.CANCELLED, _S.DELETING}),
    # to queued: replaced, or sent back by a repair; the live version stays searchable
    _S.READY: frozenset({_S.QUEUED, _S.DELETING}),
    _S.FAILED: frozenset({_S.QUEUED, _S.DELETING}),
    _S.CANCELLED: frozenset({_S.QUEUED, _S.DELETING}),
    _S.DELETING: frozenset(),
}

PREPARING_STATES = (_S.PARSING, _S.EMBEDDING)
"""States in which any worker may parse, chunk and embed the document."""

RUNNING_STATES = (*PREPARING_STATES, _S.INDEXING)
"""States between the queue and the end."""

UNSETTLED_STATES = (_S.QUEUED, *RUNNING_STATES)
"""States that workers will change, without a request."""


def find_source_states(target: DocumentState) -> tuple[DocumentState, ...]:
    """Return the states from which a document may change to `target`."""
    return tuple(state for state, targets in ALLOWED_TRANSITIONS.items() if target in targets)


def get_utc_now() -> datetime:
    """Return the present time in UTC, as an aware datetime."""
    return datetime.now(UTC)


def next_sequence(connection: Connection) -> int:
    """Count one change of a document; the number orders the events of all processes."""
    statement = (
        update(counters)
        .where(counters.c.name == "events")
        .values(value=counters.c.value + 1)
        .returning(counters.c.value)
    )
    return int(connection.execute(statement).scalar_one())


def current_sequence(connection: Connection) -> int:
    """Return the number of the last change."""
    statement = select(counters.c.value).where(counters.c.name == "events")
    return int(connection.execute(statement).scalar_one())


def reserve_sequences(connection: Connection, count: int) -> range:
    """Count several changes at once and return their numbers."""
    statement = (
        update(counters)
        .where(counters.c.name == "events")
        .values(value=counters.c.value + count)
        .returning(counters.c.value)
    )
    last = int(connection.execute(statement).scalar_one())
    return range(last - count + 1, last + 1)


def change_states(
    connection: Connection,
    target: DocumentState,
    values: Mapping[str, Mapping[str, Any]],
    **same: Any,
) -> None:
    """Change the states of documents at once; `values` are columns of each, by document id.

    `same` are columns that get the same value in all. The caller has read in this transaction that
    each of them may change to `target`.
    """
    if not values:
        return
    columns = next(iter(values.values()))
    statement = (
        update(documents)
        .where(documents.c.id == bindparam("of_document"))
        .values({name: bindparam(f"new_{name}") for name in columns})
        .values(state=target, updated_at=get_utc_now(), sequence=bindparam("new_sequence"), **same)
    )
    numbers = reserve_sequences(connection, len(values))
    rows = [
        {"of_document": document_id, "new_sequence": number}
        | {f"new_{name}": value for name, value in each.items()}
        for number, (document_id, each) in zip(numbers, values.items(), strict=True)
    ]
    connection.execute(statement, rows)


def change_state(
    connection: Connection,
    document_id: str,
    target: DocumentState,
    *where: ColumnElement[bool],
    **values: Any,
) -> bool:
    """Change a document's state; say whether that was done.

    It is not when the document is gone, the transition is not allowed, or a condition of the caller
    does not hold: the caller knows which error to raise.
    """
    # Test and change are one UPDATE: nothing can come between them.
    conditions = (documents.c.state.in_(find_source_states(target)), *where)
    return update_document(connection, document_id, *conditions, state=target, **values)


def update_document(
    connection: Connection, document_id: str, *where: ColumnElement[bool], **values: Any
) -> bool:
    """Change columns of a document and count it as an event; say whether that was done."""
    statement = (
        update(documents)
        .where(documents.c.id == document_id, *where)
        .values(updated_at=get_utc_now(), sequence=next_sequence(connection), **values)
    )
    return connection.execute(statement).rowcount == 1


def count_documents_in(connection: Connection, states: tuple[DocumentState, ...]) -> int:
    """Count the documents in these states."""
    statement = select(func.count()).select_from(documents).where(documents.c.state.in_(states))
    return int(connection.execute(statement).scalar_one())
