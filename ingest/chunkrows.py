"""Chunks as rows, and the one place that decides which of them a search may show.

`Chunks.passages` is the guarantee of the whole product: whatever an index returns, only chunks of
the live version of a document that is not deleted come out. Limits: writes nothing to indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, select, update

from ingest.geometry import pack, unpack
from ingest.index import Entry, Vector
from ingest.records import record
from ingest.schema import chunks, counters, documents
from ingest.store import Store
from ingest.types import Chunk, DocumentRecord

_AT_ONCE = 500
_SHOWN = tuple(column for column in chunks.c if column is not chunks.c.signs)
"""What a chunk is made of; signs are as long as its text and geometry, and seldom needed."""


class Passage:
    """A chunk that may be shown, and its document. The chunk is decoded when first looked at."""

    def __init__(
        self,
        chunk: Chunk | Callable[[], Chunk],
        document: DocumentRecord,
        bare: Callable[[], Chunk] | None = None,
    ) -> None:
        self.document = document
        self._source = chunk
        self._bare = bare

    @cached_property
    def chunk(self) -> Chunk:
        """The chunk, with boxes and spans."""
        return self._source if isinstance(self._source, Chunk) else self._source()

    @cached_property
    def bare(self) -> Chunk:
        """The chunk without boxes and spans: all that a ranking needs, and far cheaper."""
        return self.chunk if self._bare is None else self._bare()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document's chunks, as one generation of the indexes holds it."""

    document_id: str
    generation: int
    revision: int

    @property
    def where(self) -> ColumnElement[bool]:
        """The condition for its rows."""
        return (
            (chunks.c.document_id == self.document_id)
            & (chunks.c.generation == self.generation)
            & (chunks.c.revision == self.revision)
        )


def present() -> ColumnElement[bool]:
    """Return the condition that a chunk belongs to the indexes that answer."""
    number = select(counters.c.value).where(counters.c.name == "generation").scalar_subquery()
    return chunks.c.generation == number


def answering() -> ColumnElement[bool]:
    """Return the condition (on chunks joined with documents) that a row may be shown."""
    return (
        (chunks.c.revision == documents.c.live_revision) & present() & (documents.c.tombstone == "")
    )


class Chunks:
    """The chunk rows of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def passages(self, chunk_ids: Sequence[str]) -> dict[str, Passage]:
        """Return those of the chunks that may be shown, in the order asked for."""
        wanted = list(dict.fromkeys(chunk_ids))
        found: dict[str, Row[Any]] = {}
        with self._store.read() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                rows = connection.execute(
                    select(*_SHOWN)
                    .join(documents, chunks.c.document_id == documents.c.id)
                    .where(chunks.c.chunk_id.in_(wanted[start : start + _AT_ONCE]), answering())
                    .order_by(chunks.c.ordinal.desc())  # of a repeated id the first one stays
                )
                found.update((row.chunk_id, row) for row in rows)
            owners = {row.document_id for row in found.values()}
            records = _records(connection, owners)
        return {
            chunk_id: _passage(found[chunk_id], records[found[chunk_id].document_id])
            for chunk_id in wanted
            if chunk_id in found
        }

    def neighbours(self, chunk: Chunk, count: int) -> tuple[list[Chunk], list[Chunk]]:
        """Return up to `count` chunks before and after this one in the live version.

        Nothing when the chunk is no longer live.
        """
        own = (chunks.c.document_id == chunk.document_id) & answering()
        rows = select(*_SHOWN).join(documents, chunks.c.document_id == documents.c.id).where(own)
        with self._store.read() as connection:
            places = connection.execute(
                rows.where(chunks.c.chunk_id == chunk.id).with_only_columns(chunks.c.ordinal)
            ).scalars()
            place = min(places, key=lambda ordinal: abs(ordinal - chunk.ordinal), default=None)
            if place is None:
                return [], []
            around = connection.execute(
                rows.where(
                    chunks.c.ordinal.between(place - count, place + count),
                    chunks.c.ordinal != place,
                ).order_by(chunks.c.ordinal)
            )
            found = [to_chunk(row) for row in around]
        return (
            [other for other in found if other.ordinal < place],
            [other for other in found if other.ordinal > place],
        )

    def signs(self, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the signs of those chunks of the answering indexes that have words."""
        found: dict[str, bytes] = {}
        with self._store.read() as connection:
            for start in range(0, len(chunk_ids), _AT_ONCE):
                query = select(chunks.c.chunk_id, chunks.c.signs).where(
                    chunks.c.chunk_id.in_(chunk_ids[start : start + _AT_ONCE]), present()
                )
                found.update((row.chunk_id, row.signs) for row in connection.execute(query))
        return {chunk_id: signs for chunk_id, signs in found.items() if signs}

    def unsigned(self, generation: int, chunk_ids: Sequence[str]) -> set[str]:
        """Return those of the chunks of a generation that were given no signs, not even empty."""
        query = select(chunks.c.chunk_id).where(
            chunks.c.generation == generation,
            chunks.c.chunk_id.in_(chunk_ids),
            chunks.c.signs.is_(None),
        )
        with self._store.read() as connection:
            return set(connection.execute(query).scalars())

    def keep_signs(self, generation: int, signs: Mapping[str, bytes]) -> None:
        """Note the signs of chunks of a generation of the indexes, by chunk id."""
        with self._store.write() as connection:
            keep_signs(connection, chunks.c.generation == generation, signs)

    def live(self, document_id: str) -> list[Chunk]:
        """Return the chunks of a document that may be shown, in order."""
        query = (
            select(*_SHOWN)
            .join(documents, chunks.c.document_id == documents.c.id)
            .where(chunks.c.document_id == document_id, answering())
            .order_by(chunks.c.ordinal)
        )
        with self._store.read() as connection:
            return [to_chunk(row) for row in connection.execute(query)]

    def count(self, version: Version) -> int:
        """Return how many chunks a version has."""
        with self._store.read() as connection:
            query = select(func.count()).select_from(chunks).where(version.where)
            return int(connection.execute(query).scalar_one())

    def ids(self, version: Version) -> list[str]:
        """Return the distinct chunk ids of a version, in order."""
        query = select(chunks.c.chunk_id).where(version.where).order_by(chunks.c.ordinal)
        with self._store.read() as connection:
            return list(dict.fromkeys(connection.execute(query).scalars()))

    def batches(
        self, version: Version, chunk_ids: Sequence[str], size: int
    ) -> Iterator[list[Entry]]:
        """Yield these chunks of a version as index entries without vectors, some at a time."""
        for start in range(0, len(chunk_ids), size):
            part = chunk_ids[start : start + size]
            query = (
                select(
                    chunks.c.chunk_id,
                    chunks.c.text,
                    chunks.c.headings,
                    chunks.c.described,
                    documents.c.id,
                    documents.c.collection_id,
                )
                .join(documents, chunks.c.document_id == documents.c.id)
                .where(version.where, chunks.c.chunk_id.in_(part))
                .order_by(chunks.c.ordinal)
            )
            with self._store.read() as connection:
                rows = {row.chunk_id: row for row in connection.execute(query)}
            yield [
                Entry(
                    row.chunk_id,
                    row.id,
                    row.collection_id,
                    searched_text(row.text, row.described),
                    "\n".join(row.headings),
                )
                for row in rows.values()
            ]


