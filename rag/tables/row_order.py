"""Finds what stands before or after a row that the question names.

Rows are in the table's order; where that goes back in time ("2012, 2011, 2010"), before and after
are meant in time, unless the question speaks of the list itself. Limits: one step.
"""

from __future__ import annotations

import re
from itertools import pairwise

from rag.tables.binding import Binding
from rag.tables.choose_column import MeasureNearness, choose_column, find_asked_noun
from rag.tables.findings import TableFinding, make_finding
from rag.tables.select_rows import read_year
from rag.tables.table_view import TableRow

_OF_LIST = re.compile(
    r"\b(?:listed|list|table|above|below|row|item)\b|上面|下面|列表", re.IGNORECASE
)


def find_neighbour(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the next or previous row's value, None where no row is named in full."""
    table, question = binding.table, binding.question
    found = _find_known(binding)
    if found is None:
        return None
    at, places = found
    back = question.back
    if _goes_back_in_time(binding) and not _OF_LIST.search(question.text):
        back = not back
    place = places[0] - 1 if back else places[-1] + 1
    if not 0 <= place < len(table.rows):
        return None
    row, known = table.rows[place], table.rows[places[0]]
    asked: int | None = at
    if find_asked_noun(question.focus):
        asked = choose_column(binding, [row], nearness, by_noun=True)
        same = frozenset(find_asked_noun(question.focus)) & table.columns[at].terms
        asked = at if same or asked is None else asked
    if asked is None or not row.cells[asked]:
        return None
    return make_finding(
        binding, [row.cells[asked]], [known, row], [asked, at], len(table.rows), besides=[known]
    )


def _find_known(binding: Binding) -> tuple[int, list[int]] | None:
    """Return the column and the places of the rows that the question names, None for none or two.

    The longest name counts, and of equals that in the column that tells the rows apart.
    """
    table = binding.table
    best: tuple[tuple[int, bool], int, str] | None = None
    for row in table.rows:
        for at in binding.find_named_cells(row):
            if binding.is_quoted(row, at):
                worth = (len(row.cells[at]), at == table.label_column)
                if best is None or worth > best[0]:
                    best = (worth, at, row.cells[at])
    if best is None:
        return None
    _, at, name = best
    places = [number for number, row in enumerate(table.rows) if row.cells[at] == name]
    together = all(after - before == 1 for before, after in pairwise(places))
    return (at, places) if together else None


def _goes_back_in_time(binding: Binding) -> bool:
    rows: tuple[TableRow, ...] = binding.table.rows
    for at in range(len(binding.table.columns)):
        years = [year for row in rows if (year := read_year(row.cells[at])) is not None]
        if len(years) == len(rows) > 1 and years[0] != years[-1]:
            return all(before >= after for before, after in pairwise(years))
    return False
