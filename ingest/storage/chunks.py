"""Reads and writes chunk rows, and decides which chunks a search may show.

`Chunks.read_passages` and `Chunks.read_shown` are the guarantee of the whole product: whatever an
index returns, they give back only chunks of the live version of a document that is not deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Text,
    bindparam,
    cast,
    delete,
    func,
    select,
    update,
)

from ingest.document.geometry import pack_geometry, unpack_geometry
from ingest.embedding.base import Vector
from ingest.index.base import Entry
from ingest.storage.database import Store
from ingest.storage.schema import chunks, counters, documents
from ingest.types import Chunk

_AT_ONCE = 500
_CHUNK_COLUMNS = tuple(column for column in chunks.c if column is not chunks.c.signs)
"""All columns but the signs, which are as long as text and geometry and seldom needed."""


class Passage(NamedTuple):
    """A chunk that may be shown, with the fields that ranking needs.

    A tuple and not a dataclass, because each search makes two hundred of them from rows. It has no
    boxes, spans or ordinal (`Shown` has them).
    """

    chunk_id: str
    document_id: str
    document_name: str
    collection_id: str
    media_type: str
    text: str
    headings: str
    """The heading path as stored, in JSON: it is decoded only for the few that need it."""

    @property
    def heading_path(self) -> tuple[str, ...]:
        """The headings above the chunk, outermost first."""
        return tuple(json.loads(self.headings))

    @property
    def indexed_text(self) -> str:
        """Heading path and text, as `Chunk.indexed_text`."""
        return "\n".join((*self.heading_path, self.text))


@dataclass(frozen=True, slots=True)
class Shown:
    """A whole chunk that may be shown, with the chunks before and after it, in order."""

    chunk: Chunk
    before: tuple[Chunk, ...] = ()
    after: tuple[Chunk, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document's chunks, as one generation of the indexes holds it."""

    document_id: str
    generation: int
    revision: int

    @property
    def condition(self) -> ColumnElement[bool]:
        """The condition for its rows."""
        return (
            (chunks.c.document_id == self.document_id)
            & (chunks.c.generation == self.generation)
            & (chunks.c.revision == self.revision)
        )


def build_generation_condition() -> ColumnElement[bool]:
    """Return the condition that a chunk belongs to the indexes that answer."""
    number = select(counters.c.value).where(counters.c.name == "generation").scalar_subquery()
    return chunks.c.generation == number


def build_visibility_condition() -> ColumnElement[bool]:
    """Return the condition (on chunks joined with documents) that a row may be shown."""
    return (
        (chunks.c.revision == documents.c.live_revision)
        & build_generation_condition()
        & (documents.c.tombstone == "")
    )


# Built once: building such a statement took as long as running it.
_LIVE = chunks.join(documents, chunks.c.document_id == documents.c.id)
_PASSAGES = (
    select(
        chunks.c.chunk_id,
        chunks.c.document_id,
        documents.c.name,
        documents.c.collection_id,
        func.coalesce(func.nullif(documents.c.live_media_type, ""), documents.c.media_type),
        chunks.c.text,
        cast(chunks.c.headings, Text),
    )
    .select_from(_LIVE)
    .where(chunks.c.chunk_id.in_(bindparam("wanted", expanding=True)), build_visibility_condition())
)
_ON_PAGES = _PASSAGES.where(
    chunks.c.page <= bindparam("last"), chunks.c.page_end >= bindparam("first")
)
_SIGNS = select(chunks.c.chunk_id, chunks.c.signs).where(
    chunks.c.chunk_id.in_(bindparam("wanted", expanding=True)), build_generation_condition()
)
_ENTRIES = select(
    chunks.c.chunk_id,
    chunks.c.text,
    chunks.c.headings,
    chunks.c.described,
    documents.c.id,
    documents.c.collection_id,
).select_from(_LIVE)
_DELETE_VERSION = delete(chunks).where(
    chunks.c.document_id == bindparam("of_document"),
    chunks.c.generation == bindparam("of_generation"),
    chunks.c.revision == bindparam("of"),
)
_KEEP_SIGNS = (
    update(chunks)
    .where(*(column == bindparam(f"of_{column.name}") for column in chunks.primary_key.columns))
    .values(signs=bindparam("found"))
)
_OWN = chunks.alias("own")
_AROUND = (
    select(_OWN.c.chunk_id.label("wanted_id"), _OWN.c.ordinal.label("place"), *_CHUNK_COLUMNS)
    .select_from(_OWN)
    .join(
        chunks,
        (chunks.c.document_id == _OWN.c.document_id)
        & (chunks.c.generation == _OWN.c.generation)
        & (chunks.c.revision == _OWN.c.revision)
        & chunks.c.ordinal.between(
            _OWN.c.ordinal - bindparam("around", type_=Integer),
            _OWN.c.ordinal + bindparam("around", type_=Integer),
        ),
    )
    .join(documents, chunks.c.document_id == documents.c.id)
    .where(_OWN.c.chunk_id.in_(bindparam("wanted", expanding=True)), build_visibility_condition())
    .order_by(_OWN.c.ordinal, chunks.c.ordinal)
)


