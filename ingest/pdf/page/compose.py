"""Turns words into text and spans together, so that every word can be found again on the page.

The text is Unicode NFC, ligatures and Kangxi radicals are resolved, words that a line break had cut
are joined, Chinese lines are joined without a blank. A soft hyphen (U+00AD) that is drawn on a page
is a hyphen: at a line end it cuts a word, elsewhere it is part of one. Limits: whether a hyphen at
a line end belongs to the word is decided by the rest of the document, else it is taken away;
accents that a font sets as separate glyphs are put on their letter only where Unicode has the two
as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field

from ingest.pdf.page.content import LEAST_SIZE, Line, Rect, Word, bounding_rect_of
from ingest.text.scripts import WIDE_CHARACTERS, is_wide
from ingest.types import Box, Span

_FOLD = re.compile("[\ufb00-\ufb06\u2f00-\u2fdf\u2e80-\u2ef3\uff3f]")
_DROP = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b-\x1f\x7f]")
_ENDS_WIDE = re.compile(f"[{WIDE_CHARACTERS}]$")
_HYPHENATED = re.compile(r"[^\W\d_]{2,}[-\u2010\u2011\u00ad]$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHEN_END = re.compile(r"\w[-\u2010\u2011]$")
_SUSPENDED = frozenset(("and", "or", "to", "und", "oder", "bis", "et", "ou"))
"""After a hyphen these say that it stands for the rest of a word: "short- and long-term"."""
_PREFIXES = {
    "anti", "counter", "every", "hyper", "inter", "macro", "micro", "mono", "multi", "over",
    "photo", "poly", "post", "some", "super", "tele", "there", "trans", "ultra", "under", "where",
    "with",
}  # fmt: skip
"""A word cut behind one of these is one word, although both parts are words."""
_HYPHENS = {0x2010: "-", 0x2011: "-"}
_ACCENTS = str.maketrans(
    {
        "`": "\u0300", "\u00b4": "\u0301", "\u02c6": "\u0302", "\u02dc": "\u0303",
        "\u00af": "\u0304", "\u02d8": "\u0306", "\u02d9": "\u0307", "\u00a8": "\u0308",
        "\u02da": "\u030a", "\u02dd": "\u030b", "\u02c7": "\u030c", "\u00b8": "\u0327",
    }
)  # fmt: skip
_ACCENTED = re.compile(
    "([\u00b4\u00a8\u00af\u00b8\u02c6\u02c7\u02d8-\u02dd\u0300-\u030c\u0327])([^\\W\\d_])"
)
"""Old fonts set an accent as a glyph of its own, in front of its letter."""
_BREAKABLE = re.compile(r"\w/$|\d–$")
"""A line may be broken after these without a blank: "m/" and "s", "44–" and "59"."""
_MOST_BLANKS = 80
"""More blanks than this in a row of program code are not written."""


@dataclass(frozen=True, slots=True)
class BlankThresholds:
    """Which gaps between words are blanks, in font sizes. Set by hand."""

    wide: float = 0.6
    """A gap of this size between two Chinese characters is meant as a blank."""
    touching: float = 0.08
    overlap: float = -0.5
    """Words of one row with a gap between these are one word."""


BLANKS = BlankThresholds()


@dataclass(frozen=True, slots=True)
class ComposedText:
    """Text, where each of its words stands, and one rectangle per line.

    `rows` says for every span, and then for every rectangle, which of the rows it came from.
    """

    text: str
    spans: tuple[tuple[int, int, Rect], ...]
    rects: tuple[Rect, ...]
    rows: tuple[int, ...] = ()

    def spans_on_page(self, page: int, offset: int = 0) -> tuple[Span, ...]:
        """Return the public spans, moved by `offset` characters."""
        return tuple(
            Span(start + offset, end + offset, rect.on_page(page))
            for start, end, rect in self.spans
        )

    def boxes_on_page(self, page: int) -> tuple[Box, ...]:
        """Return one public box per line."""
        return tuple(rect.on_page(page) for rect in self.rects)

    def over_pages(self, pages: Sequence[int]) -> tuple[tuple[Box, ...], tuple[Span, ...]]:
        """Return boxes and spans of a piece over several pages; `pages` has that of each row."""
        count = len(self.spans)
        boxes = zip(self.rects, self.rows[count:], strict=True)
        spans = zip(self.spans, self.rows[:count], strict=True)
        return (
            tuple(rect.on_page(pages[row]) for rect, row in boxes),
            tuple(Span(start, end, rect.on_page(pages[row])) for (start, end, rect), row in spans),
        )


@dataclass(slots=True)
class _TextBuilder:
    """Text under construction; the length is kept so that joining stays linear."""

    parts: list[str] = field(default_factory=list)
    spans: list[tuple[int, int, Rect]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def add_word(self, text: str, rect: Rect, row: int) -> None:
        self.rows.append(row)
        self.spans.append((self.length, self.length + len(text), rect))
        self.add(text)

    def trim(self, count: int) -> None:
        """Take `count` characters off the last word."""
        self.parts[-1] = self.parts[-1][:-count]
        self.length -= count
        start, end, rect = self.spans[-1]
        self.spans[-1] = (start, end - count, rect)


def clean_word(text: str) -> str:
    """Return a word as it is kept: NFC, ligatures resolved, invisible characters dropped."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\u00ad", "-")
    folded = _FOLD.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    folded = _DROP.sub("", folded).translate(_HYPHENS)
    return _ACCENTED.sub(_combine_accent, unicodedata.normalize("NFC", folded))


