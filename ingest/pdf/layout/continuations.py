"""Joins paragraphs that continue in the next column or on the next page.

A paragraph continues where its last line is full and no sentence ends there, and what the next
column begins with is set alike and not as a beginning. Tables, pictures, captions, notes and small
type (the lettering of a figure) may stand between the two parts. In a document whose paragraphs are
indented, a full last line followed by a line without indent continues even after a full stop.

Limits: at most `ContinuationThresholds.reach` blocks are looked past; a paragraph whose last line
happens to be full, in a document without indents, is continued only inside a sentence; program code
is not joined.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.compose import ends_in_cut_word
from ingest.pdf.page.content import join_words
from ingest.pdf.page.rows import ends_sentence, had_room
from ingest.text.scripts import is_wide

PageItem: TypeAlias = tuple[int, object]
"""A page number and what stands there: a paragraph, or something that is no running text."""


@dataclass(frozen=True, slots=True)
class ContinuationThresholds:
    """When a paragraph continues in another column or page. All values were set by hand."""

    reach: int = 12
    """So many blocks after a paragraph are looked at for its continuation."""
    shortest: int = 30
    """A single line shorter than this, in letters, is no paragraph that continues."""
    small: float = 0.93
    """Type of less than this share of the paragraph's size may stand between its parts."""
    same_size: float = 0.08
    """The parts differ in font size by at most this share."""
    letters_share: float = 0.6
    """More than this share of a line of prose is letters."""
    fewest_words: int = 3
    """A line of prose has at least so many words of three letters."""
    free_share: float = 0.5
    """Lower case continues a last line that leaves less than this share of the column free."""
    indent: float = 0.8
    """A first line indented by more than this many font sizes begins a paragraph."""
    fewest_paragraphs: int = 8
    """A document shows whether it indents when it has so many paragraphs of three lines or more."""
    indented_share: float = 0.6
    """It does when more than this share of them is indented."""
    bold_share: float = 0.8
    """A paragraph is bold when more than this share of its words is."""
    least_size: float = 1.0
    """Points; smaller type counts as this large."""


CONTINUATIONS = ContinuationThresholds()


@dataclass(frozen=True, slots=True)
class Continuation:
    """The parts of one paragraph after its first, each with its page, in reading order."""

    parts: tuple[tuple[int, Paragraph], ...]


def join_paragraphs(
    items: Sequence[PageItem],
    headings: Container[int],
    limits: ContinuationThresholds = CONTINUATIONS,
) -> dict[int, Continuation]:
    """Return, by `number` of the paragraph that is continued, what continues it.

    `items` are those of all pages in reading order; `headings` are the numbers of headings. Linear:
    every item looks at no more than `limits.reach` others.
    """
    paragraphs = [item for _, item in items if isinstance(item, Paragraph)]
    indented = _has_indents(paragraphs, limits)
    joined: dict[int, Continuation] = {}
    taken: set[int] = set()
    for at, (page, item) in enumerate(items):
        if not isinstance(item, Paragraph) or item.number in taken or item.number in headings:
            continue
        parts: list[tuple[int, Paragraph]] = []
        last, place, tail = page, at, item
        while (
            found := _find_continuation(items, place, last, tail, headings, indented, limits)
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
    limits: ContinuationThresholds,
) -> int | None:
    """Return the place of the item that continues `tail`, which stands at `at`."""
    if tail.kind not in ("text", "list"):
        return None
    text = _text_of_last_line(tail)
    short = len(text) < limits.shortest
    if len(tail.rows) < 2 and (short or not _is_prose(text, limits)):
        return None
    passed = False
    for place in range(at + 1, min(at + 1 + limits.reach, len(items))):
        number, item = items[place]
        if isinstance(item, Paragraph) and item.number in headings:
            return None
        moved = number != page or _is_higher(item, tail)
        if not isinstance(item, Paragraph) or _can_be_skipped(item, tail, moved, limits.small):
            passed = True
            continue
        goes_on = item.kind == "text" and (passed or moved) and number <= page + 1
        if goes_on and _is_continued_by(tail, item, indented, limits):
            return place
        return None
    return None


