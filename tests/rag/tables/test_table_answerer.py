from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document.table_text import table_markdown
from ingest.types import BLOCK_SEPARATOR, Block, Chunk, Document, Page, Table
from rag.tables.table_answerer import TableAnswerer, shows_table
from rag.tables.write_answer import write_table_answer
from rag.types import AnswerWords, ComputedWords, Hit
from tests.rag.tables.tables import ERRORS, LODGING, METERS, REVENUE, make_table

ROWS_OF_A_CHUNK = 5


@dataclass(frozen=True)
class OneDocument:
    """A library of one document: a heading, and a table that is cut into chunks."""

    table: Table

    @property
    def lines(self) -> list[str]:
        return table_markdown(self.table).split("\n")

    def read_parsed(self, document_id: str) -> Document:
        blocks = (
            Block("heading", "Inventory", level=1),
            Block("table", table_markdown(self.table), table=self.table),
        )
        return Document(document_id, "sheet.xlsx", "", "", (Page(1, blocks=blocks),))

    def read_chunks(self, document_id: str) -> list[Chunk]:
        head, rule, *body = self.lines
        start = len("Inventory" + BLOCK_SEPARATOR)
        whole = len("\n".join(self.lines))
        return [
            Chunk(f"c{at}", document_id, at, "\n".join([head, rule, *part]), ("Inventory",), (),
                  (start, start + whole), 1, 1, 9, "table")
            for at, part in enumerate(
                body[low : low + ROWS_OF_A_CHUNK] for low in range(0, len(body), ROWS_OF_A_CHUNK)
            )
        ]  # fmt: skip

    def find_hits(self) -> list[Hit]:
        return [Hit(self.read_chunks("d")[0], "sheet.xlsx", 1.0)]


def say(
    rows: Sequence[Sequence[str]], question: str, language: str = "en", heads: int = 1
) -> list[str]:
    library = OneDocument(make_table(rows, heads))
    finding = TableAnswerer(library, None).find_answer(question, library.find_hits())
    return [] if finding is None else list(write_table_answer(finding, language))


def test_all_rows_are_counted_though_the_hit_shows_a_part() -> None:
    pieces = say(METERS, "How many meters are leaking?")
    assert pieces[0] == "5"
    assert isinstance(pieces[0], ComputedWords)
    text = "".join(pieces)
    assert "5 of 14 rows; all 14 were looked at" in text
    assert text.count("[1]") == 6
    assert "Meter: M14" in text


def test_the_rows_that_are_counted_can_be_cited() -> None:
    library = OneDocument(make_table(METERS))
    question = "How many meters are leaking?"
    (hit,) = TableAnswerer(library, None).widen_hits(question, library.find_hits())
    shown = "\n".join(chunk.text for chunk in (hit.chunk, *hit.neighbours))
    assert all(label in shown for label in ("M02", "M05", "M09", "M11", "M14"))


def test_a_cell_is_said_first_and_then_its_row() -> None:
    pieces = say(ERRORS, "What is the remedy for E07?")
    assert isinstance(pieces[0], AnswerWords)
    assert not isinstance(pieces[0], ComputedWords)
    assert "".join(pieces).startswith("Close the door — Code: E07; Remedy: Close the door")


def test_chinese_rows_have_chinese_punctuation() -> None:
    text = "".join(say(LODGING, "二类城市的住宿费上限是多少？", "zh"))
    assert text == "400元——城市类别：二类城市；住宿费上限：400元；伙食补助：100元[1]"


def test_a_question_on_years_turns_the_table() -> None:
    assert say(REVENUE, "In which year was product revenue higher?", heads=0)[0] == "2018"


def test_hits_without_a_table_are_left_as_they_are() -> None:
    chunk = Chunk("c", "d", 0, "No table here.", (), (), (0, 14), 1, 1, 3)
    hits = [Hit(chunk, "a.txt", 1.0)]
    assert not shows_table(hits)
    library = OneDocument(make_table(METERS))
    assert TableAnswerer(library, None).widen_hits("How many?", hits) == hits
