"""Describes how a paragraph looks and what stands around it, for finding headings.

Limits: neighbours are those in reading order, so a heading at the foot of a column is followed by
the text at the head of the next; distances are known within a column only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.pdf.headings.levels import StyleRank
from ingest.pdf.headings.thresholds import LOOKS, LookThresholds
from ingest.pdf.layout.body_text import BodyStyle
from ingest.pdf.layout.paragraphs import Paragraph, ParagraphKind
from ingest.pdf.page.content import LEAST_SIZE, Rect
from ingest.pdf.tables.grid import Grid
from ingest.text.scripts import HAN_LETTER

_KEY = re.compile(r"[\W_]+")
_RUNNING_WORDS, _RUNNING_WIDE = 12, 30
"""A paragraph of so many words (or Chinese characters), or of two lines, is running text."""


@dataclass(frozen=True, slots=True)
class Look:
    """What of a paragraph matters for headings; sizes in points.

    `size` is that of most letters, `bold` and `italic` hold for all but a few of them, `wide`
    says that the text is mostly Chinese.
    """

    text: str
    kind: ParagraphKind
    rect: Rect
    rows: int
    size: float
    bold: bool
    italic: bool
    color: int
    font: str
    wide: bool

    @property
    def rank(self) -> StyleRank:
        """The style as a rank: a higher one is a higher level."""
        return (round(self.size * 2) / 2, self.bold, self.text.isupper(), not self.italic)

    @property
    def style(self) -> tuple[str, float, bool, bool, int]:
        """The style as it is: paragraphs that share it were meant to look the same."""
        return (self.font, round(self.size * 2) / 2, self.bold, self.italic, self.color)

    @property
    def is_running_text(self) -> bool:
        """Whether this is running text: long enough to fill lines."""
        if self.kind in ("caption", "footnote", "code", "formula"):
            return False
        if self.wide:
            return len(self.text) > _RUNNING_WIDE
        words = len(self.text.split())
        ended = self.text.endswith(".") and words > _RUNNING_WORDS / 2
        return self.rows > 1 and (words > _RUNNING_WORDS or ended)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a paragraph. Gaps are in sizes of its type.

    `above` and `below` are its neighbours in reading order (None: there is none, or a table);
    a gap is None where the neighbour is in another column or there is none.
    `text_size` and `text_bold` tell how the running text it may head is set, `width` how wide.
    """

    above: Look | None
    below: Look | None
    table_above: bool
    table_below: bool
    gap_above: float | None
    gap_below: float | None
    text_size: float
    text_bold: bool
    width: float
    page_height: float


def look_of(paragraph: Paragraph, limits: LookThresholds = LOOKS) -> Look:
    """Return how a paragraph looks."""
    words = paragraph.words
    letters = sum(len(word.text) for word in words) or 1
    sizes: Counter[float] = Counter()
    colors: Counter[int] = Counter()
    fonts: Counter[str] = Counter()
    for word in words:
        sizes[word.style.size] += len(word.text)
        colors[word.style.color] += len(word.text)
        fonts[word.style.font] += len(word.text)
    text = unicodedata.normalize("NFKC", " ".join(word.text for word in words))
    text = text.replace("\u00ad", "-")
    return Look(
        text=text,
        kind=paragraph.kind,
        rect=paragraph.rect,
        rows=len(paragraph.rows),
        # Small capitals are set as capitals of two sizes: the larger one is meant.
        size=max(sizes) if text.isupper() else sizes.most_common(1)[0][0],
        bold=sum(len(w.text) for w in words if w.style.bold) > limits.bold_share * letters,
        italic=sum(len(w.text) for w in words if w.style.italic) > limits.italic_share * letters,
        color=colors.most_common(1)[0][0],
        font=fonts.most_common(1)[0][0],
        wide=len(HAN_LETTER.findall(text)) > limits.wide_share * sum(c.isalpha() for c in text),
    )


def find_surroundings(
    items: Sequence[Paragraph | Grid],
    looks: dict[int, Look],
    body: BodyStyle,
    page_height: float,
    *,
    alone: bool,
    limits: LookThresholds = LOOKS,
) -> dict[int, Surroundings]:
    """Return what stands around each paragraph of a page, by `number` of the paragraph.

    `alone` says that this page is the whole document: then what most of it is set in may be a
    table, and the running text of the page is the measure; else text smaller than that of the
    document (notes, legends) is none.
    """
    text = _find_usual_running_text(looks[x.number] for x in items if isinstance(x, Paragraph))
    found: dict[int, Surroundings] = {}
    for at, item in enumerate(items):
        if not isinstance(item, Paragraph):
            continue
        look = looks[item.number]
        before = items[at - 1] if at else None
        after = items[at + 1] if at + 1 < len(items) else None
        below = looks.get(after.number) if isinstance(after, Paragraph) else None
        heads = _choose_headed_text(below, text, limits)
        size = heads.size if heads else body.size
        found[item.number] = Surroundings(
            above=looks.get(before.number) if isinstance(before, Paragraph) else None,
            below=below,
            table_above=isinstance(before, Grid),
            table_below=isinstance(after, Grid),
            gap_above=_measure_gap(before.rect, look.rect, look.size, limits) if before else None,
            gap_below=_measure_gap(look.rect, after.rect, look.size, limits) if after else None,
            text_size=size if alone else max(size, body.size),
            text_bold=heads.bold if heads else body.bold,
            width=heads.rect.width if heads else look.rect.width * 2,
            page_height=page_height,
        )
    return found


def _choose_headed_text(
    below: Look | None, usual: Look | None, limits: LookThresholds
) -> Look | None:
    """Return the text that a heading above `below` would head: `below`, or the page's usual."""
    if below is None or not below.is_running_text or below.rows <= 2:
        return usual
    legend = usual is not None and below.size < limits.legend_size * usual.size
    return usual if legend else below


def _find_usual_running_text(looks: Iterable[Look]) -> Look | None:
    """Return a paragraph set like most of the running text of the page; None without any."""
    letters: Counter[float] = Counter()
    longest: dict[float, Look] = {}
    for look in looks:
        if look.is_running_text:
            letters[look.size] += len(look.text)
            if look.size not in longest or len(look.text) > len(longest[look.size].text):
                longest[look.size] = look
    return longest[letters.most_common(1)[0][0]] if letters else None


def _measure_gap(upper: Rect, lower: Rect, size: float, limits: LookThresholds) -> float | None:
    """Return the distance between two rectangles one below the other, in sizes of type.

    It is 0 for two on one line, None for two in different columns.
    """
    level = abs(upper.y0 - lower.y0) < limits.same_line * size
    if level and min(upper.height, lower.height) < limits.one_line_height * size:
        return 0.0
    beside = min(upper.x1, lower.x1) <= max(upper.x0, lower.x0)
    gap = (lower.y0 - upper.y1) / max(size, LEAST_SIZE)
    return None if beside or gap < limits.overlap else gap


def key_of(text: str) -> str:
    """Return letters and digits only, lower case, compatibility forms unified."""
    return _KEY.sub("", unicodedata.normalize("NFKC", text).lower())
