"""Finds words of a claim that replace other words of the statement it copies.

A model that errs often repeats a sentence and changes a name. Chinese names are not marked, so
this is the only way to see that one was changed. Chinese is compared by characters, other text by
words.

Limits: a synonym in a copied sentence looks the same as an error, so this raises doubt and proves
nothing; in English, where it was wrong 98 times in 100, only capitalised words count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from ingest.text.scripts import HAN, is_han
from ingest.text.terms import extract_terms

_UNIT = re.compile(rf"[{HAN}]|[^\W{HAN}]+(?:[.'’-][^\W{HAN}]+)*")
_NUMERAL = re.compile(r"[\d零〇一二三四五六七八九十百千万亿两]")
_ANCHOR_HAN, _ANCHOR = 3, 2
"""Characters, or words, that must be equal beside a run, so that it is the same place in both."""
_LONGEST_RUN_HAN, _LONGEST_RUN = 8, 3
"""Characters, or words, up to which a run can be an exchanged name."""
_LONGEST = 400
"""Units beyond which nothing is compared: the comparison is quadratic."""


def find_swapped_words(claim: str, statement: str) -> tuple[str, ...]:
    """Return the short runs of the claim that replace a run of the statement.

    A run counts only between equal stretches on both sides (or the text's end on one), and only
    if both runs have content.
    """
    claimed, stated = list(_UNIT.finditer(claim)), list(_UNIT.finditer(statement))
    if max(len(claimed), len(stated)) > _LONGEST:
        return ()
    ours, theirs = [m[0].casefold() for m in claimed], [m[0].casefold() for m in stated]
    blocks = SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()
    found: list[str] = []
    for number, (kind, low, high, start, end) in enumerate(blocks):
        if kind != "replace":
            continue
        wide = is_han(ours[start][0])
        longest = _LONGEST_RUN_HAN if wide else _LONGEST_RUN
        if max(high - low, end - start) > longest:
            continue
        anchor = _ANCHOR_HAN if wide else _ANCHOR
        around = [_count_equal_units(blocks, side) for side in (number - 1, number + 1)]
        if min(around) < 1 or max(around) < anchor or sum(around) < 2 * anchor:
            continue
        run = claim[claimed[start].start() : claimed[end - 1].end()]
        replaced = statement[stated[low].start() : stated[high - 1].end()]
        if extract_terms(run) and extract_terms(replaced) and _is_telling(run, replaced, wide=wide):
            found.append(run)
    return tuple(found)


def _is_telling(run: str, replaced: str, *, wide: bool) -> bool:
    """Return whether the exchange may change the meaning: names, and in Chinese any words.

    Numbers are left to the exact check, which knows that 三 is 3.
    """
    if wide:
        return not _NUMERAL.search(run)
    return run[0].isupper() and replaced[0].isupper()


def _count_equal_units(blocks: Sequence[tuple[str, int, int, int, int]], number: int) -> int:
    """Return how many units the equal stretch has; an end of the text counts like a long one."""
    if not 0 <= number < len(blocks):
        return _ANCHOR_HAN
    kind, low, high, _, _ = blocks[number]
    return high - low if kind == "equal" else 0
