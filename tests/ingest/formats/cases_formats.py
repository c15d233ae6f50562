"""One file of each format but PDF, with headings, nested lists and tables with spans."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import openpyxl
from ebooklib import epub
from pptx import Presentation
from pptx.util import Inches


def word_zh() -> bytes:
    document: Any = docx.Document()
    document.add_heading("港口年度报告", 0)
    document.add_heading("第一章 航道", 1)
    document.add_paragraph("港口在春季完成了疏浚，较大的船舶因此可以驶入内侧码头。")
    document.add_heading("第一节 水深", 2)
    document.add_paragraph("外航道", style="List Number")
    document.add_paragraph("低潮时九米", style="List Bullet 2")
    document.add_paragraph("内侧码头", style="List Number")
    document.add_paragraph("表1 各码头吞吐量", style="Caption")
    table = document.add_table(4, 3)
    table.cell(0, 1).merge(table.cell(0, 2)).text = "吞吐量（万吨）"
    table.cell(0, 0).merge(table.cell(1, 0)).text = "码头"
    fill(table, 1, ("", "上年", "本年"))
    fill(table, 2, ("北", "52", "61"))
    fill(table, 3, ("南", "40", "38"))
    document.add_heading("第二章 泊位", 1)
    document.add_paragraph("渔船仍停在原来的泊位。")
    return saved(document)


def fill(table: Any, row: int, texts: tuple[str, ...]) -> None:
    for column, text in enumerate(texts):
        if text:
            table.cell(row, column).text = text


def slides_en() -> bytes:
    deck: Any = Presentation()
    cover = deck.slides.add_slide(deck.slide_layouts[0])
    cover.shapes.title.text, cover.placeholders[1].text = "Lindholm Port", "Annual review"
    works = deck.slides.add_slide(deck.slide_layouts[1])
    works.shapes.title.text = "Works at sea"
    frame = works.placeholders[1].text_frame
    frame.text = "Channel dredged"
    for text, level in (("nine metres at low water", 1), ("Second light built", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    works.notes_slide.notes_text_frame.text = "Thank the pilots."
    figures = deck.slides.add_slide(deck.slide_layouts[5])
    figures.shapes.title.text = "Figures"
    shape = figures.shapes.add_table(3, 3, Inches(1), Inches(2), Inches(6), Inches(2))
    table = shape.table
    table.cell(0, 1).merge(table.cell(0, 2))
    for row, texts in enumerate(
        (("Quay", "Tons", ""), ("North", "52", "61"), ("South", "40", "38"))
    ):
        fill(table, row, texts)
    return saved(deck)


def sheets_zh() -> bytes:
    """Two tables on a sheet, the first with merged heads and a merged label; a second sheet."""
    book: Any = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "吞吐量"
    for row in (
        ["二〇二三年吞吐量"],
        ["港区", "码头", "吞吐量（万吨）", None],
        [None, None, "上年", "本年"],
        ["老港", "北", 52, 61],
        [None, "南", 40, 38],
        ["新港", "东", 12, 25],
        [],
        ["船型", "艘次"],
        ["渔船", 310],
        ["货船", 95],
    ):
        sheet.append(row)
    for area in ("A1:D1", "A2:A3", "B2:B3", "C2:D2", "A4:A5"):
        sheet.merge_cells(area)
    fees: Any = book.create_sheet("Fees")
    for row in (["Length", "Fee"], ["to 10 m", 5.5], ["to 20 m", 9]):
        fees.append(row)
    fees["B2"].number_format = "0.00"
    return saved(book)


def html_en() -> bytes:
    return b"""<!doctype html><html><head><title>Harbour rules</title></head><body>
<nav><a href="/">Home</a></nav>
<h1>Harbour rules</h1>
<p>In force since <em>spring</em>.</p>
<h2>Arrival</h2>
<ol><li>Call the office<ul><li>name of the vessel</li><li>draught</li></ul></li>
<li>Wait for the green light</li></ol>
<h2>Fees</h2>
<table><caption>Fees by length</caption>
<thead><tr><th rowspan="2">Length</th><th colspan="2">Fee</th></tr>
<tr><th>summer</th><th>winter</th></tr></thead>
<tbody><tr><td>to 10 m</td><td>5.50</td><td>3.00</td></tr>
<tr><td>to 20 m</td><td colspan="2">9.00</td></tr></tbody></table>
<pre><code>fee = length * 0.5
print(fee)</code></pre>
<footer>Lindholm Port</footer></body></html>"""


def markdown_zh() -> bytes:
    return """---
title: 进港规定
---

# 进港规定

自春季起施行。

## 到港

1. 向港务部门报告
    - 船名
    - 吃水
2. 等待绿灯

## 收费

| 船长 | 费用 |
| --- | ---: |
| 十米以下 | 5.50 |
| 二十米以下 | 9.00 |

> 夜间停靠另计。

```python
fee = length * 0.5
```
""".encode()


def plain_en() -> bytes:
    return b"""CHAPTER 1

The harbour was dredged in the spring so that larger
vessels could reach the inner quay.

Each sounding was taken twice.

CHAPTER 2

Fishing boats kept their old moorings.
"""


def book_zh() -> bytes:
    made: Any = epub.EpubBook()
    made.set_identifier("harbour")
    made.set_title("海港志")
    chapters = []
    for number, body in enumerate(
        (
            "<h1>第一章 航道</h1><p>港口在春季完成了疏浚。</p><h2>水深</h2>"
            "<ul><li>外航道<ul><li>九米</li></ul></li><li>内侧码头</li></ul>",
            "<h1>第二章 泊位</h1><table><tr><th>码头</th><th>长度</th></tr>"
            '<tr><td rowspan="2">北</td><td>310</td></tr><tr><td>255</td></tr></table>',
        ),
        start=1,
    ):
        chapter = epub.EpubHtml(title=f"c{number}", file_name=f"c{number}.xhtml", lang="zh")
        chapter.content = body
        made.add_item(chapter)
        chapters.append(chapter)
    made.toc = tuple(chapters)
    made.add_item(epub.EpubNcx())
    made.add_item(epub.EpubNav())
    made.spine = chapters
    buffer = io.BytesIO()
    epub.write_epub(buffer, made)
    return buffer.getvalue()


def saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


CASES: dict[str, Callable[[], bytes]] = {
    "word-zh.docx": word_zh,
    "slides-en.pptx": slides_en,
    "sheets-zh.xlsx": sheets_zh,
    "rules-en.html": html_en,
    "rules-zh.md": markdown_zh,
    "chapters-en.txt": plain_en,
    "book-zh.epub": book_zh,
}
