"""Zones as evidence: tables by the model's grid, headings weighed against the rules."""

from __future__ import annotations

from ingest.pdf.layout.model_zones import seen_weight, usable, zone_tables
from ingest.pdf.page.content import Line, Rect, Style, Word, Zone, ZoneKind

PLAIN = Style(size=10)
TABLE = Zone("table", Rect(50, 90, 350, 160), (150.0, 250.0), (118.0, 138.0))


def line(x: float, y: float, text: str, style: Style = PLAIN, gap: float = 3.0) -> Line:
    """Words of 6 points a letter with `gap` points between."""
    words = []
    for part in text.split():
        words.append(Word(part, Rect(x, y, x + 6 * len(part), y + 10), style))
        x = words[-1].rect.x1 + gap
    return Line.from_words(words)


def cells(lines: list[Line], zone: Zone = TABLE) -> list[tuple[int, int, int, str]]:
    (grid,) = zone_tables([], [zone], lines)
    return [
        (c.row, c.column, c.column_span, " ".join(w.text for row in c.words for w in row))
        for c in grid.cells
    ]


BODY = [
    line(60, 120, "北部"),
    line(160, 120, "12"),
    line(260, 120, "a b"),
    line(60, 140, "South"),
    line(260, 140, "4.5"),
]


def test_words_go_to_the_cells_of_the_model() -> None:
    head = [line(60, 100, "Region"), line(160, 100, "Count"), line(260, 100, "Note")]
    assert cells(head + BODY) == [
        (0, 0, 1, "Region"),
        (0, 1, 1, "Count"),
        (0, 2, 1, "Note"),
        (1, 0, 1, "北部"),
        (1, 1, 1, "12"),
        (1, 2, 1, "a b"),
        (2, 0, 1, "South"),
        (2, 2, 1, "4.5"),
    ]


def test_a_cell_over_a_border_spans_columns() -> None:
    head = [line(60, 100, "Region"), line(170, 100, "Results of the survey")]
    assert (0, 1, 2, "Results of the survey") in cells(head + BODY)


def test_a_border_parts_words_that_stand_close() -> None:
    joined = line(110, 100, "Region Count", gap=6.0)
    assert cells([joined, *BODY])[:2] == [(0, 0, 1, "Region"), (0, 1, 1, "Count")]


def test_a_table_of_the_rules_goes_where_the_model_saw_none() -> None:
    (grid,) = zone_tables([], [TABLE], BODY)
    assert zone_tables([grid], [Zone("text", TABLE.rect)], BODY) == []


def test_a_table_without_a_grid_keeps_that_of_the_rules() -> None:
    (grid,) = zone_tables([], [TABLE], BODY)
    assert zone_tables([grid], [Zone("table", TABLE.rect)], BODY) == [grid]


def test_zones_that_miss_the_text_are_not_used() -> None:
    assert not usable([], BODY)
    assert not usable([Zone("figure", Rect(0, 0, 600, 800))], BODY)
    assert usable([TABLE], BODY)


def weight(*kinds: ZoneKind) -> float:
    zones = [Zone(kind, Rect(60, 90, 540 - 10 * at, 130)) for at, kind in enumerate(kinds)]
    return seen_weight(zones, Rect(72, 100, 200, 110))


def test_the_model_speaks_for_headings_and_against_others() -> None:
    assert weight("heading") == weight("title") > 0
    assert weight("text") == weight("footnote") < 0


def test_the_smallest_zone_counts() -> None:
    assert weight("figure", "heading") == weight("heading")


def test_no_zone_says_nothing() -> None:
    assert weight() == 0.0
    assert seen_weight([TABLE], Rect(72, 400, 200, 410)) == 0.0
