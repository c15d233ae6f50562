"""Finds what a question restricts its answer to: periods, and names that carry digits.

"the margin of Orbital in Q1 2023" is about the first quarter of 2023, "E05 时怎么办" about E05.
Periods are read alike in English and Chinese, so that they can be compared with those of a passage.

Limits: relative periods ("last year") are not known, for nobody says what today is in a document;
"from 2019 to 2021" gives its two ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join((*_MONTHS, *(f"{month[:3]}t?" for month in _MONTHS if month != "may")))
_HAN_DIGITS = "〇一二三四五六七八九"
_PERIOD = re.compile(
    r"(?P<iso_year>(?:1[5-9]|20)\d\d)-(?P<iso_month>0[1-9]|1[0-2])(?:-(?P<iso_day>[0-3]\d))?(?!\d)"
    r"|(?:\b(?P<q_year>(?:1[5-9]"
    r"|20)\d\d)\s?[-/]?)?\b[Qq](?P<q>[1-4])(?:[ /-]?(?:of )?(?P<year_of_q>(?:1[5-9]|20)\d\d))?\b"
    r"|\b(?P<q_word>first|second|third|fourth) quarter(?:,? (?:of )?(?P<year_of_word>(?:1[5-9]"
    r"|20)\d\d))?\b"
    r"|(?:(?P<han_q_year>(?:1[5-9]|20)\d\d)\s?年\s?)?第?(?P<han_q>[一二三四1-4])季度"
    r"|(?P<han_year>(?:1[5-9]|20)\d\d|[〇零一二三四五六七八九]{4})\s?年(?:\s?(?P<han_month>\d{1,2}"
    r"|[一二三四五六七八九十]{1,2})\s?月"
    r"(?:\s?(?P<han_day>\d{1,2}|[一二三四五六七八九十]{1,3})\s?[日号])?)?"
    r"|(?<![\d一二三四五六七八九十个])(?P<bare_han_month>\d{1,2}"
    r"|[一二三四五六七八九十]{1,2})\s?月(?!亮|球)"
    r"(?:\s?(?P<bare_han_day>\d{1,2}|[一二三四五六七八九十]{1,3})\s?[日号])?"
    rf"|\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd"
    rf"|th)? (?:of )?)?(?P<month>{_MONTH})\b\.?(?:,? (?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d))?"
    r"(?:,? (?:of )?(?P<month_year>(?:1[5-9]|20)\d\d))?"
    r"|\b(?:FY|fiscal(?: year)? )?'?(?P<year>(?:1[5-9]|20)\d\d)\b(?!\s?(?:年|%))",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![\w.,%-])(?=[\w./-]*\d)(?:[A-Za-z]+[\w./-]*\w|\d[\w/-]*[A-Za-z][\w/-]*"
    r"|\d{4,}(?:-\d+)*)(?![\w%])",
    re.ASCII,
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A year, quarter, month or day; 0 where that part is not said."""

    year: int = 0
    quarter: int = 0
    month: int = 0
    day: int = 0

    def contains(self, other: Period) -> bool:
        """Return whether `other` lies within this period; what is not said excludes nothing."""
        quarter = other.quarter or (other.month + 2) // 3
        return (
            self.year in (0, other.year)
            and self.quarter in (0, quarter)
            and self.month in (0, other.month)
            and self.day in (0, other.day)
        )


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the answer must be about: `periods`, and `codes` such as E05, 7741 or P-200."""

    periods: tuple[Period, ...] = ()
    codes: tuple[str, ...] = ()


def find_constraints(text: str) -> Constraints:
    """Return the periods and codes of a text, each once, in order."""
    found = (match[0] for match in _CODE.finditer(_PERIOD.sub(" ", text)))
    codes = (code for code in found if not _YEAR.fullmatch(code))
    return Constraints(find_periods(text), tuple(dict.fromkeys(codes)))


def find_periods(text: str) -> tuple[Period, ...]:
    """Return the periods of a text, each once, in order: "三月" and "March" are the same."""
    found = (_read_period(match) for match in _PERIOD.finditer(text) if _is_period(match))
    return tuple(dict.fromkeys(each for each in found if each != Period()))


def _is_period(match: re.Match[str]) -> bool:
    """Return whether the match is no word ("may I ...") that only looks like a month."""
    month = match["month"]
    alone = month and not (match["day"] or match["us_day"] or match["month_year"])
    return not alone or (month[0].isupper() and match.start() > 0)


def _read_period(match: re.Match[str]) -> Period:
    def read(*names: str) -> int:
        return next((_read_number(match[name]) for name in names if match[name]), 0)

    year = read("iso_year", "q_year", "year_of_q", "year_of_word", "han_q_year", "han_year")
    month = read("iso_month", "han_month", "bare_han_month")
    day = read("iso_day", "han_day", "bare_han_day", "day", "us_day")
    quarter = read("q", "han_q") or _ORDINALS.get((match["q_word"] or "").lower(), 0)
    year = year or read("month_year", "year")
    if match["month"]:
        month = _number_months()[match["month"].lower()[:3]]
    return Period(year, quarter, month if month <= len(_MONTHS) else 0, day)


def _read_number(text: str) -> int:
    """Return the value of digits or of Chinese numerals below a hundred, or of a year in them."""
    if text.isdigit():
        return int(text)
    digits = text.replace("零", "〇")
    if "十" not in digits:
        return int("".join(str(_HAN_DIGITS.index(char)) for char in digits))
    tens, _, ones = digits.partition("十")
    return (_HAN_DIGITS.index(tens) if tens else 1) * 10 + (_HAN_DIGITS.index(ones) if ones else 0)


@cache
def _number_months() -> dict[str, int]:
    return {month[:3]: number for number, month in enumerate(_MONTHS, start=1)}
