"""Each stage can be left out, and what is left then is plain, not broken."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.options import ParseOptions
from ingest.pdf.layout.stages import Stages
from ingest.pdf.parse import parse_pdf
from ingest.types import Document
from tests.ingest.pdf.support import sheets

OFF = ParseOptions(ocr="off")


def paper(document: Any) -> None:
    """Four pages: running header, heading, two columns with a cut word, a ruled table."""
    for number in range(1, 5):
        page = sheets.page_of(document)
        sheets.write(page, 72, 30, f"Annual report of the survey {number}", 8)
        sheets.write(page, 72, 90, f"Part {number} of the survey", 18, "hebo")
        left = sheets.wrapped(f"Left {number}. " + sheets.LOREM * 2, 210)
        right = [f"Right {number} is set further over, in the second col-"]
        right += sheets.wrapped("umn of the page. " + sheets.LOREM * 2, 210)
        for at, line in enumerate(left):  # the file alternates between the columns
            sheets.write(page, 72, 120 + 12.5 * at, line)
            if at < len(right):
                sheets.write(page, 310, 120 + 12.5 * at, right[at])
        sheets.ruled_table(page, 72, 500, [["Name", "Value"], ["alpha", "1"], ["beta", "2"]])


DATA = sheets.made(paper)


def without(**off: bool) -> Document:
    return parse_pdf(DATA, "made.pdf", OFF, stages=Stages(**off))


def kinds(document: Document) -> set[str]:
    return {block.kind for block in document.blocks}


def test_with_every_stage_on() -> None:
    document = without()
    assert "Annual report" not in document.text
    assert len(document.outline) == 4
    assert "second column of the page" in document.text
    assert {"table", "heading"} <= kinds(document)
    assert document.text.index("Left 1.") < document.text.index("Right 1 ")


def test_furniture_off_leaves_running_lines_in() -> None:
    document = without(furniture=False)
    assert document.text.count("Annual report of the survey") == 4
    assert not any(page.furniture for page in document.pages)


def test_columns_off_reads_in_the_order_of_the_file() -> None:
    first = without(columns=False, paragraphs=False).pages[0]
    texts = [block.text for block in first.blocks]
    left = next(at for at, text in enumerate(texts) if text.startswith("Left 1."))
    assert "Right 1 is" in texts[left] + texts[left + 1]
    assert sum(block.kind == "table" for block in first.blocks) == 1


def test_ruled_tables_off_makes_text_of_them() -> None:
    document = without(ruled_tables=False, unruled_tables=False)
    assert "table" not in kinds(document)
    assert "alpha" in document.text


def test_paragraphs_off_makes_each_line_one() -> None:
    assert len(without(paragraphs=False).blocks) > 2 * len(without().blocks)


def test_hyphens_off_leaves_words_cut() -> None:
    assert "second col- umn of the page" in without(hyphens=False).text


def test_headings_off_leaves_no_outline() -> None:
    document = without(headings=False)
    assert not document.outline
    assert not kinds(document) & {"title", "heading"}
    assert "Part 3 of the survey" in document.text


@pytest.mark.parametrize("stage", Stages.__dataclass_fields__)
def test_no_stage_is_needed_for_the_words(stage: str) -> None:
    document = without(**{stage: False})
    for word in ("Left 2.", "Right 4 is", "alpha", "Part 1"):
        assert word in document.text
