"""Finds the reading order: cuts a page along its white space into regions read one by one.

A recursive cut in the manner of the XY-cut (Nagy and Seth, 1984), with one difference that keeps
spanning titles apart: a vertical gutter may be crossed by a few boxes; the crossing ones become
bands of their own, and between them left is read before right. Pure functions over rectangles.

Limits: made for one to three columns of running text; a gutter needs running text on both sides,
so tables without rules and forms are left together and read row by row, except short texts side by
side that `ingest.pdf.layout.cards` recognises.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from ingest.pdf.layout.cards import cards_of
from ingest.pdf.layout.column_strips import split_into_strips
from ingest.pdf.layout.side_notes import is_side_note
from ingest.pdf.page.content import Rect, bounding_rect_of

Region: TypeAlias = list[int]
"""Indices of the boxes of one region, top to bottom."""


@dataclass(frozen=True, slots=True)
class ReadingOrderThresholds:
    """Where a page is cut. All values were set by hand.

    Lengths are in line heights (the median height of the boxes) unless a field says otherwise.
    """

    least_height: float = 1.0
    """Points; a lower line height counts as this."""
    deepest: int = 40
    """A region is cut at most so many times inside another."""
    same_row: float = 0.5
    """Boxes that overlap by more than this share of the lower one's height share a row."""

    clear_gap: float = 0.4
    """A page is cut across at white of at least this height."""
    cut_share: float = 0.7
    """It is cut at every gap of at least this share of the highest one."""

    fewest_boxes: int = 4
    """A region with a gutter has at least so many boxes."""
    most_candidates: int = 12
    """So many places for a gutter are tried, those that fewest boxes cross first."""
    narrowest_gutter: float = 5.0
    """Points; a gutter is at least this wide."""
    margin: float = 0.12
    """A gutter stands further inside the region than this share of its width."""
    crossed_cost: float = 0.7
    """The height of crossing boxes counts this much against the height of text at a gutter."""
    crossing: float = 1.2
    """A box crosses a gutter when it reaches beyond its middle by this on both sides."""
    crossing_share: float = 0.3
    """It also does when it reaches beyond by this share of its width."""

    prose_least_width: float = 6.0
    """Narrower boxes and sides are never running text."""
    prose_width: float = 9.0
    """Boxes of this width are running text."""
    prose_side_share: float = 0.55
    """So are boxes as wide as this share of their side."""
    prose_height: float = 2.5
    """A side of running text has at least this height of such boxes."""
    prose_covered: float = 0.25
    """They make at least this share of the height that all boxes of the side cover."""
    column_height: float = 4.0
    """Columns of text below a head are higher than this."""

    line_overlap: float = 0.2
    """A line that stands alone overlaps the next by less than this."""
    last_line_gap: float = 0.5
    """The last line of a spanning paragraph stands closer below it than this."""
    last_line_height: float = 1.0
    """Points by which less its height differs from the line above."""
    last_line_left: float = 2.5
    """It begins less than this left or right of the line above."""


READING_ORDER = ReadingOrderThresholds()


def reading_order(
    boxes: Sequence[Rect],
    texts: Sequence[str] = (),
    limits: ReadingOrderThresholds = READING_ORDER,
) -> list[Region]:
    """Return regions in reading order; each is read from top to bottom.

    `texts` are what stands in the boxes, "" for what is no line of text; without them short texts
    side by side are read row by row.
    """
    if not boxes:
        return []
    height = median(box.height for box in boxes)
    cutter = _Cutter(boxes, texts, max(height, limits.least_height), limits)
    return cutter.split(list(range(len(boxes))), 0)


