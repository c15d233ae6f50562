"""Reads what a table's cell says: an exact number, a time, a date, or words.

"(1,234)" and "−1,234" are negative; "16:14.1" and "2h28m50.8s" are seconds; "1.2亿" and "$34.7
billion" are multiplied out; "170 cm (5 ft 7 in)" is the number before the bracket. A dash, "n/a"
and an empty cell are no value.

Limits: a number is taken from where the cell begins, so "Lost 2-3" has none; units are not
converted: within one column they are alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
ORDER_OF_YEAR = 13 * 32
"""What a year counts in the number of a date: room for 12 months of 31 days, and for none."""
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DATES = (
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd"
        rf"|th)?[\s-]+(?P<m>{_MONTH})\.?,?[\s-]+(?P<y>\d{{4}})\b",
        re.I,
    ),
    re.compile(
        rf"\b(?P<m>{_MONTH})\.?[\s-]+(?:(?P<d>\d{{1,2}})(?:\s*[-–]\s*\d{{1,2}})?(?:st"
        rf"|nd|rd|th)?,?\s+)?(?P<y>\d{{4}})\b",
        re.I,
    ),
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})\b"),
    re.compile(r"(?P<y>\d{4})\s*年(?:\s*(?P<m>\d{1,2})\s*月(?:\s*(?P<d>\d{1,2})\s*[日号])?)?"),
)
_CLOCK = re.compile(r"^[+＋]?(?:(\d+):)?(\d{1,3}):(\d{2}(?:[.,]\d+)?)\b")
_HMS = re.compile(r"^(?:(\d+)\s*h\s*)?(\d+)\s*m(?:in)?\s*(\d+(?:\.\d+)?)\s*s", re.IGNORECASE)
_NUMBER = re.compile(
    r"^[^\w(（.+\-−–]{0,3}\s*(?:(?:US|HK|RMB|CNY|EUR|USD|NZ|A)\s*[$€£¥]?\s*)?"
    r"(?P<open>[(（]\s*[$€£¥]?\s*)?(?P<sign>[-−–+])?\s*[$€£¥]?\s*"
    r"(?P<digits>\d{1,3}(?:[,，\u2009 ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"\s*(?P<rest>.*)$",
    re.DOTALL,
)
_SCALES = {
    "trillion": 12,
    "billion": 9,
    "bn": 9,
    "million": 6,
    "thousand": 3,
    "亿": 8,
    "万": 4,
    "千": 3,
}
_SCALE = re.compile(r"^(trillion|billion|bn\b|million|thousand|亿|万|千)", re.IGNORECASE)
_EMPTY = re.compile(r"[\s\-–—―−.…/]*|n\.?/?a\.?|none|nil|无|不详", re.IGNORECASE)
_UNLIKE_NUMBER = re.compile(r"^(?:st|nd|rd|th)?\s*[-–/:]\s*\d|^[A-Za-z\d]*[A-Za-z]\d")


@dataclass(frozen=True, slots=True)
class CellValue:
    """A cell's number (None where it has none), and whether that orders dates."""

    number: Decimal | None
    is_date: bool = False


NO_VALUE = CellValue(None)


@lru_cache(maxsize=8_192)
def read_cell_value(text: str) -> CellValue:
    """Return what a cell says as a number that can be compared with others of its column."""
    text = text.strip()
    if is_empty_cell(text):
        return NO_VALUE
    for pattern in _DATES:
        date = pattern.search(text)
        if date is not None:
            return CellValue(_count_days(date), is_date=True)
    for pattern in (_HMS, _CLOCK):
        clock = pattern.match(text)
        if clock is not None:
            hours, minutes, seconds = clock.groups()
            whole = int(hours or 0) * 3600 + int(minutes) * 60
            return CellValue(whole + Decimal(seconds.replace(",", ".")))
    return CellValue(_parse_decimal(text))


def is_empty_cell(text: str) -> bool:
    """Return whether a cell says nothing: empty, a dash, "n/a"."""
    return _EMPTY.fullmatch(text.strip()) is not None


def _parse_decimal(text: str) -> Decimal | None:
    found = _NUMBER.match(text)
    if found is None or _UNLIKE_NUMBER.match(found["rest"]):
        return None
    try:
        number = Decimal(re.sub(r"[,，\u2009 ]", "", found["digits"]))
    except InvalidOperation:
        return None
    scale = _SCALE.match(found["rest"])
    if scale is not None:
        number = number.scaleb(_SCALES[scale[1].casefold()])
    negative = found["open"] is not None or (found["sign"] or "+") in "-−–"
    return -number if negative else number


def _count_days(date: re.Match[str]) -> Decimal:
    """Return a number that orders dates; those without a day come before the month's first."""
    month = date["m"] or ""
    number = int(month) if month.isdigit() else _find_month(month)
    return Decimal(int(date["y"]) * ORDER_OF_YEAR + number * 32 + int(date["d"] or 0))


def _find_month(name: str) -> int:
    short = name[:3].casefold()
    return next((at for at, each in enumerate(_MONTHS, 1) if each[:3] == short), 0)
