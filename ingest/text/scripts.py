"""Names the character ranges of scripts: the one place for Chinese, kana and wide characters.

The ranges (strings such as HAN) go inside the brackets of a pattern: `f"[{HAN}]"`. Limits: there
are several ranges for Chinese, because stages were tuned with them: HAN is enough to recognise
Chinese text, IDEOGRAPHS has every Chinese character that Unicode knows.
"""

from __future__ import annotations

import re

HAN_COMMON = "\u4e00-\u9fff"
"""The block of common Chinese characters."""
HAN = "\u3400-\u9fff"
"""Common Chinese characters and extension A; enough to recognise a text as Chinese."""
HAN_COMPATIBILITY = "\uf900-\ufaff"
"""Chinese characters that stand in Unicode a second time, for old encodings."""
IDEOGRAPHS = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""All Chinese characters, the iteration mark and the zero among them."""
KANA = "\u3041-\u3096\u30a1-\u30fa"
"""The letters of Japanese, without the long-vowel mark."""
WIDE_LETTERS = IDEOGRAPHS + KANA + "\u30fc"
"""What is written without blanks between words: Chinese characters and kana."""
WIDE_GLYPHS = "\u2e80-\u2fff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Letters that fill a square of their size: radicals, kana, Chinese characters."""
WIDE_CHARACTERS = (
    "\u2e80-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003ffff\u3000“”‘’…—"
)
"""Wide letters and the punctuation that is set with them."""
WIDE_BLOCKS = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
"""Whole Unicode blocks of letters and signs between which a line break stands for no space."""
FIRST_WIDE_LETTER = "\u3005"
"""The first wide letter in Unicode: a quick test before the exact one."""

HAN_LETTER = re.compile(f"[{HAN}]")
HAN_OR_COMPATIBLE = re.compile(f"[{HAN}{HAN_COMPATIBILITY}]")
WIDE_LETTER = re.compile(f"[{WIDE_LETTERS}]")
WIDE_GLYPH = re.compile(f"[{WIDE_GLYPHS}]")
_STARTS_WIDE = re.compile(f"[{WIDE_CHARACTERS}]")
_FIRST_HAN, _LAST_HAN = "\u3400", "\u9fff"


def is_han(character: str) -> bool:
    """Return whether a character is Chinese."""
    return _FIRST_HAN <= character <= _LAST_HAN


def is_wide(text: str) -> bool:
    """Return whether the text begins with a Chinese, Japanese or full-width character."""
    return bool(_STARTS_WIDE.match(text))


def split_words(listed: str) -> frozenset[str]:
    """Return the words of a list that is written as one string."""
    return frozenset(listed.split())