def searched_text(text: str, described: str) -> str:
    """Return what the indexes see of a chunk below its headings."""
    return f"{text}\n{described}" if described else text


def indexed_text(entry: Entry) -> str:
    """Return what is embedded of an entry: `Chunk.indexed_text` and what figures show."""
    return f"{entry.headings}\n{entry.text}" if entry.headings else entry.text


def with_vector(entry: Entry, vector: Vector) -> Entry:
    """Return the entry as a dense index takes it."""
    return Entry(
        entry.chunk_id, entry.document_id, entry.collection_id, entry.text, entry.headings, vector
    )


def write_version(connection: Connection, version: Version, found: Sequence[Chunk]) -> None:
    """Write the chunks of a version, in place of what may be there of it."""
    connection.execute(delete(chunks).where(version.where))
    rows = [
        {
            "document_id": version.document_id,
            "generation": version.generation,
            "revision": version.revision,
            "ordinal": chunk.ordinal,
            "chunk_id": chunk.id,
            "text": chunk.text,
            "headings": list(chunk.heading_path),
            "geometry": pack(chunk.boxes, chunk.spans),
            "range_start": chunk.char_range[0],
            "range_end": chunk.char_range[1],
            "page": chunk.page,
            "page_end": chunk.page_end,
            "tokens": chunk.tokens,
            "kind": chunk.kind,
            "described": chunk.described,
        }
        for chunk in found
    ]
    if rows:
        connection.execute(chunks.insert(), rows)


def keep_signs(
    connection: Connection, where: ColumnElement[bool], signs: Mapping[str, bytes]
) -> None:
    """Note the signs of chunks, by chunk id, among the rows of that condition."""
    if not signs:
        return
    statement = (
        update(chunks)
        .where(where, chunks.c.chunk_id == bindparam("of_chunk"))
        .values(signs=bindparam("found"))
    )
    rows = [{"of_chunk": chunk_id, "found": found} for chunk_id, found in signs.items()]
    connection.execute(statement, rows)


def to_chunk(row: Row[Any], *, bare: bool = False) -> Chunk:
    """Return a row of `chunks` as a chunk; a bare one has neither boxes nor spans."""
    boxes, spans = ((), ()) if bare else unpack(row.geometry)
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


def _passage(row: Row[Any], document: DocumentRecord) -> Passage:
    return Passage(lambda: to_chunk(row), document, lambda: to_chunk(row, bare=True))


def _records(connection: Connection, document_ids: set[str]) -> dict[str, DocumentRecord]:
    query = select(documents).where(documents.c.id.in_(document_ids))
    return {row.id: record(row) for row in connection.execute(query)}
