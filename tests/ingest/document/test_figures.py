"""Figures and their captions, and how large a picture of one is."""

from __future__ import annotations

from ingest.document.figures import MOST_PIXELS, SCALE, Figure, figures_of
from ingest.types import Block, BlockKind, Box, Document, Page


def block(kind: BlockKind, text: str, top: float, bottom: float, left: float = 100) -> Block:
    return Block(kind, text, (Box(1, left, top, left + 200, bottom),))


def document(*pages: tuple[Block, ...]) -> Document:
    numbered = tuple(Page(number, 600, 800, blocks) for number, blocks in enumerate(pages, 1))
    return Document("d", "a.pdf", "application/pdf", "0" * 64, numbered)


def captions(*blocks: Block) -> list[str]:
    return [figure.caption for figure in figures_of(document(blocks))]


def test_captions_below_and_above() -> None:
    first, second = block("figure", "", 100, 200), block("figure", "", 300, 400)
    below = (first, block("caption", "图 1", 205, 215), second, block("caption", "图 2", 405, 415))
    assert captions(*below) == ["图 1", "图 2"]
    above = (block("caption", "A", 85, 95), first, block("caption", "B", 285, 295), second)
    assert captions(*above) == ["A", "B"]


def test_a_caption_has_one_figure_the_nearest() -> None:
    shared = block("caption", "Figure 1", 210, 220)
    assert captions(block("figure", "", 100, 200), shared, block("figure", "", 222, 400)) == [
        "",
        "Figure 1",
    ]


def test_what_stands_far_away_or_beside_is_no_caption() -> None:
    figure = block("figure", "", 100, 200)
    assert captions(figure, block("caption", "Table 1", 260, 270)) == [""]
    assert captions(figure, block("caption", "Figure 1", 205, 215, left=320)) == [""]
    assert captions(figure, block("text", "Figure 1 shows", 205, 215)) == [""]
    assert captions(Block("figure", ""), block("caption", "Figure 1", 205, 215)) == []


def test_figures_are_named_by_page_and_number() -> None:
    figure = block("figure", "", 100, 200)
    after = Block("figure", "", (Box(2, 0, 0, 90, 90),))
    found = figures_of(document((block("text", "x", 0, 9), figure, figure), (after,)))
    assert [each.name for each in found] == [
        "page-1-figure-1.png",
        "page-1-figure-2.png",
        "page-2-figure-1.png",
    ]
    assert [each.at for each in found] == [1, 2, 3]


def test_a_poster_is_drawn_smaller() -> None:
    assert Figure(0, 1, Box(1, 0, 0, 500, 500)).scale == SCALE
    large = Figure(0, 1, Box(1, 0, 0, 5000, 5000))
    assert (5000 * large.scale) ** 2 <= MOST_PIXELS * 1.001
