from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from ingest.document.table_text import table_markdown
from ingest.types import BLOCK_SEPARATOR, Block, Cell, Chunk, Document, Page, Table
from rag.tables.findings import TableFinding
from rag.tables.table_answerer import TableAnswerer, shows_table
from rag.tables.write_answer import write_table_answer
from rag.types import AnswerWords, ComputedWords, Hit
from tests.rag.tables.tables import ERRORS, LODGING, METERS, RACE, REVENUE, make_table

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


MARGINS = [
    ["(in millions)", "March 26, 2023", "March 27, 2022"],
    ["Net sales", "$ 6,269", "$ 6,401"],
    ["Operating margin", "{}", "10.6%"],
]


@dataclass(frozen=True)
class Segments:
    """A library of one document with a table for each segment, under its heading or above text."""

    margins: dict[str, str]
    headings: bool = True

    def read_parsed(self, document_id: str) -> Document:
        blocks: list[Block] = []
        for name, margin in self.margins.items():
            rows = [[cell.format(margin) for cell in row] for row in MARGINS]
            if self.headings:
                blocks.append(Block("heading", name, level=2))
            blocks.append(Block("table", table_markdown(make_table(rows)), table=make_table(rows)))
            if not self.headings:
                blocks.append(Block("text", f"{name} sold more than in the year before."))
        return Document(document_id, "report.pdf", "", "", (Page(1, blocks=tuple(blocks)),))

    def read_chunks(self, document_id: str) -> list[Chunk]:
        chunks, at = list[Chunk](), 0
        for block in self.read_parsed(document_id).blocks:
            end = at + len(block.text)
            place = len(chunks)
            chunks.append(
                Chunk(f"c{place}", document_id, place, block.text, (), (), (at, end), 1, 1, 9)
            )
            at = end + len(BLOCK_SEPARATOR)
        return chunks

    def ask(self, question: str, name: str = "report.pdf") -> TableFinding | None:
        return TableAnswerer(self, None).find_answer(question, self.find_hits(name))

    def find_hits(self, name: str = "report.pdf") -> list[Hit]:
        """Return the passages that show a table."""
        return [Hit(each, name, 1.0) for each in self.read_chunks("d") if "|" in each.text]


@pytest.mark.parametrize("headings", [True, False])
def test_the_table_of_the_segment_that_is_named(headings: bool) -> None:
    library = Segments({"Airframes": "10.8%", "Orbital": "9.5%"}, headings)
    found = library.ask("What was the operating margin of Orbital in the quarter to March 2023?")
    assert found is not None
    assert found.values == ("9.5%",)
    assert found.sureness > 0.6
    hits = library.find_hits()
    shown = hits[found.binding.table.rank]
    assert "9.5%" in shown.chunk.text


def test_the_segment_stands_before_the_row() -> None:
    found = Segments({"Report": "1%", "Airframes": "10.8%"}).ask(
        "What was the operating margin of Airframes on March 26, 2023?"
    )
    assert found is not None
    text = "".join(write_table_answer(found, "en"))
    assert text.startswith("10.8% — Operating margin · March 26, 2023")


def test_of_alike_tables_none_is_sure_where_no_segment_is_named() -> None:
    library = Segments({"Airframes": "10.8%", "Orbital": "9.5%"})
    named, unnamed = (
        library.ask(f"What was the operating margin{whose} on March 26, 2023?")
        for whose in (" of Orbital", " of Space")
    )
    assert named is not None
    assert unnamed is None or unnamed.sureness < 0.45 < named.sureness


def test_a_document_that_the_question_names_is_the_only_one_read() -> None:
    library = OneDocument(make_table(RACE))
    chunk = library.read_chunks("d")[0]
    hits = [Hit(chunk, "note_FN-121.docx", 2.0), Hit(chunk, "note_FN-105.docx", 1.0)]
    found = TableAnswerer(library, None).find_answer("In note FN-105: who drove a Honda?", hits)
    assert found is not None
    assert found.binding.table.above[0] == "note_FN-105.docx"


@pytest.mark.parametrize(
    ("rows", "question", "language", "said"),
    [
        (ERRORS, "List all codes", "en", "E03, E05, E07, E11 (4 of 4 rows). [1]"),
        (ERRORS, "What must I do if the machine overheats?", "en",
         "Switch off, cool for 30 minutes — Code: E05"),
        (METERS, "how many meters leak?", "en", "5 of 14 rows; all 14 were looked at. [1]"),
        (METERS, "What is the difference in reading between M02 and M05?", "en",
         "30 — 150 − 120 = 30. [1]"),
        (LODGING, "住酒店最多花多少钱？", "zh", "500元、400元、300元\n- 城市类别：一类城市"),
        (LODGING, "有几类城市？", "zh", "3（共查看 3 行，符合 3 行）。[1]"),
        (RACE, "Who came after Bob Ray?", "en", "Cy Fox"),
    ],
)  # fmt: skip
def test_how_answers_read(rows: list[list[str]], question: str, language: str, said: str) -> None:
    assert "".join(say(rows, question, language)).startswith(said)


def test_a_heading_of_two_levels_is_said_whole() -> None:
    rows = [
        ["Product", "First half", "", "Second half", ""],
        ["", "Plan", "Actual", "Plan", "Actual"],
        ["Pumps", "100", "90", "110", "120"],
        ["Valves", "50", "55", "60", "58"],
    ]
    cells = tuple(
        Cell(at, column, text, column_span=2 if at == 0 and column else 1, header=at < 2)
        for at, row in enumerate(rows)
        for column, text in enumerate(row)
        if text
    )
    library = OneDocument(Table(4, 5, cells))
    finding = TableAnswerer(library, None).find_answer(
        "What is the second half actual of Pumps?", library.find_hits()
    )
    assert finding is not None
    assert finding.values == ("120",)
    assert "Second half · Actual: 120" in "".join(write_table_answer(finding, "en"))


def test_rows_that_are_too_many_to_be_written_out_are_named() -> None:
    text = "".join(say(METERS, "How many meters are sound?"))
    assert text.startswith("9 of 14 rows; all 14 were looked at: M01, M03, M04, M06")
    assert text.endswith("M13. [1]")
