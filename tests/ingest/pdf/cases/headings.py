"""Goldens about headings, contents pages, running headers and footers, footnotes."""

from __future__ import annotations

from collections.abc import Callable

from tests.ingest.pdf.support import sheets
from tests.ingest.pdf.support.pens import Pen, chinese, drawn, english

ZH_FONT = "china-s"


def headings_by_size_en(pen: Pen) -> None:
    pen.line("The Harbour of Lindholm", 24, after=16)
    for chapter, sections in (("Building", ("Quays", "Cranes")), ("Running", ("Pilots", "Fees"))):
        pen.heading(chapter, 17)
        pen.text(english(len(chapter), 2))
        for section in sections:
            pen.heading(section, 13)
            pen.text(english(len(section), 3))


def headings_by_bold_en(pen: Pen) -> None:
    for first, name in enumerate(("Costs and funding", "Works at sea", "Works on land")):
        pen.heading(name, 10, "hebo")
        pen.text(english(first, 3))
        pen.text(english(first + 4, 3))


def headings_by_number_en(pen: Pen) -> None:
    for number, name in (
        ("1", "Scope"),
        ("1.1", "Vessels concerned"),
        ("1.2", "Waters concerned"),
        ("2", "Duties of the skipper"),
        ("2.1", "Before arrival"),
        ("2.1.1", "Notice"),
    ):
        pen.heading(f"{number} {name}", 11, "hebo")
        pen.text(english(len(name), 3))


def chapters_zh(pen: Pen) -> None:
    for chapter, sections in (
        ("第一章 总则", ("第一节 目的", "第二节 适用范围")),
        ("第二章 泊位", ("第一节 申请", "第二节 收费")),
    ):
        pen.heading(chapter, 16)
        for section in sections:
            pen.heading(section, 12.5)
            pen.text(chinese(len(section) + len(chapter), 4))


def numbered_zh(pen: Pen) -> None:
    pen.line("关于加强港口管理的通知", 20, indent=110, after=16)
    for number, name in (
        ("一、", "总体要求"),
        ("（一）", "指导思想"),
        ("（二）", "工作目标"),
        ("二、", "主要任务"),
        ("（一）", "疏浚航道"),
    ):
        pen.heading(number + name, 13 if number == "一、" or number == "二、" else 11.5)
        pen.text(chinese(len(name) + len(number), 4))


def run_in_heading_en(pen: Pen) -> None:
    pen.heading("Works at Sea", 15, "hebo")
    for first, name in enumerate(("Dredging.", "Lights.", "Moorings.")):
        text = english(2 * first, 3)
        lead = len(name) * 6.4 + 8
        sheets.write(pen.page, pen.x, pen.y, name, 10, "hebo")
        lines = sheets.wrapped(text, pen.width - lead, 10, "helv")
        pen.line(lines[0], indent=lead)
        rest = text[len(lines[0]) :].strip()
        pen.text(rest)


def long_heading_zh(pen: Pen) -> None:
    for line in ("关于港口疏浚工程竣工验收和新建港池", "投入使用有关事项的说明"):
        pen.line(line, 18, indent=60)
    pen.y += 14
    pen.heading("一、验收的组织和参加单位以及各单位在工程中承担的主要工作", 13)
    pen.text(chinese(0, 5))
    pen.heading("二、后续工作", 13)
    pen.text(chinese(3, 5))


def contents_zh(pen: Pen) -> None:
    pen.line("目录", 18, indent=200, after=14)
    entries = (("第一章 总则", 2), ("第二章 泊位管理", 2), ("第三章 附则", 3))
    for name, number in entries:
        end = pen.x + sheets.measure(name, 10, ZH_FONT) + 6
        sheets.write(pen.page, end, pen.y, "." * int((490 - end) / 2.78), 10)
        sheets.write(pen.page, 500, pen.y, str(number), 10)
        pen.line(name, after=4)
    for at, (name, number) in enumerate(entries):
        if at == 0 or number != entries[at - 1][1]:
            pen.turn()
        pen.heading(name, 15)
        pen.text(chinese(at, 6))


