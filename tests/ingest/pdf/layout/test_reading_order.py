from __future__ import annotations

from ingest.pdf.layout.reading_order import ReadingOrderThresholds, reading_order
from ingest.pdf.page.content import Rect


def stacked(x0: float, x1: float, top: float, count: int, step: float = 12) -> list[Rect]:
    return [Rect(x0, top + i * step, x1, top + i * step + 10) for i in range(count)]


def order_of(boxes: list[Rect]) -> list[int]:
    return [i for region in reading_order(boxes) for i in region]


def test_one_column_is_read_from_top_to_bottom() -> None:
    boxes = stacked(50, 550, 100, 10)
    assert order_of(boxes[::-1]) == list(range(9, -1, -1))
    assert len(reading_order(boxes)) == 1


def test_the_left_column_is_read_before_the_right() -> None:
    left, right = stacked(50, 290, 100, 20), stacked(310, 550, 100, 20)
    mixed = [box for pair in zip(left, right, strict=True) for box in pair]
    assert order_of(mixed) == [*range(0, 40, 2), *range(1, 40, 2)]


def test_reading_order_can_be_tried_with_a_wider_gutter() -> None:
    boxes = [*stacked(50, 290, 100, 20), *stacked(310, 550, 100, 20)]
    wide = ReadingOrderThresholds(narrowest_gutter=21.0)
    assert len(reading_order(boxes)) == 2
    assert len(reading_order(boxes, limits=wide)) == 1


def test_a_spanning_title_stands_before_both_columns() -> None:
    boxes = [
        Rect(120, 50, 480, 70),
        *stacked(50, 290, 100, 20),
        *stacked(310, 550, 100, 20),
    ]
    assert order_of(boxes) == list(range(41))


def test_a_spanning_picture_divides_the_columns_into_bands() -> None:
    upper = [*stacked(50, 290, 100, 10), *stacked(310, 550, 100, 10)]
    wide = [Rect(50, 240, 550, 400)]
    lower = [*stacked(50, 290, 420, 10), *stacked(310, 550, 420, 10)]
    assert order_of(upper + wide + lower) == list(range(41))


def test_columns_below_a_paragraph_of_full_width() -> None:
    full = [*stacked(50, 550, 60, 5), Rect(50, 120, 200, 130)]
    columns = [*stacked(50, 290, 160, 20), *stacked(310, 550, 160, 20)]
    assert order_of(full + columns) == list(range(46))


def test_three_columns() -> None:
    columns = [stacked(x, x + 160, 100, 30) for x in (40, 215, 390)]
    assert order_of([box for column in columns for box in column]) == list(range(90))


def test_short_cells_beside_each_other_are_read_row_by_row() -> None:
    boxes = [
        Rect(x, 100 + 14 * row, x + 40, 110 + 14 * row) for row in range(6) for x in (50, 200, 350)
    ]
    assert order_of(boxes) == list(range(18))


def test_every_box_is_read_once_even_when_boxes_overlap() -> None:
    boxes = [Rect(50 + i % 7 * 60, 80 + i * 3, 150 + i % 5 * 70, 95 + i * 3) for i in range(300)]
    assert sorted(order_of(boxes)) == list(range(300))


def test_nothing_gives_nothing() -> None:
    assert reading_order([]) == []


def test_three_columns_below_two_are_not_read_across() -> None:
    upper = [*stacked(50, 290, 100, 10), *stacked(310, 550, 100, 10)]
    lower = [box for x in (50, 222, 394) for box in stacked(x, x + 156, 250, 9)]
    below = stacked(50, 550, 400, 4)
    boxes = [*upper, *lower, *below]
    assert order_of(boxes) == list(range(len(boxes)))


def test_a_note_in_the_margin_is_read_after_the_text_beside_it() -> None:
    text = stacked(50, 400, 100, 20, step=13)
    note = [Rect(430, y, 520, y + 8) for y in (165, 175, 185)]
    assert order_of([*text, *note]) == list(range(23))


def test_labels_in_rows_with_what_stands_beside_them_are_read_row_by_row() -> None:
    text = stacked(50, 400, 100, 6, step=13)
    labels = [Rect(430, box.y0 + 1, 500, box.y0 + 9) for box in text[:3]]
    assert order_of([*text, *labels]) == [0, 6, 1, 7, 2, 8, 3, 4, 5]
