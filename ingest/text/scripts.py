"""Scripts and their character ranges: Chinese characters, wide letters, wide punctuation."""

from __future__ import annotations

import re

IDEOGRAPHS = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
WIDE_LETTERS = IDEOGRAPHS + "\u3041-\u3096\u30a1-\u30fa\u30fc"


def split_words(listed: str) -> frozenset[str]:
    """Return the words of a list that is written as one string."""
    return frozenset(listed.split())


WIDE_LETTER = re.compile(f"[{WIDE_LETTERS}]")


WIDE_CHARACTERS = (
    "\u2e80-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003ffff\u3000“”‘’…—"
)


_STARTS_WIDE = re.compile(f"[{WIDE_CHARACTERS}]")


def is_wide(text: str) -> bool:
    """Whether the text begins with a Chinese, Japanese or full-width character."""
    return bool(_STARTS_WIDE.match(text))
