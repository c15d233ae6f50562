"""Finds the years, quarters and months that a text names, and whether two texts are about others.

A question on April is not answered by a sentence on March: where both name a period of the same
kind and none is common, they speak of different times.

Limits: absolute periods only ("last year" is none); a range of years is its two ends and all
between; days are not told apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_YEAR = re.compile(r"(?<![\d.,$€£¥])(?:1[5-9]|20)\d\d(?![\d.,]\d|\d|\s*(?:%|元|km|mm))")
_SHORT_YEAR = re.compile(r"\b(?:FY|CY|Q[1-4]\s?)['’]?(\d\d)\b")
_YEAR_RANGE = re.compile(r"\b((?:1[5-9]|20)\d\d)\s*(?:[-–—至到]|to)\s*((?:1[5-9]|20)?\d\d)\b")
_MONTH = re.compile(
    rf"\b({'|'.join(name for name in _MONTHS if name != 'may')}|(?-i:May))\b", re.IGNORECASE
)
_MONTH_ZH = re.compile(r"(?<!\d)(1[0-2]|[1-9])\s*月|([一二三四五六七八九]|十[一二]?)月")
_QUARTER = re.compile(
    r"\bQ([1-4])\b|\b(first|second|third|fourth) quarter\b|第?([一二三四1-4])季度", re.IGNORECASE
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "一": 1, "二": 2, "三": 3, "四": 4}
_HAN_MONTHS = {name: at for at, name in enumerate((*"一二三四五六七八九十", "十一", "十二"), 1)}


@dataclass(frozen=True, slots=True)
class Periods:
    """The years, quarters (1 to 4) and months (1 to 12) that a text names."""

    years: frozenset[int] = frozenset()
    quarters: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()

    def conflicts_with(self, other: Periods) -> bool:
        """Return whether both name periods of one kind and none in common."""
        pairs = (
            (self.years, other.years),
            (self.quarters, other.quarters),
            (self.months, other.months),
        )
        return any(one and two and not one & two for one, two in pairs)


def find_periods(text: str) -> Periods:
    """Return the periods that `text` names."""
    years = {int(match[0]) for match in _YEAR.finditer(text)}
    years |= {2000 + int(short) for short in _SHORT_YEAR.findall(text)}
    for first, last in _YEAR_RANGE.findall(text):
        end = int(last) if len(last) == 4 else int(first[:2] + last)
        years |= set(range(int(first), end + 1)) if 0 < end - int(first) < 200 else set()
    months = {_MONTHS.index(match[0].casefold()) + 1 for match in _MONTH.finditer(text)}
    months |= {int(a) if a else _HAN_MONTHS[b] for a, b in _MONTH_ZH.findall(text)}
    quarters = {
        int(word) if word.isdigit() else _ORDINALS[word.casefold()]
        for parts in _QUARTER.findall(text)
        for word in parts
        if word
    }
    return Periods(frozenset(years), frozenset(quarters), frozenset(months))
