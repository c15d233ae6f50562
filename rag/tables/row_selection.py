"""Selects the rows of a table that fulfil what a question says of cells and of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rag.tables.binding import Binding
from rag.tables.cell_values import read_cell_value
from rag.tables.table_question import Condition
from rag.tables.table_view import TableRow

TIED = 0.985
"""Share of the best score from which a row is as good as the best."""


def select_matching(
    binding: Binding, rows: Sequence[TableRow], noun: frozenset[str]
) -> tuple[list[TableRow], list[int]]:
    """Return the rows that fulfil what the question says of cells, and the columns it speaks of.

    Each column is a condition of its own where the question names a cell of it in full, or else the
    one column where it names most. "A or B" in one column admits both.
    """
    table = binding.table
    words = set(binding.terms) - noun
    whole = {
        at: [row for row in rows if at in binding.find_named_cells(row)]
        for at in range(len(table.columns))
    }
    columns = [at for at, found in whole.items() if found]
    kept, used = list(rows), list[int]()
    # The column that is named with the rarest words first; what contradicts it is by chance.
    for at in sorted(columns, key=lambda each: -_weigh_named(binding, whole[each], each)):
        named = [row.cell_terms[at] for row in whole[at]]
        both = [row for row in kept if any(terms <= row.cell_terms[at] for terms in named)]
        if both:
            kept, used = both, [*used, at]
    if used or binding.question.conditions:
        return kept, used
    best: tuple[float, int, list[TableRow]] | None = None
    for at in range(len(table.columns)):
        scores = [sum(binding.weigh_terms(row.cell_terms[at] & words)) for row in rows]
        top = max(scores)
        found = [row for row, score in zip(rows, scores, strict=True) if score >= TIED * top]
        if top > 0 and (best is None or top > best[0]):
            best = (top, at, found)
    return (best[2], [best[1]]) if best else ([], [])


def _weigh_named(binding: Binding, rows: Sequence[TableRow], at: int) -> float:
    return max(sum(binding.weigh_terms(row.cell_terms[at])) for row in rows)


def select_by_condition(
    rows: Sequence[TableRow], column: int, condition: Condition
) -> list[TableRow]:
    """Return the rows whose number in a column fulfils a condition."""
    numbers = [(row, read_cell_value(row.cells[column]).number) for row in rows]
    greatest = max((abs(n) for _, n in numbers if n is not None), default=Decimal(0))
    return [row for row, n in numbers if n is not None and condition.admits(n, greatest)]
