from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ingest.options import ParseOptions
from ingest.pdf.furniture.running_lines import Furniture
from ingest.pdf.headings.find import find_headings
from ingest.pdf.headings.levels import StyleRank, levels_of, numbering_of
from ingest.pdf.headings.thresholds import EVIDENCE, HEADINGS
from ingest.pdf.layout.body_text import BodyStyle
from ingest.pdf.layout.page_layout import Layout
from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.content import PageContent, Rect, Style, Word
from ingest.pdf.page.markers import is_caption
from ingest.pdf.parse import parse_pdf
from tests.ingest.pdf.support.sheets import LOREM, WIDE, column, made, page_of, wrapped, write


@pytest.mark.parametrize(
    ("text", "numbering"),
    [
        ("1 Introduction", ("decimal", 1)),
        ("1. Introduction", ("decimal", 1)),
        ("2.3 Method", ("decimal", 2)),
        ("2.3.1 Sampling", ("decimal", 3)),
        ("1.2 适用范围", ("decimal", 2)),
        ("3适用范围", ("decimal", 1)),
        ("第一章 总则", ("chapter", 1)),
        ("第三节 培训", ("section", 1)),
        ("一、背景", ("count", 1)),
        ("（二）范围", ("inner", 1)),
        ("Chapter 4 Results", ("chapter", 1)),
        ("Part II", ("part", 1)),
        ("Appendix A", ("appendix", 1)),
        ("附录A 术语", ("appendix", 1)),
        ("IV. Results", ("roman", 1)),
        ("A. Data", ("letter", 1)),
        ("1) Data", ("paren", 1)),
        ("(a) Data", ("paren", 1)),
        ("（1）数据", ("paren", 1)),
        ("1、数据", ("paren", 1)),
        ("A.1 Data", ("letter", 2)),
        ("Introduction", ("", 0)),
        ("1990 was a good year", ("", 0)),
        ("3.5% of all", ("", 0)),
    ],
)
def test_numbering_is_known_by_kind_and_depth(text: str, numbering: tuple[str, int]) -> None:
    assert numbering_of(text) == numbering


def test_the_stage_can_be_tried_with_other_weights() -> None:
    style = Style("sans-bold", 10.0, bold=True)
    title = Paragraph("text", ((Word("Outlook", Rect(72, 100, 120, 110), style),),))
    line = [Word("word", Rect(72 + 30 * i, 0, 96 + 30 * i, 10), Style()) for i in range(10)]
    rows = tuple(
        tuple(replace(word, rect=Rect(word.rect.x0, y, word.rect.x1, y + 10)) for word in line)
        for y in (122, 134, 146)
    )
    items = (title, Paragraph("text", rows))
    layout = Layout(PageContent(1, 595, 842), Furniture(()), items)
    body = BodyStyle(10.0, False, 0)
    weak = replace(EVIDENCE, weights=replace(EVIDENCE.weights, bold=-9.0))
    assert list(find_headings([layout], body)) == [title.number]
    assert find_headings([layout], body, limits=replace(HEADINGS, evidence=weak)) == {}


LARGE: StyleRank = (16.0, True, False, True)
MIDDLE: StyleRank = (12.0, True, False, True)
ITALIC: StyleRank = (10.0, False, False, False)


def levels(*headings: tuple[str, StyleRank]) -> list[int]:
    found = levels_of(dict(enumerate(headings)), {})
    return [found[at] for at in range(len(headings))]


def test_kinds_of_numbering_nest_as_they_appear() -> None:
    chinese = [("第一章 总则", LARGE), ("第一节 范围", MIDDLE), ("一、对象", ITALIC)]
    assert levels(*chinese, ("（一）河流", ITALIC), ("第二章 附则", LARGE)) == [1, 2, 3, 4, 1]
    assert levels(("I. INTRO", MIDDLE), ("II. DATA", MIDDLE), ("A. Survey", ITALIC)) == [1, 1, 2]
    assert levels(("Chapter 1", LARGE), ("1.1 Rivers", MIDDLE), ("1.1.1 Fish", ITALIC)) == [1, 2, 3]


def test_an_appendix_stands_beside_sections_of_its_style() -> None:
    assert levels(("1 Intro", LARGE), ("1.1 Aim", MIDDLE), ("A Tables", LARGE)) == [1, 2, 1]


def test_headings_without_number_rank_by_style() -> None:
    assert levels(("Rivers", LARGE), ("Fish", MIDDLE), ("Seas", LARGE), ("Eels", ITALIC)) == [
        1,
        2,
        1,
        3,
    ]


