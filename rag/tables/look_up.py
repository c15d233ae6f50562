"""Looks up cells by row and column, lists a column, and confirms what a question says of a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.text.terms import extract_terms
from rag.tables.binding import Binding, build_phrase, has_phrase
from rag.tables.cell_values import is_empty_cell
from rag.tables.choose_column import MeasureNearness, choose_column
from rag.tables.findings import (
    MOST_TIED,
    TableFinding,
    collect_named_columns,
    make_finding,
    rank_rows,
)
from rag.tables.select_rows import select_rows
from rag.tables.table_question import OTHER
from rag.tables.table_view import TableRow

_OR = re.compile(r",?\s+or\s+|还是", re.IGNORECASE)
_OPTION_WORDS = 5
"""Words next to the "or" that may be an option."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ASKS_YEAR = re.compile(r"\b(?:which|what) year\b|哪一?年", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:all|every|each|list)\b|所有|全部|列出|都有", re.IGNORECASE)
_SEVERAL = re.compile(r"\band\b|[和与及、]", re.IGNORECASE)
_MOST_ALL = 8
"""Rows of a table that are all said where the question names none of them."""
_ALL_SURENESS = 0.6
"""How sure such an answer is beside one that names a row: prose that answers comes first."""
_LEAST_NAMED = 0.12
"""Share of the question's words, by weight, that only cells have, from which a row is named."""
_OTHER_NAMED = 0.6
"""How sure a row is of two that the question names, as a share."""
_QUOTED_SURENESS = 0.3
"""How sure a look-up is at least whose row is named word for word."""
_TIED = 0.985
_YES, _NO = ("Yes", "是"), ("No", "否")
_LISTS_PERIODS = re.compile(
    r"\b(?:which|what) (?:are the )?(?:\w+ )?(?:years|periods|quarters)\b"
    r".*\b(?:table|provide|present|cover|includ|shown|given|information)|哪几年|哪些(?:年|季度)",
    re.IGNORECASE,
)