def _is_higher(item: object, tail: Paragraph) -> bool:
    """Whether an item stands further up the page: in another column."""
    return isinstance(item, Paragraph) and item.rect.y0 < tail.rect.y1 - tail.rect.height


def _can_be_skipped(item: Paragraph, tail: Paragraph, moved: bool, small: float) -> bool:
    """Whether a paragraph may stand between two parts of running text.

    Small type in the middle of a column is a formula or a quotation, which ends what is above it.
    """
    if item.kind in ("caption", "footnote"):
        return True
    return moved and _font_size_of(item) < small * _font_size_of(tail)


def _is_prose(line: str, limits: ContinuationThresholds) -> bool:
    """Whether a line is words, no formula and no lettering."""
    letters = sum(letter.isalpha() for letter in line)
    words = sum(len(word) > 2 and word.isalpha() for word in line.split())
    if letters <= limits.letters_share * len(line.replace(" ", "")):
        return False
    return words >= limits.fewest_words or is_wide(line)


def _is_continued_by(
    tail: Paragraph, head: Paragraph, indented: bool, limits: ContinuationThresholds
) -> bool:
    """Whether `head` continues the sentence or paragraph that `tail` breaks off."""
    size = max(_font_size_of(tail), limits.least_size)
    if abs(_font_size_of(head) - size) > limits.same_size * size:
        return False
    if _is_bold(head, limits.bold_share) != _is_bold(tail, limits.bold_share):
        return False
    first, text, opening = head.rows[0][0], _text_of_last_line(tail), _text_of_line(head, 0)
    if ends_in_cut_word(text) and opening[:1].isalpha():
        return True
    if _is_indented(head, limits.indent * size):
        return False
    left, right = tail.column
    room = right - tail.rows[-1][-1].rect.x1
    ended_early = had_room(text, room, first, opening, right - left)
    if ends_sentence(text):
        return indented and not ended_early and len(head.rows) > 1 and tail.kind == "text"
    if opening[:1].islower():
        few = limits.free_share * (right - left)
        return not ended_early or not text[-1:].isalnum() or room < few
    return not ended_early and (
        is_wide(opening) or opening[:1].isalnum() or opening[:1] in "([“‘（《"
    )


def _is_indented(head: Paragraph, indent: float) -> bool:
    """Whether the first line is indented by more than `indent` points."""
    edge = min((row[0].rect.x0 for row in head.rows[1:]), default=head.column[0])
    return head.rows[0][0].rect.x0 - edge > indent


def _has_indents(paragraphs: Sequence[Paragraph], limits: ContinuationThresholds) -> bool:
    """Whether the document begins its paragraphs with an indent."""
    several = [p for p in paragraphs if p.kind == "text" and len(p.rows) > 2]
    if len(several) < limits.fewest_paragraphs:
        return False
    indented = sum(_is_indented(p, limits.indent * _font_size_of(p)) for p in several)
    return indented > limits.indented_share * len(several)


def _font_size_of(paragraph: Paragraph) -> float:
    """Return the size of most of the letters, in points."""
    tally: dict[float, int] = {}
    for word in paragraph.words:
        tally[word.style.size] = tally.get(word.style.size, 0) + len(word.text)
    return max(tally, key=lambda size: (tally[size], size))


def _is_bold(paragraph: Paragraph, share: float) -> bool:
    words = paragraph.words
    return sum(word.style.bold for word in words) > share * len(words)


def _text_of_line(paragraph: Paragraph, at: int) -> str:
    return join_words(paragraph.rows[at])


def _text_of_last_line(paragraph: Paragraph) -> str:
    return _text_of_line(paragraph, -1)
