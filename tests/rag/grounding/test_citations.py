from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingest.types import Box, Chunk, Span
from rag.analysis.markers import without_markers
from rag.grounding.citations import cite_stream, cite_text, resolve_citation
from rag.types import Citation, ComputedWords, Hit

PAGE_WIDTH, PAGE_HEIGHT = 600.0, 800.0
MARKER = re.compile(r"\[(\d{1,3})\]")
CODE = re.compile(r"`+[^`\n]*`*")


def chunk_of(text: str, number: int = 1, *, kind: str = "text", at: int = 100) -> Chunk:
    """A chunk whose words stand in a line, five points a character, on page `number`."""
    spans = tuple(
        Span(m.start(), m.end(), Box(number, m.start() % 500, 20.0, m.start() % 500 + 9.0, 30.0))
        for m in re.finditer(r"\S+", text)
    )
    return Chunk(
        id=f"c{number}",
        document_id="d",
        ordinal=number,
        text=text,
        heading_path=(),
        boxes=(Box(number, 0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT),),
        char_range=(at, at + len(text)),
        page=number,
        page_end=number,
        tokens=len(text) // 4,
        kind="table" if kind == "table" else "text",
        spans=spans,
    )


def hit_of(text: str, number: int = 1, neighbours: tuple[Chunk, ...] = ()) -> Hit:
    return Hit(chunk_of(text, number), "manual.pdf", 1.0, neighbours=neighbours)


PUMP = hit_of(
    "The pump is made of steel. It weighs 12.5 kg and runs at 230 volts. "
    "Service it every two years.",
    1,
)
ZH = hit_of("本设备由上海工厂生产。额定功率为750瓦，重量为12公斤。每两年保养一次。", 2)


def test_a_sentence_that_stands_verbatim_is_its_own_quote() -> None:
    text, citations = cite_text("It weighs 12.5 kg and runs at 230 volts [1].", [PUMP])
    assert text == "It weighs 12.5 kg and runs at 230 volts [1]."
    (only,) = citations
    assert only.quote == "It weighs 12.5 kg and runs at 230 volts."
    assert (only.marker, only.chunk_id, only.document_name, only.page) == (1, "c1", "manual.pdf", 1)
    start = PUMP.chunk.text.index("It weighs")
    assert only.char_range == (100 + start, 100 + start + len(only.quote))
    assert only.boxes
    assert all(box.y0 == 20.0 for box in only.boxes)


def test_a_paraphrase_quotes_the_sentence_that_shares_most() -> None:
    _, citations = cite_text("You should service the pump every 2 or two years [1].", [PUMP])
    assert [citation.quote for citation in citations] == ["Service it every two years."]
    _, citations = cite_text("该设备的额定功率是750瓦[2]。", [PUMP, ZH])
    assert [citation.quote for citation in citations] == ["额定功率为750瓦，重量为12公斤。"]


def test_every_marker_is_resolved_for_the_claim_it_closes() -> None:
    answer = "The pump weighs 12.5 kg [1], and it is made of steel [1]. 每两年保养一次。[2]"
    text, citations = cite_text(answer, [PUMP, ZH])
    assert text == answer
    assert [citation.quote for citation in citations] == [
        "It weighs 12.5 kg and runs at 230 volts.",
        "The pump is made of steel.",
        "每两年保养一次。",
    ]


def test_the_same_quote_under_the_same_marker_comes_once() -> None:
    _, citations = cite_text("It is steel [1]. Steel is what it is made of [1].", [PUMP])
    assert len(citations) == 1


def test_a_marker_before_its_claim_waits_for_it() -> None:
    answer = "[1] says: service it every two years. Then more is said of something else."
    _, citations = cite_text(answer, [PUMP])
    assert [citation.quote for citation in citations] == ["Service it every two years."]


def test_forms_of_markers_become_one() -> None:
    hits = [PUMP, ZH, PUMP]
    for form, expected in [
        ("steel [1, 2]", "steel [1][2]"),
        ("steel [1-3]", "steel [1][2][3]"),
        ("steel[^1]", "steel[1]"),
        ("钢【1】", "钢[1]"),
        ("钢［２］。", "钢[2]。"),
        ("steel [Passage 2]", "steel [2]"),
        ("steel [1][1, 2]", "steel [1][1][2]"),
        ("steel【1:0†source】.", "steel[1]."),
        ("钢[来源1、3]", "钢[1][3]"),
    ]:
        assert cite_text(form, hits)[0] == expected


def test_markers_that_point_nowhere_go_with_the_space_before() -> None:
    assert cite_text("Steel [7]. Iron [0] too [1, 9].", [PUMP])[0] == "Steel. Iron too [1]."
    assert cite_text("[4] Steel.", [PUMP])[0] == "Steel."
    assert cite_text("Steel [1].", []) == ("Steel.", ())


def test_brackets_that_are_no_markers_stay() -> None:
    for text in [
        "in [2019] it was",
        "x in [0, 1]",
        "see [Table] and [a1]",
        "`a[1]` is code",
        "[",
        "【",
    ]:
        assert cite_text(text, [PUMP])[0] == text
    assert cite_text("```\na[1]\n```\nSteel [1].", [PUMP])[1][0].quote.startswith("The pump")


