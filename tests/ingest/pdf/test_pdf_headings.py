from __future__ import annotations

from typing import Any

import pytest

from ingest.options import ParseOptions
from ingest.pdf.assemble import parse_pdf
from ingest.pdf.captions import is_caption
from ingest.pdf.levels import StyleRank, levels_of, numbering_of
from tests.ingest.pdf.sheets import LOREM, column, made, page_of, wrapped, write


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
        ("A.1 Data", ("letter", 2)),
        ("Introduction", ("", 0)),
        ("1990 was a good year", ("", 0)),
        ("3.5% of all", ("", 0)),
    ],
)
def test_numbering_is_known_by_kind_and_depth(text: str, numbering: tuple[str, int]) -> None:
    assert numbering_of(text) == numbering


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
