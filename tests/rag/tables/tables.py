"""Tables for the tests of `rag.tables`, written as lists of rows."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.types import Cell, Table
from rag.tables.binding import Binding
from rag.tables.findings import TableFinding
from rag.tables.operations import find_answer
from rag.tables.table_question import read_table_question
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
RACE = [
    ["Pos", "Driver", "Team", "Time", "Points"],
    ["1", "Ann Lee", "Ferrari", "1:36:24.2", "10"],
    ["2", "Bob Ray", "BMW", "1:36:40.7", "8"],
    ["3", "Cy Fox", "Ferrari", "1:37:01.9", "6"],
    ["4", "Dee Orr", "Honda", "1:37:30.0", "5"],
]
FILMS = [
    ["Year", "Film", "Director", "Awards"],
    ["2012", "Blue Door", "Ann Lee", "–"],
    ["2010", "Red Roof", "Bob Ray", "Best Film, Best Music"],
    ["2009", "Green Gate", "Ann Lee", "Best Film"],
    ["2009", "White Wall", "Cy Fox", "–"],
]


def no_meaning(_question: str, texts: Sequence[str]) -> Sequence[float]:
    """Say of every heading that its meaning is far from the question."""
    return [0.0] * len(texts)


def ask(view: TableView, question: str) -> TableFinding | None:
    """Return what a table answers by words alone."""
    return find_answer(Binding(read_table_question(question), view), no_meaning)


def list_answers(view: TableView, question: str) -> list[str]:
    """Return the values of the answer, none where there is none."""
    found = ask(view, question)
    return [] if found is None else list(found.values)
