"""The column that labels the rows of a table."""

from collections.abc import Sequence

import pytest

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from tests.ingest.pdf.support.sheets import made, page_of, ruled_table


def _headings(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the body cells that the table marks as headings."""
    font = "helv" if "".join(map("".join, rows)).isascii() else "china-s"
    data = made(lambda document: ruled_table(page_of(document), 80, 100, rows, font))
    (block,) = parse_pdf(data, "t.pdf", ParseOptions(ocr="off")).blocks
    assert block.table is not None
    return [cell.text for cell in block.table.cells if cell.header and cell.row]


@pytest.mark.parametrize(
    "rows",
    [
        [["Country", "N", "Share"], ["Austria", "12", "3%"], ["Spain", "15", "4%"]],
        [["城市", "数量", "占比"], ["北京", "12", "3%"], ["上海", "15", "4%"]],
        [["", "Who", "How"], ["Austria", "all", "by post"], ["Spain", "some", "by car"]],
    ],
    ids=["numbers", "Chinese", "empty corner"],
)
def test_labels_are_headings(rows: list[list[str]]) -> None:
    assert _headings(rows) == [row[0] for row in rows[1:]]


@pytest.mark.parametrize(
    "rows",
    [
        [["Year", "N", "Share"], ["2007", "12", "3%"], ["2008", "15", "4%"]],
        [["Name", "Kind", "Note"], ["Bolt", "steel", "short"], ["Nut", "brass", "long"]],
        [["Kind", "N", "Share"], ["a", "12", "3%"], ["a", "15", "4%"], ["a", "1", "2%"]],
    ],
    ids=["numbers", "words throughout", "the same over and over"],
)
def test_other_first_columns_are_not(rows: list[list[str]]) -> None:
    assert _headings(rows) == []


def test_a_row_with_only_a_label_is_not_marked() -> None:
    rows = [["Country", "N"], ["North", ""], ["Austria", "12"], ["Spain", "15"], ["Oslo", "1"]]
    assert _headings(rows) == ["Austria", "Spain", "Oslo"]
