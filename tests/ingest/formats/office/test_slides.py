from __future__ import annotations

import io
from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches

from ingest.errors import CorruptFile, EmptyFile, LimitExceeded
from ingest.formats.office.slides import parse_pptx
from ingest.options import ParseOptions
from ingest.types import Document


def parsed(deck: Any, options: ParseOptions | None = None) -> Document:
    buffer = io.BytesIO()
    deck.save(buffer)
    return parse_pptx(buffer.getvalue(), "a.pptx", options or ParseOptions())


def told(document: Document, page: int = 1) -> list[tuple[str, str, int]]:
    return [(block.kind, block.text, block.level) for block in document.pages[page - 1].blocks]


def textbox(slide: Any, text: str, left: float, top: float) -> Any:
    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1))
    box.text_frame.text = text
    return box


def test_title_bullets_notes_and_pages() -> None:
    deck = Presentation()
    cover = deck.slides.add_slide(deck.slide_layouts[0])
    cover.shapes.title.text, cover.placeholders[1].text = "产品发布", "2024"
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Plan\vtwo lines"
    frame = slide.placeholders[1].text_frame
    frame.text = "first"
    below = frame.add_paragraph()
    below.text, below.level = "below", 1
    slide.notes_slide.notes_text_frame.text = "Say hello."
    document = parsed(deck)
    assert told(document) == [("title", "产品发布", 1), ("text", "2024", 0)]
    assert told(document, 2) == [
        ("heading", "Plan two lines", 1),
        ("list", "first", 0),
        ("list", "below", 1),
        ("text", "Say hello.", 0),
    ]
    assert [(e.title, e.page) for e in document.outline] == [
        ("产品发布", 1),
        ("Plan two lines", 2),
    ]


def test_shapes_are_read_row_by_row_and_groups_where_they_stand() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    textbox(slide, "bottom", 1, 5)
    textbox(slide, "right", 5, 1)
    textbox(slide, "left", 1, 1.1)
    group = slide.shapes.add_group_shape()
    for text, left in (("group b", 4), ("group a", 1)):
        box = group.shapes.add_textbox(Inches(left), Inches(3), Inches(1), Inches(1))
        box.text_frame.text = text
    texts = [text for _, text, _ in told(parsed(deck))]
    assert texts == ["left", "right", "group a", "group b", "bottom"]


def test_numbered_and_plain_paragraphs() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    frame = textbox(slide, "one", 1, 1).text_frame
    frame.add_paragraph().text = "two"
    for paragraph in frame.paragraphs:
        mark = parse_xml(f'<a:buAutoNum {nsdecls("a")} type="arabicPeriod"/>')
        paragraph._p.get_or_add_pPr().append(mark)
    textbox(slide, "plain", 1, 4)
    assert told(parsed(deck)) == [
        ("list", "1. one", 0),
        ("list", "2. two", 0),
        ("text", "plain", 0),
    ]


def test_tables_with_merged_cells() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(3, 2, Inches(1), Inches(1), Inches(4), Inches(2)).table
    for index, text in enumerate(["Head", "", "a", "1", "", "2"]):
        table.cell(index // 2, index % 2).text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(1, 0).merge(table.cell(2, 0))
    (block,) = parsed(deck).blocks
    assert block.text == "| Head | Head |\n| --- | --- |\n| a | 1 |\n| a | 2 |"


def test_charts_give_their_numbers() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["一月", "Feb"]
    data.add_series("Sales", (1.5, 2))
    data.add_series("Cost", (None, 3))
    size = (Inches(1), Inches(1), Inches(4), Inches(3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *size, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "By month"
    assert told(parsed(deck)) == [
        ("caption", "By month", 0),
        (
            "table",
            "|  | Sales | Cost |\n| --- | --- | --- |\n| 一月 | 1.5 |  |\n| Feb | 2 | 3 |",
            0,
        ),
    ]


def test_an_empty_slide_keeps_its_number() -> None:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[6])
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    textbox(slide, "second", 1, 1)
    document = parsed(deck)
    assert [(page.number, len(page.blocks)) for page in document.pages] == [(1, 0), (2, 1)]


def test_nothing_in_it_too_many_and_damaged() -> None:
    deck = Presentation()
    with pytest.raises(EmptyFile):
        parsed(deck)
    for _ in range(2):
        textbox(deck.slides.add_slide(deck.slide_layouts[6]), "x", 1, 1)
    with pytest.raises(LimitExceeded):
        parsed(deck, ParseOptions(max_pages=1))
    with pytest.raises(CorruptFile):
        parse_pptx(b"PK\x03\x04 damaged", "a.pptx", ParseOptions())
