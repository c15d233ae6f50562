"""Defines what every search index offers, dense or lexical: the Index protocol and its data types.

An index holds entries by chunk id and knows nothing of states or versions: the store decides what
may be shown, so an index may for a while hold more than is shown. Adding an id again replaces it;
removing an unknown id is no error; both are durable when the call returns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ingest.embedding.base import Vector
from ingest.embedding.token_signs import TokenStates
from ingest.errors import IndexUnavailable


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A chunk as an index takes it; `vector` is float32 of shape (d,), for dense indexes."""

    chunk_id: str
    document_id: str
    collection_id: str
    text: str
    headings: str = ""
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to search: None means everywhere, an empty tuple nowhere."""

    collection_ids: tuple[str, ...] | None = None
    document_ids: tuple[str, ...] | None = None


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What to search for: `vector` is float32 of shape (d,); lexical indexes ignore it.

    `tokens` are the question's words as the embedder reads them, for late interaction.
    `required` are phrases that must stand in a chunk, `excluded` words that must not. An index may
    ignore both: the caller checks what comes back.
    """

    text: str
    vector: Vector | None = None
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    tokens: TokenStates | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A found chunk with the index's own score: higher is better, scales differ by index."""

    chunk_id: str
    score: float


class Index(Protocol):
    """Adds, removes and searches chunks; implementations are safe to call from several threads."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries; durable on return. Raises IndexUnavailable."""
        ...

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries; unknown ids are ignored; durable on return. Raises IndexUnavailable."""
        ...

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Return at most `limit` matches, best first; ties by chunk id. Raises IndexUnavailable."""
        ...

    def ids(self) -> set[str]:
        """Return the ids of all entries: for audits and for taking up interrupted work."""
        ...

    def close(self) -> None:
        """Release files and connections; further calls are errors."""
        ...


@runtime_checkable
class VectorReader(Protocol):
    """A dense index that returns the vectors it was given: backups are made from them."""

    def vectors(self, chunk_ids: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those ids that it has. Raises IndexUnavailable."""
        ...


@runtime_checkable
class TitleIndex(Protocol):
    """A lexical index that finds documents by their titles."""

    def search_titles(
        self, keys: Collection[str], query: Query, limit: int, scope: Scope = EVERYWHERE
    ) -> list[Match]:
        """Return chunks of documents whose `ingest.text.titles.title_key` is among `keys`.

        Best for the query first, at most `limit`; a chunk without a term of the query scores 0.
        Raises IndexUnavailable.
        """
        ...


@runtime_checkable
class TermIndex(Protocol):
    """A lexical index that knows its terms: words that no entry has are told from others."""

    def find_near_terms(self, terms: Mapping[str, int]) -> dict[str, str]:
        """Return, for each of these terms that no entry has, the one nearest to it by spelling.

        With each term comes how many edits it may differ by. Terms without a near one are left out.
        Raises IndexUnavailable.
        """
        ...


def check_vector(vector: Vector | None, dimension: int, owner: str) -> Vector:
    """Return `vector` if a dense index of that dimension takes it. Raises IndexUnavailable."""
    if vector is None or vector.shape != (dimension,):
        shape = "none" if vector is None else f"one of shape {vector.shape}"
        raise IndexUnavailable(
            f"The dense index takes vectors of {dimension} numbers; {owner} came with {shape}.",
            hint="Run `docchat rebuild` if the embedder was changed.",
        )
    return vector
