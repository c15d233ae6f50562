from __future__ import annotations

from ingest.pdf.layout.cards import cards_of
from ingest.pdf.layout.reading_order import reading_order
from ingest.pdf.page.content import Rect

LEFTS = (60.0, 250.0, 440.0)


def rows_of(texts: list[list[str]], top: float = 100.0) -> tuple[list[Rect], list[str]]:
    """Return boxes and texts of rows of cells, in the order a file may have them."""
    boxes, flat = [], []
    for r, row in enumerate(texts):
        for x, text in zip(LEFTS, row, strict=False):
            boxes.append(Rect(x, top + 12 * r, x + 5 * len(text), top + 12 * r + 10))
            flat.append(text)
    return boxes, flat


AUTHORS = [
    ["Mansoor H.", "Supavadee Aramvith", "Titipat A."],
    ["Dept. of Physics", "Department of Biology", "Dept. of Law"],
    ["m@example.org", "supavadee@example.org", "t@example.org"],
]


def test_authors_with_addresses_are_read_one_by_one() -> None:
    boxes, texts = rows_of(AUTHORS)
    columns = cards_of(range(9), boxes, texts)
    assert columns == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]


def test_cells_of_a_table_are_left_together() -> None:
    boxes, texts = rows_of([["Name", "Town", "Year"], ["Anna", "Bern", "2001"]] * 3)
    assert cards_of(range(18), boxes, texts) is None
    named, words = rows_of([["Name", "Town", "Role"], ["Anna", "Bern", "Lead"]] * 3)
    assert cards_of(range(18), named, words) is None


def test_bullets_in_a_column_whose_lines_share_no_rows() -> None:
    texts = ["我们的使命", "让人受益", "我们做什么", "·一", "·二", "·三"]
    lefts, tops = [60, 60, 300, 300, 300, 300], [100, 118, 100, 121, 135, 149]
    boxes = [Rect(x, y, x + 60, y + 10) for x, y in zip(lefts, tops, strict=True)]
    assert cards_of(range(6), boxes, texts) == [[0, 1], [2, 3, 4, 5]]


def test_authors_above_two_columns_of_text() -> None:
    title = [Rect(100, 40, 500, 60)]
    authors, words = rows_of(AUTHORS, 80)
    text = [Rect(x, 150 + 12 * i, x + 230, 160 + 12 * i) for x in (60, 310) for i in range(40)]
    boxes = [*title, *authors, *text]
    texts = ["A long title over the page", *words, *["words of a line"] * len(text)]
    order = [i for region in reading_order(boxes, texts) for i in region]
    assert order == [0, 1, 4, 7, 2, 5, 8, 3, 6, 9, *range(10, 90)]


def test_a_head_in_larger_type_over_every_column_makes_cards() -> None:
    boxes, texts = rows_of([["Give", "Join"], ["Every gift goes", "Members meet"], ["far", "here"]])
    assert cards_of(range(6), boxes, texts) is None
    for i in (0, 1):
        boxes[i] = boxes[i]._replace(y0=boxes[i].y0 - 5)
    assert cards_of(range(6), boxes, texts) == [[0, 2, 4], [1, 3, 5]]
