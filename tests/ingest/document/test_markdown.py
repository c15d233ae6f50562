from __future__ import annotations

from ingest.document.markdown import document_markdown
from ingest.types import Block, Cell, Document, Page, Table


def document(*blocks: Block) -> Document:
    return Document("id", "name", "text/plain", "0" * 64, (Page(1, blocks=blocks),))


def test_headings_stand_below_the_title() -> None:
    made = document_markdown(
        document(
            Block("title", "年度\n报告", level=1),
            Block("heading", "Results", level=1),
            Block("heading", "Deep", level=9),
        )
    )
    assert made == "# 年度 报告\n\n## Results\n\n###### Deep\n"


def test_headings_without_title_keep_their_level() -> None:
    assert document_markdown(document(Block("heading", "A", level=2))) == "## A\n"


def test_lists_are_tight_nested_and_numbered() -> None:
    made = document_markdown(
        document(
            Block("list", "• first"),
            Block("list", "inner", level=1),
            Block("list", "2. second"),
            Block("text", "After."),
        )
    )
    assert made == "- first\n    - inner\n2. second\n\nAfter.\n"


def test_table_code_and_empty_blocks() -> None:
    table = Table(2, 1, (Cell(0, 0, "H"), Cell(1, 0, "x|y")))
    made = document_markdown(
        document(Block("table", "", table=table), Block("figure", " "), Block("code", "a = '```'"))
    )
    assert made == "| H |\n| --- |\n| x\\|y |\n\n````\na = '```'\n````\n"


def test_text_that_looks_like_markup_is_escaped() -> None:
    made = document_markdown(
        document(Block("text", "# not a heading\n1. not a list\n---\nfine - so"))
    )
    assert made == "\\# not a heading\n1\\. not a list\n\\---\nfine - so\n"


def test_nothing_gives_nothing() -> None:
    assert document_markdown(document()) == ""
