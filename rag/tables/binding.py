"""Binds a question's words to rows and columns of a table, and says how surely.

A row is scored by the question's words in its cells, rare ones among the rows counting more, and
again for cells that the question names in full; a column by its heading's words, by whether its
cells are of the kind asked for, and by the meaning of its heading. Words that name the table (its
title, its document) bind nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.tables.cell_values import is_empty_cell
from rag.tables.table_question import TableQuestion, extract_content_terms
from rag.tables.table_view import TableRow, TableView

_WHOLE_CELL = 0.6
"""What a cell that is named in full adds, as a share of the weight of its words."""
_WHOLE_SHARE = 0.99
_SECTION_WORTH = 0.8
_UNKNOWN_WORTH = 0.4


@dataclass(frozen=True)
class Binding:
    """A table and a question bound to each other."""

    question: TableQuestion
    table: TableView

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The question's content words that do not only name the table."""
        inner = frozenset[str]().union(*(row.terms for row in self.table.rows))
        heads = frozenset[str]().union(*(column.terms for column in self.table.columns))
        return tuple(
            term
            for term in self.question.terms
            if term not in self.table.scope
            or ((term in inner or term in heads) and not term.isdecimal())
        )

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """How rare each of the question's words is among the rows."""
        counts = Counter(term for row in self.table.rows for term in row.terms)
        total = len(self.table.rows)
        return {term: math.log(1 + total / (1 + counts[term])) for term in self.terms}

    def score_row(self, row: TableRow) -> float:
        """Return by how much of the question a row is named."""
        known = self.weights
        inside = frozenset[str]().union(*row.cell_terms)
        score = sum(known[term] for term in known if term in inside)
        score += _SECTION_WORTH * sum(
            known[term] for term in known if term in row.terms and term not in inside
        )
        for column in self.find_named_cells(row):
            score += _WHOLE_CELL * sum(known.get(term, 0.0) for term in row.cell_terms[column])
        return score

    def find_named_cells(self, row: TableRow) -> list[int]:
        """Return the columns whose cell in this row the question names in full."""
        words = self.question.words
        return [
            at
            for at, terms in enumerate(row.cell_terms)
            if terms and len(terms & words) >= _WHOLE_SHARE * len(terms) and terms & set(self.terms)
        ]

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
        inner = frozenset[str]().union(*(row.terms for row in self.table.rows))
        heads = frozenset[str]().union(*(column.terms for column in self.table.columns))
        known = inner | heads
        worth = {
            term: weight * (1.0 if term in known else _UNKNOWN_WORTH)
            for term, weight in self.weights.items()
            if term not in besides
        }
        total = sum(worth.values())
        return sum(w for term, w in worth.items() if term in there) / total if total else 0.0

    @cached_property
    def reach(self) -> float:
        """Which share of the whole question's content words the table or what is around it has."""
        words = set(extract_content_terms(self.question.whole))
        there = self.table.scope.union(
            *(row.terms for row in self.table.rows),
            *(column.terms for column in self.table.columns),
        )
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