class Chunks:
    """The chunk rows of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read_passages(
        self, chunk_ids: Sequence[str], pages: tuple[int, int] | None = None
    ) -> dict[str, Passage]:
        """Return those of the chunks that may be shown, in the order asked for.

        With `pages`, only those that stand on one from the first to the last.
        """
        found: dict[str, Passage] = {}
        statement, more = _PASSAGES, {}
        if pages is not None:
            statement, more = _ON_PAGES, {"first": pages[0], "last": pages[1]}
        with self._store.read() as connection:
            for part in _split_ids(chunk_ids):
                rows = connection.execute(statement, {"wanted": part, **more}).all()
                # A document may hold the same chunk twice; the rows differ in their ordinal alone.
                found.update((row[0], Passage._make(row)) for row in rows)
        return {chunk_id: found[chunk_id] for chunk_id in chunk_ids if chunk_id in found}

    def read_shown(self, chunk_ids: Sequence[str], around: int = 0) -> dict[str, Shown]:
        """Return those of the chunks that may be shown, in the order asked for.

        With each come up to `around` chunks before and after it in the live version. A repeated id
        stands at its first place.
        """
        rows: dict[str, list[Row[Any]]] = {}
        with self._store.read() as connection:
            for part in _split_ids(chunk_ids):
                for row in connection.execute(_AROUND, {"wanted": part, "around": around}):
                    rows.setdefault(row.wanted_id, []).append(row)
        return {
            chunk_id: _build_shown(rows[chunk_id])
            for chunk_id in dict.fromkeys(chunk_ids)
            if chunk_id in rows
        }

    def read_signs(self, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the signs of those chunks of the current generation that have any."""
        found: dict[str, bytes] = {}
        with self._store.read() as connection:
            for part in _split_ids(chunk_ids):
                found.update(
                    (row[0], row[1]) for row in connection.execute(_SIGNS, {"wanted": part})
                )
        return {chunk_id: signs for chunk_id, signs in found.items() if signs}

    def find_unsigned(self, generation: int, chunk_ids: Sequence[str]) -> set[str]:
        """Return the chunks of a generation whose signs are NULL: never embedded with signs."""
        query = select(chunks.c.chunk_id).where(
            chunks.c.generation == generation,
            chunks.c.chunk_id.in_(chunk_ids),
            chunks.c.signs.is_(None),
        )
        with self._store.read() as connection:
            return set(connection.execute(query).scalars())

    def keep_signs(self, generation: int, signs: Mapping[str, bytes]) -> None:
        """Store the signs of chunks of a generation of the indexes, by chunk id."""
        with self._store.write() as connection:
            keep_signs(connection, chunks.c.generation == generation, signs)

    def read_live_chunks(self, document_id: str) -> list[Chunk]:
        """Return the chunks of a document that may be shown, in order."""
        query = (
            select(*_CHUNK_COLUMNS)
            .join(documents, chunks.c.document_id == documents.c.id)
            .where(chunks.c.document_id == document_id, build_visibility_condition())
            .order_by(chunks.c.ordinal)
        )
        with self._store.read() as connection:
            return [to_chunk(row) for row in connection.execute(query)]

    def count(self, version: Version) -> int:
        """Return how many chunks a version has."""
        with self._store.read() as connection:
            query = select(func.count()).select_from(chunks).where(version.condition)
            return int(connection.execute(query).scalar_one())

    def read_ids(self, version: Version) -> list[str]:
        """Return the distinct chunk ids of a version, in order."""
        query = select(chunks.c.chunk_id).where(version.condition).order_by(chunks.c.ordinal)
        with self._store.read() as connection:
            return list(dict.fromkeys(connection.execute(query).scalars()))

    def read_entry_batches(
        self, version: Version, chunk_ids: Sequence[str], size: int
    ) -> Iterator[list[Entry]]:
        """Yield these chunks of a version as index entries without vectors, some at a time."""
        for start in range(0, len(chunk_ids), size):
            part = chunk_ids[start : start + size]
            query = _ENTRIES.where(version.condition, chunks.c.chunk_id.in_(part))
            with self._store.read() as connection:
                yield _build_entries(connection.execute(query.order_by(chunks.c.ordinal)))

    def read_entries(self, generation: int, chunk_ids: Sequence[str]) -> list[Entry]:
        """Return these chunks of any documents as index entries without vectors."""
        # Several revisions may hold a chunk. It is the same in all: its id is made of its content.
        entries: list[Entry] = []
        with self._store.read() as connection:
            for part in _split_ids(chunk_ids):
                query = _ENTRIES.where(
                    chunks.c.generation == generation, chunks.c.chunk_id.in_(part)
                )
                entries += _build_entries(connection.execute(query))
        return entries


