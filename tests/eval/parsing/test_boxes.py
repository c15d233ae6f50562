from __future__ import annotations

from pathlib import Path
from typing import Any

import pymupdf
import pytest

from eval.parsing.boxes import BoxTask, check_document_boxes, compare_block, run_boxes
from eval.parsing.children import Children
from eval.parsing.sets import load_parsing_sets
from eval.parsing.work import ParseTask
from ingest.options import ParseOptions
from ingest.pdf.reading.reader import open_pdf
from ingest.types import Block, Box, Cell, Table
from tests.ingest.pdf.support import sheets

BOX = Box(1, 0, 0, 10, 10)


def draw(document: Any) -> None:
    page = sheets.page_of(document)
    sheets.write(page, 60, 80, "Report on tides", 20)
    sheets.column(page, 60, 140, sheets.wrapped(sheets.LOREM, 400))
    sheets.column(page, 60, 300, sheets.wrapped(sheets.WIDE, 200, font="china-s"), font="china-s")
    sheets.ruled_table(page, 60, 500, [["year", "sales"], ["2023", "10"], ["2024", "12"]])


def turned(document: Any, rotation: int) -> None:
    """Draw a page whose content is turned one way, and its display back the other."""
    source: Any = pymupdf.open(stream=sheets.made(draw), filetype="pdf")
    size = (sheets.WIDTH, sheets.HEIGHT) if rotation % 180 == 0 else (sheets.HEIGHT, sheets.WIDTH)
    page = document.new_page(width=size[0], height=size[1])
    page.show_pdf_page(page.rect, source, 0, rotate=rotation)
    page.set_rotation(rotation)


def test_hyphens_and_spaces_do_not_make_a_difference() -> None:
    case = compare_block(
        "d", Block("text", "information, “quoted”", (BOX,)), 'infor- mation, "quoted"'
    )
    assert case.equal
    assert case.in_order


def test_accents_may_stand_beside_their_letter() -> None:
    assert compare_block("d", Block("text", "Gordân", (BOX,)), "Gordˆan").in_order


def test_order_may_differ_and_is_told() -> None:
    table = Table(1, 2, (Cell(0, 0, "left"), Cell(0, 1, "right")))
    case = compare_block("d", Block("table", "| left | right |", (BOX,), table=table), "right left")
    assert (case.equal, case.in_order) == (True, False)


def test_a_letter_too_many_is_a_miss() -> None:
    assert not compare_block("d", Block("text", "words", (BOX,)), "words x").equal


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_boxes_of_a_page_are_true(tmp_path: Path, rotation: int) -> None:
    path = tmp_path / "one.pdf"
    path.write_bytes(sheets.made(lambda document: turned(document, rotation)))
    cases = check_document_boxes(BoxTask("one", ParseTask(path, ParseOptions(ocr="off")), 20))
    assert len(cases) >= 3
    assert [case for case in cases if not case.equal] == []


def test_words_outside_a_box_are_not_in_it(tmp_path: Path) -> None:
    with open_pdf(sheets.made(draw)) as source:
        assert source.words_in(Box(1, 50, 60, 400, 90)) == "Report on tides"
        assert source.words_in(Box(1, 0, 0, 40, 40)) == ""


def test_the_sample_is_drawn_from_all_sets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        for part in ("pdf", "gt"):
            (tmp_path / name / part).mkdir(parents=True)
        (tmp_path / name / "pdf" / "one.pdf").write_bytes(sheets.made(draw))
        (tmp_path / name / "gt" / "one.md").write_text("text")
    sets = load_parsing_sets(tmp_path)
    result = run_boxes(sets, ParseOptions(ocr="off"), Children(1, 60, 4096), 5)
    assert (result.documents, result.blocks, result.share) == (2, 5, 1.0)
    assert result.misses == ()
    assert not result.has_failures
