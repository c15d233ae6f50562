"""Binds a question's words to rows and columns of a table, and says how surely.

A row is scored by the question's words in its cells, rare ones among the rows counting more, and
again for cells that the question names in full; a column by its heading's words, by whether its
cells are of the kind asked for, and by the meaning of its heading. Words that name the table (its
title, its document) bind nothing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.text.scripts import is_han
from rag.tables.cell_values import is_empty_cell
from rag.tables.table_question import TableQuestion, extract_content_terms
from rag.tables.table_view import NOTE_MARK, TableRow, TableView, extract_table_terms

_WHOLE_CELL, _PHRASE = 0.6, 0.4
"""What a cell that is named in full adds, as a share of the weight of its words, and what it adds
once more where they stand together in the question."""
_SECTION_WORTH = 0.8
_UNKNOWN_WORTH = 0.4
_ASIDE_WORTH = 0.4
"""What words are worth that stand in a clause which only leads to the one that asks."""
_QUOTED_WORTH = 0.5
"""What a row's name is worth that stands in the question word for word, beside its share."""
_BARE_COVERAGE = 0.8
"""How much is covered where the question says nothing but what is counted, and a heading has it."""
_NAMES = re.compile(r"(?<=[\w,] )(?!Q[1-4]\b|FY)(?:[A-Z][\w-]*[a-z]|(?=\w*\d)(?=\w*[A-Z])\w+)")
_DASHES = re.compile(r"[‐‑–—−]")
_APART = re.compile(r"[^\w.%+-]+|(?<!\d)[.+-]|[.+-](?!\d)")


def build_phrase(text: str) -> str:
    """Return the words of a text as they are compared in order, a space around each."""
    plain = NOTE_MARK.sub(" ", unicodedata.normalize("NFKC", text))
    folded = _DASHES.sub("-", plain.casefold())
    return f" {' '.join(_APART.sub(' ', folded).split())} "


def has_phrase(text: str, phrase: str) -> bool:
    """Return whether a phrase stands in a text, both from `build_phrase`."""
    bare = phrase.strip()
    if not bare:
        return False
    return bare in text if is_han(bare[0]) and is_han(bare[-1]) else phrase in text


