"""Keeps the generations of the indexes: the current one, one being rebuilt, those to be deleted.

The number of the current generation, the fingerprint of what built it, a rebuild under way and the
generations to delete are all in the store, so that each change of them is one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, delete, select, update

from ingest.errors import IndexMismatch
from ingest.library.current_indexes import IndexSource
from ingest.library.fingerprint import Fingerprint
from ingest.storage.database import Store, read_generation, read_note, set_note
from ingest.storage.schema import chunks, counters, vectors

BUILT_BY = "fingerprint"
"""Key of the fingerprint of what built the current indexes, in the table `meta`."""
_REBUILD_NOTE = "rebuild"
_RETIRED_NOTE = "retired"


def built_by(connection: Connection) -> Fingerprint | None:
    """Return what built the current indexes; None when they were never used."""
    noted = read_note(connection, BUILT_BY)
    return None if noted is None else Fingerprint.from_json(noted)


def check_fingerprint(store: Store, own: Fingerprint) -> None:
    """Raise IndexMismatch unless the indexes were built by `own`; empty ones are taken over."""
    # Read first: almost every call ends here, and should not wait for writers.
    with store.read() as connection:
        noted = built_by(connection)
        if noted == own:
            return
    with store.write() as connection:
        noted = built_by(connection)
        if noted == own:
            return  # another thread or process recorded it between the two transactions
        if noted is not None:
            if connection.execute(select(chunks.c.chunk_id)).first() is not None:
                change = noted.describe_difference(own)
                raise IndexMismatch(f"The index was built with other settings: {change}.")
            # They are empty: indexes of the new dimension, of a new generation, replace them.
            _retire_generation(connection, read_generation(connection), noted.dimension)
            _set_current_generation(connection, _unused_generation(connection))
        set_note(connection, BUILT_BY, own.to_json())


def begin_rebuild(store: Store, own: Fingerprint) -> int:
    """Return the generation to build: that of an interrupted rebuild if its settings still fit."""
    with store.write() as connection:
        under_way = _read_unfinished_rebuild(connection)
        if under_way is not None and under_way[1] == own:
            return under_way[0]
        target = _unused_generation(connection)
        set_note(connection, _REBUILD_NOTE, json.dumps([target, own.to_json()]))
        return target


def switch_generation(connection: Connection, target: int, own: Fingerprint) -> None:
    """Make a finished rebuild the current generation, and mark the former one for deletion."""
    former, builder = read_generation(connection), built_by(connection)
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
    """Delete the generations marked for it. Raises IndexUnavailable; the rest stays marked.

    For the holder of the indexes' lock.
    """
    with store.read() as connection:
        retired = _read_retired(connection)
    if not retired:
        return
    for number, dimension in retired:
        for source in sources:
            source.drop(number, dimension)
    # Only those deleted here: another may have been marked in the meantime. A kill before this
    # transaction means that they are deleted once more, which changes nothing.
    with store.write() as connection:
        rest = [entry for entry in _read_retired(connection) if entry not in retired]
        set_note(connection, _RETIRED_NOTE, json.dumps(rest) if rest else None)


def _read_unfinished_rebuild(connection: Connection) -> tuple[int, Fingerprint] | None:
    noted = read_note(connection, _REBUILD_NOTE)
    if noted is None:
        return None
    number, builder = json.loads(noted)
    return int(number), Fingerprint.from_json(builder)


def _unused_generation(connection: Connection) -> int:
    """Abandon a rebuild that is under way, and return a number that no generation has had."""
    under_way = _read_unfinished_rebuild(connection)
    if under_way is None:
        return read_generation(connection) + 1
    begun, builder = under_way
    connection.execute(delete(chunks).where(chunks.c.generation == begun))
    _retire_generation(connection, begun, builder.dimension)
    set_note(connection, _REBUILD_NOTE, None)
    return begun + 1


def _read_retired(connection: Connection) -> list[tuple[int, int]]:
    return [
        (number, dimension)
        for number, dimension in json.loads(read_note(connection, _RETIRED_NOTE) or "[]")
    ]


def _retire_generation(connection: Connection, number: int, dimension: int) -> None:
    entries = [*_read_retired(connection), (number, dimension)]
    set_note(connection, _RETIRED_NOTE, json.dumps(entries))


def _set_current_generation(connection: Connection, number: int) -> None:
    connection.execute(update(counters).where(counters.c.name == "generation").values(value=number))
