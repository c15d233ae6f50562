"""Tables that go on overleaf."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pymupdf
import pytest

from ingest.chunking.chunker import ChunkOptions, chunk_document
from ingest.options import ParseOptions
from ingest.pdf.layout.stages import Stages
from ingest.pdf.parse import parse_pdf
from ingest.types import Block, Document
from tests.ingest.pdf.support.sheets import (
    LOREM,
    column,
    made,
    page_of,
    ruled_table,
    wrapped,
    write,
)

Rows = Sequence[Sequence[str]]
_HEAD = ["Item", "Count", "Share"]
_FIRST = [[f"Item {at}", str(100 + at), f"{at}%"] for at in range(1, 8)]
_SECOND = [[f"Item {at}", str(100 + at), f"{at}%"] for at in range(8, 12)]


def _two_pages(
    first: Rows,
    second: Rows,
    between: str = "",
    x: float = 80,
    font: str = "helv",
    top: float = 620,
) -> bytes:
    def draw(document: Any) -> None:
        page = page_of(document)
        column(page, 80, 80, wrapped(LOREM * 3, 420))
        ruled_table(page, 80, top, first, font)
        page = page_of(document)
        if between:
            write(page, x, 60, between, 10, font)
        ruled_table(page, x, 80, second, font)
        column(page, 80, 400, wrapped(LOREM, 420))

    return made(draw)


def _parsed(data: bytes) -> Document:
    return parse_pdf(data, "t.pdf", ParseOptions(ocr="off"))


def _tables(document: Document) -> list[tuple[int, Block]]:
    return [(page.number, b) for page in document.pages for b in page.blocks if b.table]


def _told(block: Block) -> list[list[str]]:
    assert block.table is not None
    rows: list[list[str]] = [[] for _ in range(block.table.rows)]
    for cell in block.table.cells:
        rows[cell.row].append(cell.text)
    return rows


@pytest.mark.parametrize("head", [[_HEAD], []], ids=["repeated head", "no head"])
@pytest.mark.parametrize("between", ["", "Table 1 (continued)"])
def test_parts_are_one_table_on_its_first_page(head: Rows, between: str) -> None:
    document = _parsed(_two_pages([_HEAD, *_FIRST], [*head, *_SECOND], between))
    ((number, block),) = _tables(document)
    assert number == 1
    assert _told(block) == [_HEAD, *_FIRST, *_SECOND]
    assert [box.page for box in block.boxes] == [1, 2]
    assert (between in document.text) == (between == "")
    assert document.pages[1].furniture == ((between,) if between else ())


def test_chinese_parts_join_and_the_line_between_is_furniture() -> None:
    rows = [["名称", "数量"], *([f"项目{at}", f"{at}.5%"] for at in range(7))]
    document = _parsed(_two_pages(rows, [rows[0], ["项目甲", "9"]], "续表 1", font="china-s"))
    ((_, block),) = _tables(document)
    assert _told(block) == [*rows, ["项目甲", "9"]]
    assert document.pages[1].furniture == ("续表 1",)


def test_cells_and_words_stay_on_their_own_pages() -> None:
    data = _two_pages([_HEAD, *_FIRST], [_HEAD, *_SECOND])
    ((_, block),) = _tables(_parsed(data))
    assert block.table is not None
    for cell in block.table.cells:
        assert cell.box is not None
        assert cell.box.page == (1 if cell.row <= len(_FIRST) else 2)
    document: Any = pymupdf.open(stream=data)
    for span in block.spans:
        box = span.box
        clip = (box.x0, box.y0, box.x1, box.y1)
        found = document[box.page - 1].get_text(clip=clip).split()
        assert found == [block.text[span.start : span.end]]
    assert all(a.end <= b.start for a, b in pairwise(block.spans))


def test_passages_of_the_second_part_are_on_the_second_page() -> None:
    document = _parsed(_two_pages([_HEAD, *_FIRST], [_HEAD, *_SECOND]))
    chunks = chunk_document(document, ChunkOptions(40, 0), lambda text: len(text.split()))
    (last,) = [chunk for chunk in chunks if "Item 11" in chunk.text]
    assert last.text.startswith("| Item | Count | Share |")
    assert (last.page, last.page_end) == (2, 2)
    whole = chunk_document(document, ChunkOptions(4000, 0), lambda text: len(text.split()))
    assert any((chunk.page, chunk.page_end) == (1, 2) for chunk in whole)


@pytest.mark.parametrize(
    "data",
    [
        lambda: _two_pages([_HEAD, *_FIRST], [["Name", "Kind", "Note"], ["a", "b", "c"]]),
        lambda: _two_pages([_HEAD, *_FIRST], [["A", "B"], *[row[:2] for row in _SECOND]]),
        lambda: _two_pages([_HEAD, *_FIRST], [_HEAD, *_SECOND], "Table 2. Another one"),
        lambda: _two_pages([_HEAD, *_FIRST], [_HEAD, *_SECOND], x=220),
        lambda: _two_pages([_HEAD, *_FIRST], [_HEAD, *_SECOND], top=220),
    ],
    ids=["another head", "other columns", "a caption", "another place", "not at the end"],
)
def test_other_tables_stay_apart(data: Callable[[], bytes]) -> None:
    assert len(_tables(_parsed(data()))) == 2


def test_a_table_over_three_pages() -> None:
    def draw(document: Any) -> None:
        page = page_of(document)
        column(page, 80, 80, wrapped(LOREM, 420))
        ruled_table(page, 80, 560, [_HEAD, *_FIRST])
        ruled_table(page_of(document), 80, 60, [_HEAD, *_FIRST * 4])
        ruled_table(page_of(document), 80, 60, [_HEAD, *_SECOND])

    document = _parsed(made(draw))
    ((number, block),) = _tables(document)
    assert number == 1
    assert _told(block) == [_HEAD, *_FIRST, *_FIRST * 4, *_SECOND]
    assert [len(page.blocks) for page in document.pages][1:] == [0, 0]


def test_stage_can_be_left_out() -> None:
    data = _two_pages([_HEAD, *_FIRST], [_HEAD, *_SECOND])
    document = parse_pdf(data, "t.pdf", ParseOptions(ocr="off"), stages=Stages(joins=False))
    assert [number for number, _ in _tables(document)] == [1, 2]
