"""Answers questions from the cells of the tables among the hits.

A hit shows a part of a table; the parsed document has all of its rows, and those are counted and
compared. What is found is said with the value first, then the rows that say so.

Limits: the tables of the first hits' documents only, and of documents that are not too long to be
read for one question; operations of `rag.tables.operations`, one for each question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import zip_longest
from pathlib import PurePath
from typing import Protocol

from ingest.embedding.base import Embedder, find_similarity
from ingest.text.terms import extract_terms
from ingest.types import BLOCK_SEPARATOR, Block, Chunk, Document, Table
from rag.tables.binding import Binding
from rag.tables.operations import TableFinding, find_answer
from rag.tables.table_question import TableQuestion, read_table_question
from rag.tables.table_view import TableView, turn_table, view_table
from rag.types import Hit

_MOST_DOCUMENTS = 3
_MOST_TABLES = 12
"""Of a document whose tables the hits do not name; with more of them any could be meant."""
_MOST_BLOCKS = 6_000
_MOST_CHUNKS = 40
_CACHED_DOCUMENTS = 8
_CACHED_QUESTIONS = 64
_CAPTION_CHARACTERS = 200
_REACH_WORTH, _RIVAL_REACH = 0.5, 0.01
"""What the share of the question that the table and its surroundings have adds to its sureness, and
by how much less a table is no rival."""
_OF_RIVALS = 0.4
"""How sure one of several alike tables is, as a share."""
_RANK_WORTH = 0.05
"""Sureness that a table must have more than that of a better passage."""
_NAME_SIGNS = re.compile(r"[_\-–]+")
_ROW_LINE = re.compile(r"^\s*\|", re.MULTILINE)
_ASKS_PERIOD = re.compile(
    r"\b(?:which|what|in what|how many) (?:\w+ )?(?:year|period|quarter"
    r"|month)s?\b|哪年|哪一年|几年|哪个?(?:季度|月)",
    re.IGNORECASE,
)


class TableLibrary(Protocol):
    """What is needed of the library."""

    def read_parsed(self, document_id: str) -> Document:
        """Return the parsed document."""
        ...

    def read_chunks(self, document_id: str) -> list[Chunk]:
        """Return all passages of a document."""
        ...


@dataclass(frozen=True)
class _PlacedTable:
    """A table, where it stands in the document's text, and what stands around it."""

    table: Table
    start: int
    end: int
    headings: tuple[str, ...]
    around: tuple[str, ...]
    """The short text before it (a caption) and the beginning of that behind it."""

    @cached_property
    def view(self) -> TableView:
        """The table as rows and columns with names; made once, with the terms of its cells."""
        return view_table(self.table, 0, ())


