"""The value of a spreadsheet cell as its reader sees it.

Limits: of number formats, percentages, fixed decimals, and a currency sign are followed; thousands
separators are left out, so that a number is searched and checked the same way everywhere.
"""

from __future__ import annotations

import datetime as dt
import re

_DECIMALS = re.compile(r"[0#?]\.(0+)")
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
_CURRENCY = re.compile(r"[$€£¥￥₹₩]")
_LOCALE_CURRENCY = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_BRACKETED = re.compile(r"\[[^\]]*\]")


def shown(value: object, number_format: str | None) -> str:
    """Return the text of a cell value: str, bool, int, float, date, time or duration."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case dt.datetime():
            return _timestamp(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return str(value)
        case int() | float():
            return _number(value, number_format or "General")
        case _:
            return str(value)


def is_number(value: object) -> bool:
    """Tell whether a value is a quantity, not a label."""
    return isinstance(value, int | float | dt.date | dt.time | dt.timedelta) and not isinstance(
        value, bool
    )


def _timestamp(value: dt.datetime) -> str:
    if value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")


def _number(value: float, number_format: str) -> str:
    pattern = number_format.split(";")[0]
    currency = _CURRENCY.search(_LOCALE_CURRENCY.sub(r"\1", pattern))
    pattern = _QUOTED.sub("", _BRACKETED.sub("", pattern))
    decimals = _DECIMALS.search(pattern)
    places = len(decimals[1]) if decimals else 0
    if "%" in pattern:
        return f"{value * 100:.{places}f}%"
    if "E+" in pattern.upper() or not re.search("[0#]", pattern):
        return f"{value:.15g}"
    text = f"{value:.{places}f}"
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return sign + (currency[0] if currency else "") + digits
