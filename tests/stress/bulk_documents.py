"""Writes thousands of made documents of mixed formats and sizes, Chinese and English.

The same seed gives the same documents. Sizes go from one line to some hundred pages with a long
tail (log-normal), words follow Zipf's law over a made vocabulary, and every document contains its
number, so that no two are the same. Limits: the sentences have no meaning, only length and variety.
"""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pymupdf

KINDS = (("md", 30), ("txt", 24), ("html", 16), ("pdf", 14), ("docx", 9), ("xlsx", 4), ("pptx", 2))
"""Suffix and share in percent; the rest is EPUB."""
LONG_AGO = 1_700_000_000
"""The time of change of all files (seconds since 1970), so that a sync skips unchanged ones."""

_MEDIAN_WORDS = 120
_SPREAD = 1.3
_MOST_WORDS = 30_000
_GIANT_EVERY = 2_500
_GIANT_WORDS = 90_000
"""About 250 pages."""
_VOCABULARY = 5_000
_SUBJECTS = (
    "pump", "valve", "rotor", "sensor", "policy", "invoice", "battery", "turbine", "antenna",
)  # fmt: skip
_HAN = (
    "水泵阀门转子传感器政策发票电池涡轮天线合同设备系统数据温度压力流量功率时间检查更换记录标准"
    "要求安全操作说明"
)
_SYLLABLES = (
    "ba", "co", "di", "fu", "ga", "lo", "mi", "no", "pa", "re", "si", "ta", "vu", "wex", "yor",
    "zan", "tri", "ple", "con", "ver",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """The content of a document before it is written: a title, and paragraphs under headings."""

    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]


def write_documents(folder: Path, count: int, seed: int, version: int = 0) -> list[Path]:
    """Write documents 0 to `count` - 1; return their paths."""
    return [write_document(folder, number, seed, version) for number in range(count)]


def write_document(folder: Path, number: int, seed: int, version: int = 0) -> Path:
    """Write one document; another `version` has the same name and format, but another text."""
    chance = random.Random(f"{seed}/{number}")
    kind = _draw_suffix(chance)
    chinese = chance.random() < 0.5
    words = _GIANT_WORDS if number % _GIANT_EVERY == _GIANT_EVERY - 1 else _draw_size(chance)
    text = _build_text(random.Random(f"{seed}/{number}/{version}"), number, version, words, chinese)
    path = folder / f"{number % 100:02}" / f"{'文档' if chinese else 'document'}-{number:05}.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_WRITERS[kind](text, chinese))
    moment = LONG_AGO + version
    os.utime(path, (moment, moment))
    return path


def _draw_suffix(chance: random.Random) -> str:
    names = [name for name, _ in KINDS] + ["epub"]
    shares = [share for _, share in KINDS]
    return chance.choices(names, [*shares, 100 - sum(shares)])[0]


def _draw_size(chance: random.Random) -> int:
    return min(_MOST_WORDS, max(6, round(_MEDIAN_WORDS * chance.lognormvariate(0.0, _SPREAD))))


def _build_text(
    chance: random.Random, number: int, version: int, words: int, chinese: bool
) -> Text:
    subject = chance.choice(_SUBJECTS)
    title = (
        f"{subject.title()} {number}"
        if not chinese
        else f"第{number}号{chance.choice(_HAN[:20])}设备"
    )
    first = (
        f"Document {number}, version {version}."
        if not chinese
        else f"文档{number}，第{version}版。"
    )
    paragraphs = [first]
    left = words
    while left > 0:
        length = min(left, chance.randint(20, 90))
        paragraphs.append(_build_paragraph(chance, length, chinese))
        left -= length
    size = chance.randint(4, 12)
    parts = [paragraphs[at : at + size] for at in range(0, len(paragraphs), size)]
    named = [
        (f"第{n}节" if chinese else f"Part {n}: {chance.choice(_SUBJECTS)}", tuple(part))
        for n, part in enumerate(parts, 1)
    ]
    return Text(title, tuple(named))


def _build_paragraph(chance: random.Random, words: int, chinese: bool) -> str:
    made = [_draw_word(chance, chinese) for _ in range(words)]
    sentences = [made[at : at + 12] for at in range(0, len(made), 12)]
    if chinese:
        return "".join("".join(each) + "。" for each in sentences)
    return " ".join(" ".join(each).capitalize() + "." for each in sentences)


def _draw_word(chance: random.Random, chinese: bool) -> str:
    return _build_vocabulary(chinese)[int(chance.paretovariate(0.9)) % _VOCABULARY]


