"""Paragraphs that go on in the next column or overleaf.

A paragraph is continued where its last line is full and no sentence ends there, and what the next
column begins with is set alike and not as a beginning. Tables, pictures, captions, notes and small
type (the lettering of a figure) may stand between the two parts. In a document whose paragraphs are
indented, a full last line followed by a line without indent goes on even after a full stop.

Limits: at most `_REACH` blocks are looked past; a paragraph whose last line happens to be full, in
a document without indents, is continued only inside a sentence; program code is not joined.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.compose import ends_in_cut_word
from ingest.pdf.page.rows import ends_sentence, had_room
from ingest.text.scripts import is_wide

PageItem: TypeAlias = tuple[int, object]
"""A page number and what stands there: a paragraph, or something that is no running text."""

_REACH = 12
_SHORTEST = 30
"""A single line shorter than this, in letters, is no paragraph that goes on."""
_FEWEST_PARAGRAPHS = 8
"""A document shows how it begins paragraphs when it has this many of several lines."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """The parts of one paragraph after its first, each with its page, in reading order."""

    parts: tuple[tuple[int, Paragraph], ...]


def join_paragraphs(items: Sequence[PageItem], headings: Container[int]) -> dict[int, Continuation]:
    """Return, by `number` of the paragraph that is continued, what continues it.

    `items` are those of all pages in reading order; `headings` are the numbers of headings. Linear:
    every item looks at no more than `_REACH` others.
    """
    indented = _has_indents([item for _, item in items if isinstance(item, Paragraph)])
    joined: dict[int, Continuation] = {}
    taken: set[int] = set()
    for at, (page, item) in enumerate(items):
        if not isinstance(item, Paragraph) or item.number in taken or item.number in headings:
            continue
        parts: list[tuple[int, Paragraph]] = []
        last, place, tail = page, at, item
        while (
            found := _find_continuation(items, place, last, tail, headings, indented)
        ) is not None:
            place = found
            last, following = items[found]
            assert isinstance(following, Paragraph)
            tail = following
            taken.add(tail.number)
            parts.append((last, tail))
        if parts:
            joined[item.number] = Continuation(tuple(parts))
    return joined


def _find_continuation(
    items: Sequence[PageItem],
    at: int,
    page: int,
    tail: Paragraph,
    headings: Container[int],
    indented: bool,
) -> int | None:
    """Return the place of the item that continues `tail`, which stands at `at`."""
    if tail.kind not in ("text", "list"):
        return None
    text = _text_of_last_line(tail)
    if len(tail.rows) < 2 and (len(text) < _SHORTEST or not _is_prose(text)):
        return None
    passed = False
    for place in range(at + 1, min(at + 1 + _REACH, len(items))):
        number, item = items[place]
        if isinstance(item, Paragraph) and item.number in headings:
            return None
        moved = number != page or _is_higher(item, tail)
        if not isinstance(item, Paragraph) or _can_be_skipped(item, tail, moved):
            passed = True
            continue
        goes_on = item.kind == "text" and (passed or moved) and number <= page + 1
        return place if goes_on and _is_continued_by(tail, item, indented) else None
    return None


def _is_higher(item: object, tail: Paragraph) -> bool:
    """Whether an item stands further up the page: in another column."""
    return isinstance(item, Paragraph) and item.rect.y0 < tail.rect.y1 - tail.rect.height


def _can_be_skipped(item: Paragraph, tail: Paragraph, moved: bool) -> bool:
    """Whether a paragraph may stand between two parts of running text.

    Small type in the middle of a column is a formula or a quotation, which ends what is above it.
    """
    if item.kind in ("caption", "footnote"):
        return True
    return moved and _font_size_of(item) < 0.93 * _font_size_of(tail)


def _is_prose(line: str) -> bool:
    """Whether a line is words, no formula and no lettering."""
    letters = sum(letter.isalpha() for letter in line)
    words = sum(len(word) > 2 and word.isalpha() for word in line.split())
    return letters > 0.6 * len(line.replace(" ", "")) and (words >= 3 or is_wide(line))


def _is_continued_by(tail: Paragraph, head: Paragraph, indented: bool) -> bool:
    """Whether `head` goes on with the sentence or paragraph that `tail` breaks off."""
    size = max(_font_size_of(tail), 1.0)
    if abs(_font_size_of(head) - size) > 0.08 * size or _is_bold(head) != _is_bold(tail):
        return False
    first, text, opening = head.rows[0][0], _text_of_last_line(tail), _text_of_line(head, 0)
    if ends_in_cut_word(text) and opening[:1].isalpha():
        return True
    if _is_indented(head, size):
        return False
    left, right = tail.column
    room = right - tail.rows[-1][-1].rect.x1
    stopped = had_room(text, room, first, opening, right - left)
    if ends_sentence(text):
        return indented and not stopped and len(head.rows) > 1 and tail.kind == "text"
    if opening[:1].islower():
        return not stopped or not text[-1:].isalnum() or room < 0.5 * (right - left)
    return not stopped and (is_wide(opening) or opening[:1].isalnum() or opening[:1] in "([“‘（《")


def _is_indented(head: Paragraph, size: float) -> bool:
    """Whether the first line is indented."""
    edge = min((row[0].rect.x0 for row in head.rows[1:]), default=head.column[0])
    return head.rows[0][0].rect.x0 - edge > 0.8 * size


def _has_indents(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether the document begins its paragraphs with an indent."""
    several = [p for p in paragraphs if p.kind == "text" and len(p.rows) > 2]
    if len(several) < _FEWEST_PARAGRAPHS:
        return False
    return sum(_is_indented(p, _font_size_of(p)) for p in several) > 0.6 * len(several)


def _font_size_of(paragraph: Paragraph) -> float:
    """Return the size of most of the letters, in points."""
    tally: dict[float, int] = {}
    for word in paragraph.words:
        tally[word.style.size] = tally.get(word.style.size, 0) + len(word.text)
    return max(tally, key=lambda size: (tally[size], size))


def _is_bold(paragraph: Paragraph) -> bool:
    words = paragraph.words
    return sum(word.style.bold for word in words) > 0.8 * len(words)


def _text_of_line(paragraph: Paragraph, at: int) -> str:
    return " ".join(word.text for word in paragraph.rows[at])


def _text_of_last_line(paragraph: Paragraph) -> str:
    return _text_of_line(paragraph, -1)
