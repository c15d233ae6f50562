"""Finds the figures of a parsed document, their captions, and where a description belongs.

A caption belongs to the figure that is next to it in reading order and right above or below it on
the page; each caption has one figure, the nearest.

Limits: figures without a box (formats without geometry) are left out; of a figure with several
boxes the first counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt

from ingest.types import BLOCK_SEPARATOR, Block, Box, Document

SCALE = 3.0
"""Pixels to the point of a figure's picture: 216 to the inch, as scans have them."""
MOST_PIXELS = 16_000_000
_NEAR_LINES = 2
"""A caption is at most this many of its own lines away from its figure."""
_LINE = 10.0
"""Points: the least height of a line that is counted with."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The `number`-th figure (from 1) of the page `box` is on; `caption` is "" without one.

    `at` is the place of its block in `Document.blocks`, `caption_at` that of its caption's block.
    """

    at: int
    number: int
    box: Box
    caption: str = ""
    caption_at: int | None = None

    @property
    def name(self) -> str:
        """A file name for its picture."""
        return f"page-{self.box.page}-figure-{self.number}.png"

    @property
    def scale(self) -> float:
        """Pixels to the point of its picture: less than `SCALE` for one as large as a poster."""
        area = (self.box.x1 - self.box.x0) * (self.box.y1 - self.box.y0)
        return min(SCALE, sqrt(MOST_PIXELS / max(area, 1.0)))


def figures_of(document: Document) -> list[Figure]:
    """Return the figures of a document in reading order."""
    found: list[Figure] = []
    first = 0
    for page in document.pages:
        captions = _match_captions(page.blocks)
        figures = [at for at, block in enumerate(page.blocks) if _is_figure(block)]
        for number, at in enumerate(figures, start=1):
            box = page.blocks[at].boxes[0]
            caption = captions.get(at)
            if caption is None:
                found.append(Figure(first + at, number, box))
            else:
                text = page.blocks[caption].text
                found.append(Figure(first + at, number, box, text, first + caption))
        first += len(page.blocks)
    return found


def locate_descriptions(document: Document) -> list[tuple[int, str]]:
    """Return the descriptions of figures and their positions in `Document.text`, in order.

    The position is where the figure's caption begins, else the text next to it that is no heading;
    a figure without such text is left out.
    """
    blocks = document.blocks
    figures = [figure for figure in figures_of(document) if blocks[figure.at].description]
    if not figures:
        return []
    sizes = (len(block.text) + len(BLOCK_SEPARATOR) for block in blocks)
    starts = list(accumulate(sizes, initial=0))
    texts = [at for at, block in enumerate(blocks) if block.text.strip() and not _is_heading(block)]
    notes: list[tuple[int, str]] = []
    for figure in figures:
        after = bisect_left(texts, figure.at)
        beside = figure.caption_at
        if beside is None:
            beside = next(iter(texts[after : after + 1] or texts[after - 1 : after]), None)
        if beside is not None:
            start = starts[beside] + len(blocks[beside].text) - len(blocks[beside].text.lstrip())
            notes.append((start, blocks[figure.at].description))
    return sorted(notes, key=lambda note: note[0])


def _is_heading(block: Block) -> bool:
    return block.kind in ("title", "heading")


def _is_figure(block: Block) -> bool:
    return block.kind == "figure" and bool(block.boxes)


def _match_captions(blocks: Sequence[Block]) -> dict[int, int]:
    """Return the caption of each figure that has one, by place: the nearest pairs first."""
    matched: dict[int, int] = {}
    for _, figure, caption in sorted(_find_caption_pairs(blocks)):
        if figure not in matched and caption not in matched.values():
            matched[figure] = caption
    return matched


def _find_caption_pairs(blocks: Sequence[Block]) -> Iterator[tuple[float, int, int]]:
    """Yield (points between, figure, caption) for neighbours that may belong together."""
    for at, block in enumerate(blocks):
        if not _is_figure(block):
            continue
        for beside in (at - 1, at + 1):
            if 0 <= beside < len(blocks) and blocks[beside].kind == "caption":
                gap = _measure_caption_gap(block.boxes[0], blocks[beside].boxes)
                if gap is not None:
                    yield gap, at, beside


def _measure_caption_gap(figure: Box, caption: Sequence[Box]) -> float | None:
    """Return the points between a figure and its caption, None where they are not neighbours."""
    box = next((box for box in caption if box.page == figure.page), None)
    if box is None or min(box.x1, figure.x1) <= max(box.x0, figure.x0):
        return None
    gap = max(box.y0 - figure.y1, figure.y0 - box.y1)
    return gap if gap < _NEAR_LINES * max(box.y1 - box.y0, _LINE) else None
