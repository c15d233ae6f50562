"""Writes what a table answers: the value first, then the rows that say so, each cited.

"**5** of 14 rows: M3, M7, ...": a calculated value is said with the rows it was calculated from and
how many were looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest.text.scripts import is_han
from rag.tables.cell_values import is_empty_cell
from rag.tables.operations import TableFinding
from rag.tables.table_view import TableRow
from rag.types import AnswerWords, ComputedWords

_MOST_ROWS = 8
"""Rows that are written out; of more only their names are."""
_MOST_NAMED = 40
_SHORT_ROW = 200
"""Characters up to which a row is written with all its cells."""


def write_table_answer(finding: TableFinding, language: str) -> Iterator[str]:
    """Yield the pieces of the answer; `[n]` points to the hit that shows the table."""
    chinese = language == "zh"
    marker = (
        f"[{finding.binding.table.rank + 1}]" if chinese else f" [{finding.binding.table.rank + 1}]"
    )
    made = ComputedWords if finding.computed else AnswerWords
    comma = "、" if chinese else ", "
    for number, value in enumerate(finding.values):
        if number:
            yield comma
        yield made(value)
    yield from _write_working(finding, marker, chinese=chinese)
    rows = finding.rows[:_MOST_ROWS] if len(finding.rows) <= _MOST_ROWS else ()
    single = len(rows) == 1
    for row in rows:
        yield (("：" if chinese else ": ") if single and not finding.computed else "\n- ")
        yield _write_row(finding, row, chinese=chinese) + marker


def _write_working(finding: TableFinding, marker: str, *, chinese: bool) -> Iterator[str]:
    """Yield how a calculated value came about; nothing for one that stands in a cell."""
    if not finding.computed:
        return
    counts = finding.binding.question.operation == "count"
    if counts and chinese:
        yield f"（共查看 {finding.counted} 行，符合 {len(finding.rows)} 行）。"
    elif counts:
        yield f" ({len(finding.rows)} of {finding.counted} rows; all were looked at)."
    elif chinese:
        yield f"（比较了 {finding.counted} 行）。"
    else:
        yield f" ({finding.counted} rows compared)."
    yield marker
    if len(finding.rows) > _MOST_ROWS:
        label = finding.columns[0]
        names = [row.cells[label] for row in finding.rows if not is_empty_cell(row.cells[label])]
        shown = list(dict.fromkeys(names))[:_MOST_NAMED]
        yield "\n" + ("、" if chinese else ", ").join(shown) + ("。" if chinese else ".") + marker


def _write_row(finding: TableFinding, row: TableRow, *, chinese: bool) -> str:
    """Return a row as "heading: value; heading: value", the columns that matter first."""
    heads = finding.binding.table.columns
    order = list(dict.fromkeys((*finding.columns, *range(len(heads)))))
    parts = _join_cells(
        heads_of=[heads[at].heading for at in order], cells=[row.cells[at] for at in order]
    )
    text = (row.section + (" · ") if row.section else "") + "; ".join(parts)
    if len(text) > _SHORT_ROW:
        kept = finding.columns
        parts = _join_cells([heads[at].heading for at in kept], [row.cells[at] for at in kept])
        text = (row.section + " · " if row.section else "") + "; ".join(parts)
    return text + ("。" if chinese else ".")


def _join_cells(heads_of: Sequence[str], cells: Sequence[str]) -> list[str]:
    parts = []
    for heading, cell in zip(heads_of, cells, strict=True):
        if is_empty_cell(cell):
            continue
        wide = bool(cell) and is_han(cell[0])
        parts.append(f"{heading}{'：' if wide else ': '}{cell}" if heading else cell)
    return parts
