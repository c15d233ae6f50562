"""Splits off run-in headings: those on the first line of the paragraph they head.

Three kinds are sure enough: "Abstract—" and 摘要 before the text they head; a number and words in
other type up to a colon or full stop ("1) Feature extraction: Our model"); and bold leads in a
document that has many and numbers no headings, as manuals and lists of functions do. All else stays
text: bold first words are emphasis more often than headings.

Limits: where no blank stands behind the heading, the word is cut by the share of its letters, so
the box may be off by a fraction of a letter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.pdf.headings.levels import numbering_of
from ingest.pdf.layout.body_text import BodyStyle
from ingest.pdf.layout.page_layout import Layout, LayoutItem
from ingest.pdf.layout.paragraphs import Paragraph
from ingest.pdf.page.content import Rect, Word, join_words

_ABSTRACT = re.compile(r"(abstract|summary|摘\s?要|内容提要)\s?(?:[—–:：.]|-(?!\w))+\s?", re.I)
_NUMBER = re.compile(r"(?:\d{1,2}|[a-z])\)|\d{1,2}(?:\.\d{1,2})+\.?|[A-Z]\.")


@dataclass(frozen=True, slots=True)
class RunInThresholds:
    """What is a run-in heading. Set by hand."""

    longest: int = 8
    """Words: it has at most so many."""
    shortest_text: int = 5
    """Words: what it heads has at least so many."""
    shortest_abstract: int = 60
    """Letters: an abstract has more than so many."""
    fewest_leads: int = 4
    """Bold leads are headings in a document that has so many different ones"""
    different_share: float = 0.8
    """and in which more than this share of its bold leads are different."""
    fewest_numbered: int = 3
    """A document numbers its headings when so many short bold or large lines have a number."""
    longest_numbered: int = 12
    most_lines: int = 2
    """Words and lines: a line with a number that may be a heading has at most so many."""
    stands_out: float = 1.1
    """Such a line is bold, or larger than this many times the size of the text."""
    same_font_share: float = 0.3
    """Less than this share of the text is in the font of a heading with a number."""


RUN_INS = RunInThresholds()


def split_off_run_ins(
    layouts: Sequence[Layout], body: BodyStyle, limits: RunInThresholds = RUN_INS
) -> tuple[list[Layout], frozenset[int]]:
    """Return the pages with run-in headings as own paragraphs, and the numbers of those."""
    paragraphs = [paragraph for layout in layouts for paragraph in layout.paragraphs]
    bold = [lead for p in paragraphs if (lead := _find_bold_lead(p, limits))]
    leads = Counter(join_words(lead) for lead in bold)
    various = len(leads) > limits.different_share * leads.total()
    habit = len(leads) >= limits.fewest_leads and various
    if habit:
        numbered = sum(_is_numbered_heading(p, body, limits) for p in paragraphs)
        habit = numbered < limits.fewest_numbered
    found: set[int] = set()
    pages: list[Layout] = []
    for layout in layouts:
        items: list[LayoutItem] = []
        for item in layout.items:
            parts = _split_paragraph(item, habit, limits) if isinstance(item, Paragraph) else ()
            items += parts or [item]
            if len(parts) > 1:
                found.add(parts[0].number)
        pages.append(replace(layout, items=tuple(items)))
    return pages, frozenset(found)


def _is_numbered_heading(paragraph: Paragraph, body: BodyStyle, limits: RunInThresholds) -> bool:
    """Whether this looks like a heading with a number."""
    words = paragraph.words
    if len(paragraph.rows) > limits.most_lines or len(words) > limits.longest_numbered:
        return False
    style = words[-1].style
    if style.mono and not body.mono:  # a numbered line of program code, its keywords bold
        return False
    apart = (style.bold and not body.bold) or style.size > limits.stands_out * body.size
    return apart and bool(numbering_of(join_words(words))[0])


def _split_paragraph(
    paragraph: Paragraph, habit: bool, limits: RunInThresholds
) -> Sequence[Paragraph]:
    """Return the heading and its text, or the paragraph as it is."""
    if paragraph.kind not in ("text", "list"):
        return [paragraph]
    opening = _ABSTRACT.match(join_words(paragraph.rows[0][:3]))
    if (
        opening
        and paragraph.kind == "text"
        and len(join_words(paragraph.words)) > limits.shortest_abstract
    ):
        return _split_at_letters(paragraph, len(opening[1]), len(opening[0]))
    count = len(_find_numbered_lead(paragraph, limits))
    if not count and habit:
        count = len(_find_bold_lead(paragraph, limits))
    if not count:
        return [paragraph]
    plain = replace(paragraph, kind="text", level=0, marker="")
    parts = (_slice_rows(paragraph, 0, count), _slice_rows(paragraph, count))
    return [replace(plain, rows=rows) for rows in parts]


def _find_numbered_lead(paragraph: Paragraph, limits: RunInThresholds) -> Sequence[Word]:
    """Return the number and the words in other type up to a colon or stop, none without."""
    words = paragraph.words[: limits.longest + 3]
    if len(words) < 3 or not _NUMBER.fullmatch(words[0].text):
        return ()
    font = words[1].style.font
    count = next((at for at, word in enumerate(words) if at and word.style.font != font), 0)
    ended = words[count - 1].text.endswith((":", ".", "："))
    if not 1 < count <= limits.longest + 1 or not ended:
        return ()
    rest = paragraph.words[count:]
    plain = sum(word.style.font == font for word in rest) < limits.same_font_share * len(rest)
    return words[:count] if plain and len(rest) >= limits.shortest_text else ()


def _find_bold_lead(paragraph: Paragraph, limits: RunInThresholds) -> Sequence[Word]:
    """Return the bold words that a paragraph of plain text begins with, none without."""
    words = paragraph.words
    if paragraph.kind != "text" or not words[0].style.bold:
        return ()
    count = next((at for at, word in enumerate(words) if not word.style.bold), 0)
    rest = words[count:]
    if not 0 < count <= limits.longest or len(rest) < limits.shortest_text:
        return ()
    if any(word.style.bold for word in rest) or not any(
        c.isalpha() for c in join_words(words[:count])
    ):
        return ()
    if not rest[0].text[:1].isupper() and not words[count - 1].text.endswith((".", ":")):
        return ()
    return words[:count]


def _slice_rows(
    paragraph: Paragraph, start: int, end: int | None = None
) -> tuple[tuple[Word, ...], ...]:
    """Return the words from `start` to `end`, counted over the paragraph, line by line."""
    rows: list[tuple[Word, ...]] = []
    done = 0
    for row in paragraph.rows:
        stop = len(row) if end is None else min(len(row), end - done)
        rows.append(row[max(0, start - done) : max(0, stop)])
        done += len(row)
    return tuple(row for row in rows if row)


def _split_at_letters(paragraph: Paragraph, end: int, start: int) -> Sequence[Paragraph]:
    """Return what ends at letter `end` of the first line, and what begins at letter `start`."""
    head: list[Word] = []
    rest: list[Word] = []
    at = 0
    for word in paragraph.rows[0]:
        before, after = end - at, start - at
        if before > 0:
            head.append(_cut_word(word, 0, min(before, len(word.text))))
        if after < len(word.text):
            rest.append(_cut_word(word, max(after, 0), len(word.text)))
        at += len(word.text) + 1
    rows = tuple(row for row in (tuple(rest), *paragraph.rows[1:]) if row)
    return [replace(paragraph, rows=(tuple(head),)), replace(paragraph, rows=rows)]


def _cut_word(word: Word, start: int, end: int) -> Word:
    """Return some letters of a word and about where they stand."""
    if start == 0 and end == len(word.text):
        return word
    share = [_estimate_breadth(word.text[:start]), _estimate_breadth(word.text[:end])]
    letter = word.rect.width / max(_estimate_breadth(word.text), 1)
    x0, x1 = (word.rect.x0 + part * letter for part in share)
    return replace(word, text=word.text[start:end], rect=Rect(x0, word.rect.y0, x1, word.rect.y1))


def _estimate_breadth(text: str) -> float:
    """Return about how broad a text is, in letters: dashes and Chinese characters are two."""
    return sum(2 if c == "—" or c >= "\u2e80" else 1 for c in text)