def look_up(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the cells that a row and a column bind, None where they do not."""
    if binding.question.conditions:
        return list_column(binding, nearness)
    if _LISTS_PERIODS.search(binding.question.text) and binding.table.turned:
        label, periods = binding.table.label_column, binding.table.rows
        values = binding.list_values(label, periods)
        return make_finding(binding, values, periods, [label], len(periods))
    chosen = _choose_option(binding)
    if chosen is not None:
        return chosen
    rows = rank_rows(binding, binding.table.rows)
    if not _names_a_row(binding, rows):
        return _look_up_all(binding, nearness)
    if len(rows) > MOST_TIED:
        return None
    if binding.question.other and not _is_other_named(binding, rows[0]):
        found = _find_other(binding, rows[0])
        if found is not None:
            return found
    named = collect_named_columns(binding, rows[:1])
    several = _find_period_columns(binding) or _find_quoted_columns(binding)
    if len(several) > 1 and len(rows) == 1:
        values = [rows[0].cells[at] for at in several]
        return make_finding(binding, values, rows, [*several, *named])
    column = choose_column(binding, rows, nearness, avoid=named)
    if column is None:
        return None
    values = binding.list_values(column, rows)
    if _ASKS_YEAR.search(binding.question.focus):
        values = [_take_year(value) for value in values]
    found = make_finding(binding, values, rows, [column, *named])
    return found if found is None else replace(found, sureness=_adjust_sureness(found))


def _names_a_row(binding: Binding, rows: Sequence[TableRow]) -> bool:
    """Return whether the question names the best row by more than words of the headings."""
    total = sum(binding.weights.values())
    if not rows or not total:
        return False
    inside = sum(
        weight
        for term, weight in binding.weights.items()
        if term in rows[0].terms and term not in binding.heading_terms
    )
    quoted = any(binding.is_quoted(rows[0], at) for at in binding.find_named_cells(rows[0]))
    return quoted or inside >= _LEAST_NAMED * total


def _look_up_all(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the column asked for of all rows: "what is the limit" where each class has its own."""
    rows = binding.table.body
    if len(rows) > _MOST_ALL or not binding.find_heading_columns():
        return None
    column = choose_column(binding, rows, nearness, avoid=[binding.table.label_column])
    if column is None:
        return None
    total = _find_total(binding)
    if total is not None and not is_empty_cell(total.cells[column]):
        columns = _find_period_columns(binding) or [column]
        return make_finding(binding, [total.cells[at] for at in columns], [total], columns)
    found = make_finding(binding, binding.list_values(column, rows), rows, [column])
    return found and replace(found, sureness=_ALL_SURENESS * found.sureness)


def _find_total(binding: Binding) -> TableRow | None:
    """Return the row that sums the others, by its name or for want of one; None for none or two."""
    label = binding.table.label_column
    totals = [row for row in binding.table.rows if row.is_total or not row.cells[label]]
    return totals[0] if len(totals) == 1 and len(binding.table.rows) > 1 else None


def _adjust_sureness(found: TableFinding) -> float:
    """Return how sure a look-up is, by how its row is named.

    More where one row is named word for word; less where it has words in its name that the question
    lacks, or where the question names another row as well.
    """
    binding = found.binding
    label = binding.table.label_column
    quoted = {row.cells[label] for row in binding.table.rows if binding.is_quoted(row, label)}
    chosen = {row.cells[label] for row in found.rows}
    if quoted - chosen and not _SEVERAL.search(binding.question.text):
        return found.sureness * _OTHER_NAMED
    if quoted & chosen and len(found.rows) == 1:
        return max(found.sureness, _QUOTED_SURENESS + found.sureness / 2)
    return found.sureness


def _is_other_named(binding: Binding, row: TableRow) -> bool:
    """Return whether "other" belongs to a name: "other payables"."""
    return any(
        binding.is_quoted(row, at) and OTHER.search(row.cells[at]) for at in range(len(row.cells))
    )


def _take_year(value: str) -> str:
    years = _YEAR.findall(value)
    return years[0] if len(years) == 1 else value


def list_column(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the values of the column asked for, of the rows that fulfil the conditions."""
    table, question = binding.table, binding.question
    selected = select_rows(binding, table.body, nearness)
    if selected is None or not selected[0]:
        return None
    rows, columns = selected
    asked = choose_column(binding, rows, nearness, avoid=columns)
    if table.turned:
        asked = table.label_column
    if asked is None:
        return None
    narrowed = columns or len(rows) < len(table.body)
    if not (narrowed or table.turned or asked in binding.find_heading_columns()):
        return None
    whole = _WHOLE.search(question.text) is not None and not columns
    counted = len(table.body) if question.conditions or whole else 0
    return make_finding(binding, binding.list_values(asked, rows), rows, [asked, *columns], counted)


def confirm(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return yes where a named row has all that the question says, no where it has another value.

    None where neither is certain; a question with options is a look-up.
    """
    if split_options(binding.question.text):
        return look_up(binding, nearness)
    label = binding.table.label_column
    rows = [row for row in binding.table.rows if binding.is_quoted(row, label)]
    rest = frozenset(binding.terms).difference(*(row.cell_terms[label] for row in rows))
    rest -= binding.heading_terms
    if len(rows) != 1 or not rest:
        return None
    words = 0 if binding.question.whole.isascii() else 1
    holding = [at for at, terms in enumerate(rows[0].cell_terms) if rest & terms and at != label]
    if rest <= frozenset[str]().union(*rows[0].cell_terms):
        said = _NO if binding.question.negated else _YES
        return make_finding(binding, [said[words]], rows, holding, 1)
    for at in range(len(binding.table.columns)):
        elsewhere = [
            row for row in binding.table.rows if row.cell_terms[at] and row.cell_terms[at] <= rest
        ]
        if at != label and elsewhere and not rest & rows[0].cell_terms[at]:
            said = _YES if binding.question.negated else _NO
            return make_finding(binding, [said[words]], rows, [at], 1, besides=elsewhere[:1])
    return None


def find_options(binding: Binding) -> tuple[int, list[TableRow]] | None:
    """Return the column whose cells a question offers ("A or B"), or names two of, and their rows.

    An option may be a part of the cell: "Russell" for "David Russell".
    """
    table = binding.table
    halves = split_options(binding.question.text)
    if not halves:
        named = [row for row in table.body if binding.is_quoted(row, table.label_column)]
        several = len({row.cells[table.label_column] for row in named}) >= 2
        return (table.label_column, named) if several else None
    heads = binding.find_heading_columns()
    for at in sorted(range(len(table.columns)), key=lambda at: -heads.get(at, 0.0)):
        sides = [_find_offered(table.body, at, halves, side) for side in (0, 1)]
        if all(sides) and not any(row in sides[1] for row in sides[0]):
            return at, [row for row in table.body if row in sides[0] or row in sides[1]]
    return None


def split_options(text: str) -> list[str]:
    """Return what stands before and behind the "or" of a question, nothing without one."""
    halves = [build_phrase(part) for part in _OR.split(text)]
    return halves if len(halves) == 2 else []


def _find_offered(
    rows: Sequence[TableRow], column: int, halves: Sequence[str], side: int
) -> list[TableRow]:
    """Return the rows whose cell has the words next to the "or" on one side, most words first."""
    words = halves[side].split()
    for count in range(min(_OPTION_WORDS, len(words)), 0, -1):
        chosen = words[:count] if side else words[-count:]
        if not extract_terms(" ".join(chosen)):
            continue
        phrase = f" {' '.join(chosen)} "
        found = [row for row in rows if has_phrase(build_phrase(row.cells[column]), phrase)]
        if found:
            return found
    return []


def _choose_option(binding: Binding) -> TableFinding | None:
    """Return the option ("A or B") that stands in the row named by the rest of the question."""
    if not split_options(binding.question.text):
        return None
    crossed = _choose_option_of_row(binding, list(binding.find_heading_columns()))
    found = None if crossed is not None else find_options(binding)
    if found is None:
        return crossed or _choose_option_of_row(binding, range(len(binding.table.columns)))
    at, options = found
    inside = frozenset[str]().union(*(row.cell_terms[at] for row in options))
    scores = [binding.score_row(row, frozenset([at]), inside) for row in options]
    best = max(scores)
    chosen = [row for row, score in zip(options, scores, strict=True) if score == best]
    values = binding.list_values(at, chosen)
    if best > 0 and len(values) == 1:
        return make_finding(binding, values, chosen[:1], [at], besides=options)
    return None


def _choose_option_of_row(binding: Binding, columns: Sequence[int]) -> TableFinding | None:
    """Return the option that a named row has under a heading: "did A or B win the game of May 3".

    Both options may stand in the row: the heading tells which is meant.
    """
    halves = split_options(binding.question.text)
    if not halves:
        return None
    for row in rank_rows(binding, binding.table.rows)[:1]:
        for at in columns:
            sides = [bool(_find_offered([row], at, halves, side)) for side in (0, 1)]
            if sum(sides) != 1 or not _is_beside(halves, sides.index(True), row.cells[at]):
                continue
            rivals = [
                other
                for column in range(len(binding.table.columns))
                for other in _find_offered(binding.table.rows, column, halves, sides.index(False))
            ]
            if rivals:
                return make_finding(binding, [row.cells[at]], [row], [at], besides=rivals[:1])
    return None


def _is_beside(halves: Sequence[str], side: int, cell: str) -> bool:
    """Return whether a cell's words stand next to the "or" between the halves of a question."""
    phrase = build_phrase(cell)
    if not phrase.strip():
        return False
    return halves[1].startswith(phrase) if side else halves[0].endswith(phrase)


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
    chosen = [row for row, score in zip(rows, scores, strict=True) if score >= _TIED * best]
    if len(chosen) > MOST_TIED:
        return None
    return make_finding(binding, binding.list_values(at, chosen), chosen, [at], besides=[known])


def _find_quoted_columns(binding: Binding) -> list[int]:
    """Return the columns whose headings the question has word for word, in its order."""
    text = build_phrase(binding.question.text)
    places = {
        at: text.find(build_phrase(column.heading).strip())
        for at, column in enumerate(binding.table.columns)
        if at != binding.table.label_column and has_phrase(text, build_phrase(column.heading))
    }
    return sorted(places, key=lambda at: places[at]) if _SEVERAL.search(text) else []


def _find_period_columns(binding: Binding) -> list[int]:
    """Return the columns of the years that the question names, in its order, one for each."""
    found = []
    for year in dict.fromkeys(_YEAR.findall(binding.question.text)):
        columns = [at for at, each in enumerate(binding.table.columns) if year in each.terms]
        if len(columns) == 1:
            found.extend(columns)
    return found
