"""Tables for the tests of `rag.tables`, written as lists of rows."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.types import Cell, Table
from rag.tables.table_view import TableView, view_table


def make_table(rows: Sequence[Sequence[str]], heads: int = 1) -> Table:
    """Return a table whose first `heads` rows are marked as headings."""
    cells = tuple(
        Cell(row, column, text, header=row < heads)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
        if text
    )
    return Table(len(rows), len(rows[0]), cells)


def make_view(rows: Sequence[Sequence[str]], heads: int = 1, *above: str) -> TableView:
    """Return the view of such a table, that of the first hit."""
    return view_table(make_table(rows, heads), 0, above)


METERS = [
    ["Meter", "Room", "State", "Reading"],
    *(
        [f"M{n:02}", f"R{n}", "leaking" if n in {2, 5, 9, 11, 14} else "sound", str(100 + 10 * n)]
        for n in range(1, 15)
    ),
]
ERRORS = [
    ["Code", "Meaning", "Remedy"],
    ["E03", "No water", "Open the tap"],
    ["E05", "Machine overheats", "Switch off, cool for 30 minutes"],
    ["E07", "Door open", "Close the door"],
    ["E11", "Filter blocked", "Clean the filter"],
]
REVENUE = [
    ["", "Year ended December 31,", ""],
    ["(in millions)", "2019", "2018"],
    ["Service revenue", "6,427", "6,269"],
    ["Product revenue", "2,660", "2,797"],
    ["Total", "9,087", "9,066"],
]
LODGING = [
    ["城市类别", "住宿费上限", "伙食补助"],
    ["一类城市", "500元", "120元"],
    ["二类城市", "400元", "100元"],
    ["三类城市", "300元", "80元"],
]
