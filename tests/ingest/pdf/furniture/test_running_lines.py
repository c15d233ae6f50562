from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.pdf.furniture.page_numbers import parse_page_number
from ingest.pdf.furniture.running_lines import find_furniture
from ingest.pdf.furniture.thresholds import MARGINS, RUNNING_LINES
from ingest.pdf.page.content import Line, PageContent, Rect, Style, Word


def line(text: str, x: float, y: float, size: float = 9.0) -> Line:
    words = []
    for part in text.split():
        rect = Rect(x, y, x + 0.5 * size * len(part), y + size)
        words.append(Word(part, rect, Style(size=size)))
        x = rect.x1 + 0.3 * size
    return Line.from_words(words)


def page(number: int, *lines: Line) -> PageContent:
    body = [line(f"Body text {number} {i} of its own", 60, 120 + 14 * i, 10) for i in range(40)]
    return PageContent(number, 595, 842, lines=(*lines, *body))


def removed(pages: list[PageContent]) -> list[list[str]]:
    return [sorted(line.text for line in found.lines) for found in find_furniture(pages)]


def test_a_line_that_recurs_is_furniture() -> None:
    pages = [page(n, line("Annual Report 2024", 60, 40)) for n in range(1, 5)]
    assert removed(pages) == [["Annual Report 2024"]] * 4


def test_the_stage_can_be_tried_with_other_thresholds() -> None:
    pages = [page(n, line("Annual Report 2024", 60, 40)) for n in range(1, 5)]
    narrow = replace(RUNNING_LINES, margins=replace(MARGINS, margin=0.03))
    assert [found.lines for found in find_furniture(pages, narrow)] == [()] * 4


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


def test_a_table_at_the_top_of_some_pages_stays() -> None:
    pages = [
        page(n, *(line(text, 60 + 80 * i, 60) for i, text in enumerate(("Rest", "Walk", "Run"))))
        for n in (1, 2)
    ]
    rows = [[line(f"{n}.{i}", 60 + 90 * i, 60) for i in range(5)] for n in (3, 4, 5)]
    tables = [page(n, line("Hours", 510, 60), *row) for n, row in enumerate(rows, start=3)]
    assert removed([*pages, *tables])[2:] == [[], [], []]


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


def test_chapter_titles_that_change_every_other_page_stand_where_others_recur() -> None:
    heads = ["Alpha", "Alpha", "Alpha", "Beta", "Gamma", "Gamma", "Gamma", "Delta", "", ""]
    pages = [
        page(n, *([line(head, 60, 40)] if head else [])) for n, head in enumerate(heads, start=1)
    ]
    assert removed(pages) == [[head] if head else [] for head in heads]


def test_a_header_tight_to_the_text_recurs_to_the_letter() -> None:
    pages = []
    for n in range(1, 5):
        body = [line(f"Body text {n} {i} of its own", 60, 100 + 14 * i, 10) for i in range(40)]
        head = line("某某集团内部资料", 60, 88, 10)
        pages.append(PageContent(n, 595, 842, lines=(head, *body)))
    assert removed(pages) == [["某某集团内部资料"]] * 4


def test_what_stands_in_line_with_a_page_number_is_furniture() -> None:
    heads = ["On Rivers", "On Lakes", "On Seas", "On Ponds"]
    pages = [
        page(n, line(head, 60, 40, 14), line(str(n), 500, 42)) for n, head in enumerate(heads, 1)
    ]
    assert removed(pages) == [sorted([head, str(n)]) for n, head in enumerate(heads, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "Online Survey | 39",
        "4 | The Data Journey",
        "24 ARTHUR J. CAPLAN",
        "Download date: 28 Dec 2018",
        "© 2020 The Authors. All rights reserved.",
        "Journal of Rivers, Vol. 12, No. 3, 2020",
        "版权所有 某某出版社",
        "https://doi.org/10.1000/182",
    ],
)
def test_a_single_page_loses_what_has_the_form_of_a_running_line(text: str) -> None:
    assert removed([page(1, line(text, 60, 800))]) == [[text]]


@pytest.mark.parametrize(
    "text",
    [
        "3 Results of the survey",
        "Berlin, 3 May 2024",
        "Yours sincerely",
        "Rivers | Lakes",
        "附注 三",
    ],
)
def test_a_single_page_keeps_what_might_be_text(text: str) -> None:
    assert removed([page(1, line(text, 60, 60))]) == [[]]


def test_a_number_and_capitals_at_the_ends_of_a_line_tight_to_the_text() -> None:
    body = tuple(line(f"Body text {i} of its own", 60, 51 + 14 * i, 10) for i in range(40))
    head = (line("400", 60, 40), line("BRITISH HUSBANDRY.", 250, 40))
    assert removed([PageContent(1, 595, 842, lines=(*head, *body))]) == [
        ["400", "BRITISH HUSBANDRY."]
    ]


def test_the_number_of_a_page_that_is_not_filled() -> None:
    lines = tuple(line(f"Body text {i} of its own", 60, 120 + 14 * i, 10) for i in range(10))
    short = PageContent(1, 595, 842, lines=(*lines, line("62", 106, 300)))
    found = find_furniture([short])[0]
    assert (found.label, [line.text for line in found.lines]) == ("62", ["62"])


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
    assert parse_page_number(text) == number
