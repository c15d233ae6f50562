"""Pictures become figure blocks with a box, next to their captions."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.chunking.chunker import ChunkOptions, chunk_document
from ingest.options import ParseOptions
from ingest.pdf.figures import find_figures
from ingest.pdf.layout.stages import Stages
from ingest.pdf.page.content import PageContent, Rect, Zone
from ingest.pdf.parse import parse_pdf
from ingest.types import Document
from tests.ingest.pdf.support import sheets

OFF = ParseOptions(ocr="off")


def page(*images: Rect, zones: tuple[Zone, ...] = ()) -> PageContent:
    return PageContent(1, 600.0, 800.0, images=images, zones=zones)


def test_strips_of_one_picture_are_one_figure() -> None:
    strips = [Rect(100, 100 + 20 * n, 300, 120 + 20 * n) for n in range(5)]
    assert find_figures(page(*strips)) == [Rect(100, 100, 300, 200)]


def test_icons_scans_and_pictures_in_tables_are_none() -> None:
    assert find_figures(page(Rect(10, 10, 30, 30))) == []
    assert find_figures(page(Rect(-5, -5, 610, 805))) == []
    inside = Rect(110, 110, 160, 160)
    assert find_figures(page(inside), [Rect(100, 100, 500, 300)]) == []


def test_a_drawing_the_layout_model_saw_is_a_figure() -> None:
    drawn = Zone("figure", Rect(100, 100, 300, 200))
    assert find_figures(page(zones=(drawn, Zone("text", Rect(0, 300, 600, 400))))) == [drawn.rect]


def parsed(draw: Any, **stages: bool) -> Document:
    return parse_pdf(sheets.made(draw), "made.pdf", OFF, stages=Stages(**stages))


@pytest.mark.parametrize(
    ("caption", "font"), [("Figure 1: A red square", "helv"), ("图 1 红色方块", "china-s")]
)
def test_a_figure_stands_before_its_caption(caption: str, font: str) -> None:
    document = parsed(sheets.illustrated(caption, font))
    kinds = [block.kind for block in document.blocks]
    assert kinds == ["text", "figure", "caption", "text"]
    (box,) = document.blocks[1].boxes
    assert [round(v) for v in (box.x0, box.y0, box.x1, box.y1)] == [150, 200, 400, 350]


def test_a_figure_without_caption_stands_where_it_is() -> None:
    def draw(document: Any) -> None:
        sheet = sheets.page_of(document)
        sheets.column(sheet, 72, 100, sheets.wrapped(sheets.LOREM, 440))
        sheets.picture(sheet, (150, 300, 400, 450))

    assert [block.kind for block in parsed(draw).blocks] == ["text", "figure"]


def test_figures_can_be_left_out_and_chunks_do_not_mind_them() -> None:
    draw = sheets.illustrated("Figure 1: A red square", "helv")
    with_them, without = parsed(draw), parsed(draw, figures=False)
    assert "figure" not in {block.kind for block in without.blocks}
    assert with_them.text.split() == without.text.split()
    for chunk in chunk_document(with_them, ChunkOptions(), lambda text: len(text.split())):
        assert with_them.text[slice(*chunk.char_range)] == chunk.text
