"""Tables as HTML and CSV."""

import csv
import io

from ingest.document.table_html import has_spans, table_csv, table_html
from ingest.types import Cell, Table

_YEARS = Table(
    3,
    3,
    (
        Cell(0, 0, "地区 <A>", row_span=2, header=True),
        Cell(0, 1, "2024", column_span=2, header=True),
        Cell(1, 1, "产量", header=True),
        Cell(1, 2, "成本", header=True),
        Cell(2, 0, "North, east", header=True),
        Cell(2, 2, 'a "b"\nc'),
    ),
)


def test_html_keeps_spans_scopes_and_empty_cells() -> None:
    assert table_html(_YEARS).split("\n") == [
        "<table>",
        "<thead>",
        '<tr><th rowspan="2">地区 &lt;A&gt;</th><th colspan="2">2024</th></tr>',
        "<tr><th>产量</th><th>成本</th></tr>",
        "</thead>",
        "<tbody>",
        '<tr><th scope="row">North, east</th><td></td><td>a "b"<br>c</td></tr>',
        "</tbody>",
        "</table>",
    ]


def test_html_has_no_head_where_no_cell_is_a_header() -> None:
    made = table_html(Table(1, 2, (Cell(0, 0, "a"), Cell(0, 1, "b"))))
    assert made == "<table>\n<tbody>\n<tr><td>a</td><td>b</td></tr>\n</tbody>\n</table>"


def test_csv_gives_a_merged_cell_once() -> None:
    rows = list(csv.reader(io.StringIO(table_csv(_YEARS))))
    assert rows == [
        ["地区 <A>", "2024", ""],
        ["", "产量", "成本"],
        ["North, east", "", 'a "b"\nc'],
    ]


def test_empty_table_gives_nothing() -> None:
    assert table_html(Table(0, 0, ())) == table_csv(Table(0, 0, ())) == ""


def test_cells_beyond_the_grid_are_left_out() -> None:
    odd = Table(1, 1, (Cell(0, 0, "a", row_span=9, column_span=9), Cell(4, 4, "b")))
    assert has_spans(odd)
    assert table_csv(odd) == "a\r\n"
    assert "b" not in table_html(odd).replace("tbody", "").replace("table", "")


def test_spans_are_told() -> None:
    assert has_spans(_YEARS)
    assert not has_spans(Table(1, 1, (Cell(0, 0, "a"),)))
