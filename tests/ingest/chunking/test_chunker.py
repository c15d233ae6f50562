from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking.chunker import ChunkOptions, chunk_document
from ingest.document.table_text import table_markdown
from ingest.types import Block, BlockKind, Box, Cell, Chunk, Document, Page, Span, Table


def words(text: str) -> int:
    """Count as WordPiece does: words, marks and Chinese characters."""
    return len(re.findall(r"[A-Za-z0-9]+|[^\sA-Za-z0-9]", text))


def document(*pages: list[Block], identity: str = "doc") -> Document:
    made = tuple(Page(n, blocks=tuple(blocks)) for n, blocks in enumerate(pages, 1))
    return Document(identity, "name", "text/plain", "0" * 64, made)


def heading(text: str, level: int = 1) -> Block:
    return Block("heading", text, level=level)


def text(content: str, kind: BlockKind = "text") -> Block:
    return Block(kind, content)


def table(rows: int, columns: int = 3, header: str = "Head") -> Block:
    cells = [Cell(0, c, f"{header}{c}", header=True) for c in range(columns)]
    cells += [Cell(r, c, f"r{r}c{c}") for r in range(1, rows) for c in range(columns)]
    made = Table(rows, columns, tuple(cells))
    return Block("table", table_markdown(made), table=made)


def sentences(count: int, tag: str = "Sentence") -> str:
    return " ".join(f"{tag} number {n} says something." for n in range(count))


SMALL = ChunkOptions(max_tokens=40, overlap_tokens=8)


def cut(doc: Document, options: ChunkOptions = SMALL) -> list[Chunk]:
    return chunk_document(doc, options, words)


def assert_sound(doc: Document, chunks: list[Chunk], options: ChunkOptions) -> None:
    """What holds for every document: nothing lost, budget kept, ranges true, ids unique."""
    covered = [False] * len(doc.text)
    previous = (-1, -1)
    for number, chunk in enumerate(chunks):
        assert chunk.ordinal == number
        start, end = chunk.char_range
        assert (start, end) > previous
        assert end > previous[1]
        previous = (start, end)
        sliced = doc.text[start:end]
        assert chunk.text == sliced or (
            chunk.text.endswith("\n" + sliced) and chunk.text.startswith("|")
        )
        assert chunk.text == chunk.text.strip()
        assert chunk.text
        assert chunk.tokens == words(chunk.indexed_text)
        assert chunk.tokens <= options.max_tokens
        assert 1 <= chunk.page <= chunk.page_end <= len(doc.pages)
        covered[start:end] = [True] * (end - start)
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    in_paths = {title for chunk in chunks for title in chunk.heading_path}
    position = 0
    for block in doc.blocks:
        missing = any(
            not covered[position + offset]
            for offset, char in enumerate(block.text)
            if not char.isspace()
        )
        if missing:
            assert block.kind in ("title", "heading")
            assert " ".join(block.text.split()) in in_paths
        position += len(block.text) + 2


def test_no_text_gives_no_chunks() -> None:
    assert cut(document([])) == []
    assert cut(document([text("  ")])) == []


def test_headings_go_into_the_path_and_not_into_the_text() -> None:
    doc = document(
        [
            Block("title", "Handbook", level=1),
            heading("Leave"),
            text(sentences(5)),
            heading("Sick leave", 2),
            text(sentences(5, "Sick")),
        ]
    )
    chunks = cut(doc)
    assert {chunk.heading_path for chunk in chunks} == {
        ("Handbook", "Leave"),
        ("Handbook", "Leave", "Sick leave"),
    }
    assert all("Handbook" not in chunk.text for chunk in chunks)
    assert chunks[0].indexed_text.startswith("Handbook\nLeave\nSentence number 0")
    assert_sound(doc, chunks, SMALL)


