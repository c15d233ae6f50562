"""Builds the rows of a region, and tells whether the text of a row goes on in the next one.

A row that ends before the column's edge although the next word had room there ends what it belongs
to; where the first lines of entries stick out to the left (references, definitions), the other
lines belong to the entry above. Limits: judged by edges and punctuation alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.pdf.page.compose import ends_in_cut_word
from ingest.pdf.page.content import LEAST_SIZE, Line, Rect, Word, join_words
from ingest.text.scripts import is_wide

_ENDS_SENTENCE = re.compile(r"[.!?。！？;；:：][\"'”’)）]*$")
_ENTRY_MARK = re.compile(r"\[\w{1,12}\]|\[\d{1,3}")
_PAGE_NUMBER = re.compile(r"(?:\d{1,4}|[ivxlc]{1,7})$")
_LEADER_DOTS = 4


@dataclass(frozen=True, slots=True)
class RowThresholds:
    """How rows are set and whether they go on. Distances are in font sizes; set by hand."""

    bold_share: float = 0.75
    mono_share: float = 0.8
    """A row is bold, or of fixed pitch, where more than this share of its letters is."""
    room_after_sentence: float = 2.2
    room: float = 6.0
    """Chinese: more room than this, after a sentence or anywhere, ends what the row belongs to."""
    blank: float = 0.35
    """The next word needs its width and a blank this wide;"""
    spare: float = 0.2
    """after a sentence it had room where more than this was left besides,"""
    spare_share: float = 0.25
    """inside one where more than this share of the column's width was."""
    same_size: float = 0.08
    """Share of the larger size: rows whose sizes differ by at most this are of one stretch"""
    overlap: float = -0.5
    step: float = 2.0
    """when they follow each other between these distances, in line heights."""
    hang_unit: float = 0.5
    """Indents are counted in steps of this size."""
    least_hang: float = 1.0
    most_hang: float = 6.0
    """Hanging lines are set in between these distances."""
    off_hang: float = 0.6
    """Rows further left than the hanging lines by more than this begin an entry;"""
    strays_share: float = 0.1
    """at most this share of the rows stand further right than that."""
    least_score: int = 2
    """So much more must speak for hanging entries than for indented paragraphs."""


ROWS = RowThresholds()


@dataclass(frozen=True, slots=True)
class TextRow:
    """A whole line of a region: its words left to right and how most of them are set."""

    words: tuple[Word, ...]
    rect: Rect
    size: float
    bold: bool
    mono: bool
    color: int

    @staticmethod
    def from_lines(lines: Sequence[Line], limits: RowThresholds = ROWS) -> TextRow:
        """Return the row that these lines side by side make."""
        words = tuple(word for line in lines for word in line.words)
        line = lines[0] if len(lines) == 1 else Line.from_words(words)
        colors = [word.style.color for word in words]
        return TextRow(
            words,
            line.rect,
            line.size,
            line.share_of("bold") > limits.bold_share,
            line.share_of("mono") > limits.mono_share,
            max(set(colors), key=colors.count),
        )

    @property
    def text(self) -> str:
        """The words with blanks between them."""
        return join_words(self.words)


def ends_sentence(text: str) -> bool:
    """Whether a line ends as a sentence, a clause or an announcement does."""
    return bool(_ENDS_SENTENCE.search(text))


def is_contents_entry(text: str) -> bool:
    """Whether a line ends as an entry of a contents page does: leader dots and a page number."""
    number = _PAGE_NUMBER.search(text[-8:])
    if number is None:
        return False
    leader = text[: len(text) - len(number[0])].rstrip()[-2 * _LEADER_DOTS :].replace(" ", "")
    return len(leader) >= _LEADER_DOTS and set(leader) <= set(".·․…‥")


def had_room(
    before: str,
    room: float,
    first: Word,
    text: str,
    width: float,
    limits: RowThresholds = ROWS,
) -> bool:
    """Whether the word `first` of the next row had room where the row `before` stopped.

    `room` is what is left to the column's edge, `width` the column's, in points; `text` is the
    next row. Ragged edges leave some room, so a quarter of the column is needed inside a sentence.
    A word that the line end has cut goes on, however short the line.
    """
    if ends_in_cut_word(before) and text[:1].islower():
        return False
    size = max(first.style.size, LEAST_SIZE)
    ended = ends_sentence(before)
    if is_wide(first.text):
        return (ended and room > limits.room_after_sentence * size) or room > limits.room * size
    needed = first.rect.width + limits.blank * size
    if ended and not text[:1].islower():
        return room > needed + limits.spare * size
    return room > needed + limits.spare_share * width


def find_hanging_rows(
    rows: Sequence[TextRow], right: float, limits: RowThresholds = ROWS
) -> dict[int, bool]:
    """Return, for rows of hanging entries by their index, whether each begins an entry.

    `right` is the column's edge. Rows that are not set so are left out.
    """
    found: dict[int, bool] = {}
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or not _is_same_stretch(rows[at - 1], rows[at], limits):
            marked = _mark_entry_starts(rows[start:at], right, limits)
            found.update((start + i, begins) for i, begins in marked)
            start = at
    return found


def _is_same_stretch(above: TextRow, below: TextRow, limits: RowThresholds) -> bool:
    same = abs(above.size - below.size) <= limits.same_size * max(above.size, below.size)
    step = (below.rect.y1 - above.rect.y1) / max(below.rect.height, LEAST_SIZE)
    return same and above.mono == below.mono and limits.overlap <= step <= limits.step


def _mark_entry_starts(
    rows: Sequence[TextRow], right: float, limits: RowThresholds
) -> list[tuple[int, bool]]:
    """Return the rows of a stretch that is set hanging; none where it is not."""
    if len(rows) < 2:
        return []
    size, unit = max(rows[0].size, LEAST_SIZE), limits.hang_unit
    left = min(row.rect.x0 for row in rows)
    offsets = Counter(round((row.rect.x0 - left) / (unit * size)) for row in rows)
    inner = [o for o in offsets if limits.least_hang <= o * unit <= limits.most_hang]
    if not inner:
        return []
    hang = left + max(inner, key=lambda o: offsets[o]) * unit * size
    outer = [row.rect.x0 < hang - limits.off_hang * size for row in rows]
    strays = sum(row.rect.x0 > hang + limits.off_hang * size for row in rows)
    if strays > limits.strays_share * len(rows) or not any(outer):
        return []
    if _score_hanging(rows, outer, right, limits) < limits.least_score:
        return []
    return list(enumerate(outer))


def _score_hanging(
    rows: Sequence[TextRow], outer: list[bool], right: float, limits: RowThresholds
) -> int:
    """Return how much more speaks for hanging entries than for indented paragraphs."""
    score = 0
    left = min(row.rect.x0 for row in rows)
    for at, (above, below) in enumerate(pairwise(rows)):
        if outer[at] == outer[at + 1]:
            continue
        text, first = above.text, below.words[0]
        room = right - above.rect.x1
        stopped = had_room(text, room, first, below.text, right - left, limits)
        if outer[at]:  # the row below is set in
            marked = bool(_ENTRY_MARK.match(text))
            score += 2 if marked else -2 if stopped or ends_sentence(text) else 1
        else:  # the row below sticks out
            score += 1 if stopped or ends_sentence(text) else -2
    return score
