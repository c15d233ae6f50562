"""The mark that a footnote begins with.

Limits: letters are marks only where they are raised; a number is one only before words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.page.content import Word

_RAISED = re.compile(r"\^?(\d{1,3}|[a-z]|[*†‡§¶]{1,3}|[①-⑳]|\[\d{1,3}\])[.)]?")
_MARK = re.compile(r"([*†‡§¶]{1,3}|[①-⑳]|注\d{0,2}|\d{1,3}(?![\d%°]|[-–./,:]\d))[.)、:：]?")


def note_mark(row: Sequence[Word]) -> str:
    """Return the mark at the beginning of a row of words, "" where there is none."""
    first = row[0]
    if first.raised and (found := _RAISED.fullmatch(first.text)):
        return found[1]
    found = _MARK.match(first.text)
    if not found:
        return ""
    rest = first.text[found.end() :] + "".join(word.text for word in row[1:])
    return found[1] if any(map(str.isalpha, rest)) else ""
