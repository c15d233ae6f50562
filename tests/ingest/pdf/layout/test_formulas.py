"""Display formulas are blocks of their own, in English and Chinese; what only looks so is not."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.options import ParseOptions
from ingest.pdf.layout.formulas import formula_rows
from ingest.pdf.layout.stages import Stages
from ingest.pdf.page.content import Line, Rect, Style, Word
from ingest.pdf.page.rows import Row
from ingest.pdf.parse import parse_pdf
from ingest.types import Document
from tests.ingest.pdf.support import sheets

PROSE = "The balance of the account grows from year to year as the rate of interest says"
ROW = 12.5


def row(
    text: str, x: float = 72.0, y: float = 100.0, *, font: str = "Times", mono: bool = False
) -> Row:
    """Return a row of 10 points, five points to the letter; "|" leaves 120 points free."""
    words: list[Word] = []
    for part in text.split():
        if part == "|":
            x += 120
            continue
        style = Style(font=font, size=10.0, mono=mono)
        words.append(Word(part, Rect(x, y, x + 5 * len(part), y + 10), style))
        x = words[-1].rect.x1 + 3
    return Row.of([Line.from_words(words)])


def found(*rows: Row) -> list[tuple[int, int]]:
    """Return the formulas among rows that stand between two full lines of prose."""
    top, bottom = row(PROSE, y=0.0), row(PROSE, y=400.0)
    return [(start - 1, end - 1) for start, end in formula_rows([top, *rows, bottom], 10.0)]


@pytest.mark.parametrize(
    "formula",
    [
        row("E = m c^2 + p v", 200),
        row("sin x + cos y = z", 200),
        row("∑ a_i x_i ≤ b", 180),
        row("Γxyz ∆ ΨΩ", 200, font="ABCDEF+CMMI10"),
        row("利率 = 利息 / 本金 | | (3-1)", 150),
        row("Rate = Interest / Sum | | (2.1)", 150),
        row("v = a t | | | (4)", 72),
    ],
    ids=["letters", "functions", "sum", "fonts", "numbered-zh", "numbered-en", "far-number"],
)
def test_a_line_of_mathematics_that_is_set_apart(formula: Row) -> None:
    assert found(formula) == [(0, 1)]


@pytest.mark.parametrize(
    "line",
    [
        row("E = m c^2 + p v", 72),
        row("Let x = 3 be the number of years", 95),
        row("其中 x = 3 是年数", 95),
        row("Annual Report 2024", 200),
        row("x = y + f(z)", 200, mono=True),
        row("see the law. | | (4)", 150),
        row("• a = b + c", 110),
        row("A. B. Smith and C. Wu", 200),
        row("1 2 3 4 5 6", 200),
    ],
    ids=["edge", "prose", "prose-zh", "title", "code", "sentence", "item", "names", "digits"],
)
def test_what_only_looks_like_one_stays(line: Row) -> None:
    assert found(line) == []


def test_numerators_and_limits_belong_to_their_formula() -> None:
    rows = [row("a + b", 220, 100), row("v = c + d", 200, 109), row("2 n", 230, 120)]
    assert found(*rows) == [(0, 3)]
    assert found(row("note", 220, 100), rows[1]) == [(1, 2)]


def test_a_region_without_words_needs_no_indent() -> None:
    assert formula_rows([row("y = a x + b")], 10.0) == [(0, 1)]
    assert formula_rows([row("y = a x + b"), row("12 15 19", y=200)], 10.0) == [(0, 1)]
    assert formula_rows([row("years of growth")], 10.0) == []
    assert formula_rows([], 10.0) == []


def lines_of(text: str, font: str, formula: str, end: str) -> bytes:
    """Return a page: a paragraph, a formula with its number, a paragraph."""

    def draw(document: Any) -> None:
        page = sheets.page_of(document)
        y = sheets.column(page, 72, 100, sheets.wrapped(text, 400, font=font), font=font)
        sheets.write(page, 200, y + ROW, formula, font=font)
        sheets.write(page, 455, y + ROW, "(3.1)")
        sheets.column(page, 72, y + 3 * ROW, sheets.wrapped(end, 400, font=font), font=font)

    return sheets.made(draw)


def parsed(data: bytes, **stages: bool) -> Document:
    return parse_pdf(data, "made.pdf", ParseOptions(ocr="off"), stages=Stages(**stages))


@pytest.mark.parametrize(
    ("text", "font", "end"),
    [
        (f"{PROSE}, and it goes on {PROSE.lower()}, which is", "helv", f"where a is {PROSE}."),
        (
            "账户余额逐年增长，其速度取决于利率，而利率由中央银行根据市场情况确定并且每年公布一次，即",
            "china-s",
            "其中各项的意义在前面的章节里已经说明，这里不再重复，读者可以参看前文的有关内容。",
        ),
    ],
    ids=["en", "zh"],
)
def test_a_formula_is_a_block_between_paragraphs(text: str, font: str, end: str) -> None:
    data = lines_of(text, font, "y = a + b x", end)
    document = parsed(data)
    assert [block.kind for block in document.blocks] == ["text", "formula", "text"]
    formula = document.blocks[1]
    assert formula.text == "y = a + b x (3.1)"
    assert 195 < formula.boxes[0].x0 < 205
    assert formula.boxes[0].x1 > 470
    assert [formula.text[span.start : span.end] for span in formula.spans][-1] == "(3.1)"
    assert not document.outline
    assert "formula" not in {block.kind for block in parsed(data, formulas=False).blocks}
