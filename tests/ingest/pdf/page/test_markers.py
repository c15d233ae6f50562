from __future__ import annotations

import pytest

from ingest.pdf.page.content import Rect, Style, Word
from ingest.pdf.page.markers import compute_nesting_depths, kind_of, marker_of, without_bullet


def words(text: str) -> tuple[Word, ...]:
    return tuple(
        Word(part, Rect(50 + 40 * i, 100, 85 + 40 * i, 112), Style())
        for i, part in enumerate(text.split())
    )


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("• one", "•"),
        ("•one", "•"),
        ("1. one", "1."),
        ("a) one", "a)"),
        ("(iv) one", "(iv)"),
        ("（1） 条款", "（1）"),
        ("（1）条款", "（1）"),
        ("一、总则", "一、"),
        ("①范围", "①"),
        ("- one", "-"),
        ("-5 degrees", ""),
        ("1.5 metres", ""),
        ("An item", ""),
        ("•", ""),
    ],
)
def test_a_marker_is_known_by_its_form(text: str, marker: str) -> None:
    assert marker_of(words(text)) == marker


def test_markers_of_one_sort_have_one_kind() -> None:
    assert kind_of("3.") == kind_of("12.") != kind_of("3)")
    assert kind_of("(a)") == kind_of("(b)") != kind_of("a)")
    assert kind_of("（1）") == kind_of("（12）")
    assert (
        len({kind_of(marker) for marker in ("一、", "（一）", "1.", "（1）", "①", "•", "-")}) == 7
    )


def test_an_item_set_in_is_deeper_and_the_outer_level_comes_back() -> None:
    items = [("•", 0.0, 10.0), ("◦", 15.0, 10.0), ("▪", 30.0, 10.0), ("◦", 15.0, 10.0)]
    assert compute_nesting_depths([*items, ("•", 0.0, 10.0)]) == [0, 1, 2, 1, 0]


def test_kinds_of_number_nest_without_indentation() -> None:
    markers = ["一、", "（一）", "1.", "2.", "（二）", "1.", "二、"]
    assert compute_nesting_depths([(marker, 20.0, 10.0) for marker in markers]) == [
        0,
        1,
        2,
        2,
        1,
        2,
        0,
    ]


def test_numbers_below_bullets_at_one_edge_are_a_list_of_their_own() -> None:
    assert compute_nesting_depths([("•", 0.0, 10.0), ("•", 0.0, 10.0), ("1.", 0.0, 10.0)]) == [
        0,
        0,
        0,
    ]


def test_a_bullet_is_taken_off_and_a_number_stays() -> None:
    assert [word.text for word in without_bullet((words("• one two"),))[0]] == ["one", "two"]
    assert [word.text for word in without_bullet((words("•one two"),))[0]] == ["one", "two"]
    assert [word.text for word in without_bullet((words("1. one two"),))[0]] == ["1.", "one", "two"]