def test_bookmarks_go_before_all_else() -> None:
    found = levels_of({1: ("Rivers", LARGE), 2: ("1.1 Fish", LARGE), 3: ("Seas", LARGE)}, {1: 2})
    assert found == {1: 2, 2: 2, 3: 2}


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("Figure 3: Yield by region", True),
        ("Table 2. Costs", True),
        ("Fig. 4a. A cat", True),
        ("图1 系统结构", True),
        ("表2-1 现场条件", True),
        ("Figure 3 shows that yields rose.", False),
        ("Tables are useful", False),
        ("图书馆的使用", False),
    ],
)
def test_captions_are_known_by_their_opening(text: str, caption: bool) -> None:
    assert is_caption(text, 1) is caption


def outline(data: bytes) -> list[tuple[int, str]]:
    """Return level and text of all headings of a PDF."""
    document = parse_pdf(data, "test.pdf", ParseOptions())
    return [(entry.level, entry.title) for entry in document.outline]


def test_small_capitals_count_as_large_as_their_first_letter() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        y = column(page, 60, 80, wrapped(LOREM * 3, 450))
        write(page, 250, y + 20, "C", 10)
        write(page, 257.3, y + 20, "ONCLUSION", 8)
        column(page, 60, y + 40, wrapped(LOREM * 3, 450))

    assert outline(made(draw)) == [(1, "CONCLUSION")]


def headed(*heads: tuple[str, float, str], text_font: str = "helv") -> list[tuple[int, str]]:
    """Return the outline of a page of headings (text, size, font), each above running text."""

    def draw(document: Any) -> None:
        page = page_of(document)
        y = column(page, 60, 80, wrapped(LOREM, 450), font=text_font)
        for text, size, font in heads:
            write(page, 60, y + 18, text, size, font)
            y = column(page, 60, y + 36, wrapped(LOREM, 450), font=text_font)

    return outline(made(draw))


def test_larger_and_bold_lines_above_text_are_headings() -> None:
    found = headed(("Rivers and lakes", 14, "helv"), ("The upper valley", 10, "hebo"))
    assert [text for _, text in found] == ["Rivers and lakes", "The upper valley"]


@pytest.mark.parametrize(
    "text",
    [
        "the committee had agreed on this",
        "This is what the members of the committee had found,",
        "Review the figure below, which shows a graph of the",
        "Source: annual survey of the regions",
        "Table: regions by size",
        "x = a + b",
        "https://example.org/survey",
        "(in thousands)",
    ],
)
def test_bold_lines_that_no_heading_is_like_stay_text(text: str) -> None:
    assert headed((text, 10, "hebo")) == []


def test_a_bold_sentence_over_lines_far_apart_is_no_row_of_headings() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        column(page, 60, 80, wrapped(LOREM * 3, 200))
        lines = ["There were times when members", "were asked in public and on", "paper what they"]
        for at, line in enumerate([*lines, "thought of the annual figures", "and of the survey."]):
            write(page, 330, 100 + 24 * at, line, 11, "hebo")

    assert outline(made(draw)) == []


@pytest.mark.parametrize("text", ["Abstract", "References", "Acknowledgements"])
def test_headings_that_many_documents_have_need_no_type_of_their_own(text: str) -> None:
    assert headed((text, 10, "helv")) == [(1, text)]


def test_chinese_headings_by_number_and_name() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        y = 80.0
        for text in ("一、总则", "第二章 术语", "参考文献"):
            write(page, 60, y, text, 10, "china-s")
            y = (
                column(page, 60, y + 18, wrapped(WIDE * 3, 450, font="china-s"), font="china-s")
                + 18
            )

    assert [text for _, text in outline(made(draw))] == ["一、总则", "第二章 术语", "参考文献"]


def test_names_and_dates_below_the_title_are_no_headings() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        write(page, 150, 80, "A survey of all rivers", 20, "hebo")
        write(page, 200, 110, "A. Berg, Carl Dahl and Eva Frey", 12)
        write(page, 250, 130, "Institute of Hydrology", 12)
        write(page, 260, 150, "May 2021", 12)
        write(page, 60, 190, "1 Introduction", 13, "hebo")
        y = column(page, 60, 215, wrapped(LOREM * 3, 450))
        write(page, 60, y + 20, "2 Data", 13, "hebo")
        column(page, 60, y + 40, wrapped(LOREM * 3, 450))

    texts = ["A survey of all rivers", "1 Introduction", "2 Data"]
    assert [text for _, text in outline(made(draw))] == texts
