"""Gives headings levels that are consistent over a document: by bookmarks, numbering or style.

Numbering is known by its kind (Part, Chapter, 1.1, 一、, （一）, IV., A.): the order in which the
kinds first appear shows which is inside which. Headings without number rank by style.

Limits: a kind of numbering has one place in the whole document; level by style assumes that larger
and bolder type is a higher level.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TypeAlias

from ingest.pdf.headings.thresholds import HEADINGS
from ingest.text.scripts import HAN_COMMON

StyleRank: TypeAlias = tuple[float, bool, bool, bool]
"""Size, bold, capitals, upright: a higher style is a higher level."""

DEEPEST = 6

_DECIMAL = re.compile(rf"(\d{{1,2}}(?:\.\d{{1,3}}){{0,5}})\.?(?=[\s　{HAN_COMMON}])")
_KINDS = (
    (
        "part",
        re.compile(
            r"part\s+(?:\d+|[ivxlc]+|[a-z]|one|two|three|four|five)\b|第.{1,4}[编篇部]", re.I
        ),
    ),
    ("appendix", re.compile(r"(?:appendix|annex)\b|附[录件]", re.I)),
    (
        "chapter",
        re.compile(
            r"(?:chapter|section|article)\s+(?:\d+|[ivxlc]+|[a-z])\b"
            r"|第[\d一二三四五六七八九十百]{1,4}[章卷]",
            re.I,
        ),
    ),
    ("section", re.compile(r"第[\d一二三四五六七八九十百]{1,4}[节節条]")),
    ("inner", re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]")),
    ("count", re.compile(r"[一二三四五六七八九十]{1,3}、")),
    ("roman", re.compile(r"[IVX]{1,5}\.\s")),
    ("paren", re.compile(r"[（(]?(?:\d{1,2}|[a-z]|[ivx]{1,4})[)）]|\d{1,2}、")),
)
_LETTER = re.compile(r"([A-Z](?:\.\d+)*)\.?\s+(?=[A-Z])")


def numbering_of(text: str) -> tuple[str, int]:
    """Return the kind of numbering a heading has and its depth, from 1; ("", 0) without one."""
    if match := _DECIMAL.match(text):
        return "decimal", match[1].count(".") + 1
    for kind, pattern in _KINDS:
        if pattern.match(text):
            return kind, 1
    if match := _LETTER.match(text):
        return "letter", match[1].count(".") + 1
    return "", 0


def levels_of(
    headings: Mapping[int, tuple[str, StyleRank]],
    marked: Mapping[int, int],
    numbered_share: float = HEADINGS.numbered_share,
) -> dict[int, int]:
    """Return the level, from 1, of each heading (text, style), given in document order.

    `marked` holds the levels that the file's bookmarks give to some of them; `numbered_share` is
    that of `HeadingThresholds`.
    """
    numbered = _find_levels_by_number(headings)
    by_style: dict[StyleRank, list[int]] = defaultdict(list)
    for key, (_, style) in headings.items():
        by_style[style].append(key)
    levels: dict[int, int] = {}
    above = 0
    for style in sorted(by_style, reverse=True):
        members = by_style[style]
        by_bookmark = [marked[key] for key in members if key in marked]
        by_number = [numbered[key] for key in members if key in numbered]
        if by_bookmark:
            own = Counter(by_bookmark).most_common(1)[0][0]
        elif len(by_number) >= numbered_share * len(members):
            own = min(by_number)
        else:
            own = above + 1
        for key in members:
            levels[key] = min(DEEPEST, marked.get(key) or numbered.get(key) or own)
        above = max(above, min(own, DEEPEST - 1))
    return levels


def _find_levels_by_number(headings: Mapping[int, tuple[str, StyleRank]]) -> dict[int, int]:
    """Return the levels of the numbered headings.

    A kind of numbering takes its place where it first appears: one below the heading before it;
    letters (of an appendix) beside numbers of the same style.
    """
    first: dict[str, tuple[int, StyleRank]] = {}
    levels: dict[int, int] = {}
    last = 0
    for key, (text, style) in headings.items():
        kind, depth = numbering_of(text)
        if not kind:
            continue
        if kind not in first:
            beside = [level for level, other in first.values() if other == style]
            beside = beside if kind == "letter" else []
            if kind in ("part", "appendix") or not first:
                base = 1
            else:
                base = beside[0] if beside else max(1, last + 2 - depth)
            first[kind] = (base, style)
        last = levels[key] = min(DEEPEST, first[kind][0] + depth - 1)
    return levels
