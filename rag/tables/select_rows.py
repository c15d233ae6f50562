"""Selects the rows that fulfil what a question says of them: words of cells, numbers, years.

Each column is a condition of its own where the question names a cell of it in full, or else the one
column where it names most. "A or B" in one column admits both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from rag.tables.binding import Binding, build_phrase, has_phrase
from rag.tables.cell_values import ORDER_OF_YEAR, is_empty_cell, read_cell_value
from rag.tables.choose_column import MeasureNearness, choose_measure
from rag.tables.findings import collect_named_columns
from rag.tables.table_question import Condition
from rag.tables.table_view import TableRow, extract_table_terms

_TIED = 0.985
_YEAR_CELL = re.compile(r"(?:19|20)\d\d\b")
_THAN = re.compile(r"\bthan (?P<whom>.+)$|比(?P<zh>.+)$", re.IGNORECASE)
_AMOUNTS = re.compile(
    r"\b(?:loss(?:es)?|expenses?|costs?|decrease|charges?|change)\b|亏损|损失|费用|变动",
    re.IGNORECASE,
)
_EITHER = re.compile(r"\bor\b|或|还是", re.IGNORECASE)
_RANK_HEADING = re.compile(r"rank|^pos|plac(?:e|ing)|^#$|finish|排名|名次", re.IGNORECASE)


def select_rows(
    binding: Binding,
    rows: Sequence[TableRow],
    nearness: MeasureNearness,
    noun: frozenset[str] = frozenset(),
) -> tuple[list[TableRow], list[int]] | None:
    """Return the rows that fulfil the question's conditions, and the columns these speak of.

    None where a condition has no column. `noun` are the terms of what is counted.
    """
    question = binding.question
    kept, used = _select_section(binding, rows), list[int]()
    for condition in question.conditions:
        column = _find_condition_column(binding, kept, condition, nearness)
        if column is None:
            return None
        kept = _fulfil(binding, kept, column, condition)
        used.append(column)
    relative = select_beyond(binding, kept, nearness)
    if relative is not None:
        return relative
    empty = _find_negated_column(binding) if not question.conditions else None
    if empty is not None:
        kept = [row for row in kept if is_empty_cell(row.cells[empty]) or row.cells[empty] == "0"]
        return kept, [*used, empty]
    named, columns = select_named(binding, kept, noun, whole_only=bool(used))
    return (named, [*used, *columns]) if columns else (kept, used)


def select_beyond(
    binding: Binding, rows: Sequence[TableRow], nearness: MeasureNearness
) -> tuple[list[TableRow], list[int]] | None:
    """Return the rows with more (or less) than a named row has: "more points than Ann"."""
    direction, label = binding.question.direction, binding.table.label_column
    than = _THAN.search(binding.question.text)
    if than is None or not direction:
        return None
    behind = build_phrase(than["whom"] or than["zh"])
    named = [row for row in rows if has_phrase(behind, build_phrase(row.cells[label]))]
    measure = choose_measure(binding, rows, nearness) if len(named) == 1 else None
    bound = read_cell_value(named[0].cells[measure]).number if measure is not None else None
    if measure is None or bound is None:
        return None
    ahead = [
        row
        for row in rows
        if (number := read_cell_value(row.cells[measure]).number) is not None
        and direction * (number - bound) > 0
    ]
    return ahead, [measure, label]


def _select_section(binding: Binding, rows: Sequence[TableRow]) -> list[TableRow]:
    """Return the rows of the section that the question names in full, all where it names none."""
    sections = {row.section: extract_table_terms(row.section) for row in rows if row.section}
    named = [name for name, terms in sections.items() if terms and terms <= binding.question.words]
    if not named:
        return list(rows)
    chosen = max(named, key=lambda name: len(sections[name]))
    return [row for row in rows if row.section == chosen]


def select_named(
    binding: Binding, rows: Sequence[TableRow], noun: frozenset[str], *, whole_only: bool = False
) -> tuple[list[TableRow], list[int]]:
    """Return the rows of which the question names cells, and the columns of these."""
    kept, used = _select_whole(binding, rows)
    if used or whole_only:
        return kept, used
    words = set(binding.terms) - noun
    either = _EITHER.search(binding.question.text) is not None
    best: tuple[float, int, list[TableRow]] | None = None
    for at in range(len(binding.table.columns)):
        shared = [row.cell_terms[at] & words for row in rows]
        scores = [sum(binding.weigh_terms(terms)) for terms in shared]
        top = max(scores, default=0.0)
        if top <= 0:
            continue
        if either and len({frozenset(terms) for terms in shared if terms}) > 1:
            top = sum({term: binding.weights[term] for each in shared for term in each}.values())
            found = [row for row, score in zip(rows, scores, strict=True) if score > 0]
        else:
            found = [row for row, score in zip(rows, scores, strict=True) if score >= _TIED * top]
        if best is None or top > best[0]:
            best = (top, at, found)
    return (best[2], [best[1]]) if best else ([], [])


def _select_whole(binding: Binding, rows: Sequence[TableRow]) -> tuple[list[TableRow], list[int]]:
    """Return the rows that fulfil every cell that the question names in full."""
    whole = {
        at: [row for row in rows if at in binding.find_named_cells(row)]
        for at in collect_named_columns(binding, rows)
    }
    quoted = {
        at: kept
        for at, found in whole.items()
        if (kept := [row for row in found if binding.is_quoted(row, at)])
    }
    whole = quoted or whole
    kept, used = list(rows), list[int]()
    # The column that is named with the rarest words first; what contradicts it is by chance.
    for at in sorted(whole, key=lambda each: -_weigh_named(binding, whole[each], each)):
        named = [row.cell_terms[at] for row in whole[at]]
        # "Ferrari" admits "Ferrari (works team)" too, but not "2" every cell with a 2.
        both = [
            row
            for row in kept
            if row.cell_terms[at] in named
            or any(terms < row.cell_terms[at] and not _is_number(terms) for terms in named)
        ]
        if both:
            kept, used = both, [*used, at]
    return kept, used


def _is_number(terms: frozenset[str]) -> bool:
    return all(any(char.isdigit() for char in term) for term in terms)


def _weigh_named(binding: Binding, rows: Sequence[TableRow], at: int) -> float:
    return max(sum(binding.weigh_terms(row.cell_terms[at])) for row in rows)


def _find_negated_column(binding: Binding) -> int | None:
    """Return the column whose empty cells are asked for: "no albums" of "Albums released"."""
    if not binding.question.negated:
        return None
    heads = binding.find_heading_columns()
    empty = [
        at
        for at in heads
        if any(is_empty_cell(row.cells[at]) or row.cells[at] == "0" for row in binding.table.body)
    ]
    return max(empty, key=lambda at: heads[at], default=None)


def _find_condition_column(
    binding: Binding, rows: Sequence[TableRow], condition: Condition, nearness: MeasureNearness
) -> int | None:
    columns = range(len(binding.table.columns))
    if condition.kind == "rank":
        ranks = [at for at in columns if _RANK_HEADING.search(binding.table.columns[at].heading)]
        return ranks[0] if ranks else None
    if condition.kind == "year":
        return next((at for at in columns if _holds_years(rows, at)), None)
    return choose_measure(binding, rows, nearness)


def _holds_years(rows: Sequence[TableRow], column: int) -> bool:
    """Return whether most cells of a column have a year, as such or in a date."""
    cells = [row.cells[column] for row in rows if not is_empty_cell(row.cells[column])]
    return bool(cells) and 2 * sum(read_year(cell) is not None for cell in cells) > len(cells)


def read_year(cell: str) -> Decimal | None:
    """Return the year that a cell says, None where it says none."""
    value = read_cell_value(cell)
    if value.is_date and value.number is not None:
        return value.number // ORDER_OF_YEAR
    year = _YEAR_CELL.match(cell.strip())
    return None if year is None else Decimal(year[0])


def _fulfil(
    binding: Binding, rows: Sequence[TableRow], column: int, condition: Condition
) -> list[TableRow]:
    if condition.kind == "year":
        numbers = [
            (row, year) for row in rows if (year := read_year(row.cells[column])) is not None
        ]
    else:
        numbers = read_numbers(binding, rows, column)
        if says_amount(binding.table.columns[column].heading):
            condition = condition.without_sign()
    greatest = max((abs(number) for _, number in numbers), default=Decimal(0))
    return [row for row, number in numbers if condition.admits(number, greatest)]


def read_numbers(
    binding: Binding, rows: Sequence[TableRow], column: int
) -> list[tuple[TableRow, Decimal]]:
    """Return the rows that have a number in a column, with it.

    A loss of (20) is greater than one of (10), and a change of -25 % greater than one of 8 %:
    under such headings the sign does not count.
    """
    amount = says_amount(binding.table.columns[column].heading)
    return [
        (row, abs(number) if amount else number)
        for row in rows
        if (number := read_cell_value(row.cells[column]).number) is not None
    ]


def says_amount(heading: str) -> bool:
    """Return whether a heading says which way a number goes, so that its sign adds nothing."""
    return _AMOUNTS.search(heading) is not None
