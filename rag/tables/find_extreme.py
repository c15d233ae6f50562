"""Finds the row with the greatest or least value, the better of two, and what most rows have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.tables.binding import Binding
from rag.tables.cell_values import is_empty_cell
from rag.tables.choose_column import (
    MeasureNearness,
    choose_column,
    choose_measure,
    count_hints,
    find_asked_noun,
)
from rag.tables.count_rows import split_items
from rag.tables.findings import MOST_TIED, TableFinding, make_finding
from rag.tables.look_up import find_options, split_options
from rag.tables.select_rows import read_numbers, read_year, select_beyond, select_rows
from rag.tables.table_view import TableRow

_ASKS_VALUE = re.compile(
    r"\bwhat (?:is|was|are|were) the\b(?!.*\b(?:name|country|team|year|date)\b)", re.IGNORECASE
)
_ASKS_YEAR = re.compile(r"\b(?:which|what|in what) year\b|哪一?年", re.IGNORECASE)
_SECOND = re.compile(
    r"\bsecond[- ](?:most|highest|lowest|largest|longest|best|fewest|\w+est)\b|第二"
)
_RANKS = re.compile(r"rank|^pos|plac(?:e|ing)|^#$|排名|名次", re.IGNORECASE)
_AGES = re.compile(r"\b(?:old|young)(?:er|est)\b|年[老长轻]", re.IGNORECASE)
_SPEED = re.compile(r"speed|velocity|\bmph\b|km/h|速度|时速", re.IGNORECASE)
_PACE = re.compile(r"\b(?:fast|quick|slow)(?:er|est)\b|[最更][快慢]", re.IGNORECASE)
_AT_MOST = re.compile(r"^(?!.*(?:哪|谁)).*最(?:多|高)|\b(?:at most|up to|maximum|how much)\b", re.I)
_LIMIT = re.compile(r"上限|限额|最高|标准|\b(?:limit|maximum|max|cap)\b", re.IGNORECASE)
_SURE_HINTS, _HINTED_SURENESS = 2, 0.6
"""Things asked for that a heading is usually called after, from which it is surely the column, and
how sure."""
_LISTED = re.compile(r"\b(?P<first>first)\b|\b(?P<last>last)\b|第一个|最后一?个", re.IGNORECASE)


def find_extreme(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the row with the greatest or least value, or the value that most rows have."""
    table, question = binding.table, binding.question
    options = find_options(binding)
    if options is None and question.operation == "compare":
        beyond = select_beyond(binding, table.body, nearness)
        if beyond is not None:
            return _list_beyond(binding, *beyond, nearness)
    rows, filters = list(options[1]) if options else list(table.body), list[int]()
    if options is None:
        rows, filters = _narrow_rows(binding, nearness)
    measure = choose_measure(binding, rows if options else table.body, nearness)
    if measure is None:
        return _find_without_measure(binding, rows, nearness, options)
    if options is None and _is_limit(binding, measure):
        return _list_limits(binding, rows, measure)
    asked = _choose_asked(binding, rows, measure, nearness, None if options is None else options[0])
    known = read_numbers(binding, rows, measure)
    ordered = sorted({number for _, number in known}, reverse=not _wants_least(binding, measure))
    place = 1 if _SECOND.search(question.text) else 0
    if asked is None or len(ordered) <= place:
        return None
    best = [row for row, number in known if number == ordered[place]]
    shown = [row for row, _ in known] if len(known) <= 2 else best[:MOST_TIED]
    values = binding.list_values(asked, best)
    return make_finding(binding, values, shown, [asked, measure, *filters], len(known))


def _is_limit(binding: Binding, measure: int) -> bool:
    """Return whether "at most" asks for what a column of limits says, not for its greatest."""
    text, heading = binding.question.text, binding.table.columns[measure].heading
    return _AT_MOST.search(text) is not None and _LIMIT.search(heading) is not None


