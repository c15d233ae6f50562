"""The contract of a parser named in settings, over docchat's own and made ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.errors import CorruptFile, EngineMissing, ParserCrashed
from ingest.formats.external.choose import parse_with
from ingest.formats.registry import parse_file
from ingest.options import ParseOptions, Progress
from ingest.types import Block, Box, Document, Page
from tests.ingest.pdf.support import sheets

HERE = __name__
DATA = sheets.made(
    lambda document: sheets.write(sheets.page_of(document), 72, 100, "Own words 文字")
)


def made(data: bytes, name: str, options: ParseOptions, progress: Progress | None) -> Document:
    block = Block("text", f"{len(data)} bytes 字节", (Box(1, 0, 0, 10, 10),))
    return Document("made", name, "application/pdf", "0" * 64, (Page(1, 100, 100, (block,)),))


def off_page(data: bytes, name: str, options: ParseOptions, progress: Progress | None) -> Document:
    document = made(data, name, options, progress)
    block = replace(document.blocks[0], boxes=(Box(2, 0, 0, 10, 10),))
    return replace(document, pages=(replace(document.pages[0], blocks=(block,)),))


def badly_numbered(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None
) -> Document:
    return replace(made(data, name, options, progress), pages=(Page(0), Page(1)))


def text_only(data: bytes, name: str, options: ParseOptions, progress: Progress | None) -> str:
    return "no document"


def breaking(data: bytes, name: str, options: ParseOptions, progress: Progress | None) -> Document:
    raise KeyError("layout")


def rejecting(data: bytes, name: str, options: ParseOptions, progress: Progress | None) -> Document:
    raise CorruptFile("damaged")


@pytest.mark.parametrize("engine", ["ingest.pdf.parse:parse_pdf", f"{HERE}:made"])
def test_an_engine_gives_a_document(engine: str) -> None:
    document = parse_file(DATA, "made.pdf", ParseOptions(ocr="off", engine=engine))
    assert isinstance(document, Document)
    assert document.name == "made.pdf"
    assert document.text.strip()


def test_other_formats_stay_with_docchat() -> None:
    document = parse_file("# 标题\n\nText".encode(), "a.md", ParseOptions(engine=f"{HERE}:made"))
    assert [entry.title for entry in document.outline] == ["标题"]


@pytest.mark.parametrize("engine", ["no_such_package.here:parse", f"{HERE}:missing", "plain"])
def test_a_missing_engine_says_so(engine: str) -> None:
    with pytest.raises(EngineMissing) as caught:
        parse_with(engine, DATA, "made.pdf", ParseOptions(), None)
    assert "pip install" in caught.value.advice


@pytest.mark.parametrize("engine", ["off_page", "badly_numbered", "text_only", "breaking"])
def test_what_an_engine_does_wrong_is_named(engine: str) -> None:
    with pytest.raises(ParserCrashed, match=engine):
        parse_with(f"{HERE}:{engine}", DATA, "made.pdf", ParseOptions(), None)


def test_a_file_that_an_engine_rejects_is_rejected() -> None:
    with pytest.raises(CorruptFile):
        parse_with(f"{HERE}:rejecting", DATA, "made.pdf", ParseOptions(), None)
