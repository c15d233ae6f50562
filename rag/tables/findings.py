"""Defines what a table answers, and how sure it is that this is what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.tables.binding import Binding
from rag.tables.choose_column import find_asked_noun
from rag.tables.table_view import TableRow

_TIED = 0.985
"""Share of the best score from which a row is as good as the best."""
_NAMED_LABEL = 0.5
"""Share of a row's name that names it."""
MOST_TIED = 6
"""Rows that may be named equally well; more say that no row is named."""


@dataclass(frozen=True)
class TableFinding:
    """What a table answers: the values, the rows that say so, the columns to show, the working.

    `counted` are all rows looked at; `computed` says that the values stand in no cell, or were
    chosen among rows by calculation. `working` is how a number was calculated ("6,427 − 6,269").
    `sureness` is the share of the question's words, by weight, that the rows and headings contain.
    """

    binding: Binding
    values: tuple[str, ...]
    rows: tuple[TableRow, ...]
    columns: tuple[int, ...]
    sureness: float
    counted: int = 0
    computed: bool = False
    working: str = ""


def make_finding(
    binding: Binding,
    values: Sequence[str],
    rows: Sequence[TableRow],
    columns: Sequence[int],
    counted: int = 0,
    *,
    besides: Sequence[TableRow] = (),
    working: str = "",
) -> TableFinding | None:
    """Return the finding, None without values.

    `columns` are those asked for and those that say which row; `besides` are rows that the question
    names and that are not shown.
    """
    if not values:
        return None
    shown = tuple(dict.fromkeys((binding.table.label_column, *columns)))
    noun = frozenset[str]()
    if counted:
        asked = find_asked_noun(binding.question.text)
        heads = frozenset[str]().union(*(column.terms for column in binding.table.columns))
        # Of "how many Japanese cars" only the last word is what is counted.
        noun = frozenset(asked[-1:]) | (frozenset(asked) & heads)
    sureness = binding.measure_coverage((*rows, *besides), columns, noun)
    return TableFinding(
        binding,
        tuple(values),
        tuple(rows),
        shown,
        sureness,
        counted,
        computed=counted > 0 or bool(working),
        working=working,
    )


def rank_rows(binding: Binding, rows: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows that are named best: the best one and those as good.

    Of rows as good, those whose name has fewer words that the question lacks: "operating income"
    is not "adjusted operating income".
    """
    scores = [(binding.score_row(row), row) for row in rows]
    best = max((score for score, _ in scores), default=0.0)
    if best <= 0:
        return []
    found = [row for score, row in scores if score >= _TIED * best]
    covers = [binding.measure_label(row) for row in found]
    if max(covers) < _NAMED_LABEL:
        return found
    return [row for row, cover in zip(found, covers, strict=True) if cover >= max(covers)]


def collect_named_columns(binding: Binding, rows: Sequence[TableRow]) -> list[int]:
    """Return the columns of which the question names a cell of these rows in full."""
    return sorted({at for row in rows for at in binding.find_named_cells(row)})
