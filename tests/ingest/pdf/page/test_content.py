"""Every line and paragraph has a number of its own in the process that holds it."""

from __future__ import annotations

import pickle
from copy import copy
from dataclasses import replace

from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.content import Line, PageContent, Rect, Style, Word
from ingest.pdf.reading.parallel import _pack_result

WORD = Word("same", Rect(0, 0, 20, 10), Style())
LINE = Line.from_words([WORD])
OTHER = Line.from_words([WORD])
PAGE = PageContent(1, 100, 100, lines=(LINE, OTHER), sideways=(LINE,))


def test_equal_objects_have_different_numbers() -> None:
    one, other = Paragraph("text", ((WORD,),)), Paragraph("text", ((WORD,),))
    assert LINE == OTHER
    assert hash(LINE) == hash(OTHER)
    assert one == other
    assert hash(one) == hash(other)
    assert len({LINE.number, OTHER.number, one.number, other.number}) == 4
    assert "number" not in repr(LINE)


def test_a_replaced_or_copied_object_has_a_number_of_its_own() -> None:
    paragraph = Paragraph("text", ((WORD,),))
    again = [LINE, replace(LINE), replace(LINE, turn=90), copy(LINE)]
    assert len({line.number for line in again}) == 4
    assert replace(paragraph, level=1).number != paragraph.number


def test_unpickled_lines_draw_new_numbers_and_stay_the_same_objects() -> None:
    for packed in (_pack_result(PAGE), pickle.dumps(PAGE)):
        page = pickle.loads(packed)
        assert page == PAGE
        numbers = {line.number for line in (*page.lines, *PAGE.lines)}
        assert len(numbers) == 4
        assert page.sideways[0] is page.lines[0]


def test_a_page_from_another_process_takes_no_number_that_is_in_use() -> None:
    held = [Line.from_words([WORD]) for _ in range(50)]
    page = pickle.loads(_pack_result(PAGE))
    later = [Line.from_words([WORD]) for _ in range(50)]
    numbers = [line.number for line in (*held, *page.lines, *later)]
    assert len(set(numbers)) == len(numbers)
