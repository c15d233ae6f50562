from __future__ import annotations

from ingest.pdf.furniture.line_numbers import find_line_numbers
from ingest.pdf.page.content import Line, Rect, Style, Word


def line(text: str, x: float, y: float, width: float, *, mono: bool = False) -> Line:
    return Line.from_words([Word(text, Rect(x, y, x + width, y + 10), Style(size=10.0, mono=mono))])


def number(value: int, y: float) -> Line:
    return line(str(value), 60 - 5 * len(str(value)), y, 5.0 * len(str(value)))


def test_numbers_beside_code_are_found_also_where_a_line_is_empty() -> None:
    numbers = [number(n, 100 + 12 * n) for n in range(1, 13)]
    code = [line("x = f(y)", 70, 100 + 12 * n, 80, mono=True) for n in range(1, 13) if n % 4]
    assert find_line_numbers([*numbers, *code]) == {each.number for each in numbers}


def test_the_only_number_of_a_listing_is_found_when_it_is_one() -> None:
    one, code = number(1, 100), line("run()", 70, 100, 60, mono=True)
    assert find_line_numbers([one, code]) == {one.number}
    seven, code = number(7, 100), line("run()", 70, 100, 60, mono=True)
    assert find_line_numbers([seven, code]) == set()


def test_numbers_down_the_margin_of_running_text() -> None:
    numbers = [number(5 * n, 100 + 60 * n) for n in range(1, 11)]
    text = [line("words of the law", 80, 100 + 12 * n, 400) for n in range(1, 60)]
    assert find_line_numbers([*numbers, *text]) == {each.number for each in numbers}


def test_the_first_column_of_a_table_stays() -> None:
    numbers = [number(n, 100 + 12 * n) for n in range(1, 20)]
    cells = [line("name", x, 100 + 12 * n, 40) for n in range(1, 20) for x in (80, 200, 320)]
    assert find_line_numbers([*numbers, *cells]) == set()
