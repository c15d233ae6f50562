"""Reads what a question demands: `+"phrase"` and `+word` must stand in a passage, `-word` must not.

A question that is only a phrase in quotation marks demands that phrase as well. In a longer
question quotation marks often mark a title or irony: to demand what stands in them cost three
points of nDCG@10 on HotpotQA, so there the quoted words count like any others.

Limits: a phrase is compared by its search terms, so "force majeure" also finds "Force Majeures". A
sign counts only with a space or nothing before it and a letter after it: "-5 °C" excludes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.text.terms import extract_terms

_PHRASE = r'(?:"([^"\n]{1,200})"|“([^“”\n]{1,200})”)'
_QUOTED = re.compile(_PHRASE)
_DEMANDED = re.compile(rf"(?<!\S)\+(?:{_PHRASE}|([^\W\d_][\w-]*))")
_EXCLUDED = re.compile(r"(?<!\S)-([^\W\d_][\w-]*)")


@dataclass(frozen=True, slots=True)
class Demands:
    """The question without its marks; `required` phrases and `excluded` words, as written."""

    text: str
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def has_conditions(self) -> bool:
        """Whether anything is demanded."""
        return bool(self.required or self.excluded)

    def met_by(self, text: str) -> bool:
        """Return whether a passage has all required phrases and none of the excluded words."""
        words = _terms_without_pairs(text)
        return all(
            _is_contained_in(_terms_without_pairs(phrase), words) for phrase in self.required
        ) and not any(_is_contained_in(_terms_without_pairs(word), words) for word in self.excluded)


def parse_demands(question: str) -> Demands:
    """Return what `question` demands; a question of nothing but exclusions demands nothing."""
    rest = _EXCLUDED.sub(" ", question)
    if not extract_terms(rest):
        return Demands(question)
    only_phrases = not extract_terms(_QUOTED.sub(" ", rest))
    found = (_QUOTED if only_phrases else _DEMANDED).finditer(rest)
    required = (next(part for part in match.groups() if part) for match in found)
    return Demands(
        _DEMANDED.sub(lambda match: match[0][1:], rest),
        tuple(phrase for phrase in required if extract_terms(phrase)),
        tuple(word for word in _EXCLUDED.findall(question) if extract_terms(word)),
    )


def _terms_without_pairs(text: str) -> list[str]:
    """Return the terms without the pairs that Chinese runs give besides their characters."""
    found = extract_terms(text)
    return [term for term in found if len(term) != 2 or term.isascii()]


def _is_contained_in(wanted: Sequence[str], words: Sequence[str]) -> bool:
    if not wanted:
        return False
    size = len(wanted)
    return any(
        words[start] == wanted[0] and list(words[start : start + size]) == list(wanted)
        for start in range(len(words) - size + 1)
    )
