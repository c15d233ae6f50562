"""Superscripts are not glued to the words before them: 10 to the power of 6 is not 106."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from ingest.pdf.reading.reader import open_pdf
from tests.ingest.pdf.support import sheets


def glued(base: str, mark: str, tail: str = "") -> bytes:
    def draw(document: Any) -> None:
        import pymupdf

        measure: Any = pymupdf.get_text_length
        page = sheets.page_of(document)
        sheets.column(page, 72, 90, sheets.wrapped(sheets.LOREM, 400))
        sheets.write(page, 72, 200, f"It was measured at {base}", 10)
        x = 72 + measure(f"It was measured at {base}", fontsize=10)
        sheets.write(page, x, 196, mark, 6)
        x += measure(mark, fontsize=6)
        sheets.write(page, x, 200, f"{tail} in the survey of all the regions.", 10)

    return sheets.made(draw)


@pytest.mark.parametrize(
    ("base", "mark", "text"),
    [
        ("10", "6", "at 10^6 in"),
        ("10", "-3", "at 10^-3 in"),
        ("km", "2", "at km^2 in"),
        ("x", "2", "at x^2 in"),
        ("1", "st", "at 1st in"),
        ("results", "1", "at results1 in"),
    ],
)
def test_powers_are_marked_as_such(base: str, mark: str, text: str) -> None:
    document = parse_pdf(glued(base, mark), "x.pdf", ParseOptions(ocr="off"))
    assert text in document.text


def test_the_mark_of_a_note_is_a_word_of_its_own() -> None:
    with open_pdf(glued("results", "12", ",")) as source:
        words = [word for line in source.read(1).lines for word in line.words]
    at = max(at for at, word in enumerate(words) if word.text == "results")
    assert [(word.text, word.raised) for word in words[at : at + 3]] == [
        ("results", False),
        ("12", True),
        (",", False),
    ]
    boxes = [word.rect for word in words[at : at + 3]]
    assert boxes[0].x1 <= boxes[1].x0 < boxes[1].x1 <= boxes[2].x0