class TableAnswerer:
    """Finds answers in tables. Safe to use from several threads."""

    def __init__(self, library: TableLibrary, embedder: Embedder | None) -> None:
        """Without an embedder, headings are compared by their words only."""
        self._library = library
        self._embedder = embedder
        # A document does not change under its id while it is searchable: a new version gets new
        # chunks, and a stale reading for one answer is caught by the citations.
        self._read_tables = lru_cache(_CACHED_DOCUMENTS)(self._load_tables)
        # Each question is asked twice, to widen the hits and to answer.
        self._embed_headings = lru_cache(_CACHED_QUESTIONS)(self._place_headings)

    def find_answer(self, question: str, hits: Sequence[Hit]) -> TableFinding | None:
        """Return what the tables answer best, None where nothing is bound. Raises IngestError."""
        asked = read_table_question(question)
        found = [
            finding
            for view in self._list_views(asked, hits)
            if (finding := find_answer(Binding(asked, view), self._measure_nearness)) is not None
        ]
        found.sort(key=_rate_finding, reverse=True)
        if not found:
            return None
        rivals = [each for each in found[1:] if _is_rival(found[0], each)]
        return replace(found[0], sureness=_OF_RIVALS * found[0].sureness) if rivals else found[0]

    def widen_hits(self, question: str, hits: Sequence[Hit]) -> Sequence[Hit]:
        """Return the hits, beside the one that shows the answer's table the rows that it counts.

        So all of them can be cited. Raises IngestError.
        """
        finding = self.find_answer(question, hits) if shows_table(hits) else None
        if finding is None:
            return hits
        holder = hits[finding.binding.table.rank]
        known = {chunk.id for chunk in (holder.chunk, *holder.neighbours)}
        labels = {row.cells[finding.columns[0]] for row in finding.rows}
        added = [
            chunk
            for chunk in self._library.read_chunks(holder.chunk.document_id)
            if chunk.id not in known
            and _ROW_LINE.search(chunk.text)
            and any(label and label in chunk.text for label in labels)
        ][:_MOST_CHUNKS]
        wider = replace(holder, neighbours=(*holder.neighbours, *added))
        return [wider if hit is holder else hit for hit in hits]

    def _list_views(self, asked: TableQuestion, hits: Sequence[Hit]) -> Iterator[TableView]:
        """Yield the tables that the hits show, and those of the best hit's document."""
        seen: set[tuple[str, int]] = set()
        known = _extract_name_terms(asked.whole)
        named = [
            known & _extract_name_terms(PurePath(hit.document_name).stem)
            for hit in hits[:_MOST_DOCUMENTS]
        ]
        for rank, hit in enumerate(hits[:_MOST_DOCUMENTS]):
            if any(named[rank] < other for other in named):
                continue  # the question names the document of another hit
            document_id = hit.chunk.document_id
            placed = self._read_tables(document_id)
            near_all = document_id == hits[0].chunk.document_id and len(placed) <= _MOST_TABLES
            for each in placed:
                if (document_id, each.start) in seen:
                    continue
                if not near_all and not _overlaps(hit.chunk, each):
                    continue
                seen.add((document_id, each.start))
                holder = _find_holder(hits, document_id, each, rank)
                view = replace(
                    each.view,
                    rank=holder,
                    above=(hit.document_name, *each.headings),
                    subject=_find_subject(asked, each.headings[1:]),
                    around=each.around,
                )
                if view.has_periods and _ASKS_PERIOD.search(asked.text):
                    view = turn_table(view)
                if view.rows and view.columns:
                    yield view

    def _load_tables(self, document_id: str) -> tuple[_PlacedTable, ...]:
        document = self._library.read_parsed(document_id)
        if len(document.blocks) > _MOST_BLOCKS:
            return ()
        found: list[_PlacedTable] = []
        headings: list[Block] = []
        at, before = 0, ""
        for block, after in zip_longest(document.blocks, document.blocks[1:]):
            end = at + len(block.text)
            if block.table is not None:
                below = _read_below(after)
                path = tuple(heading.text for heading in headings)
                found.append(_PlacedTable(block.table, at, end, path, (before, below)))
            elif block.kind in {"title", "heading"}:
                headings = [each for each in headings if each.level < block.level] + [block]
                before = ""
            elif len(block.text) <= _CAPTION_CHARACTERS:
                before = block.text
            at = end + len(BLOCK_SEPARATOR)
        return tuple(found)

    def _measure_nearness(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        return self._embed_headings(question, tuple(texts))

    def _place_headings(self, question: str, texts: tuple[str, ...]) -> Sequence[float]:
        if self._embedder is None:
            return [0.0] * len(texts)
        vectors = self._embedder.embed([question, *(text or "-" for text in texts)])
        place = find_similarity(self._embedder).place_cosine
        return [min(1.0, max(0.0, place(float(cosine)))) for cosine in vectors[1:] @ vectors[0]]


def _is_rival(best: TableFinding, other: TableFinding) -> bool:
    """Return whether another table of alike rows and columns says something else as surely.

    Tables of several segments look alike, and the question does not say which segment is meant.
    """
    alike = best.binding.table.columns == other.binding.table.columns
    near = best.binding.reach - other.binding.reach < _RIVAL_REACH
    return alike and near and best.values != other.values


def _read_below(block: Block | None) -> str:
    """Return the beginning of the text behind a table: it often says what the table is about."""
    if block is None or block.kind not in {"text", "caption"}:
        return ""
    return block.text[:_CAPTION_CHARACTERS]


def _find_subject(asked: TableQuestion, headings: Sequence[str]) -> str:
    """Return the innermost heading that the question names, "" where it names none."""
    words = frozenset(extract_terms(asked.text))
    named = [each for each in headings if frozenset(extract_terms(each)) & words]
    return named[-1] if named else ""


def _rate_finding(finding: TableFinding) -> float:
    """Return how sure a finding is, and how much of the question is about its table.

    Of a passage further down it is less: that may be about something else.
    """
    binding = finding.binding
    return finding.sureness + _REACH_WORTH * binding.reach - _RANK_WORTH * binding.table.rank


def shows_table(hits: Sequence[Hit]) -> bool:
    """Return whether one of the first hits shows a part of a table."""
    return any(_ROW_LINE.search(hit.chunk.text) for hit in hits[:_MOST_DOCUMENTS])


def _extract_name_terms(text: str) -> frozenset[str]:
    """Return the terms of a document's name, or of a question that may name it; codes in parts."""
    return frozenset(extract_terms(_NAME_SIGNS.sub(" ", text)))


def _overlaps(chunk: Chunk, placed: _PlacedTable) -> bool:
    start, end = chunk.char_range
    return start < placed.end and end > placed.start


def _find_holder(
    hits: Sequence[Hit], document_id: str, placed: _PlacedTable, otherwise: int
) -> int:
    """Return the number of the first hit that shows a part of the table."""
    return next(
        (
            rank
            for rank, hit in enumerate(hits)
            if hit.chunk.document_id == document_id
            and any(_overlaps(chunk, placed) for chunk in (hit.chunk, *hit.neighbours))
        ),
        otherwise,
    )
