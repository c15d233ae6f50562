"""Counts the lost characters of a text: those that stand for nothing, or were wrongly decoded.

Limits: counts only what is wrong in any text. Whether the words make sense is judged in
`ingest.pdf`, because a font may name its glyphs wrongly and a text file cannot.
"""

from __future__ import annotations

import re

MIN_READABLE_SHARE = 0.7
"""Text of which a smaller share can be read counts as garbled."""

_NOTHING = re.compile("[\ufffd\u25a1\ue000-\uf8ff\U000f0000-\U0010ffff\x00-\x08\x0e-\x1f\x80-\x9f]")
_GLYPH_NAME = re.compile(r"\(?cid[:_]\d{1,6}\)?|/[Gg]\d{1,4}(?=/|$)")
_MOJIBAKE = re.compile(
    # UTF-8 read as Latin-1 or Windows-1252: a lead byte and what can follow it.
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]+"
    # Two bytes to the character (GBK, Big5, Shift-JIS) read so: nothing but accented letters.
    "|[\u00a1-\u00ff]{4,}"
)
_ACCENTED = re.compile("[\u00a1-\u00ff]")


def count_lost_characters(text: str, length: int) -> int:
    """Return how many characters of `text` are lost; `length` is how many of them count.

    Lost are private use characters, U+FFFD, "(cid:12)", and bytes decoded in the wrong encoding.
    """
    lost = len(_NOTHING.findall(text))
    lost += sum(len(match) for match in _GLYPH_NAME.findall(text))
    return lost + _count_misdecoded(text, length)


def _count_misdecoded(text: str, length: int) -> int:
    """Return how many characters are bytes of another encoding.

    Right words may have "Ã" or "èê" in them. So the encoding is wrong only where accented letters
    are more than a third of the text, or suspect sequences have more than half as many characters
    as there are accented letters.
    """
    accented = len(_ACCENTED.findall(text))
    if accented < 4:
        return 0
    broken = sum(len(match) for match in _MOJIBAKE.findall(text))
    return broken if accented > length / 3 or broken > 0.5 * accented else 0