@dataclass(frozen=True)
class Binding:
    """A table and a question bound to each other."""

    question: TableQuestion
    table: TableView

    @cached_property
    def heading_terms(self) -> frozenset[str]:
        """The terms of all headings."""
        return frozenset[str]().union(*(column.terms for column in self.table.columns))

    @cached_property
    def inner_terms(self) -> frozenset[str]:
        """The terms of all rows."""
        return frozenset[str]().union(*(row.terms for row in self.table.rows))

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The question's content words that do not only name the table."""
        known = self.inner_terms | self.heading_terms
        return tuple(
            term
            for term in self.question.terms
            if term not in self.table.scope or (term in known and not term.isdecimal())
        )

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """How rare each of the question's words is among the rows."""
        counts = Counter(term for row in self.table.rows for term in row.terms)
        total, focus = len(self.table.rows), self.question.focus_words
        return {
            term: math.log(1 + total / (1 + counts[term]))
            * (1.0 if term in focus else _ASIDE_WORTH)
            for term in self.terms
        }

    @cached_property
    def phrase(self) -> str:
        """The question's words in order, without headings of several words that it names."""
        text = build_phrase(self.question.text)
        for column in self.table.columns:
            heading = build_phrase(column.heading)
            if heading.count(" ") > 2 and has_phrase(text, heading):
                text = text.replace(heading, " ")
        return text

    @cached_property
    def cell_words(self) -> frozenset[str]:
        """The question's terms that may name cells."""
        return self.question.words & frozenset(extract_table_terms(self.phrase))

    @cached_property
    def names(self) -> frozenset[str]:
        """The terms of names and codes in the question: where no cell has them, much is missing."""
        found = _NAMES.findall(self.question.text)
        return frozenset(term for name in found for term in extract_table_terms(name))

    def score_row(
        self,
        row: TableRow,
        besides: frozenset[int] = frozenset(),
        without: frozenset[str] = frozenset(),
    ) -> float:
        """Return by how much of the question a row is named, not counting columns and terms."""
        known = {term: weight for term, weight in self.weights.items() if term not in without}
        inside = frozenset[str]().union(
            *(terms for at, terms in enumerate(row.cell_terms) if at not in besides)
        )
        score = sum(known[term] for term in known if term in inside)
        score += _SECTION_WORTH * sum(
            known[term] for term in known if term in row.terms and term not in inside
        )
        for column in set(self.find_named_cells(row)) - besides:
            worth = _WHOLE_CELL + _PHRASE * self.is_quoted(row, column)
            score += worth * sum(known.get(term, 0.0) for term in row.cell_terms[column])
        return score

    def find_named_cells(self, row: TableRow) -> list[int]:
        """Return the columns whose cell in this row the question names in full."""
        words, content = self.cell_words, set(self.terms)
        return [
            at
            for at, terms in enumerate(row.cell_terms)
            if terms and terms <= words and terms & content
        ]

    def is_quoted(self, row: TableRow, column: int) -> bool:
        """Return whether the question has a cell's words together and in order."""
        return has_phrase(self.phrase, build_phrase(row.cells[column]))

    def measure_label(self, row: TableRow) -> float:
        """Return which share of a row's name the question has; more than 1 where word for word."""
        terms = row.cell_terms[self.table.label_column]
        share = len(terms & self.question.words) / len(terms) if terms else 0.0
        return share + _QUOTED_WORTH * self.is_quoted(row, self.table.label_column)

    def find_touched_columns(self, rows: Sequence[TableRow]) -> dict[int, float]:
        """Return the columns in whose cells of these rows words of the question stand, weighed.

        The share of the question's weight: these columns say which row is meant, not the answer.
        """
        total = sum(self.weights.values())
        found = {}
        for at in range(len(self.table.columns)):
            shared = frozenset(self.weights).intersection(*(row.cell_terms[at] for row in rows))
            if shared and total:
                found[at] = sum(self.weights[term] for term in shared) / total
        return found

    def measure_coverage(
        self, rows: Sequence[TableRow], columns: Sequence[int], besides: frozenset[str]
    ) -> float:
        """Return which share of the question's words these rows and headings contain, 0..1.

        Words that stand nowhere in the table count in part: many only say what is asked ("how many
        players took part"). `besides` are left out.
        """
        there = frozenset[str]().union(
            *(row.terms for row in rows), *(self.table.columns[at].terms for at in columns)
        )
        known = self.inner_terms | self.heading_terms
        worth = {
            term: weight * (1.0 if term in known or term in self.names else _UNKNOWN_WORTH)
            for term, weight in self.weights.items()
            if term not in besides
        }
        total = sum(worth.values())
        if not total:
            return _BARE_COVERAGE if besides & (self.heading_terms | self.table.scope) else 0.0
        return sum(w for term, w in worth.items() if term in there) / total

    @cached_property
    def reach(self) -> float:
        """Which share of the whole question's content words the table or what is around it has."""
        words = set(extract_content_terms(self.question.whole))
        there = self.table.surroundings | self.inner_terms | self.heading_terms
        return len(words & there) / len(words) if words else 0.0

    def find_heading_columns(self) -> dict[int, float]:
        """Return the columns whose heading shares words with the question, with the share."""
        words, found = set(self.terms), {}
        counts = Counter(term for column in self.table.columns for term in column.terms)
        for at, column in enumerate(self.table.columns):
            total = sum(1 / counts[term] for term in column.terms)
            shared = sum(1 / counts[term] for term in column.terms & words)
            if shared:
                found[at] = shared / total
        return found

    def weigh_terms(self, terms: Iterable[str]) -> list[float]:
        """Return the weights of those terms that the question has."""
        return [self.weights[term] for term in terms if term in self.weights]

    def list_values(self, column: int, rows: Sequence[TableRow]) -> list[str]:
        """Return the different values of a column in these rows, in order."""
        cells = [row.cells[column] for row in rows]
        return list(dict.fromkeys(cell for cell in cells if not is_empty_cell(cell)))
