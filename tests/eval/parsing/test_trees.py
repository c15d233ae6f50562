from __future__ import annotations

import pytest

from eval.parsing.markup import tables_of
from eval.parsing.teds import compute_teds, span_of
from eval.parsing.trees import Tree, edit_distance, likeness_share

TABLE = "<table><tr><td>ab</td><td>cd</td></tr><tr><td>1</td><td>2</td></tr></table>"


def test_edits_cost_one_and_changed_texts_their_share() -> None:
    one = Tree("r", "", [Tree("a", "abcd"), Tree("b")])
    assert edit_distance(one, one) == 0.0
    assert edit_distance(one, Tree("r", "", [Tree("a", "abcx"), Tree("b")])) == pytest.approx(0.25)
    assert edit_distance(one, Tree("r", "", [Tree("a", "abcx"), Tree("b")]), texts=False) == 0.0
    assert edit_distance(one, Tree("r", "", [Tree("a", "abcd")])) == 1.0
    assert edit_distance(one, Tree("r", "", [Tree("c", "abcd"), Tree("b")])) == 1.0
    assert one.size == 3


def test_a_share_stays_within_0_and_1() -> None:
    assert likeness_share(5, 4) == 0.0
    assert likeness_share(1, 4) == 0.75


def test_the_same_table_in_either_spelling_scores_1() -> None:
    pipes = "| ab | cd |\n|---|---|\n| 1 | 2 |"
    assert compute_teds(tables_of(TABLE), tables_of(pipes)) == (1.0, 1.0)
    assert compute_teds(tables_of(TABLE), tables_of(TABLE.replace("<tr>", "<tbody><tr>", 1))) == (
        1.0,
        1.0,
    )


def test_a_wrong_text_costs_its_share_of_seven_nodes() -> None:
    # Table, 2 rows, 4 cells; one of two letters differs.
    found = tables_of(TABLE.replace(">ab<", ">ax<"))
    score, structure = compute_teds(tables_of(TABLE), found)
    assert score == pytest.approx(1 - 0.5 / 7)
    assert structure == 1.0


def test_a_missing_row_costs_its_nodes() -> None:
    found = tables_of("<table><tr><td>ab</td><td>cd</td></tr></table>")
    score, structure = compute_teds(tables_of(TABLE), found)
    assert score == structure == pytest.approx(1 - 3 / 7)


def test_a_span_is_part_of_the_kind() -> None:
    found = tables_of(TABLE.replace("<td>ab</td>", '<td colspan="2">ab</td>'))
    assert compute_teds(tables_of(TABLE), found)[1] == pytest.approx(1 - 1 / 7)


def test_a_split_table_costs_its_root() -> None:
    rows = [
        "<table><tr><td>ab</td><td>cd</td></tr></table>",
        "<table><tr><td>1</td><td>2</td></tr></table>",
    ]
    score, _ = compute_teds(tables_of(TABLE), tables_of("\n".join(rows)))
    # Eight nodes: one is to be inserted, and the second row moves below it.
    assert score is not None
    assert 0.4 < score < 1 - 1 / 8


def test_without_reference_none_without_output_zero() -> None:
    assert compute_teds([], tables_of(TABLE)) == (None, None)
    assert compute_teds(tables_of(TABLE), []) == (0.0, 0.0)


@pytest.mark.parametrize(("written", "read"), [("3", 3), ("0", 1), ("x", 1), ("900", 60), ("", 1)])
def test_spans_are_numbers_within_reason(written: str, read: int) -> None:
    (table,) = tables_of(f'<table><tr><td colspan="{written}">a</td></tr></table>')
    assert span_of(table.find_all("td")[0], "colspan") == read
