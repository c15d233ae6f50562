"""Which generation of the indexes answers, what built it, and which ones wait to be removed.

The number of the answering generation, the fingerprint of its builder, a rebuild under way and
the generations to remove are facts in the store, so that each change of them is one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, delete, select, update

from ingest.errors import IndexMismatch
from ingest.library.current_indexes import IndexSource
from ingest.library.fingerprint import Fingerprint
from ingest.storage.database import Store, generation, note, set_note
from ingest.storage.schema import chunks, counters, vectors

BUILT_BY = "fingerprint"
"""The note of what built the indexes."""
_REBUILD_NOTE = "rebuild"
_RETIRED_NOTE = "retired"


def built_by(connection: Connection) -> Fingerprint | None:
    """Return what built the answering indexes; None while they are empty."""
    noted = note(connection, BUILT_BY)
    return None if noted is None else Fingerprint.from_json(noted)


def check_fingerprint(store: Store, own: Fingerprint) -> None:
    """Raise IndexMismatch unless the indexes were built by `own`; empty ones become ours."""
    with store.read() as connection:
        noted = built_by(connection)
        if noted == own:
            return
    with store.write() as connection:
        noted = built_by(connection)
        if noted == own:
            return  # another thread or process noted it between the two transactions
        if noted is not None:
            if connection.execute(select(chunks.c.chunk_id)).first() is not None:
                change = noted.difference(own)
                raise IndexMismatch(f"The index was built with other settings: {change}.")
            # Nothing in them yet: indexes of the new dimension take the place of empty ones.
            _retire_generation(connection, generation(connection), noted.dimension)
            _set_current_generation(connection, _unused_generation(connection))
        set_note(connection, BUILT_BY, own.to_json())


def begin_rebuild(store: Store, own: Fingerprint) -> int:
    """Return the generation to rebuild into: that of an interrupted rebuild where it still fits."""
    with store.write() as connection:
        under_way = _read_unfinished_rebuild(connection)
        if under_way is not None and under_way[1] == own:
            return under_way[0]
        target = _unused_generation(connection)
        set_note(connection, _REBUILD_NOTE, json.dumps([target, own.to_json()]))
        return target


def switch_generation(connection: Connection, target: int, own: Fingerprint) -> None:
    """Make a finished rebuild answer, and retire what answered before."""
    former, builder = generation(connection), built_by(connection)
    _retire_generation(connection, former, (builder or own).dimension)
    connection.execute(delete(chunks).where(chunks.c.generation != target))
    connection.execute(delete(vectors).where(vectors.c.generation != target))
    _set_current_generation(connection, target)
    set_note(connection, BUILT_BY, own.to_json())
    set_note(connection, _REBUILD_NOTE, None)


def find_rebuild_generation(connection: Connection) -> int | None:
    """Return the generation of a rebuild that is under way or was interrupted."""
    under_way = _read_unfinished_rebuild(connection)
    return None if under_way is None else under_way[0]


def remove_retired(store: Store, sources: Iterable[IndexSource]) -> None:
    """Remove generations that answer no more. Raises IndexUnavailable; the rest waits for a retry.

    For the holder of the worker's lock.
    """
    with store.read() as connection:
        retired = _read_retired(connection)
    if not retired:
        return
    for number, dimension in retired:
        for source in sources:
            source.drop(number, dimension)
    with store.write() as connection:
        rest = [entry for entry in _read_retired(connection) if entry not in retired]
        set_note(connection, _RETIRED_NOTE, json.dumps(rest) if rest else None)


def _read_unfinished_rebuild(connection: Connection) -> tuple[int, Fingerprint] | None:
    noted = note(connection, _REBUILD_NOTE)
    if noted is None:
        return None
    number, builder = json.loads(noted)
    return int(number), Fingerprint.from_json(builder)


def _unused_generation(connection: Connection) -> int:
    """Give up a rebuild that is under way and return a number that no generation has had."""
    under_way = _read_unfinished_rebuild(connection)
    if under_way is None:
        return generation(connection) + 1
    begun, builder = under_way
    connection.execute(delete(chunks).where(chunks.c.generation == begun))
    _retire_generation(connection, begun, builder.dimension)
    set_note(connection, _REBUILD_NOTE, None)
    return begun + 1


def _read_retired(connection: Connection) -> list[tuple[int, int]]:
    return [
        (number, dimension)
        for number, dimension in json.loads(note(connection, _RETIRED_NOTE) or "[]")
    ]


def _retire_generation(connection: Connection, number: int, dimension: int) -> None:
    entries = [*_read_retired(connection), (number, dimension)]
    set_note(connection, _RETIRED_NOTE, json.dumps(entries))


def _set_current_generation(connection: Connection, number: int) -> None:
    connection.execute(update(counters).where(counters.c.name == "generation").values(value=number))