def _list_limits(binding: Binding, rows: Sequence[TableRow], measure: int) -> TableFinding | None:
    """Return the limits of all rows: the question names no row."""
    if len(rows) > MOST_TIED:
        return None
    values = binding.list_values(measure, rows)
    found = make_finding(binding, values, rows, [measure])
    hints = count_hints(binding.question.text, binding.table.columns[measure].heading)
    if found is None or hints < _SURE_HINTS:
        return found
    return replace(found, sureness=max(found.sureness, _HINTED_SURENESS))


def _list_beyond(
    binding: Binding, rows: list[TableRow], columns: list[int], nearness: MeasureNearness
) -> TableFinding | None:
    """Return which rows have more than a named one, None where that is none or many."""
    if not 0 < len(rows) <= MOST_TIED:
        return None
    asked = choose_column(binding, rows, nearness, avoid=columns[:1], by_noun=True)
    if asked is None:
        return None
    total = len(binding.table.body)
    return make_finding(binding, binding.list_values(asked, rows), rows, [asked, *columns], total)


def _narrow_rows(binding: Binding, nearness: MeasureNearness) -> tuple[list[TableRow], list[int]]:
    """Return the rows that the question's conditions leave, all where they leave too few."""
    body = list(binding.table.body)
    if binding.table.turned and not binding.question.conditions:
        return body, []
    selected = select_rows(binding, body, nearness)
    if selected is None or not selected[1]:
        return body, []
    rows, columns = selected
    quoted = binding.question.conditions or all(
        binding.is_quoted(row, at) for row in rows[:1] for at in columns
    )
    if len(rows) == 1 and all(rows[0].cells[at].isdecimal() for at in columns):
        return body, []  # a number that stands in the question by chance
    return (rows, columns) if quoted and 0 < len(rows) < len(body) else (body, [])


def _choose_asked(
    binding: Binding,
    rows: Sequence[TableRow],
    measure: int,
    nearness: MeasureNearness,
    offered: int | None,
) -> int | None:
    """Return the column that says which one it is."""
    table = binding.table
    if offered is not None:
        return offered
    if table.turned:
        return table.label_column
    if _ASKS_VALUE.search(binding.question.text):
        return measure
    asked = choose_column(binding, rows, nearness, avoid=[measure], by_noun=True)
    if asked is not None and table.is_numeric(asked) and not _holds_years(binding, asked):
        return table.label_column
    return asked


def _holds_years(binding: Binding, column: int) -> bool:
    cells = binding.table.read_column(column)
    return sum(read_year(cell) is not None for cell in cells) * 2 > len(cells)


def _wants_least(binding: Binding, measure: int) -> bool:
    """Return whether the least number is the one asked for.

    The best rank is the lowest, the last the highest; the oldest has the earliest year; the fastest
    has the highest speed.
    """
    heading, text = binding.table.columns[measure].heading, binding.question.text
    least = binding.question.direction < 0
    if _RANKS.search(heading):
        return least if _LISTED.search(text) else not least
    if _AGES.search(text) and _holds_years(binding, measure):
        return not least
    if _SPEED.search(heading) and _PACE.search(text):
        return not least
    return least


def _find_without_measure(
    binding: Binding,
    rows: Sequence[TableRow],
    nearness: MeasureNearness,
    offered: tuple[int, list[TableRow]] | None,
) -> TableFinding | None:
    """Return which stands in most rows, whose cell lists most, or the first or last listed."""
    compared = _compare_counts(binding)
    if compared is not None:
        return compared
    if offered is not None:
        return _find_first_offered(binding, *offered)
    listed = _find_listed(binding, rows, nearness)
    if listed is not None:
        return listed
    return _find_longest_list(binding, nearness) or _find_commonest(binding, rows, nearness)


