"""Footnotes: their marks, what is none, and lines of one note that stand apart."""

from __future__ import annotations

import pytest

from ingest.document.serialize import decode_document, encode_document
from ingest.options import ParseOptions
from ingest.pdf.layout.footnotes import with_notes
from ingest.pdf.layout.paragraphs import Paragraph, ParagraphKind
from ingest.pdf.page.content import Rect, Style, Word
from ingest.pdf.page.markers import find_note_mark
from ingest.pdf.parse import parse_pdf
from tests.ingest.pdf.test_goldens import CASES


def row(text: str, x: float, y: float, size: float = 8, raised: str = "") -> tuple[Word, ...]:
    """Return the words of `text`; `raised` is the one among them that is a superscript."""
    words = []
    for part in text.split():
        rect = Rect(x, y, x + 0.5 * size * len(part), y + size)
        words.append(Word(part, rect, Style(size=size), part == raised))
        x = rect.x1 + 0.3 * size
    return tuple(words)


def paragraph(kind: ParagraphKind, *rows: tuple[Word, ...], mark: str = "") -> Paragraph:
    return Paragraph(kind, rows, mark=mark)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1 Below chart datum.", "1"),
        ("12. As before.", "12"),
        ("1Glued to its mark.", "1"),
        ("* Preliminary.", "*"),
        ("† Not applicable.", "†"),
        ("① 以一九九八年海图基准面为准。", "①"),
        ("注1：不含税", "注1"),
        ("2021", ""),
        ("1999年以来", ""),
        ("30 20 10", ""),
        ("41-50 years", ""),
        ("1,450 tons", ""),
        ("25% of all", ""),
        ("[3] J. Alder, Dredging.", ""),
    ],
)
def test_a_note_begins_with_its_mark(text: str, mark: str) -> None:
    assert find_note_mark(row(text, 60, 700)) == mark


def test_a_small_paragraph_whose_mark_is_in_the_text_is_a_note_at_any_height() -> None:
    text = paragraph("text", row("nine metres deep 1 over all", 60, 100, 10, raised="1"))
    tied = paragraph("text", row("1 Below chart datum.", 60, 300))
    other = paragraph("text", row("2 Below chart datum.", 60, 320))
    kinds = [(p.kind, p.mark) for p in with_notes([text, tied, other], 10.0)]
    assert kinds == [("text", ""), ("footnote", "1"), ("text", "")]


def test_the_lines_of_one_note_are_one_block() -> None:
    note = paragraph("footnote", row("1 Below the chart datum of", 60, 700), mark="1")
    below = paragraph("text", row("the year before last.", 60, 710))
    text = paragraph("text", row("The town paid a fifth", 320, 90, 10))
    whole, rest = with_notes([note, below, text], 10.0)
    assert whole.rows == (*note.rows, *below.rows)
    assert (whole.mark, rest) == ("1", text)


def test_a_mark_that_stands_alone_belongs_to_the_note_beside_it() -> None:
    alone = paragraph("footnote", row("1", 60, 699, 5), mark="1")
    beside = paragraph("text", row("Below chart datum.", 66, 700))
    (whole,) = with_notes([alone, beside], 10.0)
    assert [word.text for word in whole.rows[0]] == ["1", "Below", "chart", "datum."]


@pytest.mark.parametrize(("name", "mark"), [("footnotes-en", "1"), ("footnotes-zh", "①")])
def test_a_footnote_is_tied_to_the_text_and_stored_so(name: str, mark: str) -> None:
    document = parse_pdf(CASES[name](), f"{name}.pdf", ParseOptions(ocr="off"))
    *others, note = document.blocks
    assert (note.kind, note.mark) == ("footnote", mark)
    assert note.text.startswith(mark)
    assert any(mark in block.text for block in others if block.kind == "text")
    assert decode_document(encode_document(document)) == document
