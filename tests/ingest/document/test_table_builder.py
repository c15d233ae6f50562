from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.document.table_builder import FlowCell, head_depth, place_cells, table_of
from ingest.document.table_text import cell_ranges, cell_text, row_ranges, table_markdown
from ingest.types import Cell


def test_cells_take_the_next_free_place() -> None:
    rows = [
        [FlowCell("a", row_span=2), FlowCell("b", column_span=2)],
        [FlowCell("c"), FlowCell("d")],
        [FlowCell("e", row_span=9)],
    ]
    assert [(c.text, c.row, c.column, c.row_span) for c in place_cells(rows)] == [
        ("a", 0, 0, 2),
        ("b", 0, 1, 1),
        ("c", 1, 1, 1),
        ("d", 1, 2, 1),
        ("e", 2, 0, 1),
    ]


def test_empty_rows_and_columns_vanish() -> None:
    cells = [Cell(0, 0, "a", column_span=5), Cell(2, 0, " "), Cell(4, 3, "b")]
    table = table_of(cells)
    assert (table.rows, table.columns) == (2, 2)
    assert table.cells == (Cell(0, 0, "a", column_span=2), Cell(1, 1, "b"))
    assert table_of([Cell(0, 0, "")]).rows == 0


_FLOW = st.builds(
    FlowCell,
    st.text(alphabet="ab|\n 中", max_size=4),
    st.integers(0, 4),
    st.integers(0, 4),
    st.booleans(),
)


@given(st.lists(st.lists(_FLOW, max_size=5), max_size=6))
def test_every_cell_is_found_in_the_text(rows: list[list[FlowCell]]) -> None:
    table = table_of(place_cells(rows))
    markdown = table_markdown(table)
    ranges = cell_ranges(table)
    for cell in table.cells:
        start, end = ranges[cell.row, cell.column]
        assert markdown[start:end] == cell_text(cell.text)
    lines = markdown.split("\n") if markdown else []
    assert [markdown[s:e] for s, e in row_ranges(table)] == lines[:1] + lines[2:]


def test_a_head_goes_down_with_its_merged_cells() -> None:
    one, wide, tall = FlowCell("x"), FlowCell("x", column_span=2), FlowCell("x", row_span=2)
    assert head_depth(place_cells([[one, one], [one, one]])) == 1
    assert head_depth(place_cells([[tall, wide], [one, one], [one, one, one]])) == 2
    assert (
        head_depth(place_cells([[one, wide], [one, wide], [one, one, one], [one, one, one]])) == 3
    )


def test_a_form_has_no_deep_head() -> None:
    photo = FlowCell("photo", row_span=4)
    rows = [[photo, FlowCell("name")], *([FlowCell("x")] for _ in range(4))]
    assert head_depth(place_cells(rows)) == 1
    assert head_depth(place_cells([[FlowCell("only", column_span=2)], [FlowCell("a")]])) == 1
    assert head_depth([]) == 1