class _Cutter:
    """Cuts one page; `em` is its usual line height."""

    def __init__(
        self,
        boxes: Sequence[Rect],
        texts: Sequence[str],
        em: float,
        limits: ReadingOrderThresholds,
    ) -> None:
        self.boxes = boxes
        self.texts = texts
        self.em = em
        self.limits = limits

    def split(self, items: Region, depth: int) -> list[Region]:
        if len(items) < 2 or depth > self.limits.deepest:
            return [self._sort_by_row(items)]
        cards = self._find_cards(items)
        if cards is not None:
            return [self._sort_by_row(card) for card in cards]
        gutter = self._find_gutter(items)
        if gutter is not None:
            return self._split_around_gutter(items, gutter, depth)
        parts = self._cut_horizontally(items)
        if len(parts) > 1:
            split = [self.split(part, depth + 1) for part in parts]
            if any(len(regions) > 1 for regions in split):
                return _merge_whole_slices(
                    [region for regions in split for region in regions], split
                )
        return [self._sort_by_row(items)]

    def _find_cards(self, items: Region) -> list[Region] | None:
        return cards_of(items, self.boxes, self.texts) if self.texts else None

    def _sort_by_row(self, items: Region) -> Region:
        """Sort by row, then left to right; boxes overlapping by half share a row."""
        ordered = sorted(items, key=lambda i: self.boxes[i].middle)
        rows: list[list[int]] = []
        for i in ordered:
            if rows:
                first, box = self.boxes[rows[-1][0]], self.boxes[i]
                shared = min(first.y1, box.y1) - max(first.y0, box.y0)
                if shared > self.limits.same_row * min(first.height, box.height):
                    rows[-1].append(i)
                    continue
            rows.append([i])
        return [i for row in rows for i in sorted(row, key=lambda i: self.boxes[i].x0)]

    def _cut_horizontally(self, items: Region) -> list[Region]:
        """Cut across the page at every clear gap (nearly) as high as the highest."""
        ordered = sorted(items, key=lambda i: self.boxes[i].y0)
        gaps: list[tuple[float, int]] = []
        bottom = self.boxes[ordered[0]].y1
        for at, i in enumerate(ordered[1:], start=1):
            gaps.append((self.boxes[i].y0 - bottom, at))
            bottom = max(bottom, self.boxes[i].y1)
        highest = max(gap for gap, _ in gaps)
        clear = self.limits.clear_gap * self.em
        if highest < clear:
            return [items]
        least = max(self.limits.cut_share * highest, clear)
        cuts = [0, *(at for gap, at in gaps if gap >= least)]
        return [ordered[a:b] for a, b in pairwise([*cuts, len(ordered)])]

    def _find_gutter(self, items: Region) -> float | None:
        """Return the x of the best gutter, or None where the region is one column."""
        if len(items) < self.limits.fewest_boxes:
            return None
        best: tuple[float, float] | None = None
        for x in self._find_gutter_candidates(items):
            score = self._score_gutter(items, x)
            if score > 0 and (best is None or score > best[0]):
                best = (score, x)
        return best[1] if best else None

    def _find_gutter_candidates(self, items: Region) -> list[float]:
        """Return the places that few boxes cross, fewest first."""
        starts = sorted(self.boxes[i].x0 for i in items)
        ends = sorted(self.boxes[i].x1 for i in items)
        left, right = starts[0], ends[-1]
        margin = self.limits.margin * (right - left)
        narrowest = self.limits.narrowest_gutter
        found: list[tuple[int, float, float]] = []
        for end in dict.fromkeys(ends):
            at = bisect_left(starts, end)
            if at == len(starts):
                break
            width = starts[at] - end
            x = (starts[at] + end) / 2
            if width < narrowest or not left + margin < x < right - margin:
                continue
            crossing = bisect_left(starts, x) - bisect_right(ends, x)
            found.append((crossing, -width, x))
        found.sort()
        return [x for _, _, x in found[: self.limits.most_candidates]]

    def _score_gutter(self, items: Region, x: float) -> float:
        """Say how good a gutter at x is: text beside text speaks for it, crossings against."""
        left = [self.boxes[i] for i in items if self.boxes[i].x1 <= x]
        right = [self.boxes[i] for i in items if self.boxes[i].x0 >= x]
        crossing = [self.boxes[i] for i in items if self.is_crossing(self.boxes[i], x)]
        if min(len(left), len(right)) < 2:
            return 0.0
        top = max(min(b.y0 for b in left), min(b.y0 for b in right))
        bottom = min(max(b.y1 for b in left), max(b.y1 for b in right))
        beside = [
            [box for box in side if box.middle > top - self.em and box.middle < bottom + self.em]
            for side in (left, right)
        ]
        heights = [sum(box.height for box in side) for side in beside]
        prose = [self._is_prose(side) for side in beside]
        if not all(prose) and not self._has_note((left, right), prose):
            return 0.0
        inside = sum(b.height for b in crossing if top < b.middle < bottom)
        return min(heights) - self.limits.crossed_cost * inside

    def _is_prose(self, side: list[Rect]) -> bool:
        """Whether a side holds running text, or one box much higher than a line."""
        if not side:
            return False
        limits = self.limits
        extent = bounding_rect_of(side).width
        least = limits.prose_least_width * self.em
        if extent < least:
            return False
        enough = min(limits.prose_width * self.em, limits.prose_side_share * extent)
        widest = max(least, enough)
        height = sum(box.height for box in side if box.width >= widest)
        if height < limits.prose_height * self.em:
            return False
        return height >= limits.prose_covered * _measure_covered_height(side)

    @staticmethod
    def _has_note(sides: tuple[list[Rect], list[Rect]], prose: list[bool]) -> bool:
        """Whether one side is running text and the other a note in its margin."""
        if not any(prose):
            return False
        text = prose.index(True)
        return is_side_note(sides[1 - text], sides[text])

    def is_crossing(self, box: Rect, x: float) -> bool:
        """Whether the box spans the gutter, not merely sticks out over its middle."""
        before, after = x - box.x0, box.x1 - x
        if before <= 0 or after <= 0:
            return False
        least = min(before, after)
        if least >= self.limits.crossing * self.em:
            return True
        return least >= self.limits.crossing_share * box.width

    def _split_around_gutter(self, items: Region, x: float, depth: int) -> list[Region]:
        """Read the bands between crossing boxes one after the other, left before right.

        A strip of other columns, which the gutter runs through, is read by itself.
        """
        parts = split_into_strips(
            items, self.boxes, [self.is_crossing(self.boxes[i], x) for i in items]
        )
        if len(parts) > 1:
            return [region for part in parts for region in self.split(part, depth + 1)]
        bands = self._group_by_crossing(items, x)
        above, bands = self._separate_head(bands, self._count_head_bands(bands, x))
        regions: list[Region] = []
        if above:
            for part in self._cut_horizontally(above):
                regions += self.split(part, depth + 1)
        for at, (spanning, band) in enumerate(bands):
            if spanning:
                regions += self.split(band, depth + 1)
                continue
            band, rest = self._take_off_last_line(band, bands[at - 1][1] if at else [], x)
            if rest:
                regions[-1] = self._sort_by_row(regions[-1] + rest)
            sides: tuple[list[int], list[int]] = ([], [])
            for i in band:
                sides[(self.boxes[i].x0 + self.boxes[i].x1) / 2 > x].append(i)
            for side in sides:
                if side:
                    regions += self.split(side, depth + 1)
        return regions

    def _group_by_crossing(self, items: Region, x: float) -> list[tuple[bool, Region]]:
        """Return runs of boxes, top to bottom, that all cross the gutter or all do not."""
        bands: list[tuple[bool, Region]] = []
        for i in sorted(items, key=lambda i: self.boxes[i].y0):
            spanning = self.is_crossing(self.boxes[i], x)
            if not bands or bands[-1][0] != spanning:
                bands.append((spanning, []))
            bands[-1][1].append(i)
        return bands

    def _count_head_bands(self, bands: list[tuple[bool, Region]], x: float) -> int:
        """Return how many bands stand above the columns and are no columns themselves.

        A gutter between two columns of text may run through authors in three columns above it;
        these fall into pieces where it crosses the middle one.
        """
        least = self.limits.column_height * self.em
        for at, (spanning, band) in enumerate(bands):
            sides: tuple[list[Rect], list[Rect]] = ([], [])
            for box in (self.boxes[i] for i in band):
                sides[(box.x0 + box.x1) / 2 > x].append(box)
            if not spanning and min(map(_measure_covered_height, sides)) > least:
                pieces = sum(not crossing for crossing, _ in bands[:at])
                return at if pieces > 1 else 0
        return 0

    def _separate_head(
        self, bands: list[tuple[bool, Region]], head: int
    ) -> tuple[Region, list[tuple[bool, Region]]]:
        """Return the boxes of the first `head` bands, and the bands below without them.

        What stands beside the last crossing box of the head is part of it.
        """
        if not head:
            return [], bands
        floor = max(self.boxes[i].y1 for crossing, band in bands[:head] if crossing for i in band)
        first = bands[head][1]
        beside = [i for i in first if self.boxes[i].middle < floor]
        rest = [i for i in first if self.boxes[i].middle >= floor]
        above = [i for _, band in bands[:head] for i in band] + beside
        return above, [(False, rest), *bands[head + 1 :]]

    def _take_off_last_line(
        self, band: list[int], above: list[int], x: float
    ) -> tuple[Region, Region]:
        """Take the last short line of a spanning paragraph off the band below it."""
        if not above or not band:
            return band, []
        last = max((self.boxes[i] for i in above), key=lambda box: box.y1)
        first = self.boxes[band[0]]
        limits, em = self.limits, self.em
        alone = len(band) < 2 or self.boxes[band[1]].y0 > first.y1 - limits.line_overlap * em
        close = first.y0 - last.y1 < limits.last_line_gap * em
        alike = abs(first.height - last.height) < limits.last_line_height
        left = first.x1 <= x and abs(first.x0 - last.x0) < limits.last_line_left * em
        return (band[1:], [band[0]]) if alone and close and alike and left else (band, [])


def _measure_covered_height(boxes: list[Rect]) -> float:
    """Return how much of the page's height the boxes cover together."""
    total, bottom = 0.0, float("-inf")
    for y0, y1 in sorted((box.y0, box.y1) for box in boxes):
        total += max(0.0, y1 - max(y0, bottom))
        bottom = max(bottom, y1)
    return total


def _merge_whole_slices(regions: list[Region], split: list[list[Region]]) -> list[Region]:
    """Join neighbouring slices that stayed whole: only a gutter makes regions."""
    joined: list[Region] = []
    whole = False
    for parts in split:
        if len(parts) == 1 and whole:
            joined[-1] = joined[-1] + parts[0]
        else:
            joined += parts
        whole = len(parts) == 1
    return joined if sum(map(len, joined)) == sum(map(len, regions)) else regions
