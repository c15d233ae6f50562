"""Makes headings whole before they are looked for: splits them from text and joins their parts.

Paragraphs are made by their lines alone. Here a heading that went into the paragraph below it is
split from it (it is set in another font, or in capitals), and the parts of one heading are joined:
"Chapter 2" with its title, "5.1" with the words set far to the right of it, the second line of a
heading that stands a little further away.
Limits: only neighbours in reading order are looked at; a heading set like its paragraph and not
numbered stays in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.pdf.headings.evidence import is_cut_off
from ingest.pdf.headings.levels import numbering_of
from ingest.pdf.headings.looks import Look, look_of
from ingest.pdf.layout.body_text import BodyStyle
from ingest.pdf.layout.page_layout import Layout, LayoutItem
from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.content import LEAST_SIZE, Word, join_words

_LABEL = re.compile(
    r"(?:(?:chapter|part|appendix|annex|section|article|schedule|unit|lesson)\s+"
    r"(?:\d{1,3}|[ivxlc]{1,6}|[a-z]|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"|第[\d一二三四五六七八九十百]{1,4}[章节篇编部卷]|附录[A-Za-z\d一二三四五六七八九十]?)[.:：]?",
    re.I,
)
_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,3}){0,4}|[IVX]{1,5}|[A-Z])[.)]?")
_LOWER = re.compile(r"[a-z]|\d+ [a-z]")
_ENDED = re.compile(r"[.。!！]$")


@dataclass(frozen=True, slots=True)
class RegroupThresholds:
    """Which lines are a heading or parts of one. Distances are in font sizes; set by hand."""

    most_lines: int = 3
    """A heading that stands in a paragraph has at most this many lines."""
    room: float = 1.5
    """The last line of a heading leaves more than this free to the column's edge."""
    stands_out: float = 1.12
    """A line stands out where it is bold or more than this many times the size of the text."""
    overlap: float = -0.5
    widest_gap: float = 2.0
    """The second part begins between these distances below the first,"""
    label_gap: float = 1.5
    number_gap: float = 1.2
    line_gap: float = 0.8
    """after a label ("Chapter 2"), a number, or a line of the same heading within this one."""
    smaller_by: float = 0.6
    """Points: the title after a label is at most this much smaller than the label."""
    number_size: float = 1.25
    """A number and what follows are larger than this many times the size of the text."""
    level: float = 0.3
    """Two parts stand on one line when their middles differ by less than this"""
    beside: float = 4.0
    """and the second begins less than this to the right of the first."""
    same_edge: float = 1.5
    same_middle: float = 1.0
    """Two parts stand below each other when their edges or their middles differ by less."""


REGROUP = RegroupThresholds()


def with_headlines(layout: Layout, body: BodyStyle, limits: RegroupThresholds = REGROUP) -> Layout:
    """Return the page with headings split from text and their parts joined."""
    items: list[LayoutItem] = []
    for item in layout.items:
        if not isinstance(item, Paragraph):
            items.append(item)
            continue
        for part in _split_off_heading(item, limits):
            before = items[-1] if items else None
            if isinstance(before, Paragraph) and _is_same_heading(before, part, body, limits):
                items[-1] = _join_heading_parts(before, part)
            else:
                items.append(part)
    return replace(layout, items=tuple(items))


def _split_off_heading(paragraph: Paragraph, limits: RegroupThresholds) -> Sequence[Paragraph]:
    """Return the heading and the rest, where the first lines of a paragraph are a heading."""
    rows = paragraph.rows
    if len(rows) < 2 or not (paragraph.kind == "text" or _is_numbered(paragraph)):
        return [paragraph]
    for at in range(1, min(limits.most_lines + 1, len(rows))):
        if _is_set_differently(rows[:at], rows[at]):
            last = rows[at - 1][-1]
            room = paragraph.column[1] - last.rect.x1
            text = join_words(rows[at - 1])
            short = room > limits.room * last.style.size
            if short and not is_cut_off(text) and not _ENDED.search(text):
                rest = replace(paragraph, kind="text", rows=rows[at:], level=0, marker="")
                return [replace(paragraph, rows=rows[:at]), rest]
            break
    return [paragraph]


