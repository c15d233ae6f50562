"""Turns pages whose text is set sideways so that it runs from left to right, and results back.

A page most of whose letters run down, up or upside down (a landscape table on a portrait page,
Chinese or Japanese in columns from right to left) is turned, so that every later stage sees lines
from left to right; the boxes of the finished page are turned back. Limits: one direction for a
whole page; slanted text stays sideways.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ingest.pdf.page.content import LEAST_SIZE, Line, PageContent, Rect, Word
from ingest.pdf.reading.word_gaps import split_at_gaps
from ingest.types import Block, Box, Cell, Page


@dataclass(frozen=True, slots=True)
class OrientationThresholds:
    """Which text is set sideways, and which pages are turned for it. Set by hand."""

    straight: float = 5.0
    """Degrees within which a direction counts as a right angle."""
    fewest_letters: int = 30
    """A page is turned when at least so many letters are set sideways."""
    touch: float = 0.6
    """Font sizes: closer lines are one, for vertical text comes as a line for each letter,"""
    level: float = 0.3
    """when their middles differ by less than this many font sizes."""


ORIENTATION = OrientationThresholds()

RectTransform: TypeAlias = Callable[[Rect], Rect]
PageTurns: TypeAlias = Mapping[int, tuple[int, float, float]]
"""By page number: by how much the page was turned, its width and height as displayed."""


def turn_of(dx: float, dy: float, limits: OrientationThresholds = ORIENTATION) -> int:
    """Return the right angle, clockwise, at which text of this direction is set; 0 if at none."""
    angle = math.degrees(math.atan2(dy, dx))
    straight = 90 * round(angle / 90)
    return straight % 360 if abs(angle - straight) <= limits.straight else 0


def turn_page_upright(
    page: PageContent, limits: OrientationThresholds = ORIENTATION
) -> PageContent:
    """Return the page so turned that most of its letters run from left to right."""
    letters: Counter[int] = Counter()
    for line in page.sideways:
        letters[line.turn] += sum(len(word.text) for word in line.words)
    turn, count = letters.most_common(1)[0] if letters else (0, 0)
    if not turn or count < limits.fewest_letters:
        return page
    if count <= sum(len(word.text) for line in page.lines for word in line.words):
        return page
    move = _build_turn_transform(turn, page.width, page.height)
    whole = [line for line in page.sideways if line.turn == turn]
    others = [*page.lines, *(line for line in page.sideways if line.turn != turn)]
    size = (page.height, page.width) if turn in (90, 270) else (page.width, page.height)
    return replace(
        page,
        width=size[0],
        height=size[1],
        turn=turn,
        lines=tuple(_join_touching_lines([_turn_line(line, move, 0) for line in whole], limits)),
        sideways=tuple(_turn_line(line, move, (line.turn - turn) % 360) for line in others),
        hidden=tuple(_turn_line(line, move, (line.turn - turn) % 360) for line in page.hidden),
        rules=tuple(_sort_rules([move(rule) for rule in page.rules])),
        fills=tuple(move(fill) for fill in page.fills),
        images=tuple(move(image) for image in page.images),
    )


def turns_of(pages: Sequence[PageContent]) -> PageTurns:
    """Return how the turned ones among the pages were turned."""
    return {
        page.number: (
            page.turn,
            *((page.height, page.width) if page.turn in (90, 270) else (page.width, page.height)),
        )
        for page in pages
        if page.turn
    }


def turn_page_back(page: Page, turns: PageTurns) -> Page:
    """Return the page with every box where it is displayed."""
    if not turns:
        return page
    _, width, height = turns.get(page.number, (0, page.width, page.height))
    blocks = tuple(_turn_block_back(block, turns) for block in page.blocks)
    return replace(page, width=width, height=height, blocks=blocks)


def _build_turn_transform(turn: int, width: float, height: float) -> RectTransform:
    """Return what moves a rectangle of a page of this size to where it is on the turned page."""
    if turn == 90:
        return lambda r: Rect(r.y0, width - r.x1, r.y1, width - r.x0)
    if turn == 270:
        return lambda r: Rect(height - r.y1, r.x0, height - r.y0, r.x1)
    return lambda r: Rect(width - r.x1, height - r.y1, width - r.x0, height - r.y0)


def _turn_box_back(box: Box, turns: PageTurns) -> Box:
    turn, width, height = turns.get(box.page, (0, 0.0, 0.0))
    if not turn:
        return box
    size = (height, width) if turn in (90, 270) else (width, height)
    return _build_turn_transform(360 - turn, *size)(Rect(box.x0, box.y0, box.x1, box.y1)).on_page(
        box.page
    )


def _turn_line(line: Line, move: RectTransform, turn: int) -> Line:
    words = tuple(replace(word, rect=move(word.rect)) for word in line.words)
    return replace(line, words=words, rect=move(line.rect), turn=turn)


def _join_touching_lines(lines: Sequence[Line], limits: OrientationThresholds) -> list[Line]:
    """Join lines that follow each other without a gap; split them at wide gaps."""
    runs: list[list[Word]] = []
    for line in lines:
        before = runs[-1][-1] if runs else None
        if before is not None and _are_words_adjacent(before, line.words[0], limits):
            runs[-1].extend(line.words)
        else:
            runs.append(list(line.words))
    return [Line.from_words(part) for run in runs for part in split_at_gaps(run)]


def _are_words_adjacent(before: Word, after: Word, limits: OrientationThresholds) -> bool:
    size = max(before.style.size, LEAST_SIZE)
    gap = after.rect.x0 - before.rect.x1
    shift = after.rect.middle - before.rect.middle
    return abs(gap) < limits.touch * size and abs(shift) < limits.level * size


def _sort_rules(rules: Sequence[Rect]) -> list[Rect]:
    """Return rules in the order pages have them: horizontal ones first, each kind by place."""
    across = [rule for rule in rules if rule.width >= rule.height]
    down = [rule for rule in rules if rule.width < rule.height]
    return [
        *sorted(across, key=lambda rule: (rule.middle, rule.x0)),
        *sorted(down, key=lambda rule: (rule.x0, rule.y0)),
    ]


def _turn_block_back(block: Block, turns: PageTurns) -> Block:
    table = block.table
    if table is not None:
        table = replace(table, cells=tuple(_turn_cell_back(cell, turns) for cell in table.cells))
    return replace(
        block,
        boxes=tuple(_turn_box_back(box, turns) for box in block.boxes),
        spans=tuple(replace(span, box=_turn_box_back(span.box, turns)) for span in block.spans),
        table=table,
    )


def _turn_cell_back(cell: Cell, turns: PageTurns) -> Cell:
    return cell if cell.box is None else replace(cell, box=_turn_box_back(cell.box, turns))
