"""Divides a document's blocks into sections: what stands under which headings.

No chunk crosses the border of a top-level section. Its level is the most significant one whose
headings divide the document: a lone heading before all other text is the document's title and
divides nothing, so the next level counts.

Limits: the levels are taken as the parser gives them; a heading the parser missed divides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.types import BLOCK_SEPARATOR, Block, Document

NOWHERE = -1


@dataclass(frozen=True, slots=True, eq=False)
class PlacedBlock:
    """A block and where its text begins in the text of the document; compared by identity."""

    block: Block
    start: int
    page: int

    @property
    def end(self) -> int:
        """Return where its text ends."""
        return self.start + len(self.block.text)

    @property
    def title(self) -> str:
        """Return the text as one line: an entry of a heading path."""
        return " ".join(self.block.text.split())


@dataclass(frozen=True, slots=True)
class Leaf:
    """A stretch of text without a heading in it.

    `path` holds the headings it stands under, outermost first; `headings` those that stand right
    before `body` in the text, most of them in `path` too. A heading with nothing under it gives a
    leaf without body.
    """

    path: tuple[PlacedBlock, ...]
    headings: tuple[PlacedBlock, ...]
    body: tuple[PlacedBlock, ...]


def placed_blocks(document: Document) -> list[PlacedBlock]:
    """Return all blocks that have text, with their position in `Document.text`."""
    placed: list[PlacedBlock] = []
    position = 0
    for page in document.pages:
        for block in page.blocks:
            if block.text.strip():
                placed.append(PlacedBlock(block, position, page.number))
            position += len(block.text) + len(BLOCK_SEPARATOR)
    return placed


def split_into_sections(blocks: Sequence[PlacedBlock]) -> list[list[Leaf]]:
    """Return the top-level sections in order, each as its leaves in order; none is empty."""
    collector = _SectionCollector(_dividing_level(blocks))
    for placed in blocks:
        if is_heading(placed):
            collector.add_heading(placed)
        else:
            collector.body.append(placed)
    return collector.finish()


def is_heading(placed: PlacedBlock) -> bool:
    """Return whether the block is a title or a heading."""
    return placed.block.kind in ("title", "heading")


def heading_level(placed: PlacedBlock) -> int:
    """Return the level of a heading: 0 for a title, else 1 and up."""
    return 0 if placed.block.kind == "title" else max(1, placed.block.level)


def _dividing_level(blocks: Sequence[PlacedBlock]) -> int:
    """Return the level down to which headings begin a top-level section."""
    headings = [placed for placed in blocks if is_heading(placed)]
    first_text = next((placed.start for placed in blocks if not is_heading(placed)), NOWHERE)
    for level in sorted({heading_level(placed) for placed in headings}):
        of_level = [placed for placed in headings if heading_level(placed) == level]
        if len(of_level) > 1 or of_level[0].start > first_text:
            return level
    return NOWHERE


class _SectionCollector:
    """Walks the blocks once and closes leaves and sections as headings come."""

    def __init__(self, dividing_level: int) -> None:
        self.body: list[PlacedBlock] = []
        self._dividing_level = dividing_level
        self._done: list[list[Leaf]] = []
        self._leaves: list[Leaf] = []
        self._stack: list[PlacedBlock] = []
        self._pending: list[PlacedBlock] = []

    def add_heading(self, placed: PlacedBlock) -> None:
        level = heading_level(placed)
        if self.body or self._has_pending_empty_section(level):
            self._close_leaf()
        if level <= self._dividing_level and self._leaves:
            self._done.append(self._leaves)
            self._leaves = []
        while self._stack and heading_level(self._stack[-1]) >= level:
            self._stack.pop()
        self._stack.append(placed)
        self._pending.append(placed)

    def finish(self) -> list[list[Leaf]]:
        if self.body or self._pending:
            self._close_leaf()
        return [*self._done, self._leaves] if self._leaves else self._done

    def _has_pending_empty_section(self, level: int) -> bool:
        """Return whether a heading of `level` leaves the headings before it without any text.

        At the start of a section they stay pending and come before its first text: a chunk of
        nothing but a heading line would be worse.
        """
        return bool(self._leaves and self._pending) and heading_level(self._pending[-1]) >= level

    def _close_leaf(self) -> None:
        path = [placed for placed in self._stack if self.body or placed not in self._pending]
        self._leaves.append(Leaf(tuple(path), tuple(self._pending), tuple(self.body)))
        self._pending, self.body = [], []


def common_path(leaves: Sequence[Leaf]) -> tuple[PlacedBlock, ...]:
    """Return the headings that all leaves stand under."""

    def iterate_shared_headings() -> Iterator[PlacedBlock]:
        for headings in zip(*(leaf.path for leaf in leaves), strict=False):
            if any(heading is not headings[0] for heading in headings):
                return
            yield headings[0]

    return tuple(iterate_shared_headings())