def test_no_chunk_crosses_a_top_level_heading() -> None:
    doc = document([heading("一"), text("短文。"), heading("二"), text("另一段。")])
    assert [(c.heading_path, c.text) for c in cut(doc)] == [
        (("一",), "短文。"),
        (("二",), "另一段。"),
    ]


def test_a_lone_first_heading_is_the_title_and_the_next_level_divides() -> None:
    doc = document(
        [heading("Doc"), heading("A", 2), text("One."), heading("B", 2), text("Two.")],
    )
    assert [c.heading_path for c in cut(doc)] == [("Doc", "A"), ("Doc", "B")]


def test_a_lone_heading_after_text_divides() -> None:
    doc = document([text("Intro text."), heading("Appendix"), text("More text.")])
    assert [(c.heading_path, c.text) for c in cut(doc)] == [
        ((), "Intro text."),
        (("Appendix",), "More text."),
    ]


def test_small_sections_under_one_parent_are_joined_with_their_headings_in_the_text() -> None:
    doc = document(
        [
            heading("Parts"),
            heading("Bolt", 2),
            text("Steel, 5 mm."),
            heading("Nut", 2),
            text("Brass."),
            heading("Other"),
            text("End."),
        ]
    )
    first, second = cut(doc)
    assert first.heading_path == ("Parts",)
    assert first.text == "Bolt\n\nSteel, 5 mm.\n\nNut\n\nBrass."
    assert second.heading_path == ("Other",)


def test_headings_without_text_are_not_lost() -> None:
    doc = document([heading("Cover"), heading("Body"), text("Words."), heading("Last")])
    chunks = cut(doc)
    assert_sound(doc, chunks, SMALL)
    assert "Cover" in chunks[0].text
    assert chunks[-1].text == "Last"
    only = document([heading("A"), heading("B", 2)])
    assert [chunk.text for chunk in cut(only)] == ["A\n\nB"]


def test_a_heading_too_long_for_the_path_stands_in_the_text() -> None:
    long = sentences(6, "Heading")
    doc = document([heading("Top"), text("a."), heading(long), text("Body here.")])
    chunks = cut(doc)
    assert_sound(doc, chunks, SMALL)
    assert all(len(chunk.heading_path) <= 1 for chunk in chunks)
    assert chunks[-1].text.endswith("Body here.")


def test_overlap_is_whole_sentences_of_the_chunk_before() -> None:
    doc = document([text(sentences(30))])
    chunks = cut(doc)
    assert len(chunks) > 3
    for before, after in pairwise(chunks):
        shared = doc.text[after.char_range[0] : before.char_range[1]]
        assert shared.startswith("Sentence number")
        assert shared.endswith(".")
        assert words(shared) <= SMALL.overlap_tokens
    assert_sound(doc, chunks, SMALL)


def test_no_overlap_when_none_is_wanted() -> None:
    doc = document([text("今天下雨。" * 60)])
    chunks = cut(doc, ChunkOptions(32, 0))
    assert "".join(chunk.text for chunk in chunks) == doc.text


def test_a_paragraph_is_not_torn_when_the_chunk_is_nearly_full() -> None:
    first, second = sentences(5), sentences(5, "Other")
    chunks = cut(document([text(first), text(second)]))
    assert chunks[0].text == first
    assert chunks[1].text.endswith(second)


def test_a_table_that_fits_stays_whole_with_its_caption() -> None:
    grid = table(2)
    doc = document([text(sentences(4)), text("Table 1: Sizes", "caption"), grid])
    chunks = cut(doc)
    assert [chunk.text for chunk in chunks] == [sentences(4), "Table 1: Sizes\n\n" + grid.text]
    assert [chunk.kind for chunk in chunks] == ["text", "table"]


