"""What stands beside a hit, told once."""

from __future__ import annotations

from dataclasses import replace

from ingest.library import Shown
from ingest.types import Box, Chunk, Span
from rag.retrieval.neighbours import remove_known_text, select_neighbours

CHUNK = Chunk(
    id="b",
    document_id="d",
    ordinal=1,
    text="one two three",
    heading_path=(),
    boxes=(),
    char_range=(100, 113),
    page=1,
    page_end=1,
    tokens=3,
    spans=(
        Span(0, 3, Box(1, 0, 0, 1, 1)),
        Span(4, 7, Box(1, 2, 0, 3, 1)),
        Span(8, 13, Box(1, 4, 0, 5, 1)),
    ),
)


def other(start: int, end: int, document_id: str = "d") -> Chunk:
    return replace(CHUNK, id="o", document_id=document_id, char_range=(start, end))


def test_untold_cuts_what_overlaps_with_its_spans() -> None:
    rest = remove_known_text(CHUNK, [other(90, 104)])
    assert rest is not None
    assert (rest.text, rest.char_range) == ("two three", (104, 113))
    assert [(span.start, span.end) for span in rest.spans] == [(0, 3), (4, 9)]
    rest = remove_known_text(CHUNK, [other(107, 130)])
    assert rest is not None
    assert (rest.text, rest.char_range) == ("one two", (100, 107))


def test_untold_of_what_is_told_or_not() -> None:
    assert remove_known_text(CHUNK, []) is CHUNK
    assert remove_known_text(CHUNK, [other(0, 50), other(0, 500, "elsewhere")]) is CHUNK
    assert remove_known_text(CHUNK, [other(0, 500)]) is None
    assert remove_known_text(CHUNK, [other(0, 107), other(107, 200)]) is None
    assert remove_known_text(CHUNK, [replace(CHUNK, text="the same")]) is None
    table = replace(CHUNK, kind="table")
    assert remove_known_text(table, [other(90, 104)]) is table


def part(ordinal: int, heading: str, document_id: str = "d") -> Chunk:
    place = (100 * ordinal, 100 * ordinal + 13)
    return replace(
        CHUNK,
        id=f"{document_id}{ordinal}",
        document_id=document_id,
        ordinal=ordinal,
        heading_path=(heading,),
        char_range=place,
    )


def test_what_runs_on_under_the_same_heading_is_joined_in_order() -> None:
    parts = [part(n, "A" if n else "B") for n in range(5)]
    shown = Shown(parts[2], tuple(parts[:2]), (*parts[3:], part(5, "C")))
    assert select_neighbours([shown]) == [(parts[1], parts[3], parts[4])]
    assert select_neighbours([Shown(parts[2], (parts[1], part(9, "B")), ())]) == [()]
    assert select_neighbours([]) == []


def test_what_one_hit_tells_the_next_does_not_repeat() -> None:
    one, two, three = (part(n, "A") for n in range(3))
    found = [Shown(one, (), (two,)), Shown(three, (two,), ())]
    assert select_neighbours(found) == [(two,), ()]
    assert select_neighbours([Shown(one, (), (two,)), Shown(two, (one,), (three,))]) == [
        (),
        (three,),
    ]
