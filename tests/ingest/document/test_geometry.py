from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.document.geometry import boxes_of, merge_line_boxes, shift_spans, slice_spans
from ingest.types import Box, Span

WORDS = (
    Span(0, 5, Box(1, 10, 100, 40, 112)),
    Span(6, 11, Box(1, 44, 100, 74, 112)),
    Span(12, 16, Box(1, 10, 114, 50, 126)),
)


def test_slice_is_rebased() -> None:
    assert slice_spans(WORDS, 6, 16) == (
        Span(0, 5, WORDS[1].box),
        Span(6, 10, WORDS[2].box),
    )


def test_slice_between_words_is_empty() -> None:
    assert slice_spans(WORDS, 5, 6) == ()
    assert slice_spans((), 0, 10) == ()


def test_chinese_run_is_cut_by_character() -> None:
    line = (Span(0, 10, Box(2, 100, 50, 200, 60)),)
    assert slice_spans(line, 3, 5) == (Span(0, 2, Box(2, 130, 50, 150, 60)),)
    assert boxes_of(line, 9, 30) == (Box(2, 190, 50, 200, 60),)


def test_vertical_run_is_cut_from_the_top() -> None:
    line = (Span(0, 10, Box(1, 100, 50, 110, 150)),)
    assert boxes_of(line, 0, 5) == (Box(1, 100, 50, 110, 100),)


def test_words_of_a_line_become_one_box_and_lines_stay_apart() -> None:
    assert boxes_of(WORDS, 0, 16) == (Box(1, 10, 100, 74, 112), Box(1, 10, 114, 50, 126))


def test_columns_and_pages_are_not_merged() -> None:
    left = Box(1, 10, 100, 200, 112)
    assert merge_line_boxes([left, Box(1, 320, 100, 500, 112)]) == (
        left,
        Box(1, 320, 100, 500, 112),
    )
    assert merge_line_boxes([left, Box(2, 201, 100, 220, 112)]) == (
        left,
        Box(2, 201, 100, 220, 112),
    )


def test_shift() -> None:
    assert shift_spans(WORDS[:1], 7) == (Span(7, 12, WORDS[0].box),)


@given(st.lists(st.integers(1, 12), max_size=12), st.integers(0, 80), st.integers(0, 80))
def test_slices_lie_inside_the_range_and_the_boxes(lengths: list[int], a: int, b: int) -> None:
    spans, position = [], 0
    for number, length in enumerate(lengths):
        spans.append(Span(position, position + length, Box(1, number * 50, 0, number * 50 + 40, 9)))
        position += length + 1
    start, end = sorted((a, b))
    for piece in slice_spans(spans, start, end):
        assert 0 <= piece.start < piece.end <= end - start
        owner = next(s for s in spans if s.start <= piece.start + start < s.end)
        assert owner.box.x0 <= piece.box.x0 < piece.box.x1 <= owner.box.x1 + 1e-9
