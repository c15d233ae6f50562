"""Calculates with cells: sum, average, difference, ratio and per cent change, exactly.

Two rows and a column, or one row and two periods, or all rows that fulfil the conditions. The
working is written with the cells as they stand, so that it can be checked by eye. Limits: cells of
one unit; what is summed must be bound by the words of its heading or be the only numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from rag.tables.binding import Binding
from rag.tables.cell_values import read_cell_value
from rag.tables.choose_column import MeasureNearness, choose_measure
from rag.tables.findings import TableFinding, make_finding, rank_rows
from rag.tables.select_rows import select_rows
from rag.tables.table_view import PERIOD, TableRow

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_UNIT = re.compile(r"^(?P<before>\D*?)[-−–(]?[\d.,]*\d\)?\s*(?P<after>[^\d()]*)\)?$")
_ABSOLUTE = re.compile(r"\bdifference\b|相差|差", re.IGNORECASE)
_MOST_DECIMALS = Decimal("0.01")
_MOST_WRITTEN = 8
"""Operands that the working writes out."""


@dataclass(frozen=True, slots=True)
class _Operand:
    cell: str
    number: Decimal
    row: TableRow
    column: int


def calculate(binding: Binding, nearness: MeasureNearness) -> TableFinding | None:
    """Return the number that the question asks to calculate, None where its cells are not bound."""
    operation = binding.question.operation
    if operation in {"sum", "average"}:
        operands = _find_several(binding, nearness)
        if len(operands) < 2:
            return None
        total = sum((each.number for each in operands), Decimal(0))
        result = total if operation == "sum" else total / len(operands)
        working = _write_sum(operands, average=operation == "average")
        return _finish(binding, operands, _write_like(result, operands), working)
    pair = _find_pair(binding, nearness)
    if pair is None:
        return None
    first, second = pair
    if operation == "difference":
        result = first.number - second.number
        if _ABSOLUTE.search(binding.question.text) or result < 0:
            first, second = sorted(pair, key=lambda each: -each.number)
            result = abs(result)
        written = _write_like(result, pair)
        return _finish(binding, pair, written, f"{first.cell} − {second.cell} = {written}")
    if second.number == 0:
        return None
    if operation == "ratio":
        share = re.search(r"percent|per cent|share|proportion|占|百分", binding.question.text, re.I)
        quotient = first.number / second.number
        written = f"{_round(quotient * 100)}%" if share else _round(quotient)
        return _finish(binding, pair, written, f"{first.cell} ÷ {second.cell} = {written}")
    change = (first.number - second.number) / abs(second.number) * 100
    written = f"{_round(change)}%"
    working = f"({first.cell} − {second.cell}) ÷ {second.cell} = {written}"
    return _finish(binding, pair, written, working)


def _finish(
    binding: Binding, operands: Sequence[_Operand], value: str, working: str
) -> TableFinding | None:
    rows = list(dict.fromkeys(each.row for each in operands))
    columns = list(dict.fromkeys(each.column for each in operands))
    return make_finding(binding, [value], rows, columns, len(operands), working=working)


def _find_pair(binding: Binding, nearness: MeasureNearness) -> tuple[_Operand, _Operand] | None:
    """Return two cells: of two named rows, or of two periods of one row, the later first."""
    table = binding.table
    label = table.label_column
    named = [row for row in table.rows if binding.is_quoted(row, label)]
    named = [row for row in named if not _is_inside_another(row, named, label)]
    if len(named) == 2:
        column = choose_measure(binding, named, nearness)
        if column is None:
            numeric = [at for at in range(len(table.columns)) if table.is_numeric(at)]
            column = numeric[0] if len(numeric) == 1 else None
        if column is None:
            return None
        text = binding.phrase
        ordered = sorted(named, key=lambda row: text.find(row.cells[label].casefold()[:8]))
        return _pair([_read(row, column) for row in ordered])
    rows = rank_rows(binding, table.rows)
    periods = _find_periods(binding)
    if len(rows) != 1 or len(periods) != 2:
        return None
    later = sorted(periods, key=lambda at: _read_period(table.columns[at].heading), reverse=True)
    return _pair([_read(rows[0], at) for at in later])


def _is_inside_another(row: TableRow, rows: Sequence[TableRow], label: int) -> bool:
    """Return whether a row's name is a part of another named row's."""
    name = row.cell_terms[label]
    return any(name < other.cell_terms[label] for other in rows)


def _pair(operands: Sequence[_Operand | None]) -> tuple[_Operand, _Operand] | None:
    first, second = operands
    return (first, second) if first is not None and second is not None else None


def _read(row: TableRow, column: int) -> _Operand | None:
    value = read_cell_value(row.cells[column])
    if value.number is None or value.is_date:
        return None
    return _Operand(row.cells[column], value.number, row, column)


def _find_periods(binding: Binding) -> list[int]:
    """Return the columns of the periods that the question names, all where it names none."""
    heads = [at for at, each in enumerate(binding.table.columns) if PERIOD.search(each.heading)]
    years = dict.fromkeys(_YEAR.findall(binding.question.text))
    if not years:
        return heads
    return [at for at in heads if any(y in binding.table.columns[at].terms for y in years)]


def _read_period(heading: str) -> str:
    found = _YEAR.findall(heading)
    return found[-1] if found else heading


def _find_several(binding: Binding, nearness: MeasureNearness) -> list[_Operand]:
    """Return the cells to sum: of a row's periods, or of a column's rows that fulfil all."""
    table = binding.table
    rows = rank_rows(binding, table.rows)
    periods = _find_periods(binding) if table.has_periods else []
    if len(rows) == 1 and len(periods) > 1:
        return [each for at in periods if (each := _read(rows[0], at)) is not None]
    selected = select_rows(binding, table.body, nearness)
    if selected is None:
        return []
    chosen, _ = selected
    measure = choose_measure(binding, chosen, nearness)
    if measure is None:
        numeric = [at for at in range(len(table.columns)) if table.is_numeric(at)]
        if len(numeric) != 1:
            return []
        measure = numeric[0]
    return [each for row in chosen if (each := _read(row, measure)) is not None]


def _write_sum(operands: Sequence[_Operand], *, average: bool) -> str:
    cells = [each.cell for each in operands]
    if len(cells) > _MOST_WRITTEN:
        cells = [*cells[: _MOST_WRITTEN - 1], "⋯", cells[-1]]
    total = " + ".join(cells)
    return f"({total}) ÷ {len(operands)}" if average else total


def _write_like(number: Decimal, operands: Sequence[_Operand]) -> str:
    """Return a number with the sign of its unit, where all cells have the same."""
    units = [_UNIT.match(each.cell.strip()) for each in operands]
    before = {unit["before"].strip() if unit else "" for unit in units}
    after = {unit["after"] if unit else "" for unit in units}
    written = _round(number)
    lead = before.pop() if len(before) == 1 else ""
    return f"{lead}{written}{after.pop() if len(after) == 1 else ''}"


def _round(number: Decimal) -> str:
    rounded = number.quantize(_MOST_DECIMALS, ROUND_HALF_UP)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
