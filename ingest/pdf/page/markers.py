"""Recognises what a line begins with: a list marker, a footnote mark, a caption label.

Bullets, 1. a) (i), （1） 一、 ①: what a marker is and which kind it has. An item is deeper when it
is set in from the item before it, or when a kind of marker begins that was not in use. Captions
begin with "Figure 1", "Table 2:", "图 1", "表 2-1".

Limits: nesting is judged on one page; a list that continues on the next page begins at its
outermost level again. Captions are known by their first words alone; a caption without number is
text. Letters are footnote marks only where they are raised; a number is one only before words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.page.content import LEAST_SIZE, Word

DEEPEST = 5
_INDENT_STEP = 0.6
"""Items set in by more than this many font sizes stand deeper. Set by hand."""

_BULLETS = "•◦▪▫‣⁃●○■□◆◇➢➤►▶✓✔∙·\uf0b7\uf0a7\uf0d8\uf076\uf0fc"
_BULLET = re.compile(f"[{_BULLETS}*–—-]")
_GLUED_BULLET = re.compile(r"[•◦▪●○■□◆➢➤►✓∙·\uf0b7\uf0a7\uf0d8]")
"""Bullets that need no blank behind them: a dash without one is a minus."""
_ORDERED = re.compile(
    r"(?:[(（]\s?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})\s?[)）]|(?:\d{1,2}|[a-zA-Z]|[ivx]{1,5})[.)）])$"
)
_WIDE_ORDERED = re.compile(
    r"[（(][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|[①-⑳]|[（(]\d{1,2}[）)]"
    r"|\d{1,2}[、）)]"
)
_KINDS = (
    ("wide", re.compile(r"[一二三四五六七八九十]")),
    ("digit", re.compile(r"\d")),
    ("circled", re.compile(r"[①-⑳]")),
    ("roman", re.compile(r"[ivx]+(?![a-z])")),
    ("lower", re.compile(r"[a-z]")),
    ("upper", re.compile(r"[A-Z]")),
)


def marker_of(words: Sequence[Word]) -> str:
    """Return the list marker that a row of words begins with, or ""."""
    first = words[0].text
    if len(words) > 1 and (_BULLET.fullmatch(first) or _ORDERED.match(first)):
        return first
    if len(first) > 1 and _GLUED_BULLET.match(first):
        return first[0]
    wide = _WIDE_ORDERED.match(first)
    return wide[0] if wide and (len(first) > len(wide[0]) or len(words) > 1) else ""


def is_bullet(text: str) -> bool:
    """Whether a word is nothing but a bullet."""
    return bool(_BULLET.fullmatch(text))


def is_bullet_marker(marker: str) -> bool:
    """Whether a marker is a bullet, no number or letter."""
    return is_bullet(marker) or bool(_GLUED_BULLET.fullmatch(marker))


def is_dash(text: str) -> bool:
    """Whether a word is a dash or star, which may also stand inside a sentence."""
    return bool(text) and text in "-–—*"


def without_bullet(rows: tuple[tuple[Word, ...], ...]) -> tuple[tuple[Word, ...], ...]:
    """Take a bullet off an item: it is drawing, not text. Numbers and letters stay."""
    first, *rest = rows[0]
    if rest and is_bullet(first.text):
        return (tuple(rest), *rows[1:])
    if len(first.text) > 1 and _GLUED_BULLET.match(first.text):
        bare = Word(first.text[1:], first.rect, first.style, first.raised)
        return ((bare, *rest), *rows[1:])
    return rows


def kind_of(marker: str) -> str:
    """Return what sort of marker it is: two of one sort stand at one level."""
    if is_bullet_marker(marker):
        return marker
    core = marker.strip("()（）.、 ")
    name = next((name for name, pattern in _KINDS if pattern.match(core)), "other")
    return name + ("()" if marker[0] in "(（" else marker[-1].translate({0xFF09: ")"}))


def compute_nesting_depths(items: Sequence[tuple[str, float, float]]) -> list[int]:
    """Return the depth of each item of one list, 0 for the outermost.

    An item is (marker, distance from the left edge of its column, size of its type), in points.
    """
    open_levels: list[tuple[str, float]] = []
    depths: list[int] = []
    for marker, indent, size in items:
        kind, step = kind_of(marker), _INDENT_STEP * max(size, LEAST_SIZE)
        while open_levels and indent < open_levels[-1][1] - step:
            open_levels.pop()
        if any(kind == known and abs(indent - at) <= step for known, at in open_levels):
            while open_levels[-1][0] != kind:
                open_levels.pop()
        else:
            if (
                open_levels
                and indent <= open_levels[-1][1] + step
                and is_bullet_marker(open_levels[-1][0])
            ):
                open_levels.pop()  # nothing hangs below a bullet without being set in
            open_levels.append((kind, indent))
        depths.append(min(len(open_levels) - 1, DEEPEST))
    return depths


_CAPTION = re.compile(
    r"(?:extended\s+data\s+|supplementary\s+|appendix\s+)?"
    r"(?:fig(?:ure|s?\.)?|table|tab\.|chart|exhibit|scheme|plate|algorithm|listing|box|map|graph"
    r"|diagram|photo|image|illustration)\s*"
    r"(?:\d+|[IVX]+\b|(?-i:[A-Z])(?![a-z]))(?:[.\-–]\d+)*[a-z]?\s*(?P<end>[.:：|–—)]|\s|$)",
    re.IGNORECASE,
)
_WIDE_CAPTION = re.compile(
    r"(?:附?[图圖表]|续表|續表|图表|圖表|照片)\s?[\dA-Z一二三四五六七八九十]+(?:[-.–—]\d+)*[\s:：.、]?"
)
_IN_SENTENCE = ("所", "中", "是", "为", "显示", "给", "可", "的", "和", "与", "，", ",", "）")
_MOST_CAPTION_LINES = 12
_MOST_WIDE_LINES, _LONGEST_WIDE = 3, 80
"""A caption has at most so many lines, a Chinese one so many lines and characters. Set by hand."""


def is_caption(text: str, lines: int, *, bold: bool = False) -> bool:
    """Whether a paragraph that begins so is the caption of a figure or table."""
    wide = _WIDE_CAPTION.match(text)
    if wide:
        rest = text[wide.end() :]
        short = lines <= _MOST_WIDE_LINES and len(text) <= _LONGEST_WIDE
        return short and not rest.startswith(_IN_SENTENCE)
    match = _CAPTION.match(text)
    if not match or lines > _MOST_CAPTION_LINES:
        return False
    rest = text[match.end() :].lstrip()
    return match["end"] in ".:：|–—" or bold or not rest or (lines < 3 and rest[:1].isupper())


_RAISED = re.compile(r"\^?(\d{1,3}|[a-z]|[*†‡§¶]{1,3}|[①-⑳]|\[\d{1,3}\])[.)]?")
_MARK = re.compile(r"([*†‡§¶]{1,3}|[①-⑳]|注\d{0,2}|\d{1,3}(?![\d%°]|[-–./,:]\d))[.)、:：]?")


def find_note_mark(row: Sequence[Word]) -> str:
    """Return the mark at the beginning of a row of words, "" where there is none."""
    first = row[0]
    if first.raised and (found := _RAISED.fullmatch(first.text)):
        return found[1]
    found = _MARK.match(first.text)
    if not found:
        return ""
    rest = first.text[found.end() :] + "".join(word.text for word in row[1:])
    return found[1] if any(map(str.isalpha, rest)) else ""
