"""How much of a text is lost: characters that stand for nothing, and bytes in the wrong encoding.

Limits: counts what cannot be right in any text; what makes no sense as words is `ingest.pdf`'s to
judge, for a font may name its glyphs wrongly and a text file cannot.
"""

from __future__ import annotations

import re

READABLE = 0.7
"""Text less readable than this is not worth having."""

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
    """Return how many of the `length` characters that count stand for nothing.

    Private use, U+FFFD, "(cid:12)", and bytes taken for letters of another encoding.
    """
    lost = len(_NOTHING.findall(text))
    lost += sum(len(match) for match in _GLYPH_NAME.findall(text))
    return lost + _count_misdecoded(text, length)


def _count_misdecoded(text: str, length: int) -> int:
    """Return how many characters are bytes of another encoding.

    Words may well have "Ã" or "èê" in them: only where accented letters are a third of the text,
    or every other of them is part of such a sequence, is the encoding wrong.
    """
    accented = len(_ACCENTED.findall(text))
    if accented < 4:
        return 0
    broken = sum(len(match) for match in _MOJIBAKE.findall(text))
    return broken if accented > length / 3 or broken > 0.5 * accented else 0