def _find_first_offered(
    binding: Binding, column: int, rows: Sequence[TableRow]
) -> TableFinding | None:
    """Return which of those offered the table lists first, or last."""
    said = _LISTED.search(binding.question.text)
    if said is None:
        return None
    row = rows[0] if _means_first(said) else rows[-1]
    return make_finding(binding, [row.cells[column]], rows, [column], len(rows))


def _means_first(said: re.Match[str]) -> bool:
    return said["first"] is not None or said[0] == "第一个"


def _compare_counts(binding: Binding) -> TableFinding | None:
    """Return which of two values stands in more rows: "more with inside or outside cylinders"."""
    if not split_options(binding.question.text) or binding.question.operation != "compare":
        return None
    table = binding.table
    for at in range(len(table.columns)):
        named = [row for row in table.body if at in binding.find_named_cells(row)]
        counts = Counter(row.cells[at] for row in named)
        if len(counts) != 2 or max(counts.values()) == min(counts.values()):
            continue
        chosen = (min if binding.question.direction < 0 else max)(counts, key=lambda c: counts[c])
        return make_finding(binding, [chosen], named, [at], len(table.body))
    return None


def _find_listed(
    binding: Binding, rows: Sequence[TableRow], nearness: MeasureNearness
) -> TableFinding | None:
    """Return the first or last row as the table lists them."""
    said = _LISTED.search(binding.question.text)
    if said is None or not rows:
        return None
    row = rows[0] if _means_first(said) else rows[-1]
    asked = choose_column(binding, [row], nearness, by_noun=True)
    if asked is None:
        return None
    return make_finding(binding, [row.cells[asked]], [row], [asked], len(rows))


def _find_longest_list(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the row whose cell lists most: "which airline has the most destinations"."""
    table = binding.table
    for at in binding.find_heading_columns():
        lengths = [len(split_items(row.cells[at])) for row in table.body]
        lists = sum(length > 1 for length in lengths)
        if table.is_numeric(at) or 2 * lists < len(lengths) or binding.question.direction < 0:
            continue
        if frozenset(find_asked_noun(binding.question.text)) & table.columns[at].terms:
            continue
        best = [row for row, n in zip(table.body, lengths, strict=True) if n == max(lengths)]
        asked = choose_column(binding, best, nearness, avoid=[at], by_noun=True)
        if asked is not None and len(best) <= MOST_TIED:
            values = binding.list_values(asked, best)
            return make_finding(binding, values, best, [asked, at], len(table.body))
    return None


def _find_commonest(
    binding: Binding, rows: Sequence[TableRow], nearness: MeasureNearness
) -> TableFinding | None:
    """Return what most rows have in the column asked for; of dates the year where that is asked."""
    alone = [at for at in range(len(binding.table.columns)) if _are_different(rows, at)]
    noun = bool(find_asked_noun(binding.question.text))
    asked = choose_column(binding, rows, nearness, avoid=alone, by_noun=noun)
    if asked is None:
        return None
    by_year = _ASKS_YEAR.search(binding.question.text) is not None
    named = [(_name_group(row.cells[asked], by_year=by_year), row) for row in rows]
    counts = Counter(name for name, _ in named if name)
    if not counts or max(counts.values()) == 1:
        return None
    extreme = (min if binding.question.direction < 0 else max)(counts.values())
    values = [value for value, count in counts.items() if count == extreme][:MOST_TIED]
    chosen = [row for name, row in named if name in values][:MOST_TIED]
    return make_finding(binding, values, chosen, [asked], len(rows))


def _are_different(rows: Sequence[TableRow], column: int) -> bool:
    """Return whether no two cells of a column are alike, dates left out: they have a year."""
    cells = [row.cells[column] for row in rows]
    return len(set(cells)) == len(cells) and any(read_year(cell) is None for cell in cells)


def _name_group(cell: str, *, by_year: bool) -> str:
    year = read_year(cell) if by_year else None
    return str(year) if year is not None else "" if is_empty_cell(cell) else cell