@cache
def _build_vocabulary(chinese: bool) -> Sequence[str]:
    chance = random.Random(0)
    if chinese:
        return ["".join(chance.choices(_HAN, k=2)) for _ in range(_VOCABULARY)]
    made = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3))) for _ in range(_VOCABULARY)]
    return [*_SUBJECTS, *made][:_VOCABULARY]


def _write_markdown(text: Text, chinese: bool) -> bytes:
    parts = [f"# {text.title}"]
    for heading, paragraphs in text.sections:
        parts += [f"## {heading}", *paragraphs]
    return "\n\n".join(parts).encode()


def _write_plain_text(text: Text, chinese: bool) -> bytes:
    parts = [text.title, *(each for _, paragraphs in text.sections for each in paragraphs)]
    encoding = "gb18030" if chinese and len(parts) % 5 == 0 else "utf-8"
    return "\n\n".join(parts).encode(encoding)


def _write_html(text: Text, chinese: bool) -> bytes:
    body = "".join(
        f"<h2>{heading}</h2>" + "".join(f"<p>{each}</p>" for each in paragraphs)
        for heading, paragraphs in text.sections
    )
    title = text.title
    return (
        f"<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{body}"
    ).encode()


def _write_pdf(text: Text, chinese: bool) -> bytes:
    font, size = ("china-s", 10.5) if chinese else ("helv", 10.5)
    document: Any = pymupdf.open()
    lines: list[tuple[str, float]] = [(text.title, 18.0)]
    width = 42 if chinese else 88
    for heading, paragraphs in text.sections:
        lines.append((heading, 13.0))
        for each in paragraphs:
            lines += [(row, size) for row in _wrap_text(each, width, chinese)] + [("", size)]
    page, y = None, 0.0
    for row, height in lines:
        if page is None or y > 780:
            page, y = document.new_page(width=595, height=842), 60.0
        y += 1.45 * height
        if row:
            page.insert_text((60, y), row, fontname=font, fontsize=height)
    return bytes(document.tobytes(garbage=3, deflate=True))


def _wrap_text(text: str, width: int, chinese: bool) -> Sequence[str]:
    if chinese:
        return [text[at : at + width] for at in range(0, len(text), width)]
    rows, row = [], ""
    for word in text.split():
        if len(row) + len(word) >= width:
            rows.append(row)
            row = ""
        row = f"{row} {word}".strip()
    return [*rows, row]


def _write_docx(text: Text, chinese: bool) -> bytes:
    document = docx.Document()
    document.add_heading(text.title, 0)
    for heading, paragraphs in text.sections:
        document.add_heading(heading, 1)
        for each in paragraphs:
            document.add_paragraph(each)
    return _save_to_bytes(document.save)


def _write_xlsx(text: Text, chinese: bool) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    for heading, paragraphs in text.sections[:20]:
        sheet = book.create_sheet(heading[:20].replace(":", ""))
        sheet.append(["编号", "说明"] if chinese else ["Number", "Remark"])
        for number, each in enumerate(paragraphs):
            sheet.append([number, each[:200]])
    return _save_to_bytes(book.save)


def _write_pptx(text: Text, chinese: bool) -> bytes:
    deck = pptx.Presentation()
    for heading, paragraphs in text.sections[:60]:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = heading
        slide.placeholders[1].text = "\n".join(each[:300] for each in paragraphs[:4])
    return _save_to_bytes(deck.save)


def _write_epub(text: Text, chinese: bool) -> bytes:
    chapter = (
        f"<html xmlns='http://www.w3.org/1999/xhtml'><head><title>{text.title}</title></head>"
        f"<body>{_write_html(text, chinese).decode().split('</title>')[1]}</body></html>"
    )
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf' version='3.0' unique-identifier='i'>"
        "<metadata xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<dc:identifier id='i'>{text.title}</dc:identifier><dc:title>{text.title}</dc:title>"
        "<dc:language>en</dc:language></metadata><manifest>"
        "<item id='c' href='c.xhtml' media-type='application/xhtml+xml'/></manifest>"
        "<spine><itemref idref='c'/></spine></package>"
    )
    container = (
        "<container version='1.0' xmlns='urn:oasis:names:tc:opendocument:xmlns:container'>"
        "<rootfiles><rootfile full-path='p.opf' media-type='application/oebps-package+xml'/>"
        "</rootfiles></container>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip")
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("p.opf", package)
        archive.writestr("c.xhtml", chapter)
    return buffer.getvalue()


def _save_to_bytes(save: Callable[[Any], Any]) -> bytes:
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


_WRITERS: dict[str, Callable[[Text, bool], bytes]] = {
    "md": _write_markdown,
    "txt": _write_plain_text,
    "html": _write_html,
    "pdf": _write_pdf,
    "docx": _write_docx,
    "xlsx": _write_xlsx,
    "pptx": _write_pptx,
    "epub": _write_epub,
}