def test_a_large_table_is_cut_between_rows_and_repeats_its_header() -> None:
    grid = table(40)
    doc = document([text("Table 2", "caption"), grid, text("After the table.")])
    options = ChunkOptions(90, 20)
    chunks = cut(doc, options)
    assert_sound(doc, chunks, options)
    assert len(chunks) > 3
    lines = grid.text.split("\n")
    header = "\n".join(lines[:2])
    assert chunks[0].text.startswith("Table 2\n\n" + header + "\n| r1c0")
    assert all(chunk.text.startswith(header) for chunk in chunks[1:-1])
    assert chunks[-1].text.endswith("After the table.")
    assert [line for c in chunks for line in c.text.split("\n") if "| r" in line] == lines[2:]
    assert chunks[1].kind == "table"
    start, end = chunks[1].char_range
    assert chunks[1].text == header + "\n" + doc.text[start:end]


def test_a_row_or_header_above_the_budget_is_cut_all_the_same() -> None:
    cells = (
        Cell(0, 0, "Name", header=True),
        Cell(0, 1, "Text", header=True),
        Cell(1, 0, "x"),
        Cell(1, 1, sentences(20)),
    )
    made = Table(2, 2, cells)
    for grid in (made, replace(made, cells=tuple(replace(c, row=1 - c.row) for c in cells))):
        doc = document([Block("table", table_markdown(grid), table=grid)])
        assert_sound(doc, cut(doc), SMALL)


def test_a_giant_sentence_is_cut_at_clauses_words_and_letters() -> None:
    clauses = "，".join("这是很长的一句话" for _ in range(40))
    chunks = cut(document([text(clauses)]))
    assert all(chunk.text.endswith("，") for chunk in chunks[:-1])
    spaced = " ".join(f"word{n}" for n in range(300))
    chunks = cut(document([text(spaced)]), ChunkOptions(40, 0))
    assert " ".join(chunk.text for chunk in chunks) == spaced
    blob = "x" * 20_000
    chunks = cut(document([text(blob)]), ChunkOptions(40, 0))
    assert "".join(chunk.text for chunk in chunks) == blob
    assert max(len(chunk.text) for chunk in chunks) <= 40 * 16


def test_ids_of_other_sections_survive_an_edit() -> None:
    def made(*middle: Block) -> Document:
        return document(
            [heading("A"), text(sentences(20)), heading("B"), *middle],
            [heading("C"), text(sentences(20)), text("Same."), heading("C"), text("Same.")],
        )

    before = cut(made(text("Old.")))
    after = cut(made(text("New one."), text(sentences(30)), table(3)))
    kept = {chunk.id for chunk in before} & {chunk.id for chunk in after}
    assert kept == {chunk.id for chunk in before if chunk.heading_path != ("B",)}
    other = chunk_document(replace(made(text("Old.")), id="other"), SMALL, words)
    assert not {chunk.id for chunk in other} & {chunk.id for chunk in before}


def test_repeated_text_gets_ids_of_its_own() -> None:
    chunks = cut(document([block for _ in range(5) for block in (heading("H"), text("Same."))]))
    assert [chunk.text for chunk in chunks] == ["Same."] * 5
    assert len({chunk.id for chunk in chunks}) == 5


def test_boxes_spans_and_pages_follow_the_text() -> None:
    def placed(content: str, page: int) -> Block:
        spans = tuple(
            Span(m.start(), m.end(), Box(page, m.start(), 10, m.end(), 20))
            for m in re.finditer(r"\S+", content)
        )
        return Block("text", content, (Box(page, 0, 10, len(content), 20),), spans=spans)

    doc = document(
        [placed(sentences(5), 1)],
        [placed(sentences(5, "Second"), 2), Block("figure", "Photo", (Box(2, 5, 50, 60, 90),))],
    )
    chunks = cut(doc)
    assert (chunks[0].page, chunks[-1].page_end) == (1, 2)
    assert Box(2, 5, 50, 60, 90) in chunks[-1].boxes
    for chunk in chunks:
        assert {box.page for box in chunk.boxes} == set(range(chunk.page, chunk.page_end + 1))
        found = [chunk.text[span.start : span.end] for span in chunk.spans]
        assert found == [word for word in chunk.text.split() if word != "Photo"]