def test_a_neighbour_that_holds_the_words_is_cited_itself() -> None:
    neighbour = chunk_of("The warranty runs for five years from delivery.", 2, at=900)
    hit = hit_of("The pump is made of steel.", 1, neighbours=(neighbour,))
    _, (only,) = cite_text("The warranty runs five years [1].", [hit])
    assert (only.chunk_id, only.page) == ("c2", 2)
    assert only.char_range == (900, 900 + len(neighbour.text))


def test_a_rendered_table_row_quotes_the_row_as_it_stands() -> None:
    table = (
        "| Model | Price | Weight |\n| --- | --- | --- |\n| A1 | 20 | 3 kg |\n| B2 | 35 | 4 kg |"
    )
    hit = Hit(chunk_of(table, 3, kind="table"), "prices.xlsx", 1.0)
    _, (only,) = cite_text("Model: B2; Price: 35; Weight: 4 kg [1]", [hit])
    assert only.quote == "| B2 | 35 | 4 kg |"


def test_a_table_that_repeats_its_head_is_placed_by_its_own_range() -> None:
    whole = chunk_of("| A | B |\n| --- | --- |\n| 1 | 2 |", 1, kind="table")
    split = Chunk(
        **{
            **{name: getattr(whole, name) for name in whole.__slots__},
            "char_range": (500, 509),
        }
    )
    assert resolve_citation(1, "A: 1; B: 2", Hit(split, "t.pdf", 1.0)).char_range == (500, 509)


def test_a_claim_in_another_language_quotes_the_whole_passage() -> None:
    assert resolve_citation(1, "这台泵的材料", PUMP).quote == PUMP.chunk.text


def test_a_document_without_geometry_has_no_boxes() -> None:
    bare = Chunk("c", "d", 0, "Steel is used.", (), (), (5, 19), 1, 1, 4)
    citation = resolve_citation(1, "Steel is used", Hit(bare, "notes.md", 1.0))
    assert (citation.boxes, citation.page, citation.char_range) == ((), 1, (5, 19))


def test_markers_can_be_taken_out() -> None:
    assert without_markers("Steel [1][2]. 钢[1]。") == "Steel. 钢。"


SENTENCES = st.sampled_from(
    [
        "The pump is made of steel.",
        "It weighs 12.5 kg and runs at 230 volts.",
        "额定功率为750瓦，重量为12公斤。",
        "每两年保养一次。",
        "Nothing of this is anywhere",
        "| A | 1 |",
        "`x[1]`",
        "\n\n- ",
        "…",
    ]
)
MARKS = st.sampled_from(
    [
        " [1]",
        "[2]",
        "[1, 2]",
        "【1】",
        "[^2]",
        " [9]",
        "[0]",
        "[",
        "[1",
        "]",
        "",
        " ",
        "[1-4]",
        "\n",
    ]
)
TEXTS = st.lists(st.tuples(SENTENCES, MARKS), max_size=8).map(
    lambda parts: "".join(sentence + mark for sentence, mark in parts)
)


@given(st.one_of(TEXTS, st.text(alphabet="ab1290[]【】^, -`\n。.钢", max_size=60)), st.data())
def test_invariants(answer: str, data: st.DataObject) -> None:
    hits = [PUMP, ZH]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=6)))
    pieces = [answer[low:high] for low, high in pairwise([0, *cuts, len(answer)])]
    parts = list(cite_stream(pieces, hits))
    text = "".join(part for part in parts if isinstance(part, str))
    citations = [part for part in parts if isinstance(part, Citation)]

    assert (text, tuple(citations)) == cite_text(answer, hits), "the cuts make no difference"
    marked = {int(number) for number in MARKER.findall(CODE.sub("x", text))}
    assert marked <= {citation.marker for citation in citations} <= {1, 2}
    assert len({(c.marker, c.quote) for c in citations}) == len(citations)
    for citation in citations:
        chunk = hits[citation.marker - 1].chunk
        assert citation.quote
        assert citation.quote in chunk.text
        low, high = citation.char_range
        assert chunk.text[low - 100 : high - 100] == citation.quote
        assert citation.page == chunk.page
        assert citation.boxes
        for box in citation.boxes:
            assert box.page == chunk.page
            assert 0 <= box.x0 <= box.x1 <= PAGE_WIDTH
            assert 0 <= box.y0 <= box.y1 <= PAGE_HEIGHT
    seen = 0
    for part in parts:
        if isinstance(part, str):
            seen = max([seen, *(int(n) for n in MARKER.findall(part))])
        else:
            assert seen >= 1, "a citation comes after its marker"


def test_a_percent_sign_set_apart_belongs_to_the_quote() -> None:
    hit = hit_of("Power fell by only 2.1 %. The load rose by 38 % “as expected”. It held.")
    assert (
        resolve_citation(1, "Power fell by only 2.1 %.", hit).quote == "Power fell by only 2.1 %."
    )
    assert resolve_citation(1, "The load rose by 38 % as expected", hit).quote == (
        "The load rose by 38 % “as expected”."
    )


def test_a_calculated_value_stays_one_at_the_beginning() -> None:
    first = next(cite_stream([ComputedWords(" 5"), " of 14 rows [1]."], [PUMP]))
    assert isinstance(first, ComputedWords)
