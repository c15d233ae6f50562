"""Rows of a table at the edge of a page are not taken for running lines."""

from __future__ import annotations

from ingest.options import ParseOptions
from ingest.pdf.furniture.edge_rows import VerticalRules, rows_alike
from ingest.pdf.page.content import Line, Rect, Style, Word
from ingest.pdf.parse import parse_pdf
from tests.ingest.pdf.support.pens import TOP, Pen, drawn, english


def cell(text: str, x: float, y: float) -> Line:
    rect = Rect(x, y, x + 5.0 * len(text), y + 10)
    return Line.from_words([Word(text, rect, Style())])


def row(y: float, *cells: tuple[str, float]) -> list[Line]:
    return [cell(text, x, y) for text, x in cells]


def test_rules_that_lead_into_the_text_part_a_row_of_a_table() -> None:
    walls = VerticalRules([Rect(x, 40, x + 1, 300) for x in (60, 160, 260)], edge=110)
    assert walls.is_in_cell(cell("第29号", 70, 50))
    assert not walls.is_in_cell(cell("beside it", 300, 50))
    assert not walls.is_in_cell(cell("above it", 70, 20))


def test_rules_drawn_cell_by_cell_lead_as_far() -> None:
    pieces = [Rect(x, y, x + 1, y + 20) for x in (60, 160, 260) for y in range(40, 300, 20)]
    assert VerticalRules(pieces, edge=110).is_in_cell(cell("Elba", 70, 50))


def test_a_grid_within_the_margin_is_a_running_header() -> None:
    walls = VerticalRules([Rect(x, 40, x + 1, 80) for x in (60, 160, 260)], edge=110)
    assert not walls.is_in_cell(cell("Form 12", 70, 50))


def test_a_frame_around_the_page_is_no_table() -> None:
    walls = VerticalRules([Rect(x, 20, x + 1, 800) for x in (30, 560)], edge=110)
    assert not walls.is_in_cell(cell("Annual Report", 70, 50))


def test_rows_of_short_parts_at_the_same_places_are_alike() -> None:
    rows = [row(y, ("Total", 60), (f"{y}", 300)) for y in (780, 756, 732)]
    assert rows_alike(rows)


def test_a_header_over_two_columns_of_text_is_not_one_of_their_rows() -> None:
    text = [row(y, ("words " * 7, 60), ("words " * 7, 320)) for y in (70, 84)]
    assert not rows_alike([row(40, ("Annual Report", 60), ("37", 520)), *text])


def test_a_header_further_off_than_the_rows_of_the_table_below_is_not_one_of_them() -> None:
    rows = [row(y, ("Name", 60), ("1999", 300)) for y in (40, 90, 104)]
    assert not rows_alike(rows)


def test_a_last_row_with_a_lone_number_is_no_page_number() -> None:
    def draw(pen: Pen) -> None:
        for page in (1, 2, 3):
            if page > 1:
                pen.turn()
            pen.text(english(page, 4))
            pen.y = 640
            for at in range(7):
                pen.line(f"Berth {page}{at}", after=8)
                pen.y -= pen.size * 1.35 + 8
                pen.line(f"{page + 4}" if at == 6 else f"{page * 31 + at * 7}", indent=200, after=8)
        pen.y = TOP

    document = parse_pdf(drawn(draw), "berths.pdf", ParseOptions(ocr="off"))
    assert [page.label for page in document.pages] == ["", "", ""]
    assert [page.furniture for page in document.pages] == [(), (), ()]
    assert all("Berth" in page.blocks[-1].text for page in document.pages)
