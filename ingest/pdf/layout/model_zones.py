"""Uses what a layout model saw on a page as evidence for tables and headings.

The words and their boxes come from the file, and every later stage is the same as without a model:
a zone only says which lines belong together and what they are. Measured against the rules, the
model is better at finding tables and their columns and at telling headings from bold text, and
worse at reading order, so the order stays that of the rules.

Limits: zones are taken as given, they are not weighed against each other; a paragraph is what the
smallest zone that holds its centre is; a cell of a table's zone spans columns, never rows. Zones
that miss most of the text (a page read by OCR is one picture to the model) are not used.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ingest.pdf.page.content import Line, Rect, Word, Zone, ZoneKind, bounding_rect_of
from ingest.pdf.tables.grid import Grid, GridCell, word_rows


@dataclass(frozen=True, slots=True)
class ModelZoneThresholds:
    """How far the zones of a layout model are followed. All values were set by hand."""

    cell_gap: float = 0.85
    """A gap of this many font sizes inside a line ends a cell."""
    border_gap: float = 0.5
    """So does a gap of this many font sizes where the model sees a border."""
    least_size: float = 4.0
    """Points; smaller type counts as this large when gaps are measured."""
    overhang: float = 0.15
    """A run of words may stick out into the next column by this share of its width."""
    same_table: float = 0.3
    """Two tables are one when they share this much of the smaller one's area."""
    seen_share: float = 0.5
    """Zones are used when this share of the lines stands in one."""
    line_overhang: float = 1.0
    """Points by which a line may stick out of its zone."""
    heading: float = 3.0
    """What a heading of the model weighs beside the evidence of `ingest.pdf.headings.evidence`,
    where 4 is enough."""
    no_heading: float = -3.0
    """What any other zone of the model weighs there."""


MODEL_ZONES = ModelZoneThresholds()


def are_zones_usable(
    zones: Sequence[Zone], lines: Sequence[Line], limits: ModelZoneThresholds = MODEL_ZONES
) -> bool:
    """Whether the model has seen most of the text of the page as text."""
    text_areas = [zone.rect for zone in zones if zone.kind != "figure"]
    overhang = limits.line_overhang
    seen = sum(any(rect.holds(line.rect, overhang) for rect in text_areas) for line in lines)
    return bool(lines) and seen >= limits.seen_share * len(lines)


def choose_zone_tables(
    found: Sequence[Grid],
    zones: Sequence[Zone],
    lines: Sequence[Line],
    limits: ModelZoneThresholds = MODEL_ZONES,
) -> list[Grid]:
    """Return the tables of a page: where the model saw one, its grid, else none.

    `found` are those of the rules: one stays where the model saw a table and gave no grid, and
    where it is of none of the `lines`, for the model does not see tables set sideways.
    """
    upright = {line.number for line in lines}
    tables = [grid for grid in found if not any(line.number in upright for line in grid.used)]
    taken: set[int] = set()
    for zone in zones:
        if zone.kind != "table":
            continue
        free = [
            line
            for line in lines
            if line.number not in taken and zone.rect.holds(line.rect, limits.line_overhang)
        ]
        grid = _build_zone_grid(zone, free, limits) or next(
            (g for g in found if _is_same_table(g.rect, zone.rect, limits.same_table)), None
        )
        if grid is not None and not any(line.number in taken for line in grid.used):
            tables.append(grid)
            taken.update(line.number for line in grid.used)
    return sorted(tables, key=lambda grid: (grid.rect.y0, grid.rect.x0))


def weigh_zone_kind(
    zones: Sequence[Zone], rect: Rect, limits: ModelZoneThresholds = MODEL_ZONES
) -> float:
    """Return what the model's view weighs, on the scale of `ingest.pdf.headings.evidence`."""
    kind = _find_zone_kind(zones, rect, limits.line_overhang)
    if not kind:
        return 0.0
    return limits.heading if kind in ("heading", "title") else limits.no_heading


def _find_zone_kind(zones: Sequence[Zone], rect: Rect, overhang: float) -> ZoneKind | Literal[""]:
    """Return what the smallest zone around the rectangle's centre is, "" where there is none."""
    around_it = [zone for zone in zones if zone.rect.holds(rect, overhang)]
    return min(around_it, key=lambda zone: zone.rect.area).kind if around_it else ""


def _is_same_table(a: Rect, b: Rect, share: float) -> bool:
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    shared = max(0.0, width) * max(0.0, height)
    return shared > share * min(a.area, b.area)


def _build_zone_grid(
    zone: Zone, inside: Sequence[Line], limits: ModelZoneThresholds
) -> Grid | None:
    """Return the table of a zone, or None where fewer than two rows or columns have text."""
    xs = [zone.rect.x0, *zone.columns, zone.rect.x1]
    ys = [zone.rect.y0, *zone.rows, zone.rect.y1]
    slot_words: dict[tuple[int, int], list[Word]] = defaultdict(list)
    ends: dict[tuple[int, int], int] = {}
    for line in inside:
        for run in _split_line_at_gaps(line, xs, limits):
            rect = bounding_rect_of(word.rect for word in run)
            slack = limits.overhang * rect.width
            place = _find_slot(ys, rect.middle), _find_slot(xs, rect.x0 + slack)
            slot_words[place] += run
            ends[place] = max(ends.get(place, 0), _find_slot(xs, rect.x1 - slack) + 1)
    rows = {old: new for new, old in enumerate(sorted({row for row, _ in slot_words}))}
    columns = {old: new for new, old in enumerate(sorted({column for _, column in slot_words}))}
    if len(rows) < 2 or len(columns) < 2:
        return None
    cells: list[GridCell] = []
    after: dict[int, int] = {}  # the cell to the right, by row
    for (row, column), words in sorted(slot_words.items(), reverse=True, key=lambda item: item[0]):
        end = min(ends[row, column], after.get(row, len(xs)))
        after[row] = column
        span = sum(column <= other < end for other in columns)
        rect = Rect(xs[column], ys[row], xs[end], ys[row + 1])
        first = rows[row] == 0
        cells.append(GridCell(rows[row], columns[column], rect, word_rows(words), 1, span, first))
    area = bounding_rect_of(line.rect for line in inside)
    return Grid(area, len(rows), len(columns), tuple(reversed(cells)), tuple(inside))


def _split_line_at_gaps(
    line: Line, xs: Sequence[float], limits: ModelZoneThresholds
) -> list[list[Word]]:
    """Return the words of a line that stand together; a column's border in a gap separates them."""
    runs = [[line.words[0]]]
    for before, word in pairwise(line.words):
        gap = word.rect.x0 - before.rect.x1
        size = max(word.style.size, limits.least_size)
        border = bisect_right(xs, word.rect.x0) > bisect_right(xs, before.rect.x1)
        if gap >= limits.cell_gap * size or (border and gap >= limits.border_gap * size):
            runs.append([])
        runs[-1].append(word)
    return runs


def _find_slot(borders: Sequence[float], place: float) -> int:
    """Return the number of the row or column at a place; beyond the borders the outermost."""
    return min(max(bisect_right(borders, place) - 1, 0), len(borders) - 2)
