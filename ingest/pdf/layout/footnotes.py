"""Finds footnotes by their marks, and all the lines that belong to each.

A note begins with its mark: a raised figure, a star or dagger, a figure in a circle, or a number.
Where the same mark stands raised in the text of the page, the paragraph is a note wherever it
stands. Limits: notes of one page only; a note that continues on the next page is two blocks, and
notes at the end of a chapter are recognised only where their marks stand on the same page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.content import Word, join_words
from ingest.pdf.page.markers import find_note_mark
from ingest.pdf.page.rows import ends_sentence

T = TypeVar("T")
_CIRCLED = re.compile("[①-⑳]")


@dataclass(frozen=True, slots=True)
class FootnoteThresholds:
    """When a paragraph is a footnote, or more of one. All values were set by hand."""

    small: float = 0.93
    """Notes are set in type of less than this share of the text's size, unless their mark is
    raised."""
    same_size: float = 0.08
    """The parts of a note differ in size by at most this share."""
    close: float = 0.8
    """Lines of one note stand within this many of their heights of each other."""
    overlap: float = 0.5
    """More than this share of the narrower part stands below the other."""


FOOTNOTES = FootnoteThresholds()


def with_notes(
    items: Sequence[Paragraph | T], size: float, limits: FootnoteThresholds = FOOTNOTES
) -> list[Paragraph | T]:
    """Return the items of a page with every footnote recognised and whole.

    `size` is the font size of the running text, in points.
    """
    marks = _find_marks_in_text(items)
    result: list[Paragraph | T] = []
    for item in items:
        if isinstance(item, Paragraph):
            item = _mark_if_footnote(item, marks, limits.small * size)
            before = result[-1] if result else None
            if isinstance(before, Paragraph) and _is_note_continued(before, item, size, limits):
                result[-1] = replace(before, rows=_join_note_rows(before, item))
                continue
        result.append(item)
    return result


def _find_marks_in_text(items: Sequence[Paragraph | T]) -> set[str]:
    """Return what stands raised, or in a circle, behind other words of the page."""
    found: set[str] = set()
    for item in items:
        if not isinstance(item, Paragraph) or item.kind == "footnote":
            continue
        for row in item.rows:
            for at, word in enumerate(row):
                if word.raised and (at or row is not item.rows[0]):
                    found.update(part for part in word.text.lstrip("^").split(",") if part)
                found.update(_CIRCLED.findall(word.text[1:]))
    return found


def _mark_if_footnote(item: Paragraph, marks: set[str], largest: float) -> Paragraph:
    """Return the paragraph as a footnote where its mark stands in the text.

    `largest` is the size in points below which type is small enough for notes.
    """
    if item.kind not in ("text", "list"):
        return item
    first = item.rows[0]
    mark = find_note_mark(first)
    is_note = mark in marks and (first[0].raised or _median_size_of(item) < largest)
    return replace(item, kind="footnote", marker="", mark=mark) if is_note else item


def _is_note_continued(
    note: Paragraph, item: Paragraph, size: float, limits: FootnoteThresholds
) -> bool:
    """Whether a paragraph is more of the note before it: below, beside its mark, a column on."""
    if note.kind != "footnote" or item.kind != "text" or find_note_mark(item.rows[0]):
        return False
    above, below = note.rect, item.rect
    if len(note.words) == 1:
        return below.x0 >= above.x0 and below.y0 < above.y1 and above.y0 < below.y1
    note_size = _median_size_of(note)
    if abs(_median_size_of(item) - note_size) > limits.same_size * note_size:
        return False
    last = note.rows[-1]
    text = join_words(last)
    height = last[-1].rect.height
    if below.y0 < last[0].rect.y0:  # in the next column
        small = _median_size_of(item) < limits.small * size
        return small and not ends_sentence(text) and item.rows[0][0].text[:1].islower()
    overlap = min(above.x1, below.x1) - max(above.x0, below.x0)
    if below.y0 - above.y1 >= limits.close * height:
        return False
    fewest = limits.overlap * min(above.width, below.width)
    return overlap > fewest and not ends_sentence(text)


def _join_note_rows(note: Paragraph, item: Paragraph) -> tuple[tuple[Word, ...], ...]:
    if len(note.words) == 1:
        return ((*note.rows[0], *item.rows[0]), *item.rows[1:])
    return (*note.rows, *item.rows)


def _median_size_of(paragraph: Paragraph) -> float:
    sizes = sorted(word.style.size for word in paragraph.words)
    return sizes[len(sizes) // 2]
