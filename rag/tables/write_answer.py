"""Writes what a table answers: the value first, then the rows that say so, each cited.

"**9.5 %** — Space · Operating margin · Quarter ended March 26, 2023": a cell is said with its row
and column. "**5** of 14 rows; ...": a calculated value is said with its working, how many rows were
looked at, and the rows it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.text.scripts import is_han
from rag.tables.cell_values import is_empty_cell
from rag.tables.findings import TableFinding
from rag.tables.table_view import UNIT, TableRow
from rag.types import AnswerWords, ComputedWords

_MOST_ROWS = 8
"""Rows that are written out; of more only their names are."""
_MOST_NAMED = 40
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORT_ROW = 200
"""Characters up to which a row is written with all its cells."""


def write_table_answer(finding: TableFinding, language: str) -> Iterator[str]:
    """Yield the pieces of the answer; `[n]` points to the hit that shows the table."""
    chinese = language == "zh"
    number = finding.binding.table.rank + 1
    marker = f"[{number}]" if chinese else f" [{number}]"
    made = ComputedWords if finding.computed else AnswerWords
    for place, value in enumerate(finding.values):
        if place:
            yield "、" if chinese else ", "
        yield made(value)
    yield from _write_working(finding, marker, chinese=chinese)
    rows = finding.rows if len(finding.rows) <= _MOST_ROWS else ()
    if len(rows) == 1 and not finding.computed:
        alone = len(finding.values) == 1
        text = _write_row(finding, rows[0], chinese=chinese, value_said=alone)
        yield f"{'——' if chinese else ' — '}{text}{marker}"
        return
    for row in rows:
        yield f"\n- {_write_row(finding, row, chinese=chinese)}{marker}"


def _write_working(finding: TableFinding, marker: str, *, chinese: bool) -> Iterator[str]:
    """Yield how a calculated value came about; nothing for one that stands in a cell."""
    if not finding.computed:
        return
    text = _describe_working(finding, chinese=chinese)
    yield f"{text}{_name_rows(finding, chinese=chinese)}{'。' if chinese else '.'}{marker}"


def _name_rows(finding: TableFinding, *, chinese: bool) -> str:
    """Return the names of the rows where they are too many to be written out."""
    if len(finding.rows) <= _MOST_ROWS:
        return ""
    label = finding.columns[0]
    names = [row.cells[label] for row in finding.rows if not is_empty_cell(row.cells[label])]
    shown = list(dict.fromkeys(names))[:_MOST_NAMED]
    if not set(shown) - set(finding.values):
        return ""
    return f"{'：' if chinese else ': '}{('、' if chinese else ', ').join(shown)}"


def _describe_working(finding: TableFinding, *, chinese: bool) -> str:
    found, total = len(finding.rows), finding.counted
    if finding.working:
        return f"{'——' if chinese else ' — '}{finding.working}"
    match finding.binding.question.operation:
        case "count" if finding.values == (str(found),):
            if chinese:
                return f"（共查看 {total} 行，符合 {found} 行）"
            return f" of {total} rows; all {total} were looked at"
        case "count":
            return f"（见 {found} 行）" if chinese else f" (in {found} of {total} rows)"
        case "list" | "lookup":
            return f"（{total} 行中的 {found} 行）" if chinese else f" ({found} of {total} rows)"
        case "superlative" | "compare":
            return f"（比较了 {total} 行）" if chinese else f" (rows compared: {total})"
        case _:
            return ""


def _write_row(
    finding: TableFinding, row: TableRow, *, chinese: bool, value_said: bool = False
) -> str:
    """Return where a value stands, as a path, or the whole row where it is short."""
    table = finding.binding.table
    if table.turned or table.has_periods:
        return _write_path(finding, row, value_said=value_said)
    order = list(dict.fromkeys((*finding.columns, *range(len(table.columns)))))
    parts = _join_cells(finding, row, order)
    if sum(map(len, parts)) > _SHORT_ROW:
        parts = _join_cells(finding, row, finding.columns)
    lead = f"{row.section} · " if row.section else ""
    return lead + ("；" if chinese else "; ").join(parts)


def _write_path(finding: TableFinding, row: TableRow, *, value_said: bool) -> str:
    """Return "Space · Operating margin · March 26, 2023", with the values where not said yet."""
    table = finding.binding.table
    label, *columns = finding.columns
    named = [table.subject, row.section, row.cells[label]]
    path = " · ".join(dict.fromkeys(each.strip(" :：") for each in named if each))
    said = columns[:1] if value_said else []
    heads = [table.columns[at].heading for at in said]
    if value_said and not _YEAR.search(finding.binding.question.text):
        # No period is named: the others are said too.
        columns = [at for at in range(len(table.columns)) if at != label and at not in said]
    elif value_said:
        columns = []
    shown = [at for at in columns if not is_empty_cell(row.cells[at])]
    cells = heads + [f"{table.columns[at].heading}: {row.cells[at]}" for at in shown]
    unit = table.columns[label].heading
    percent = any("%" in row.cells[at] for at in (*said, *columns))
    scale = f" ({unit.strip('()（） ')})" if UNIT.search(unit) and not percent else ""
    return f"{path} · {'; '.join(cells)}{scale}" if cells else f"{path}{scale}"


def _join_cells(finding: TableFinding, row: TableRow, order: Sequence[int]) -> list[str]:
    parts = []
    for at in order:
        heading, cell = finding.binding.table.columns[at].heading.strip(" :："), row.cells[at]
        if not is_empty_cell(cell):
            wide = is_han(heading[-1]) if heading else False
            parts.append(f"{heading}{'：' if wide else ': '}{cell}" if heading else cell)
    return parts
