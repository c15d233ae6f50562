"""Captions: "Figure 1", "Table 2:", "图 1", "表 2-1" before what they name.

Limits: known by their first words alone; a caption without number is text.
"""

from __future__ import annotations

import re

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
_LONGEST = 12
"""A caption has at most this many lines."""


def is_caption(text: str, lines: int, *, bold: bool = False) -> bool:
    """Whether a paragraph that begins so is the caption of a figure or table."""
    wide = _WIDE_CAPTION.match(text)
    if wide:
        rest = text[wide.end() :]
        return lines <= 3 and len(text) <= 80 and not rest.startswith(_IN_SENTENCE)
    match = _CAPTION.match(text)
    if not match or lines > _LONGEST:
        return False
    rest = text[match.end() :].lstrip()
    return match["end"] in ".:：|–—" or bold or not rest or (lines < 3 and rest[:1].isupper())
