"""Headings made whole before they are looked for: lines parted from text, parts put together.

Paragraphs are made by their lines alone. Here a heading that went into the paragraph below it is
parted from it (it is set in another font, or in capitals), and what belongs to one heading is put
together: "Chapter 2" with its title, "5.1" with the words set far to the right of it, the second
line of a heading that stands a little further away.
Limits: only neighbours in reading order are looked at; a heading set like its paragraph and not
numbered stays in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.pdf.headings.evidence import is_cut_off
from ingest.pdf.headings.levels import numbering_of
from ingest.pdf.headings.looks import Look, look_of
from ingest.pdf.layout.body_text import Body
from ingest.pdf.layout.page_layout import Item, Layout
from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.content import Word

_LABEL = re.compile(
    r"(?:(?:chapter|part|appendix|annex|section|article|schedule|unit|lesson)\s+"
    r"(?:\d{1,3}|[ivxlc]{1,6}|[a-z]|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"|第[\d一二三四五六七八九十百]{1,4}[章节篇编部卷]|附录[A-Za-z\d一二三四五六七八九十]?)[.:：]?",
    re.I,
)
_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,3}){0,4}|[IVX]{1,5}|[A-Z])[.)]?")
_LOWER = re.compile(r"[a-z]|\d+ [a-z]")
_ENDED = re.compile(r"[.。!！]$")
_MOST_HEADING_LINES = 3
"""A heading that stands in a paragraph has at most this many lines."""


def with_headlines(layout: Layout, body: Body) -> Layout:
    """Return the page with headings parted from text and put together."""
    items: list[Item] = []
    for item in layout.items:
        if not isinstance(item, Paragraph):
            items.append(item)
            continue
        for part in _split_off_heading(item):
            if (
                items
                and isinstance(items[-1], Paragraph)
                and _is_same_heading(items[-1], part, body)
            ):
                items[-1] = _join_heading_parts(items[-1], part)
            else:
                items.append(part)
    return replace(layout, items=tuple(items))


def _split_off_heading(paragraph: Paragraph) -> Sequence[Paragraph]:
    """Return the heading and the rest, where the first lines of a paragraph are a heading."""
    rows = paragraph.rows
    if len(rows) < 2 or not (paragraph.kind == "text" or _is_numbered(paragraph)):
        return [paragraph]
    for at in range(1, min(_MOST_HEADING_LINES + 1, len(rows))):
        if _is_set_differently(rows[:at], rows[at]):
            last = rows[at - 1][-1]
            room = paragraph.column[1] - last.rect.x1
            text = _text_of_words(rows[at - 1])
            if room > 1.5 * last.style.size and not is_cut_off(text) and not _ENDED.search(text):
                rest = replace(paragraph, kind="text", rows=rows[at:], level=0, marker="")
                return [replace(paragraph, rows=rows[:at]), rest]
            break
    return [paragraph]


def _is_numbered(paragraph: Paragraph) -> bool:
    """Whether a list item may be a heading: "A. Data", "1. Scope", "一、范围"."""
    return paragraph.kind == "list" and bool(numbering_of(_text_of_words(paragraph.rows[0]))[0])


def _is_set_differently(lead: Sequence[Sequence[Word]], row: Sequence[Word]) -> bool:
    """Whether lines are set throughout in one font, or in capitals, and the next line is not."""
    fonts = {word.style.font for line in lead for word in line if _is_word(word)}
    others = {word.style.font for word in row if _is_word(word)}
    if len(fonts) == 1 and others and not fonts & others:
        return True
    text, following = " ".join(_text_of_words(line) for line in lead), _text_of_words(row)
    letters = sum(c.isalpha() for c in text)
    return letters > 4 and text.isupper() and any(c.islower() for c in following)


def _is_word(word: Word) -> bool:
    return any(c.isalpha() for c in word.text)


def _is_same_heading(upper: Paragraph, lower: Paragraph, body: Body) -> bool:
    """Whether two neighbours are parts of one heading."""
    if (
        upper.kind not in ("text", "list")
        or lower.kind != "text"
        or len(lower.rows) > _MOST_HEADING_LINES
    ):
        return False
    if len(upper.rows) > _MOST_HEADING_LINES:
        return False
    text = _text_of_words(upper.words)
    label = bool(_LABEL.fullmatch(text))
    number = bool(_NUMBER.fullmatch(text))
    first, second = look_of(upper), look_of(lower)
    if number and _is_beside(first, second):
        return _stands_out(second, body) and second.bold == first.bold
    gap = (second.rect.y0 - first.rect.y1) / max(first.size, second.size, 1.0)
    if not -0.5 < gap < 2 or not _is_below(first, second) or second.running:
        return False
    if label:
        return gap < 1.5 and second.size >= first.size - 0.6 and not _LABEL.match(second.text)
    if number:
        return gap < 1.2 and min(first.size, second.size) > 1.25 * body.size
    same = first.style == second.style and _stands_out(first, body)
    goes_on = _LOWER.match(second.text) or is_cut_off(first.text)
    return bool(same and gap < 0.8 and goes_on)


def _stands_out(look: Look, body: Body) -> bool:
    return (look.bold and not body.bold) or look.size > 1.12 * body.size


def _is_beside(left: Look, right: Look) -> bool:
    """Whether one stands to the right of the other on one line, at most four sizes away."""
    level = abs(left.rect.middle - right.rect.middle) < 0.3 * max(left.size, right.size)
    return level and 0 < right.rect.x0 - left.rect.x1 < 4 * right.size and right.rows == 1


def _is_below(upper: Look, lower: Look) -> bool:
    """Whether one stands under the other: begun at the same edge, or set around one middle."""
    edge = abs(upper.rect.x0 - lower.rect.x0) < 1.5 * upper.size
    middle = abs(upper.rect.x0 + upper.rect.x1 - lower.rect.x0 - lower.rect.x1) < 2 * upper.size
    return edge or middle


def _join_heading_parts(upper: Paragraph, lower: Paragraph) -> Paragraph:
    if upper.rows[-1][-1].rect.y1 > lower.rows[0][0].rect.middle:
        rows = (*upper.rows[:-1], (*upper.rows[-1], *lower.rows[0]), *lower.rows[1:])
    else:
        rows = (*upper.rows, *lower.rows)
    return replace(upper, kind="text", rows=rows, level=0, marker="")


def _text_of_words(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
