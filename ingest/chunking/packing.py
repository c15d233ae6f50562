"""Packs the pieces of a section into parcels of at most a given number of tokens.

A parcel becomes a chunk. The order of the text is kept, every piece lands in at least one parcel,
and the work is linear in the number of pieces.

Limits: greedy, from the front. A paragraph that does not fit begins a new parcel when the present
one is at least 60 % full, else it is cut between sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.chunking.pieces import (
    Piece,
    TokenCounter,
    split_table_by_rows,
    table_piece,
    text_pieces,
)
from ingest.chunking.sections import Leaf, PlacedBlock, common_path

_PATH_SHARE = 3
"""The heading path may take one third of the budget."""
_SMALL_SHARE = 3
"""A section below one third of the budget is joined with a neighbour where both fit."""
_FULL_ENOUGH = 0.6
"""The share of the budget from which a parcel may be closed before a paragraph."""
_CAPTIONED_KINDS = ("table", "figure")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Consecutive pieces and the headings they stand under."""

    path: tuple[PlacedBlock, ...]
    pieces: tuple[Piece, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the heading path as it is stored."""
        return tuple(placed.title for placed in self.path)

    @property
    def start(self) -> int:
        """Return where the parcel begins in the document's text."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Return where it ends."""
        return self.pieces[-1].end

    @property
    def header(self) -> tuple[int, int] | None:
        """Return the table header to be repeated in front, if any."""
        return self.pieces[0].header

    def split_in_half(self, text: str) -> tuple[Parcel, ...]:
        """Return two parcels that make up this one, none when it cannot be divided."""
        if len(self.pieces) > 1:
            middle = len(self.pieces) // 2
            parts = self.pieces[:middle], self.pieces[middle:]
            return tuple(Parcel(self.path, part) for part in parts)
        piece = self.pieces[0]
        if self.header is not None:
            return (Parcel(self.path, (replace(piece, header=None),)),)
        if piece.end - piece.start < 2:
            return ()
        middle = (piece.start + piece.end) // 2
        while text[middle].isspace():
            middle += 1
        stop = middle
        while text[stop - 1].isspace():
            stop -= 1
        cuts = replace(piece, end=stop), replace(piece, start=middle)
        return tuple(Parcel(self.path, (cut,)) for cut in cuts)


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Pieces of a paragraph, or of a table or figure with its captions: together if they fit.

    `whole` is true for tables and for what has captions: these are not cut to fill a parcel.
    """

    pieces: tuple[Piece, ...]
    tokens: int
    blocks: tuple[PlacedBlock, ...]
    whole: bool


class Packer:
    """Packs sections; `max_tokens` counts heading path and text, overlap is at most half of it."""

    def __init__(self, measure: TokenCounter, max_tokens: int, overlap_tokens: int) -> None:
        self._measure = measure
        self._max_tokens = max_tokens
        self._overlap_tokens = min(overlap_tokens, max_tokens // 2)
        self._path_tokens: dict[tuple[PlacedBlock, ...], int] = {}

    def pack(self, leaves: Sequence[Leaf]) -> Iterator[Parcel]:
        """Yield the parcels of one top-level section in order."""
        for group in self._group_leaves(leaves):
            path = self._shorten_path(common_path(group))
            budget = max(1, self._max_tokens - self._path_cost(path))
            bundles = [
                bundle for leaf in group for bundle in self._build_leaf_bundles(leaf, path, budget)
            ]
            filler = _ParcelFiller(self._measure, budget, self._overlap_tokens)
            for pieces in filler.fill(bundles):
                yield Parcel(path, pieces)

    def _group_leaves(self, leaves: Sequence[Leaf]) -> Iterator[list[Leaf]]:
        """Yield runs of leaves: small neighbours together where all of them fit in one parcel."""
        small = self._max_tokens // _SMALL_SHARE
        group: list[Leaf] = []
        size = 0
        for leaf in leaves:
            tokens = self._leaf_tokens(leaf)
            if group and (size < small or tokens < small) and _are_related(group[-1], leaf):
                joined = size + tokens + self._measure.count_gap("\n\n")
                path = self._shorten_path(common_path([*group, leaf]))
                if joined + self._path_cost(path) <= self._max_tokens:
                    group, size = [*group, leaf], joined
                    continue
            if group:
                yield group
            group, size = [leaf], tokens
        if group:
            yield group

    def _leaf_tokens(self, leaf: Leaf) -> int:
        """Return the tokens of a leaf and its headings; for a very long one just too many."""
        blocks = (*leaf.headings, *leaf.body)
        if blocks[-1].end - blocks[0].start > self._max_tokens * 8:
            return self._max_tokens + 1
        return self._measure.count_range(blocks[0].start, blocks[-1].end)

    def _shorten_path(self, path: tuple[PlacedBlock, ...]) -> tuple[PlacedBlock, ...]:
        """Drop outer headings until the path takes no more than its share."""
        while path and self._path_cost(path) > self._max_tokens // _PATH_SHARE:
            path = path[1:]
        return path

    def _path_cost(self, path: tuple[PlacedBlock, ...]) -> int:
        if not path:
            return 0
        if path not in self._path_tokens:
            titles = "\n".join(placed.title for placed in path)
            self._path_tokens[path] = self._measure.count(titles) + self._measure.count_gap("\n")
        return self._path_tokens[path]

    def _build_leaf_bundles(
        self, leaf: Leaf, path: tuple[PlacedBlock, ...], budget: int
    ) -> Iterator[_Bundle]:
        """Yield the bundles of a leaf: headings that the path lacks, then the body."""
        starts = {placed.start for placed in path}
        missing = [index for index, head in enumerate(leaf.headings) if head.start not in starts]
        if missing:
            for heading in leaf.headings[missing[0] :]:
                yield self._build_bundle([heading], budget)
        for blocks in _group_with_captions(leaf.body):
            yield self._build_bundle(blocks, budget)

    def _build_bundle(self, blocks: Sequence[PlacedBlock], budget: int) -> _Bundle:
        pieces: list[Piece] = []
        for placed in blocks:
            if placed.block.kind == "table":
                pieces.append(table_piece(self._measure, placed))
            else:
                pieces += text_pieces(
                    self._measure,
                    placed.start,
                    placed.end,
                    budget,
                    "caption" if placed.block.kind == "caption" else "text",
                )
        whole = len(blocks) > 1 or blocks[0].block.kind == "table"
        return _Bundle(tuple(pieces), self._measure.count_with_gaps(pieces), tuple(blocks), whole)


def _are_related(before: Leaf, after: Leaf) -> bool:
    """Return whether two leaves are siblings, or parent and child."""
    shared = len(common_path([before, after]))
    return shared >= min(len(before.path), len(after.path)) - 1


def _group_with_captions(blocks: Sequence[PlacedBlock]) -> Iterator[list[PlacedBlock]]:
    """Yield single blocks, but a table or figure together with the caption before or after it."""
    run: list[PlacedBlock] = []
    for placed in blocks:
        if run and not _is_caption_pair(run, placed):
            yield run
            run = []
        run.append(placed)
    if run:
        yield run


def _is_caption_pair(run: Sequence[PlacedBlock], following: PlacedBlock) -> bool:
    """Return whether one of the two is the caption of the other, and the run has none yet."""
    kinds = [placed.block.kind for placed in run]
    if following.block.kind in _CAPTIONED_KINDS:
        return kinds == ["caption"]
    return following.block.kind == "caption" and len(kinds) == 1 and kinds[0] in _CAPTIONED_KINDS


class _ParcelFiller:
    """Fills parcels one after the other from bundles under one heading path."""

    def __init__(self, measure: TokenCounter, budget: int, overlap_tokens: int) -> None:
        self._measure = measure
        self._budget = budget
        self._overlap_tokens = overlap_tokens
        self._full: list[tuple[Piece, ...]] = []
        self._open: list[Piece] = []
        self._size = 0
        self._has_new_text = False
        """Whether the open parcel has more than the overlap with the one before it."""

    def fill(self, bundles: Sequence[_Bundle]) -> list[tuple[Piece, ...]]:
        for bundle in bundles:
            self._add_bundle(bundle)
        self._close_parcel()
        return self._full

    def _add_bundle(self, bundle: _Bundle) -> None:
        if self._has_room_for(bundle.pieces[0], bundle.tokens):
            for piece in bundle.pieces:
                self._append_piece(piece)
        elif bundle.whole:
            self._close_parcel()
            if bundle.tokens <= self._budget:
                for piece in bundle.pieces:
                    self._append_piece(piece)
            else:
                self._add_oversized_bundle(bundle)
        else:
            if self._has_new_text and self._size >= _FULL_ENOUGH * self._budget:
                self._close_with_overlap(bundle.pieces[0])
            for piece in bundle.pieces:
                self._add_piece(piece)

    def _add_oversized_bundle(self, bundle: _Bundle) -> None:
        """Add a table with its captions that is too large for one parcel."""
        tables = {placed.start: placed for placed in bundle.blocks if placed.block.kind == "table"}
        for piece in bundle.pieces:
            if piece.kind != "table" or piece.tokens <= self._budget - self._size:
                self._add_piece(piece)
                continue
            if self._size > self._budget // 2:
                self._close_parcel()
            room = self._budget - self._size - self._measure.count_gap("\n\n")
            for rows in split_table_by_rows(self._measure, tables[piece.start], room, self._budget):
                if rows.header is not None:
                    self._close_parcel()
                self._add_piece(rows)

    def _add_piece(self, piece: Piece) -> None:
        if not self._has_room_for(piece, piece.tokens):
            self._close_with_overlap(piece)
        self._append_piece(piece)

    def _append_piece(self, piece: Piece) -> None:
        self._size += self._gap_before(piece) + piece.tokens
        self._open.append(piece)
        self._has_new_text = True

    def _has_room_for(self, first: Piece, tokens: int) -> bool:
        return self._size + self._gap_before(first) + tokens <= self._budget

    def _gap_before(self, piece: Piece) -> int:
        if not self._open:
            return 0
        return self._measure.count_gap(self._measure.text[self._open[-1].end : piece.start])

    def _close_parcel(self) -> None:
        if self._has_new_text:
            self._full.append(tuple(self._open))
        self._open, self._size, self._has_new_text = [], 0, False

    def _close_with_overlap(self, following: Piece) -> None:
        """Close the open parcel and begin the next with its last sentences, if they fit."""
        before = self._open
        self._close_parcel()
        if following.kind != "text":
            return
        room = min(self._overlap_tokens, self._budget - following.tokens)
        overlap: list[Piece] = []
        for piece in reversed(before[1:]):
            gap_end = overlap[0].start if overlap else following.start
            room -= piece.tokens + self._measure.count_gap(self._measure.text[piece.end : gap_end])
            if piece.kind != "text" or room < 0:
                break
            overlap.insert(0, piece)
        self._open = overlap
        self._size = self._measure.count_with_gaps(overlap)
