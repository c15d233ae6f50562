from __future__ import annotations

from dataclasses import dataclass

import pytest

from ingest.types import BLOCK_SEPARATOR, Block, BlockKind, Chunk, Document, Page
from rag.lists.document_lists import find_lists
from rag.lists.whole_lists import ListAnswerer, write_list, write_outline
from rag.question.understand import understand_question
from rag.types import Hit

MANUAL: list[tuple[BlockKind, str, int]] = [
    ("title", "Clock manual", 1),
    ("heading", "Setting the time", 2),
    ("text", "To set the time:", 0),
    ("list", "1. Press SET.", 0),
    ("list", "2. Turn the wheel.", 0),
    ("list", "3. Press SET again.", 0),
    ("heading", "Battery", 2),
    ("text", "Open the lid. Take the old battery out. Close the lid.", 0),
    ("heading", "Cleaning", 2),
    ("text", "Use a dry cloth.", 0),
]
LAW: list[tuple[BlockKind, str, int]] = [
    ("title", "护照管理办法", 1),
    ("text", "第十三条 有下列情形之一的，不予签发护照：", 0),
    ("text", "（一）无法证明身份的；\n（二）弄虚作假的；\n（三）正在服刑的。", 0),
    ("text", "第十四条 护照的有效期为十年。", 0),
]


@dataclass(frozen=True)
class OneDocument:
    """A library of one document, a chunk for each block."""

    blocks: list[tuple[BlockKind, str, int]]

    def read_parsed(self, document_id: str) -> Document:
        blocks = tuple(Block(kind, text, level=level) for kind, text, level in self.blocks)
        return Document(document_id, "manual.md", "", "", (Page(1, blocks=blocks),))

    def read_chunks(self, document_id: str) -> list[Chunk]:
        found, at = [], 0
        for number, (_, text, _) in enumerate(self.blocks):
            place = (at, at + len(text))
            found.append(Chunk(f"c{number}", document_id, number, text, (), (), place, 1, 1, 9))
            at += len(text) + len(BLOCK_SEPARATOR)
        return found

    def find_hits(self, number: int) -> list[Hit]:
        return [Hit(self.read_chunks("d")[number], "manual.md", 1.0)]


def say(blocks: list[tuple[BlockKind, str, int]], question: str, number: int) -> str:
    library = OneDocument(blocks)
    asked = understand_question(question)
    best = ListAnswerer(library, None).find_list(asked, library.find_hits(number))
    return "" if best is None else write_list(best)


def test_all_steps_come_in_order_numbered_as_they_were() -> None:
    assert say(MANUAL, "How do I set the time?", 3).splitlines() == [
        "To set the time:",
        "- 1. Press SET. [1]",
        "- 2. Turn the wheel. [1]",
        "- 3. Press SET again. [1]",
    ]


def test_the_paragraphs_of_a_law_are_a_list() -> None:
    said = say(LAW, "哪些情形不予签发护照？", 1)
    assert said.count("[1]") == 3
    assert "（三）正在服刑的。" in said


def test_a_question_of_one_fact_gets_no_list() -> None:
    assert say(MANUAL, "How long does the battery last?", 7) == ""


def test_the_items_that_are_said_can_be_cited() -> None:
    library = OneDocument(MANUAL)
    asked = understand_question("How do I set the time?")
    (hit,) = ListAnswerer(library, None).widen_hits(asked, library.find_hits(2))
    assert {"1. Press SET.", "3. Press SET again."} <= {each.text for each in hit.neighbours}


def test_the_outline_of_a_document_are_its_top_headings() -> None:
    library = OneDocument(MANUAL)
    outline = ListAnswerer(library, None).find_outline(library.find_hits(2))
    assert outline is not None
    assert write_outline(outline) == "Sections: Setting the time; Battery; Cleaning. [1]"


@pytest.mark.parametrize("kind", ["items", "headings", "sentences"])
def test_every_item_stands_where_it_says(kind: str) -> None:
    document = OneDocument(MANUAL).read_parsed("d")
    lists = [each for each in find_lists(document) if each.kind == kind]
    assert lists
    for item in (item for each in lists for item in each.items):
        assert document.text[item.start : item.end].strip() == item.text
