"""Rows of a region, and whether the next row goes on where the last one stopped.

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
from ingest.pdf.page.content import Line, Rect, Word
from ingest.text.scripts import is_wide

_ENDS_SENTENCE = re.compile(r"[.!?。！？;；:：][\"'”’)）]*$")
_ENTRY_MARK = re.compile(r"\[\w{1,12}\]|\[\d{1,3}")
_PAGE_NUMBER = re.compile(r"(?:\d{1,4}|[ivxlc]{1,7})$")
_LEADER_DOTS = 4
_HANG_AT_MOST = 6.0
"""Hanging lines are set in by at most this many font sizes."""
_CLOSE = 2.0
"""Rows of one stretch follow each other within this many line heights."""


@dataclass(frozen=True, slots=True)
class Row:
    """A whole line of a region: its words left to right and how most of them are set."""

    words: tuple[Word, ...]
    rect: Rect
    size: float
    bold: bool
    mono: bool
    color: int

    @staticmethod
    def of(lines: Sequence[Line]) -> Row:
        """Return the row that these lines side by side make."""
        words = tuple(word for line in lines for word in line.words)
        line = lines[0] if len(lines) == 1 else Line.from_words(words)
        colors = [word.style.color for word in words]
        return Row(
            words,
            line.rect,
            line.size,
            line.share_of("bold") > 0.75,
            line.share_of("mono") > 0.8,
            max(set(colors), key=colors.count),
        )

    @property
    def text(self) -> str:
        """The words with blanks between them."""
        return " ".join(word.text for word in self.words)


def ends_sentence(text: str) -> bool:
    """Whether a line ends as a sentence, a clause or an announcement does."""
    return bool(_ENDS_SENTENCE.search(text))


def names_page(text: str) -> bool:
    """Whether a line ends as an entry of a contents page does: leader dots and a page number."""
    number = _PAGE_NUMBER.search(text[-8:])
    if number is None:
        return False
    leader = text[: len(text) - len(number[0])].rstrip()[-2 * _LEADER_DOTS :].replace(" ", "")
    return len(leader) >= _LEADER_DOTS and set(leader) <= set(".·․…‥")


def had_room(before: str, room: float, first: Word, text: str, width: float) -> bool:
    """Whether the word `first` of the next row had room where the row `before` stopped.

    `room` is what is left to the column's edge, `width` the column's, in points; `text` is the
    next row. Ragged edges leave some room, so a quarter of the column is needed inside a sentence.
    A word that the line end has cut goes on, however short the line.
    """
    if ends_in_cut_word(before) and text[:1].islower():
        return False
    size = max(first.style.size, 1.0)
    if is_wide(first.text):
        return (room > 2.2 * size and ends_sentence(before)) or room > 6 * size
    needed = first.rect.width + 0.35 * size
    if ends_sentence(before) and not text[:1].islower():
        return room > needed + 0.2 * size
    return room > needed + 0.25 * width


def hanging(rows: Sequence[Row], right: float) -> dict[int, bool]:
    """Return, for rows of hanging entries by their index, whether each begins an entry.

    `right` is the column's edge. Rows that are not set so are left out.
    """
    found: dict[int, bool] = {}
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or not _together(rows[at - 1], rows[at]):
            found.update((start + i, begins) for i, begins in _entries(rows[start:at], right))
            start = at
    return found


def _together(above: Row, below: Row) -> bool:
    same = abs(above.size - below.size) <= 0.08 * max(above.size, below.size)
    step = (below.rect.y1 - above.rect.y1) / max(below.rect.height, 1.0)
    return same and above.mono == below.mono and -0.5 <= step <= _CLOSE


def _entries(rows: Sequence[Row], right: float) -> list[tuple[int, bool]]:
    """Return the rows of a stretch that is set hanging; none where it is not."""
    if len(rows) < 2:
        return []
    size = max(rows[0].size, 1.0)
    left = min(row.rect.x0 for row in rows)
    offsets = Counter(round((row.rect.x0 - left) / (0.5 * size)) for row in rows)
    inner = [o for o in offsets if 2 <= o <= 2 * _HANG_AT_MOST]
    if not inner:
        return []
    hang = left + max(inner, key=lambda o: offsets[o]) * 0.5 * size
    outer = [row.rect.x0 < hang - 0.6 * size for row in rows]
    strays = sum(row.rect.x0 > hang + 0.6 * size for row in rows)
    if strays > 0.1 * len(rows) or not any(outer):
        return []
    if _votes(rows, outer, right) < 2:
        return []
    return list(enumerate(outer))


def _votes(rows: Sequence[Row], outer: list[bool], right: float) -> int:
    """Return how much more speaks for hanging entries than for indented paragraphs."""
    score = 0
    left = min(row.rect.x0 for row in rows)
    for at, (above, below) in enumerate(pairwise(rows)):
        if outer[at] == outer[at + 1]:
            continue
        text, first = above.text, below.words[0]
        room = right - above.rect.x1
        stopped = had_room(text, room, first, below.text, right - left)
        if outer[at]:  # the row below is set in
            marked = bool(_ENTRY_MARK.match(text))
            score += 2 if marked else -2 if stopped or ends_sentence(text) else 1
        else:  # the row below sticks out
            score += 1 if stopped or ends_sentence(text) else -2
    return score
