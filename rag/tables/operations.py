"""Answers a bound question by rows and columns: look up, count, compare, list, find the greatest.

Every operation returns a `TableFinding`, or None where a row or a column cannot be bound for sure.
`sureness` is the share of the question's words, by weight, that the rows and headings used contain:
the caller compares it with what prose gives.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.text.terms import extract_terms
from rag.tables.binding import Binding
from rag.tables.cell_values import is_empty_cell, read_cell_value
from rag.tables.choose_column import MeasureNearness, choose_column, choose_measure, find_asked_noun
from rag.tables.row_selection import TIED, select_by_condition, select_matching
from rag.tables.table_view import TableRow

_MOST_TIED = 6
_MOST_ALL = 8
"""Rows of a table that are all said where the question names none of them."""
_ALL_SURENESS = 0.6
"""How sure such an answer is beside one that names a row: prose that answers comes first."""
_LEAST_NAMED = 0.12
"""Share of the question's words, by weight, that only cells have, from which a row is named."""
_OPTIONS = re.compile(r"([^,?]+?),?\s+or\s+([^,?]+)|(.+?)还是(.+)", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ASKS_VALUE = re.compile(
    r"\bwhat (?:is|was|are|were) the\b(?!.*\b(?:name|country|team|year|date)\b)", re.IGNORECASE
)
_ITEM_END = re.compile(r"[,;，；、]|\band\b")
_SECOND = re.compile(
    r"\bsecond[- ](?:most|highest|lowest|largest|longest|best|fewest|\w+est)\b|第二"
)


@dataclass(frozen=True)
class TableFinding:
    """What a table answers: the values, the rows that say so, the columns to show, the working.

    `counted` are all rows looked at; `computed` says that the values stand in no cell, or were
    chosen among rows by calculation.
    """

    binding: Binding
    values: tuple[str, ...]
    rows: tuple[TableRow, ...]
    columns: tuple[int, ...]
    sureness: float
    counted: int = 0
    computed: bool = False


def find_answer(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return what the table answers, None where that cannot be bound."""
    match binding.question.operation:
        case "count":
            return _count_rows(binding, nearness)
        case "superlative" | "compare":
            return _find_extreme(binding, nearness)
        case "list":
            return _list_column(binding, nearness)
        case _:
            return _look_up(binding, nearness)


def _make_finding(
    binding: Binding,
    values: Sequence[str],
    rows: Sequence[TableRow],
    columns: Sequence[int],
    counted: int = 0,
) -> TableFinding | None:
    if not values:
        return None
    shown = tuple(dict.fromkeys((binding.table.label_column, *columns)))
    noun = find_asked_noun(binding.question.text) if counted else frozenset[str]()
    sureness = binding.measure_coverage(rows, columns, noun)
    return TableFinding(
        binding, tuple(values), tuple(rows), shown, sureness, counted, computed=counted > 0
    )


def _rank_rows(binding: Binding, rows: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows that are named best: the best one and those as good."""
    scores = [(binding.score_row(row), row) for row in rows]
    best = max((score for score, _ in scores), default=0.0)
    return [row for score, row in scores if score >= TIED * best] if best > 0 else []


def _collect_named_columns(binding: Binding, rows: Sequence[TableRow]) -> list[int]:
    return sorted({at for row in rows for at in binding.find_named_cells(row)})


def _look_up(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    conditions = binding.question.conditions
    if conditions:
        return _list_column(binding, nearness)
    chosen = _choose_option(binding)
    if chosen is not None:
        return chosen
    rows = _rank_rows(binding, binding.table.rows)
    if not _names_a_row(binding, rows):
        return _look_up_all(binding, nearness)
    if len(rows) > _MOST_TIED:
        return None
    if binding.question.other:
        found = _find_other(binding, rows[0])
        if found is not None:
            return found
    named = _collect_named_columns(binding, rows[:1])
    several = _find_period_columns(binding)
    if len(several) > 1 and len(rows) == 1:
        values = [rows[0].cells[at] for at in several]
        return _make_finding(binding, values, rows, [*several, *named])
    column = choose_column(binding, rows, nearness, avoid=named)
    if column is None:
        return None
    return _make_finding(binding, binding.list_values(column, rows), rows, [column, *named])


def _names_a_row(binding: Binding, rows: Sequence[TableRow]) -> bool:
    """Return whether the question names the best row by more than words of the headings."""
    heads = frozenset[str]().union(*(column.terms for column in binding.table.columns))
    total = sum(binding.weights.values())
    if not rows or not total:
        return False
    inside = sum(w for t, w in binding.weights.items() if t in rows[0].terms and t not in heads)
    return inside >= _LEAST_NAMED * total


def _look_up_all(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the column asked for of all rows: "what is the limit" where each class has its own."""
    rows = binding.table.body
    if len(rows) > _MOST_ALL or not binding.find_heading_columns():
        return None
    column = choose_column(binding, rows, nearness, avoid=[binding.table.label_column])
    if column is None:
        return None
    found = _make_finding(binding, binding.list_values(column, rows), rows, [column])
    return found and replace(found, sureness=_ALL_SURENESS * found.sureness)


def _choose_option(binding: Binding) -> TableFinding | None:
    """Return the option ("A or B") that stands in the row named by the rest of the question."""
    offered = _OPTIONS.search(binding.question.text)
    if offered is None:
        return None
    sides = [frozenset(extract_terms(part)) for part in offered.groups() if part]
    for at in range(len(binding.table.columns)):
        options = [
            row
            for row in binding.table.rows
            if at in binding.find_named_cells(row) or _is_named_in_part(row, at, sides)
        ]
        if len({row.cells[at] for row in options}) < 2:
            continue
        inside = frozenset[str]().union(*(row.cell_terms[at] for row in options))
        scores = [
            sum(w for t, w in binding.weights.items() if t in row.terms and t not in inside)
            for row in options
        ]
        best = max(scores)
        chosen = [row for row, score in zip(options, scores, strict=True) if score == best]
        values = binding.list_values(at, chosen)
        if best > 0 and len(values) == 1:
            return _make_finding(binding, values, chosen[:1], [at])
    return None


def _is_named_in_part(row: TableRow, at: int, sides: Sequence[frozenset[str]]) -> bool:
    """Return whether an option is the last word of a name: "Russell" of "David Russell"."""
    words = row.cells[at].split()
    if len(words) < 2:
        return False
    last = frozenset(extract_terms(words[-1]))
    return bool(last) and sum(last <= side for side in sides) == 1


def _find_other(binding: Binding, known: TableRow) -> TableFinding | None:
    """Return what stands beside a named cell in other rows that fit the rest of the question."""
    named = binding.find_named_cells(known)
    if not named:
        return None
    at = named[0]
    inside = known.cell_terms[at]
    rest = {t: w for t, w in binding.weights.items() if t not in inside}
    rows = [row for row in binding.table.body if row.cells[at] != known.cells[at]]
    scores = [sum(w for t, w in rest.items() if t in row.terms) for row in rows]
    best = max(scores, default=0.0)
    if best <= 0:
        return None
    chosen = [row for row, score in zip(rows, scores, strict=True) if score >= TIED * best]
    if len(chosen) > _MOST_TIED:
        return None
    return _make_finding(binding, binding.list_values(at, chosen), chosen, [at])


def _find_period_columns(binding: Binding) -> list[int]:
    """Return the columns of the years that the question names, in its order, one for each."""
    found = []
    for year in dict.fromkeys(_YEAR.findall(binding.question.text)):
        columns = [at for at, each in enumerate(binding.table.columns) if year in each.terms]
        if len(columns) == 1:
            found.extend(columns)
    return found


def _count_rows(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    table, question = binding.table, binding.question
    rows, columns = list(table.body), list[int]()
    noun = find_asked_noun(question.text)
    looked_up = _look_up_counted(binding, noun)
    if looked_up is not None:
        return looked_up
    if not table.turned:
        matched, columns = select_matching(binding, rows, noun)
        rows = matched if columns else rows
        listed = _count_listed(binding, rows, noun, columns)
        if listed is not None:
            return listed
    for condition in question.conditions:
        column = choose_measure(binding, rows, nearness)
        if column is None:
            return None
        rows = select_by_condition(rows, column, condition)
        columns.append(column)
    if question.negated and not question.conditions:
        heads = binding.find_heading_columns()
        if heads and not columns:
            at = max(heads, key=lambda each: heads[each])
            rows = [row for row in rows if is_empty_cell(row.cells[at]) or row.cells[at] == "0"]
            columns.append(at)
    if not columns:
        distinct = [
            at
            for at in binding.find_heading_columns()
            if noun & table.columns[at].terms and not table.is_numeric(at)
        ]
        if distinct:
            values = binding.list_values(distinct[0], rows)
            return _make_finding(binding, [str(len(values))], rows, distinct, len(table.body))
    return _make_finding(binding, [str(len(rows))], rows, columns, len(table.body))


def _look_up_counted(binding: Binding, noun: frozenset[str]) -> TableFinding | None:
    """Return a number that stands in the table under what is counted: "how many bids" of a row."""
    table, question = binding.table, binding.question
    if question.conditions or question.negated:
        return None
    heads = binding.find_heading_columns()
    for at, column in enumerate(table.columns):
        counted = noun & column.terms and table.is_numeric(at)
        if not counted and not (table.has_periods and at in heads and table.is_numeric(at)):
            continue
        rows = [row for row in _rank_rows(binding, table.rows) if not is_empty_cell(row.cells[at])]
        if 0 < len(rows) <= 2 and _collect_named_columns(binding, rows[:1]):
            named = _collect_named_columns(binding, rows[:1])
            return _make_finding(binding, binding.list_values(at, rows), rows, [at, *named])
    return None


def _count_listed(
    binding: Binding, rows: Sequence[TableRow], noun: frozenset[str], columns: Sequence[int]
) -> TableFinding | None:
    """Return how many things one row's cell lists: "how many destinations" of an airline."""
    for at, column in enumerate(binding.table.columns):
        if len(rows) == 1 and columns and noun & column.terms and not binding.table.is_numeric(at):
            items = _split_items(rows[0].cells[at])
            if len(items) > 1:
                return _make_finding(binding, [str(len(items))], rows, [at, *columns], len(rows))
    return None


def _find_extreme(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the row with the greatest or least value, or the value that most rows have."""
    table, question = binding.table, binding.question
    rows = list(table.body)
    named = [row for row in rows if binding.find_named_cells(row)]
    labels = {row.cells[table.label_column] for row in named}
    named_by_label = all(table.label_column in binding.find_named_cells(row) for row in named)
    offers = _OPTIONS.search(question.text) is not None
    offered = len(labels) >= 2 and (offers or named_by_label)
    rows = named if offered else rows
    measure = choose_measure(binding, rows, nearness)
    label = _collect_named_columns(binding, rows[:1])[0] if offered else None
    if measure is None:
        return None if offered else _find_commonest(binding, nearness)
    asked = table.label_column if table.turned else label
    if asked is None and _ASKS_VALUE.search(question.text):
        asked = measure
    if asked is None:
        asked = choose_column(binding, rows, nearness, avoid=[measure], by_noun=True)
        if asked is not None and table.is_numeric(asked) and not _holds_years(binding, asked):
            asked = table.label_column
    known = [
        (number, row)
        for row in rows
        if (number := read_cell_value(row.cells[measure]).number) is not None
    ]
    ordered = sorted({number for number, _ in known}, reverse=not _wants_least(binding, measure))
    place = 1 if _SECOND.search(question.text) else 0
    if asked is None or len(ordered) <= place:
        return None
    best = [row for number, row in known if number == ordered[place]]
    shown = [row for _, row in known] if len(known) <= 2 else best[:_MOST_TIED]
    values = binding.list_values(asked, best)
    return _make_finding(binding, values, shown, [asked, measure], len(known))


def _holds_years(binding: Binding, column: int) -> bool:
    cells = binding.table.read_column(column)
    return sum(_YEAR.search(cell) is not None for cell in cells) * 2 > len(cells)


def _wants_least(binding: Binding, measure: int) -> bool:
    ranks = re.search(
        r"rank|^pos|place|^#|排名|名次", binding.table.columns[measure].heading, re.IGNORECASE
    )
    return (binding.question.direction < 0) != (ranks is not None)


def _find_longest_list(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the row whose cell lists most: "which airline has the most destinations"."""
    table = binding.table
    for at in binding.find_heading_columns():
        lengths = [len(_split_items(row.cells[at])) for row in table.body]
        if table.is_numeric(at) or max(lengths) < 2 or binding.question.direction < 0:
            continue
        best = [row for row, n in zip(table.body, lengths, strict=True) if n == max(lengths)]
        asked = choose_column(binding, best, nearness, avoid=[at], by_noun=True)
        if asked is not None and len(best) <= _MOST_TIED:
            values = binding.list_values(asked, best)
            return _make_finding(binding, values, best, [asked, at], len(table.body))
    return None


def _split_items(cell: str) -> list[str]:
    return [item for item in _ITEM_END.split(cell) if item.strip()]


def _find_commonest(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    table = binding.table
    listed = _find_longest_list(binding, nearness)
    if listed is not None:
        return listed
    asked = choose_column(binding, table.body, nearness, by_noun=True)
    if asked is None:
        return None
    counts = Counter(row.cells[asked] for row in table.body if not is_empty_cell(row.cells[asked]))
    if not counts or max(counts.values()) == 1:
        return None
    extreme = (min if binding.question.direction < 0 else max)(counts.values())
    values = [value for value, count in counts.items() if count == extreme][:_MOST_TIED]
    chosen = [row for row in table.body if row.cells[asked] in values][:_MOST_TIED]
    return _make_finding(binding, values, chosen, [asked], len(table.body))


def _list_column(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    table, question = binding.table, binding.question
    rows, columns = list(table.body), list[int]()
    for condition in question.conditions:
        column = choose_measure(binding, rows, nearness)
        if column is None:
            return None
        rows = select_by_condition(rows, column, condition)
        columns.append(column)
    if not question.conditions:
        matched, columns = select_matching(binding, rows, frozenset())
        rows = matched if columns else rows
    asked = choose_column(binding, rows, nearness, avoid=columns)
    if table.turned:
        asked = table.label_column
    if asked is None:
        return None
    counted = len(table.body) if question.conditions else 0
    return _make_finding(
        binding, binding.list_values(asked, rows), rows, [asked, *columns], counted
    )
