"""What other parsers export becomes a Document: small exports of our own making."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from ingest.errors import EngineMissing, LimitExceeded, NoTextFound, ParserCrashed
from ingest.formats.external.choose import NAMED_ENGINES, parse_with
from ingest.formats.external.docling import docling_document
from ingest.formats.external.mineru import mineru_document
from ingest.formats.external.pages import Pages, import_engine_module
from ingest.formats.external.pymupdf4llm import pymupdf4llm_document
from ingest.formats.registry import parse_file
from ingest.options import ParseOptions
from ingest.types import Block, Box, Document
from tests.ingest.pdf.support import sheets

TWO = [(600.0, 800.0), (400.0, 500.0)]
DATA = sheets.made(
    lambda document: sheets.write(sheets.page_of(document), 72, 100, "Own words 文字")
)


def prose(document: Any) -> None:
    """Write four lines of a paragraph."""
    page = sheets.page_of(document)
    for at, number in enumerate(("first", "second", "third", "fourth")):
        text = f"Words of the {number} line 文字, and some more"
        sheets.write(page, 72, 100 + 14 * at, text, 10, "china-s")


def said(document: Document) -> list[tuple[str, str, int]]:
    """Return kind, text and level of every block."""
    return [(block.kind, block.text, block.level) for block in document.blocks]


def docling_item(label: str, text: str, top: float, **more: Any) -> dict[str, Any]:
    """Return an item as docling exports it: 20 points high, the origin at the bottom left."""
    box = {"l": 50.0, "t": top, "r": 550.0, "b": top - 20, "coord_origin": "BOTTOMLEFT"}
    prov = [{"page_no": 1, "bbox": box, "charspan": [0, len(text)]}]
    return {"label": label, "text": text, "orig": text, "prov": prov, "children": [], **more}


def docling_cell(row: int, column: int, text: str, **more: Any) -> dict[str, Any]:
    return {"start_row_offset_idx": row, "start_col_offset_idx": column, "text": text, **more}


def refs(*paths: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/{path}"} for path in paths]


@pytest.fixture
def docling_export() -> dict[str, Any]:
    cell_box = {"l": 50.0, "t": 200.0, "r": 90.0, "b": 210.0, "coord_origin": "TOPLEFT"}
    cells = [
        docling_cell(0, 0, "年度 Year", col_span=2, column_header=True, bbox=cell_box),
        docling_cell(1, 0, "2024"),
        docling_cell(1, 1, "3.5"),
    ]
    return {
        "body": {
            "children": refs(
                "texts/0", "texts/1", "groups/0", "tables/0", "texts/5", "pictures/0", "texts/7"
            )
        },
        "groups": [
            {"label": "list", "children": refs("texts/2", "groups/1")},
            {"label": "list", "children": refs("texts/3")},
        ],
        "texts": [
            docling_item("title", "报告 Report", 780),
            docling_item("section_header", "Methods", 740, level=2),
            docling_item("list_item", "first", 700, enumerated=True, marker="1."),
            docling_item("list_item", "内层", 680, enumerated=False, marker="-"),
            docling_item("caption", "表 1", 640),
            docling_item("formula", "", 400, orig="E = mc²"),
            docling_item("text", "words in a picture", 340),
            docling_item("page_header", "Running head", 799, content_layer="furniture"),
        ],
        "tables": [
            docling_item(
                "table",
                "",
                600,
                captions=refs("texts/4"),
                children=refs("texts/4"),
                data={"num_rows": 2, "num_cols": 2, "table_cells": cells},
            )
        ],
        "pictures": [docling_item("picture", "", 350, children=refs("texts/6"))],
    }


def test_docling_gives_blocks_in_the_order_of_its_body(docling_export: dict[str, Any]) -> None:
    document = docling_document(docling_export, Pages(TWO), DATA, "报告.pdf")
    assert said(document) == [
        ("title", "报告 Report", 1),
        ("heading", "Methods", 2),
        ("list", "1. first", 0),
        ("list", "内层", 1),
        ("caption", "表 1", 0),
        ("table", "| 年度 Year | 年度 Year |\n| --- | --- |\n| 2024 | 3.5 |", 0),
        ("formula", "E = mc²", 0),
        ("figure", "", 0),
    ]
    assert [(page.number, page.width, page.height) for page in document.pages] == [
        (1, 600.0, 800.0),
        (2, 400.0, 500.0),
    ]
    assert document.pages[0].furniture == ("Running head",)
    assert [(entry.title, entry.level) for entry in document.outline] == [
        ("报告 Report", 1),
        ("Methods", 2),
    ]
    assert (document.name, document.media_type) == ("报告.pdf", "application/pdf")


def test_docling_boxes_are_turned_to_the_top_left(docling_export: dict[str, Any]) -> None:
    document = docling_document(docling_export, Pages(TWO), DATA, "a.pdf")
    assert document.blocks[0].boxes == (Box(1, 50, 20, 550, 40),)
    table = next(block.table for block in document.blocks if block.table)
    assert table.cells[0].box == Box(1, 50, 200, 90, 210)
    assert table.cells[0].column_span == 2
    assert table.cells[0].header
    assert table.cells[1].box is None


MINERU: list[dict[str, Any]] = [
    {"type": "page_header", "text": "Running head", "bbox": [0, 0, 1000, 10], "page_idx": 0},
    {"type": "text", "text": "水文 Flow", "text_level": 1, "bbox": [100, 50, 900, 100]},
    {"type": "text", "text": "Plain words.", "bbox": [100, 200, 900, 300], "page_idx": 0},
    {"type": "equation", "text": "$$\na = b\n$$", "text_format": "latex", "page_idx": 0},
    {
        "type": "table",
        "table_caption": ["表 2 Rates"],
        "table_body": "<table><tr><th>年</th><th>Rate</th></tr><tr><td>1</td><td>2</td></tr>"
        "<tr><td>3</td><td>4</td></tr></table>",
        "table_footnote": ["Source: own"],
        "bbox": [100, 100, 500, 200],
        "page_idx": 1,
    },
    {"type": "list", "list_items": ["- one", "    - 二"], "page_idx": 1},
    {"type": "image", "img_path": "a.jpg", "image_caption": ["Figure 1"], "page_idx": 1},
    {"type": "code", "sub_type": "code", "code_body": "if x:\n    y()", "page_idx": 1},
    {"type": "page_footnote", "text": "* 注", "page_idx": 1},
]


def test_mineru_gives_the_blocks_of_its_content_list() -> None:
    entries = [{"page_idx": 0, **entry} for entry in MINERU]
    document = mineru_document(entries, Pages(TWO), DATA, "b.pdf")
    assert said(document) == [
        ("title", "水文 Flow", 1),
        ("text", "Plain words.", 0),
        ("formula", "$$\na = b\n$$", 0),
        ("caption", "表 2 Rates", 0),
        ("table", "| 年 | Rate |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |", 0),
        ("text", "Source: own", 0),
        ("list", "one", 0),
        ("list", "二", 1),
        ("caption", "Figure 1", 0),
        ("figure", "", 0),
        ("code", "if x:\n    y()", 0),
        ("footnote", "* 注", 0),
    ]
    assert [len(page.blocks) for page in document.pages] == [3, 9]
    assert document.pages[0].furniture == ("Running head",)


def test_mineru_boxes_are_thousandths_of_their_page() -> None:
    entries = [{"page_idx": 0, **entry} for entry in MINERU]
    blocks = mineru_document(entries, Pages(TWO), DATA, "b.pdf").blocks
    assert blocks[0].boxes == (Box(1, 60, 40, 540, 80),)
    assert blocks[2].boxes == ()
    assert blocks[4].boxes == (Box(2, 40, 50, 200, 100),)


def chunk_of(parts: list[tuple[str, str]]) -> dict[str, Any]:
    """Return a page chunk of (class, Markdown) parts, each 20 points below the last."""
    text, boxes = "", []
    for at, (kind, markdown) in enumerate(parts):
        pos = (len(text), len(text) + len(markdown))
        boxes.append({"index": at, "class": kind, "bbox": (50, 20 * at, 300, 20 * at + 10)})
        boxes[-1]["pos"] = pos
        text += markdown
    return {"metadata": {"page_number": 1}, "page_boxes": boxes, "text": text}


def test_pymupdf4llm_gives_the_parts_of_its_page_chunks() -> None:
    chunk = chunk_of(
        [
            ("page-header", "Journal \n\n"),
            ("title", "# **年报 Report** \n\n"),
            ("section-header", "## **Sites** \n\n"),
            ("text", "Plain *words* 文 字. \n\n"),
            ("list-item", "- •one \n\n"),
            ("list-item", "   - 二 \n\n"),
            ("caption", "**Table 1** \n\n"),
            ("table", "|**A**|**B**|\n|---|---|\n|1|2|\n|3|4|\n\n"),
            ("picture", "**==> picture [1 x 1] intentionally omitted <==**\n\n"),
        ]
    )
    document = pymupdf4llm_document([chunk, chunk_of([])], Pages(TWO), DATA, "c.pdf")
    assert said(document) == [
        ("title", "年报 Report", 1),
        ("heading", "Sites", 2),
        ("text", "Plain words 文字.", 0),
        ("list", "one", 0),
        ("list", "二", 1),
        ("caption", "Table 1", 0),
        ("table", "| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |", 0),
        ("figure", "", 0),
    ]
    assert document.blocks[0].boxes == (Box(1, 50, 20, 300, 30),)
    assert document.pages[0].furniture == ("Journal",)


def test_page_chunks_without_a_layout_model_have_no_boxes() -> None:
    chunks = [{"metadata": {}, "text": "# Title\n\nWords."}, {"metadata": {}, "text": "更多"}]
    document = pymupdf4llm_document(chunks, Pages(TWO), DATA, "c.pdf")
    assert said(document) == [("title", "Title", 1), ("text", "Words.", 0), ("text", "更多", 0)]
    assert [len(page.blocks) for page in document.pages] == [2, 1]


def test_an_export_without_text_says_so() -> None:
    with pytest.raises(NoTextFound):
        mineru_document([{"type": "image", "page_idx": 0}], Pages(TWO), DATA, "d.pdf")


def test_a_block_on_no_page_is_an_error_of_the_parser() -> None:
    with pytest.raises(ParserCrashed, match="page 3 of 2"):
        Pages(TWO).add(3, Block("text", "lost"))


def test_boxes_are_cut_to_their_page() -> None:
    assert Pages(TWO).build_box(2, 500, -3, 10, 40) == Box(2, 10, 0, 400, 40)


def test_a_library_that_is_not_there_says_how_to_install_it() -> None:
    with pytest.raises(EngineMissing) as caught:
        import_engine_module("no_such_package_here.at_all", "pip install no-such")
    assert "pip install no-such" in caught.value.advice


@pytest.mark.parametrize("engine", ["docling", "mineru"])
def test_a_named_engine_that_is_not_installed_is_missing(engine: str) -> None:
    if importlib.util.find_spec(engine):
        pytest.skip(f"{engine} is installed")
    with pytest.raises(EngineMissing) as caught:
        parse_with(engine, DATA, "made.pdf", ParseOptions(), None)
    assert f"pip install {engine}" in caught.value.advice.replace('"', "")


@pytest.mark.parametrize("engine", sorted(NAMED_ENGINES))
def test_a_named_engine_is_held_to_the_limits(engine: str) -> None:
    with pytest.raises((EngineMissing, LimitExceeded)):
        parse_with(engine, DATA, "made.pdf", ParseOptions(max_pages=0), None)


def test_pymupdf4llm_reads_a_file() -> None:
    pytest.importorskip("pymupdf4llm", exc_type=ImportError)
    steps: list[tuple[int, int]] = []
    options = ParseOptions(ocr="off", engine="pymupdf4llm")
    document = parse_file(sheets.made(prose), "made.pdf", options, lambda *step: steps.append(step))
    assert "Words of the third line 文字" in document.text
    assert document.blocks[0].boxes[0].page == 1
    assert steps == [(1, 1)]