def odd_even_headers_en(pen: Pen) -> None:
    for number in range(1, 7):
        if number > 1:
            pen.turn()
        if number % 2:
            sheets.write(pen.page, 420, 45, f"Harbour Report {number}", 9)
        else:
            sheets.write(pen.page, 72, 45, f"{number} Lindholm Port Authority", 9)
        if number in (1, 4):
            pen.heading(("Part One", "Part Two")[number > 1], 16, "hebo")
        for at in range(3):
            pen.text(english(number + 2 * at, 4))


def chapter_titles_zh(pen: Pen) -> None:
    names = ("第一章 航道", "第二章 泊位", "第三章 安全")
    for number in range(1, 10):
        if number > 1:
            pen.turn()
        name = names[(number - 1) // 3]
        sheets.write(pen.page, 72, 45, name, 9, ZH_FONT)
        sheets.write(pen.page, 500, 45, str(number), 9)
        if number % 3 == 1:
            pen.heading(name, 16)
        for at in range(3):
            pen.text(chinese(number + 2 * at, 4))


def page_number_only_zh(pen: Pen) -> None:
    for number in range(1, 5):
        if number > 1:
            pen.turn()
        for at in range(3):
            pen.text(chinese(number + at, 5))
        sheets.write(pen.page, 285, 800, f"- {number} -", 9)


def footnotes_en(pen: Pen) -> None:
    pen.heading("Depths", 15, "hebo")
    text = "At low water, as the survey of last summer has shown, the channel is nine metres deep"
    sheets.write(pen.page, pen.x + sheets.measure(text, 10), pen.y - 3.5, "1", 6)
    pen.line(text)
    pen.text("over its whole length. " + english(0, 4))
    pen.page.draw_line((72, 720), (200, 720))
    sheets.write(pen.page, 72, 733, "1", 5.5)
    sheets.write(pen.page, 77, 736, "Below chart datum of 1998, in salt water.", 8)


def footnotes_zh(pen: Pen) -> None:
    pen.heading("水深", 15)
    pen.text(chinese(0, 5))
    pen.text("低潮时航道水深九米①，与去年夏季的测量结果一致。" + chinese(2, 2))
    pen.page.draw_line((72, 720), (200, 720))
    sheets.write(pen.page, 72, 736, "① 以一九九八年海图基准面为准。", 8, ZH_FONT)


def watermark_zh(pen: Pen) -> None:
    for number in range(1, 4):
        if number > 1:
            pen.turn()
        where = pen.page.rect.width / 2 - 120, pen.page.rect.height / 2 + 80
        morph = sheets.turned(*where, 45)
        pen.page.insert_text(
            where, "内部资料", fontname=ZH_FONT, fontsize=64, color=(0.85,) * 3, morph=morph
        )
        pen.heading(("一、现状", "二、计划", "三、经费")[number - 1], 14)
        for at in range(2):
            pen.text(chinese(number + at, 5))


def _of(draw: Callable[[Pen], None], font: str = "helv") -> Callable[[], bytes]:
    return lambda: drawn(draw, font)


CASES: dict[str, Callable[[], bytes]] = {
    "headings-by-size-en": _of(headings_by_size_en),
    "headings-by-bold-en": _of(headings_by_bold_en),
    "headings-by-number-en": _of(headings_by_number_en),
    "headings-chapters-zh": _of(chapters_zh, ZH_FONT),
    "headings-numbered-zh": _of(numbered_zh, ZH_FONT),
    "heading-run-in-en": _of(run_in_heading_en),
    "heading-several-lines-zh": _of(long_heading_zh, ZH_FONT),
    "contents-page-zh": _of(contents_zh, ZH_FONT),
    "odd-even-headers-en": _of(odd_even_headers_en),
    "chapter-running-titles-zh": _of(chapter_titles_zh, ZH_FONT),
    "page-number-only-zh": _of(page_number_only_zh, ZH_FONT),
    "footnotes-en": _of(footnotes_en),
    "footnotes-zh": _of(footnotes_zh, ZH_FONT),
    "watermark-zh": _of(watermark_zh, ZH_FONT),
}
