from __future__ import annotations

from dataclasses import replace

from ingest.pdf.furniture.watermarks import find_watermarks
from ingest.pdf.page.content import Line, PageContent, Rect, Style, Word


def mark(text: str, rect: Rect, size: float = 40.0, color: int = 0xD8D8D8) -> Line:
    return Line.from_words([Word(text, rect, Style(size=size, color=color))])


BODY = tuple(
    Line.from_words(
        [Word(f"words{i}", Rect(60, 100 + 14 * i, 540, 112 + 14 * i), Style(size=10.0))]
    )
    for i in range(40)
)
PAGE = PageContent(1, 595, 842, lines=BODY)
ACROSS = Rect(100, 200, 500, 600)


def test_pale_type_across_the_page_is_a_watermark() -> None:
    draft = mark("DRAFT", ACROSS)
    assert find_watermarks([replace(PAGE, sideways=(draft,))], 10) == {draft.number}
    upright = mark("机密", ACROSS)
    assert find_watermarks([replace(PAGE, lines=(*BODY, upright))], 10) == {upright.number}


def test_black_sideways_text_stays_unless_it_recurs_or_stands_at_the_edge() -> None:
    label = mark("Yield per year", Rect(200, 300, 212, 400), 9, 0)
    assert find_watermarks([replace(PAGE, sideways=(label,))], 10) == set()
    again = [mark("For review only", ACROSS, 40, 0) for _ in range(3)]
    pages = [replace(PAGE, number=n, sideways=(again[n - 1],)) for n in (1, 2, 3)]
    assert find_watermarks(pages, 10) == {line.number for line in again}
    stamp = mark("arXiv:2404.13330v2", Rect(10, 200, 34, 560), 20, 0x808080)
    assert find_watermarks([replace(PAGE, sideways=(stamp,))], 10) == {stamp.number}


def test_a_large_pale_title_that_nothing_crosses_stays() -> None:
    title = mark("A Report on Rivers", Rect(60, 30, 540, 70))
    assert find_watermarks([replace(PAGE, lines=(title, *BODY))], 10) == set()
