"""Footnotes: their marks, and all the lines that belong to one.

A note begins with its mark: a raised figure, a star or dagger, a figure in a circle, or a number.
Where the same mark stands raised in the text of the page, the two are tied and the note is believed
wherever it stands. Limits: notes of one page only; a note that goes on overleaf is two blocks, and
notes at the end of a chapter are tied only where their marks stand on the same page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.content import Word
from ingest.pdf.page.markers import find_note_mark
from ingest.pdf.page.rows import ends_sentence

T = TypeVar("T")
_SMALL = 0.93
"""Notes are set in type of less than this share of the text's size, unless their mark is raised."""
_CLOSE = 0.8
"""Lines of one note stand within this many of their heights of each other."""
_CIRCLED = re.compile("[①-⑳]")


def with_notes(items: Sequence[Paragraph | T], size: float) -> list[Paragraph | T]:
    """Return the items of a page with every footnote known and whole; `size` is the text's."""
    marks = _find_marks_in_text(items)
    done: list[Paragraph | T] = []
    for item in items:
        if isinstance(item, Paragraph):
            item = _mark_if_footnote(item, marks, size)
            before = done[-1] if done else None
            if isinstance(before, Paragraph) and _is_note_continued(before, item, size):
                done[-1] = replace(before, rows=_join_note_rows(before, item))
                continue
        done.append(item)
    return done


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


def _mark_if_footnote(item: Paragraph, marks: set[str], size: float) -> Paragraph:
    """Return the paragraph as a footnote where its mark stands in the text."""
    if item.kind not in ("text", "list"):
        return item
    first = item.rows[0]
    mark = find_note_mark(first)
    tied = mark in marks and (first[0].raised or _median_size_of(item) < _SMALL * size)
    return replace(item, kind="footnote", marker="", mark=mark) if tied else item


def _is_note_continued(note: Paragraph, item: Paragraph, size: float) -> bool:
    """Whether a paragraph is more of the note before it: below, beside its mark, a column on."""
    if note.kind != "footnote" or item.kind != "text" or find_note_mark(item.rows[0]):
        return False
    above, below = note.rect, item.rect
    if len(note.words) == 1:
        return below.x0 >= above.x0 and below.y0 < above.y1 and above.y0 < below.y1
    if abs(_median_size_of(item) - _median_size_of(note)) > 0.08 * _median_size_of(note):
        return False
    last = note.rows[-1]
    text = " ".join(word.text for word in last)
    height = last[-1].rect.height
    if below.y0 < last[0].rect.y0:  # in the next column
        small = _median_size_of(item) < _SMALL * size
        return small and not ends_sentence(text) and item.rows[0][0].text[:1].islower()
    overlap = min(above.x1, below.x1) - max(above.x0, below.x0)
    near = below.y0 - above.y1 < _CLOSE * height
    return near and overlap > 0.5 * min(above.width, below.width) and not ends_sentence(text)


def _join_note_rows(note: Paragraph, item: Paragraph) -> tuple[tuple[Word, ...], ...]:
    if len(note.words) == 1:
        return ((*note.rows[0], *item.rows[0]), *item.rows[1:])
    return (*note.rows, *item.rows)


def _median_size_of(paragraph: Paragraph) -> float:
    sizes = sorted(word.style.size for word in paragraph.words)
    return sizes[len(sizes) // 2]
