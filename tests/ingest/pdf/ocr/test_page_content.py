from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ingest.pdf.ocr.ink import ink_of, setting_of
from ingest.pdf.ocr.page_content import scanned_page
from ingest.pdf.ocr.ruled_lines import rules_in
from ingest.pdf.ocr.styles import settle
from ingest.pdf.page.content import Line, PageContent, Rect
from tests.ingest.pdf.support import scanned, sheets

EMPTY = PageContent(1, sheets.WIDTH, sheets.HEIGHT)


def lines_of(draw: Any) -> list[Line]:
    """Return the lines of a page as they are after OCR that reads everything right."""
    page = scanned_page(EMPTY, scanned.ideal(draw), scanned.drawn(draw))
    return list(settle([page])[0].lines)


def line_with(lines: list[Line], text: str) -> Line:
    return next(line for line in lines if text in line.text)


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("average sense over us", "tiro"),
        ("Light of the world", "tiro"),
        ("going up quickly", "helv"),
        ("系统记录向量索引", "china-s"),
    ],
)
@pytest.mark.parametrize("size", [9.0, 12.0, 18.0])
def test_the_size_is_seen_in_the_ink_whatever_the_letters(
    text: str, font: str, size: float
) -> None:
    def draw(page: Any) -> None:
        sheets.write(page, 60, 100, text, size, font)

    raster = scanned.drawn(draw)
    box = Rect(55, 100 - size, 400, 100 + 0.4 * size)
    setting = setting_of(ink_of(raster.gray(), raster, box), raster, text)
    assert setting is not None
    assert setting.size == pytest.approx(size, rel=0.14)
    assert setting.baseline == pytest.approx(100, abs=1)


def document(page: Any) -> None:
    sheets.write(page, 60, 80, "Annual Report", 18, "tibo")
    sheets.write(page, 60, 120, "Scope", 10, "tibo")
    sheets.column(page, 60, 140, sheets.wrapped(sheets.LOREM * 2, 440, 10, "tiro"), 10, "tiro")
    sheets.write(page, 60, 300, "Findings", 14, "tiro")
    page.insert_text((60, 330), "in colour", fontsize=10, color=(0.8, 0.1, 0.1))


def test_sizes_come_together_and_bold_is_told_from_regular() -> None:
    lines = lines_of(document)
    body = line_with(lines, "committee")
    assert len({line.size for line in lines}) == 3
    assert line_with(lines, "Scope").size == body.size
    assert line_with(lines, "Annual").size > line_with(lines, "Findings").size > body.size
    bold = [line.text for line in lines if line.share_of("bold") > 0.5]
    assert bold == ["Annual Report", "Scope"]
    red = line_with(lines, "in colour").words[0].style.color
    assert red >> 16 > 0x80 > red & 0xFF
    assert body.words[0].style.color == 0


def test_light_letters_on_a_dark_ground_are_read() -> None:
    def draw(page: Any) -> None:
        page.draw_rect((50, 80, 400, 110), fill=(0.1, 0.1, 0.4))
        page.insert_text((60, 100), "White on blue", fontsize=12, color=(1, 1, 1))

    (line,) = lines_of(draw)
    assert line.size == pytest.approx(12, rel=0.14)
    assert line.words[0].style.color == 0xFFFFFF


def test_lines_are_parted_where_a_table_has_its_columns() -> None:
    def draw(page: Any) -> None:
        sheets.write(page, 60, 100, "North")
        sheets.write(page, 200, 100, "54.0")

    joined = [replace(word, line=0) for word in scanned.ideal(draw)]
    page = scanned_page(EMPTY, joined, scanned.drawn(draw))
    assert [line.text for line in page.content.lines] == ["North", "54.0"]


def test_what_the_engine_doubts_is_left_out_and_counted() -> None:
    good = scanned.ideal(document)
    bad = replace(good[0], text="od", confidence=0.3, line=99)
    page = scanned_page(EMPTY, [*good, bad], scanned.drawn(document))
    assert "od" not in [line.text for line in page.content.lines]
    assert page.dropped == 1
    assert page.confidence == pytest.approx(0.98)


def test_the_rules_of_a_table_are_found_and_letters_are_not_rules() -> None:
    rows = [["等级", "年份", "产量"], ["华北", "2024", "1.5"], ["一一", "——", "0.1"]]

    def draw(page: Any) -> None:
        sheets.ruled_table(page, 100, 200, rows, "china-s")
        sheets.column(page, 60, 400, sheets.wrapped(sheets.LOREM * 3, 460))

    raster = scanned.drawn(draw)
    rules = rules_in(raster.gray(), raster, [word.rect for word in scanned.ideal(draw)])
    across = [rule for rule in rules if rule.width > rule.height]
    down = [rule for rule in rules if rule.width <= rule.height]
    assert [rule.middle for rule in across] == pytest.approx([200, 220, 240, 260], abs=0.6)
    middles = [(rule.x0 + rule.x1) / 2 for rule in down]
    assert middles == pytest.approx([100, 200, 300, 400], abs=0.8)
    assert all(rule.width == pytest.approx(300, abs=2) for rule in across)
    assert all(rule.height == pytest.approx(60, abs=2) for rule in down)
    sides = [side for rule in rules for side in (rule.x0, rule.y0, rule.x1, rule.y1)]
    assert {type(side) for side in sides} == {float}, "no numbers of numpy: they cannot be stored"