def _combine_accent(match: re.Match[str]) -> str:
    """Return the letter with its accent where Unicode knows the two as one letter."""
    letter = unicodedata.normalize("NFC", match[2] + match[1].translate(_ACCENTS))
    return letter if len(letter) == 1 else match[0]


def ends_in_cut_word(text: str) -> bool:
    """Whether a line ends in a word that the line break may have cut."""
    return bool(_HYPHENATED.search(text))


def vocabulary_of(lines: Iterable[Line]) -> frozenset[str]:
    """Return the words of the document, lower case, as they stand inside lines.

    The last word of each line is left out: it may be the first half of one.
    """
    return frozenset(
        found.lower()
        for line in lines
        for word in line.words[:-1]
        for found in _WORD.findall(word.text)
    )


def compose_text(
    rows: Sequence[Sequence[Word]],
    vocabulary: Container[str] | None = (),
    limits: BlankThresholds = BLANKS,
) -> ComposedText:
    """Return the running text of rows of words, each row one line of it.

    Without a `vocabulary` (None) a word that a line end has cut stays cut.
    """
    builder = _TextBuilder()
    rects: list[Rect] = []
    before: tuple[str, Word] | None = None
    lines: list[int] = []
    for number, row in enumerate(rows):
        first = True
        shown: list[Rect] = []
        for word in row:
            text = clean_word(word.text)
            if not text:
                continue
            if before is not None:
                _add_separator(builder, before, text, word, vocabulary, limits, new_line=first)
            builder.add_word(text, word.rect, number)
            shown.append(word.rect)
            before = (text, word)
            first = False
        if shown:
            rects.append(bounding_rect_of(shown))
            lines.append(number)
    kept = [at for at, span in enumerate(builder.spans) if span[1] > span[0]]
    return ComposedText(
        "".join(builder.parts),
        tuple(builder.spans[at] for at in kept),
        tuple(rects),
        (*(builder.rows[at] for at in kept), *lines),
    )


def compose_lines(rows: Sequence[Sequence[Word]]) -> ComposedText:
    """Return the text of program code: line breaks and indentation kept."""
    builder = _TextBuilder()
    rects: list[Rect] = []
    left = min((row[0].rect.x0 for row in rows if row), default=0.0)
    for number, row in enumerate(rows):
        if not row:
            continue
        letters = sum(len(word.text) for word in row)
        advance = sum(word.rect.width for word in row) / letters if letters else 0.0
        if builder.parts:
            builder.add("\n")
        edge = left
        for at, word in enumerate(row):
            blanks = round((word.rect.x0 - edge) / advance) if advance > 0 else 0
            builder.add(" " * max(1 if at else 0, min(blanks, _MOST_BLANKS)))
            builder.add_word(clean_word(word.text), word.rect, number)
            edge = word.rect.x1
        rects.append(bounding_rect_of(word.rect for word in row))
    return ComposedText("".join(builder.parts), tuple(builder.spans), tuple(rects))


def _add_separator(
    builder: _TextBuilder,
    before: tuple[str, Word],
    text: str,
    word: Word,
    vocabulary: Container[str] | None,
    limits: BlankThresholds,
    *,
    new_line: bool,
) -> None:
    """Put between two words what belongs there: a blank or nothing; a hyphen may go."""
    earlier, earlier_word = before
    hyphenated = new_line and vocabulary is not None and _HYPHENATED.search(earlier)
    if hyphenated and vocabulary is not None and text[:1].islower() and text not in _SUSPENDED:
        if _is_cut(earlier, text, vocabulary):
            builder.trim(1)
        return
    whole = vocabulary is not None and _is_halved(earlier, text)
    if new_line and (whole or _BREAKABLE.search(earlier)):
        return
    if _ENDS_WIDE.search(earlier) and is_wide(text):
        gap = word.rect.x0 - earlier_word.rect.x1
        if new_line or gap < limits.wide * max(word.style.size, LEAST_SIZE):
            return
    elif not new_line and (
        _are_words_touching(earlier_word, word, limits) or _is_split_accent(word)
    ):
        return
    builder.add(" ")


def _is_halved(earlier: str, text: str) -> bool:
    """Whether a line break stands behind a hyphen that belongs to the word: "GPT-" and "3"."""
    return bool(_HYPHEN_END.search(earlier)) and text[:1].isalnum() and text not in _SUSPENDED


def _is_split_accent(word: Word) -> bool:
    """Whether a word begins with the accent of its first letter: it is the rest of a word."""
    return unicodedata.combining(word.text[0]) > 0 and len(word.text) > 1


def _are_words_touching(before: Word, word: Word, limits: BlankThresholds) -> bool:
    """Whether two words of different lines of the library are one: no gap at all between them."""
    gap = word.rect.x0 - before.rect.x1
    touching = limits.touching * min(before.style.size, word.style.size)
    return limits.overlap * word.style.size < gap < touching


def _is_cut(first: str, second: str, vocabulary: Container[str]) -> bool:
    """Whether the hyphen at the end of `first` was put there by the line break."""
    head = first[:-1]
    found = _WORD.match(second)
    tail = found[0] if found else second
    last = _WORD.findall(head)[-1] if _WORD.findall(head) else head
    joined, apart = (last + tail).lower(), (last.lower(), tail.lower())
    if joined in vocabulary:
        return True
    if "-".join(apart) in vocabulary or "-" in tail or "-" in head.rpartition(" ")[2]:
        return False
    words = min(map(len, apart)) > 3 and all(part in vocabulary for part in apart)
    return not words or apart[0] in _PREFIXES