def test_spans_of_a_repeated_header_are_kept() -> None:
    grid = table(30)
    spans = tuple(
        Span(m.start(), m.end(), Box(1, 0, m.start(), 9, m.end()))
        for m in re.finditer(r"\w+", grid.text)
    )
    doc = document([replace(grid, spans=spans)])
    for chunk in cut(doc, ChunkOptions(60, 0))[1:]:
        names = [chunk.text[span.start : span.end] for span in chunk.spans]
        assert names == re.findall(r"\w+", chunk.text)


def test_work_is_linear() -> None:
    counted = 0

    def counting(content: str) -> int:
        nonlocal counted
        counted += len(content)
        return words(content)

    blocks = [text(sentences(40)) for _ in range(100)]
    doc = document(blocks)
    chunk_document(doc, ChunkOptions(), counting)
    assert counted < 5 * len(doc.text)


def test_options_are_checked() -> None:
    with pytest.raises(ValueError, match="max_tokens"):
        ChunkOptions(max_tokens=0)


_CONTENT = st.text(
    alphabet=st.sampled_from("ab Cd. 。，中文!?\n|-1"), min_size=0, max_size=120
) | st.builds(sentences, st.integers(1, 12))
_BLOCK = st.one_of(
    st.builds(heading, _CONTENT, st.integers(1, 4)),
    st.builds(lambda content: Block("title", content, level=1), _CONTENT),
    st.builds(text, _CONTENT, st.sampled_from(["text", "list", "caption", "code", "figure"])),
    st.builds(table, st.integers(1, 25), st.integers(1, 4)),
)


@settings(max_examples=150)
@given(
    st.lists(st.lists(_BLOCK, max_size=8), min_size=1, max_size=3),
    st.integers(24, 120),
    st.integers(0, 60),
)
def test_every_document_is_cut_soundly(
    pages: list[list[Block]], max_tokens: int, overlap: int
) -> None:
    options = ChunkOptions(max_tokens, overlap)
    doc = document(*pages)
    chunks = chunk_document(doc, options, words)
    assert_sound(doc, chunks, options)
    assert chunks == chunk_document(doc, options, words)


@settings(max_examples=40)
@given(st.lists(_BLOCK, max_size=6), st.integers(40, 200))
def test_budget_holds_for_tokenizers_that_do_not_add_up(blocks: list[Block], size: int) -> None:
    options = ChunkOptions(size, 10)
    for chunk in chunk_document(document(blocks), options, len):
        assert len(chunk.indexed_text) <= size


def shown(description: str) -> Block:
    return Block("figure", "", (Box(1, 0, 0, 100, 100),), description=description)


def test_a_description_goes_to_the_text_beside_it_and_into_no_text() -> None:
    doc = document(
        [heading("A"), text(sentences(4)), heading("B"), shown("泵的照片"), text("Beside it.")],
        [heading("C"), text("Before it."), shown("A graph.")],
    )
    chunks = cut(doc)
    assert_sound(doc, chunks, SMALL)
    assert [(c.text, c.described) for c in chunks if c.described] == [
        ("Beside it.", "泵的照片"),
        ("Before it.", "A graph."),
    ]


def test_a_description_makes_room_for_itself_and_changes_the_id() -> None:
    said = "word " * 30
    doc = document([text(sentences(5)), shown(said), text("Beside it.")])
    chunks = cut(doc)
    assert_sound(doc, chunks, SMALL)
    (described,) = (chunk for chunk in chunks if chunk.described)
    assert words(described.indexed_text) + 30 <= SMALL.max_tokens
    plain = replace(doc, pages=document([text(sentences(5)), shown(""), text("Beside it.")]).pages)
    assert described.id not in {chunk.id for chunk in cut(plain)}
    assert "Beside it." in described.text
    long = cut(document([shown("word " * 90), text("Beside it, uncut.")]))
    assert [chunk.text for chunk in long] == ["Beside it, uncut."]
