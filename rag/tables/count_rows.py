"""Counts: the rows that fulfil what a question says, different values, or the items of one cell.

A number that stands in the table under what is counted is looked up instead. Limits: what no cell
says (which cars are Japanese) is not known; the share of unknown words lowers the sureness.
"""

from __future__ import annotations

import re

from ingest.text.terms import extract_terms
from rag.tables.binding import Binding
from rag.tables.cell_values import is_empty_cell
from rag.tables.choose_column import MeasureNearness, find_asked_noun
from rag.tables.findings import TableFinding, collect_named_columns, make_finding, rank_rows
from rag.tables.select_rows import select_rows
from rag.tables.table_view import TableRow, extract_table_terms

_ITEM_END = re.compile(r"[,;，；、]|\band\b")
_NAMES = re.compile(r"(?<=\s)[A-Z][\w-]+|\d[\d.,]*")
_DIFFERENT = re.compile(r"\b(?:different|distinct|unique|various)\b|不同|几种", re.IGNORECASE)
_COUNTED_ITEMS = 2
"""Items from which a cell is a list."""


def count_rows(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return how many, None where what is counted cannot be bound."""
    table = binding.table
    noun = frozenset(find_asked_noun(binding.question.text))
    looked_up = _look_up_count(binding, noun)
    if looked_up is not None:
        return looked_up
    rows, columns = list(table.body), list[int]()
    if not table.turned or binding.question.conditions:
        selected = select_rows(binding, rows, nearness, noun)
        if selected is None:
            return None
        rows, columns = selected
        listed = _count_items(binding, rows, noun, columns)
        if listed is not None:
            return listed
    if len(columns) <= len(binding.question.conditions) and _says_more(binding):
        return None
    distinct = _find_counted_column(binding, noun)
    several = _DIFFERENT.search(binding.question.text) is not None
    if distinct is not None and (several or not columns):
        values = binding.list_values(distinct, rows)
        return make_finding(
            binding, [str(len(values))], rows, [distinct, *columns], len(table.body)
        )
    return make_finding(binding, [str(len(rows))], rows, columns, len(table.body))


def _says_more(binding: Binding) -> bool:
    """Return whether words of the question limit what is counted, and no cell has them.

    "How many Japanese cars": not all cars. Names and numbers limit as well; verbs do not.
    """
    known = binding.heading_terms | binding.inner_terms | binding.table.scope
    before = find_asked_noun(binding.question.text)[:-1]
    # A condition has its own number and its own column.
    found = [] if binding.question.conditions else _NAMES.findall(binding.question.text)
    names = [term for word in found for term in extract_terms(word)]
    return any(term not in known for term in (*before, *names))


def _look_up_count(binding: Binding, noun: frozenset[str]) -> TableFinding | None:
    """Return a number that stands in the table under what is counted: "how many bids" of a row."""
    table, question = binding.table, binding.question
    if question.conditions or question.negated:
        return None
    heads = binding.find_heading_columns()
    for at, column in enumerate(table.columns):
        counted = noun & column.terms and table.is_numeric(at)
        if not counted and not (table.has_periods and at in heads and table.is_numeric(at)):
            continue
        rows = [row for row in rank_rows(binding, table.rows) if not is_empty_cell(row.cells[at])]
        named = collect_named_columns(binding, rows[:1]) or list(binding.find_touched_columns(rows))
        if 0 < len(rows) <= 2 and [each for each in named if each != at]:
            return make_finding(binding, binding.list_values(at, rows), rows, [at, *named])
    return None


def _count_items(
    binding: Binding, rows: list[TableRow], noun: frozenset[str], columns: list[int]
) -> TableFinding | None:
    """Return how many things one row's cell lists: "how many destinations" of an airline."""
    if len(rows) != 1 or not columns:
        return None
    for at, column in enumerate(binding.table.columns):
        inside = rows[0].cell_terms[at]
        counted = noun & (column.terms | inside) and not binding.table.is_numeric(at)
        if at not in columns and counted:
            items = split_items(rows[0].cells[at])
            if not noun & column.terms:
                items = [item for item in items if noun & extract_table_terms(item)]
            if len(items) >= _COUNTED_ITEMS:
                return make_finding(binding, [str(len(items))], rows, [at, *columns], 1)
    return None


def _find_counted_column(binding: Binding, noun: frozenset[str]) -> int | None:
    """Return the column of words that is what is counted: "how many countries"."""
    table = binding.table
    return next(
        (
            at
            for at in binding.find_heading_columns()
            if noun & table.columns[at].terms and not table.is_numeric(at)
        ),
        None,
    )


def split_items(cell: str) -> list[str]:
    """Return what a cell lists, one item where it is no list."""
    return [item for item in _ITEM_END.split(cell) if item.strip()]