def _is_numbered(paragraph: Paragraph) -> bool:
    """Whether a list item may be a heading: "A. Data", "1. Scope", "一、范围"."""
    return paragraph.kind == "list" and bool(numbering_of(join_words(paragraph.rows[0]))[0])


def _is_set_differently(lead: Sequence[Sequence[Word]], row: Sequence[Word]) -> bool:
    """Whether lines are set throughout in one font, or in capitals, and the next line is not."""
    fonts = {word.style.font for line in lead for word in line if _is_word(word)}
    others = {word.style.font for word in row if _is_word(word)}
    if len(fonts) == 1 and others and not fonts & others:
        return True
    text, following = " ".join(join_words(line) for line in lead), join_words(row)
    letters = sum(c.isalpha() for c in text)
    return letters > 4 and text.isupper() and any(c.islower() for c in following)


def _is_word(word: Word) -> bool:
    return any(c.isalpha() for c in word.text)


def _is_same_heading(
    upper: Paragraph, lower: Paragraph, body: BodyStyle, limits: RegroupThresholds
) -> bool:
    """Whether two neighbours are parts of one heading."""
    if upper.kind not in ("text", "list") or lower.kind != "text":
        return False
    if max(len(upper.rows), len(lower.rows)) > limits.most_lines:
        return False
    text = join_words(upper.words)
    label = bool(_LABEL.fullmatch(text))
    number = bool(_NUMBER.fullmatch(text))
    first, second = look_of(upper), look_of(lower)
    if number and _is_beside(first, second, limits):
        return _stands_out(second, body, limits.stands_out) and second.bold == first.bold
    gap = (second.rect.y0 - first.rect.y1) / max(first.size, second.size, LEAST_SIZE)
    apart = not limits.overlap < gap < limits.widest_gap
    if apart or not _is_below(first, second, limits) or second.is_running_text:
        return False
    if label:
        large = second.size >= first.size - limits.smaller_by
        return gap < limits.label_gap and large and not _LABEL.match(second.text)
    if number:
        large = min(first.size, second.size) > limits.number_size * body.size
        return gap < limits.number_gap and large
    same = first.style == second.style and _stands_out(first, body, limits.stands_out)
    goes_on = _LOWER.match(second.text) or is_cut_off(first.text)
    return bool(same and gap < limits.line_gap and goes_on)


def _stands_out(look: Look, body: BodyStyle, times: float) -> bool:
    return (look.bold and not body.bold) or look.size > times * body.size


def _is_beside(left: Look, right: Look, limits: RegroupThresholds) -> bool:
    """Whether one stands to the right of the other on one line, not far away."""
    shift = abs(left.rect.middle - right.rect.middle)
    level = shift < limits.level * max(left.size, right.size)
    near = 0 < right.rect.x0 - left.rect.x1 < limits.beside * right.size
    return level and near and right.rows == 1


def _is_below(upper: Look, lower: Look, limits: RegroupThresholds) -> bool:
    """Whether one stands under the other: begun at the same edge, or set around one middle."""
    shift = abs(upper.rect.x0 + upper.rect.x1 - lower.rect.x0 - lower.rect.x1) / 2
    edge = abs(upper.rect.x0 - lower.rect.x0) < limits.same_edge * upper.size
    return edge or shift < limits.same_middle * upper.size


def _join_heading_parts(upper: Paragraph, lower: Paragraph) -> Paragraph:
    if upper.rows[-1][-1].rect.y1 > lower.rows[0][0].rect.middle:
        rows = (*upper.rows[:-1], (*upper.rows[-1], *lower.rows[0]), *lower.rows[1:])
    else:
        rows = (*upper.rows, *lower.rows)
    return replace(upper, kind="text", rows=rows, level=0, marker="")
