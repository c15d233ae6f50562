from __future__ import annotations

import pytest

from ingest.pdf.content import Line, PageContent, Rect, Style, Word
from ingest.pdf.furniture import find_furniture, page_number


def line(text: str, x: float, y: float, size: float = 9.0) -> Line:
    words = []
    for part in text.split():
        rect = Rect(x, y, x + 0.5 * size * len(part), y + size)
        words.append(Word(part, rect, Style(size=size)))
        x = rect.x1 + 0.3 * size
    return Line.of(words)


def page(number: int, *lines: Line) -> PageContent:
    body = [line(f"Body text {number} {i} of its own", 60, 120 + 14 * i, 10) for i in range(40)]
    return PageContent(number, 595, 842, lines=(*lines, *body))


def removed(pages: list[PageContent]) -> list[list[str]]:
    return [sorted(line.text for line in found.lines) for found in find_furniture(pages)]


def test_a_line_that_recurs_is_furniture() -> None:
    pages = [page(n, line("Annual Report 2024", 60, 40)) for n in range(1, 5)]
    assert removed(pages) == [["Annual Report 2024"]] * 4


def test_odd_and_even_pages_may_differ_and_numbers_change() -> None:
    pages = [
        page(
            n,
            line("Chapter One" if n % 2 else "某某公司年度报告", 60, 40),
            line(f"- {n + 10} -", 290, 810),
        )
        for n in range(1, 9)
    ]
    found = find_furniture(pages)
    assert all(len(one.lines) == 2 for one in found)
    assert [one.label for one in found] == [str(n + 10) for n in range(1, 9)]


def test_a_changing_header_at_one_height_clear_of_the_text() -> None:
    heads = ["Introduction", "Method", "Materials", "Results", "Discussion", "Outlook"]
    pages = [page(n, line(head, 60, 40)) for n, head in enumerate(heads, start=1)]
    assert removed(pages) == [[head] for head in heads]


def test_what_stands_once_at_the_top_stays() -> None:
    pages = [page(1, line("A Report on Rivers", 60, 60, 18)), page(2), page(3)]
    assert removed(pages) == [[], [], []]


def test_a_title_that_a_few_slides_share_stays() -> None:
    pages = [page(n, line("Results", 60, 40, 24)) for n in range(1, 4)]
    pages += [page(n, line(f"Slide about {n}", 60, 40, 24)) for n in range(4, 9)]
    assert all(lines == [] for lines in removed(pages))


def test_a_single_page_loses_only_its_number_and_what_stands_beside_it() -> None:
    single = page(1, line("314", 60, 40), line("YARROW", 400, 40), line("A remark", 60, 830))
    found = find_furniture([single])[0]
    assert {line.text for line in found.lines} == {"314", "YARROW"}
    assert found.label == "314"
    letter = page(1, line("Berlin, 3 May 2024", 60, 60), line("Yours sincerely", 60, 780))
    assert removed([letter]) == [[]]


def test_figures_in_the_margin_that_do_not_count_pages_stay() -> None:
    pages = [page(n, line(str(value), 60, 60)) for n, value in enumerate((510, 17, 88), start=1)]
    assert [found.label for found in find_furniture(pages)] == ["", "", ""]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", "7"),
        ("- 12 -", "12"),
        ("Page 3 of 10", "3"),
        ("第 4 页", "4"),
        ("第4页 共10页", "4"),
        ("xiv", "xiv"),
        ("3 / 10", "3"),
        ("3 apples", ""),
        ("Total 3", ""),
        ("", ""),
    ],
)
def test_page_numbers_are_known_by_their_form(text: str, number: str) -> None:
    assert page_number(text) == number