def _build_entries(rows: Iterable[Row[Any]]) -> list[Entry]:
    return [
        Entry(
            row.chunk_id,
            row.id,
            row.collection_id,
            searched_text(row.text, row.described),
            "\n".join(row.headings),
        )
        for row in {row.chunk_id: row for row in rows}.values()
    ]


def searched_text(text: str, described: str) -> str:
    """Return the text that the indexes hold of a chunk, without its headings."""
    return f"{text}\n{described}" if described else text


def indexed_text(entry: Entry) -> str:
    """Return the text that is embedded: headings, chunk text and descriptions of figures."""
    return f"{entry.headings}\n{entry.text}" if entry.headings else entry.text


def with_vector(entry: Entry, vector: Vector) -> Entry:
    """Return the entry with its vector, as a dense index needs it."""
    return Entry(
        entry.chunk_id, entry.document_id, entry.collection_id, entry.text, entry.headings, vector
    )


def write_version(connection: Connection, version: Version, found: Sequence[Chunk]) -> None:
    """Write the chunks of a version; rows of this version that are already there are replaced."""
    write_versions(connection, [(version, found)])


def write_versions(
    connection: Connection, versions: Sequence[tuple[Version, Sequence[Chunk]]]
) -> None:
    """Write the chunks of several versions, as `write_version`."""
    if not versions:
        return
    keys = [
        {"of_document": each.document_id, "of_generation": each.generation, "of": each.revision}
        for each, _ in versions
    ]
    connection.execute(_DELETE_VERSION, keys)
    rows = [
        {
            "document_id": version.document_id,
            "generation": version.generation,
            "revision": version.revision,
            "ordinal": chunk.ordinal,
            "chunk_id": chunk.id,
            "text": chunk.text,
            "headings": list(chunk.heading_path),
            "geometry": pack_geometry(chunk.boxes, chunk.spans),
            "range_start": chunk.char_range[0],
            "range_end": chunk.char_range[1],
            "page": chunk.page,
            "page_end": chunk.page_end,
            "tokens": chunk.tokens,
            "kind": chunk.kind,
            "described": chunk.described,
        }
        for version, found in versions
        for chunk in found
    ]
    if rows:
        connection.execute(chunks.insert(), rows)


def keep_signs(
    connection: Connection, where: ColumnElement[bool], signs: Mapping[str, bytes]
) -> None:
    """Store the signs of chunks, by chunk id, in the rows that meet the condition."""
    # By the whole key of each row, which is read first: given the version and the chunk id, SQLite
    # looks through all rows of the version for each chunk (3.5 s for 256 of 20,000; now 18 ms).
    key = tuple(chunks.primary_key.columns)
    rows = [
        {f"of_{column.name}": value for column, value in zip(key, row, strict=False)}
        | {"found": signs[row.chunk_id]}
        for part in _split_ids(list(signs))
        for row in connection.execute(
            select(*key, chunks.c.chunk_id).where(where, chunks.c.chunk_id.in_(part))
        )
    ]
    if rows:
        connection.execute(_KEEP_SIGNS, rows)


def to_chunk(row: Row[Any]) -> Chunk:
    """Return a row of `chunks` as a chunk."""
    boxes, spans = unpack_geometry(row.geometry)
    return Chunk(
        id=row.chunk_id,
        document_id=row.document_id,
        ordinal=row.ordinal,
        text=row.text,
        heading_path=tuple(row.headings),
        boxes=boxes,
        char_range=(row.range_start, row.range_end),
        page=row.page,
        page_end=row.page_end,
        tokens=row.tokens,
        kind=row.kind,
        spans=spans,
        described=row.described,
    )


def _split_ids(chunk_ids: Sequence[str]) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(chunk_ids))
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


def _build_shown(rows: Sequence[Row[Any]]) -> Shown:
    """Build a chunk with its neighbours from rows that hold all of them, in order."""
    # Two places may hold the same chunk id, each with its own neighbours: keep those of the first.
    document_id, place = rows[0].document_id, rows[0].place
    near = [row for row in rows if row.document_id == document_id and row.place == place]
    (own,) = (row for row in near if row.ordinal == place)
    return Shown(
        to_chunk(own),
        tuple(to_chunk(row) for row in near if row.ordinal < place),
        tuple(to_chunk(row) for row in near if row.ordinal > place),
    )
