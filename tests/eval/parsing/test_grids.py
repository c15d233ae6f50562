from __future__ import annotations

from eval.parsing.grids import (
    CellGrid,
    MarkupCell,
    count_relations,
    html_grid,
    match_tables,
    table_relations,
)
from eval.parsing.markup import tables_of


def test_spans_push_the_cells_of_later_rows() -> None:
    grid = CellGrid([[MarkupCell("a", rows=2), MarkupCell("b")], [MarkupCell("c")]])
    assert [(each.cell.text, each.top, each.left) for each in grid.cells] == [
        ("a", 0, 0),
        ("b", 0, 1),
        ("c", 1, 1),
    ]
    assert grid.neighbours_of(0, 0, 1) == {1, 2}
    assert grid.neighbours_of(2, -1, 0) == {1}
    assert grid.neighbours_of(2, 1, 0) == set()


def test_headings_are_met_on_the_way() -> None:
    (table,) = tables_of("| x | y |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |")
    grid = html_grid(table)
    last = next(at for at, each in enumerate(grid.cells) if each.cell.text == "4")
    assert {grid.cells[at].cell.text for at in grid.headings_of(last, -1, 0)} == {"y"}
    # No heading to the left: the cell at which the walk ends.
    assert {grid.cells[at].cell.text for at in grid.headings_of(last, 0, -1)} == {"3"}


def test_relations_skip_empty_cells() -> None:
    (table,) = tables_of("| a | | b |\n|---|---|---|\n| 中 | 1 | |")
    assert table_relations(table) == {
        ("a", "b", 0): 1,
        ("中", "1", 0): 1,
        ("a", "中", 1): 1,
    }


def test_a_spanning_cell_relates_to_each_cell_below() -> None:
    at = {(0, 0): 0, (0, 1): 0, (1, 0): 1, (1, 1): 2}
    assert count_relations(at, ["head", "x", "y"]) == {
        ("x", "y", 0): 1,
        ("head", "x", 1): 1,
        ("head", "y", 1): 1,
    }


def test_partners_are_one_to_one_and_share_something() -> None:
    one, other, none = (
        table_relations(tables_of(f"| {a} | {b} |\n|---|---|\n| {c} | 1 |")[0])
        for a, b, c in (("a", "b", "c"), ("a", "b", "d"), ("x", "y", "z"))
    )
    assert match_tables([one, other], [none, one]) == {0: (1, 4)}
    assert match_tables([one, other], [other, one]) == {0: (1, 4), 1: (0, 4)}
    assert match_tables([one], [none]) == {}
