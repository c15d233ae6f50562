"""What a question demands in so many words: phrases in quotation marks, and `-word` to leave out.

Limits: a phrase is compared by its search terms, so "force majeure" also finds "Force Majeures". A
word is left out only where a space stands before its mark and a letter after it: "-5 °C" is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.text import terms

_QUOTED = re.compile(r'"([^"\n]{1,200})"|“([^“”\n]{1,200})”')
_EXCLUDED = re.compile(r"(?<=\s)-([^\W\d_][\w-]*)")


@dataclass(frozen=True, slots=True)
class Demands:
    """The question without its marks; `required` phrases and `excluded` words, as written."""

    text: str
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is demanded."""
        return bool(self.required or self.excluded)

    def met_by(self, text: str) -> bool:
        """Tell whether a passage has all required phrases and none of the excluded words."""
        words = _in_a_row(text)
        return all(_stands(_in_a_row(phrase), words) for phrase in self.required) and not any(
            _stands(_in_a_row(word), words) for word in self.excluded
        )


def demands(question: str) -> Demands:
    """Return what `question` demands; with nothing but exclusions it demands nothing."""
    quoted = [next(part for part in found.groups() if part) for found in _QUOTED.finditer(question)]
    rest = _EXCLUDED.sub(" ", question)
    if not terms(rest):
        return Demands(question)
    return Demands(
        rest,
        tuple(phrase for phrase in quoted if terms(phrase)),
        tuple(word for word in _EXCLUDED.findall(question) if terms(word)),
    )


def _in_a_row(text: str) -> list[str]:
    """Return the terms without the pairs that Chinese runs give besides their characters."""
    found = terms(text)
    return [term for term in found if len(term) != 2 or term.isascii()]


def _stands(wanted: Sequence[str], words: Sequence[str]) -> bool:
    if not wanted:
        return False
    size = len(wanted)
    return any(
        words[start] == wanted[0] and list(words[start : start + size]) == list(wanted)
        for start in range(len(words) - size + 1)
    )
