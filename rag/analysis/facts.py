"""Extracts what can be checked exactly in a text: numbers with units, dates, names, polarity.

English and Chinese give the same facts, so that "三万元" equals "30,000 yuan" and "2021年3月"
equals "March 2021". These are rules, not models: they see what is written, never what is meant.

Limits: names are capitalised words, words in quotation marks and Latin words within Chinese;
Chinese names without marks are not recognised. A bare "one" or "一" is no number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ingest.text.scripts import HAN_COMMON
from ingest.text.terms import extract_terms


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in its plain form ("30000", "2.5") and its unit in one spelling ("" for none)."""

    value: str
    unit: str = ""

    @property
    def base(self) -> Quantity:
        """The same in the base unit of its kind: 3 kW is 3000 W (三千瓦 may be read both ways)."""
        unit, factor = _FACTORS.get(self.unit, (self.unit, 1.0))
        return Quantity(_format_number(float(self.value) * factor, None), unit)


_FACTORS = {
    "kg": ("g", 1e3), "mg": ("g", 1e-3), "t": ("g", 1e6), "km": ("m", 1e3), "cm": ("m", 1e-2),
    "mm": ("m", 1e-3), "kW": ("W", 1e3), "GB": ("MB", 1e3), "ml": ("l", 1e-3),
    "hour": ("minute", 60.0), "second": ("minute", 1 / 60), "day": ("minute", 1440.0),
    "week": ("minute", 10080.0), "year": ("month", 12.0),
}  # fmt: skip

_UNITS: dict[str, str] = {
    name: unit
    for unit, names in {
        "%": "% percent 百分点 per-cent pct",
        "kg": "kg kgs kilogram kilograms kilogramme kilogrammes 公斤 千克",
        "g": "g gram grams 克",
        "mg": "mg milligram milligrams 毫克",
        "t": "ton tons tonne tonnes 吨",
        "km": "km kilometer kilometers kilometre kilometres 公里 千米",
        "m": "m meter meters metre metres 米",
        "cm": "cm centimeter centimeters centimetre centimetres 厘米",
        "mm": "mm millimeter millimeters millimetre millimetres 毫米",
        "mile": "mile miles 英里",
        "ft": "ft foot feet 英尺",
        "in": "inch inches 英寸",
        "V": "v volt volts 伏 伏特",
        "W": "w watt watts 瓦 瓦特",
        "kW": "kw kilowatt kilowatts 千瓦",
        "A": "amp amps ampere amperes 安培",
        "Hz": "hz hertz 赫兹",
        "MB": "mb megabyte megabytes",
        "GB": "gb gigabyte gigabytes",
        "C": "°c ℃ celsius 摄氏度",
        "F": "°f ℉ fahrenheit 华氏度",
        "USD": "usd dollar dollars 美元",
        "EUR": "eur euro euros 欧元",
        "CNY": "cny rmb yuan 元 人民币",
        "hour": "h hr hrs hour hours 小时 个小时",
        "minute": "min mins minute minutes 分钟",
        "second": "s sec secs second seconds 秒 秒钟",
        "day": "day days 天",
        "week": "week weeks 周 星期 个星期",
        "month": "month months 个月",
        "year": "year years yr yrs 周年",
        "l": "l liter liters litre litres 升",
        "ml": "ml milliliter milliliters millilitre millilitres 毫升",
    }.items()
    for name in names.split()
}
_SIGNS = {"$": "USD", "€": "EUR", "¥": "CNY", "￥": "CNY"}
_SCALES = {
    "thousand": 3, "million": 6, "mn": 6, "billion": 9, "bn": 9, "trillion": 12,
    "万": 4, "亿": 8, "千": 3, "百": 2, "百万": 6, "千万": 7, "万亿": 12,
}  # fmt: skip
_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "twice": 2, "double": 2, "half": 0.5, "dozen": 12, "third": 3, "fourth": 4, "fifth": 5,
}  # fmt: skip
_MONTHS = {
    month: number
    for number, names in enumerate(
        ["january jan", "february feb", "march", "april apr", "may", "june jun", "july jul",
         "august aug", "september sep sept", "october oct", "november nov", "december dec"],
        start=1,
    )
    for month in names.split()
}  # fmt: skip
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}

_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_NUMBER = re.compile(
    r"(?P<sign>[$€¥￥])?\s?(?<![A-Za-z0-9_.])"
    r"(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?-?(?P<scale>(?:thousand|million|billion|trillion|bn|mn)\b|万亿|百万|千万|亿|万))?"
    rf"(?:\s?-?(?P<unit>{_UNIT})(?![a-z]))?",
    re.IGNORECASE,
)
_HAN_NUMBER = re.compile(
    # No number is longer, and without a bound a row of such characters takes cubic time.
    r"(?<!\d)(?P<number>[零〇一二三四五六七八九十百千两]{0,9}[二三四五六七八九十两]"
    rf"[零〇一二三四五六七八九十百千两]{{0,9}}|一[百千]|一(?={_UNIT}))"
    r"(?P<scale>万亿|亿|万)?"
    rf"(?P<unit>{_UNIT}|[个年月日号次人名位种项条章节级倍件台家座层页岁季角])"
)
_PERCENT_HAN = re.compile(r"百分之([零〇一二三四五六七八九十百点]+|\d+(?:\.\d+)?)")
_MONTH = re.compile(rf"\b(?P<month>{'|'.join(_MONTHS)})\b\.?(?=\s+\d|,?\s+of\b)", re.IGNORECASE)
_MONTH_AFTER = re.compile(
    rf"\d(?:st|nd|rd|th)?\s(?:of\s)?(?P<month>{'|'.join(_MONTHS)})\b", re.IGNORECASE
)
_FRACTION = re.compile(r"(?<![\d/])(\d{1,2})\s?[/⁄]\s?([2-9]|1\d)(?![\d/])")
_WORD_NUMBER = re.compile(
    rf"\b(?P<number>{'|'.join(_WORDS)})(?:[\s-](?P<scale>hundred|thousand|million|billion))?"
    rf"(?:[\s-](?P<unit>{_UNIT})\b)?\b",
    re.IGNORECASE,
)
_HUNDRED = {"hundred": 2, **_SCALES}
_LIST_NUMBER = re.compile(
    r"^\s*(?:[-*•]\s+)?(?:\(?\d{1,2}[.):、](?!\d)|（\d{1,2}）|step\s+\d+:?)\s*", re.IGNORECASE
)


def extract_quantities(text: str) -> frozenset[Quantity]:
    """Return the numbers of a text with their units; the number of a list item is left out."""
    plain = unicodedata.normalize("NFKC", _LIST_NUMBER.sub("", text))
    found: set[Quantity] = set()
    for match in _NUMBER.finditer(plain):
        money = _SIGNS.get(match["sign"] or "")
        unit, scale = money or _normalise_unit(match["unit"]), match["scale"]
        if money and (match["unit"] or "").lower() == "m":
            scale = "million"  # $5m
        found.add(Quantity(_format_number(float(match["number"].replace(",", "")), scale), unit))
    for match in _WORD_NUMBER.finditer(plain):
        value = _WORDS[match["number"].lower()]
        found.add(Quantity(_format_number(value, match["scale"]), _normalise_unit(match["unit"])))
    for match in _PERCENT_HAN.finditer(plain):
        found.add(Quantity(_parse_han_or_digits(match[1]), "%"))
    for match in _HAN_NUMBER.finditer(_PERCENT_HAN.sub(" ", plain)):
        found.add(
            Quantity(
                _format_number(_parse_han_number(match["number"]), match["scale"]),
                _normalise_unit(match["unit"]),
            )
        )
    for match in _FRACTION.finditer(plain):
        found.add(Quantity(_format_number(int(match[1]) / int(match[2]), None)))
    for pattern in (_MONTH, _MONTH_AFTER):
        for match in pattern.finditer(plain):
            found.add(Quantity(str(_MONTHS[match["month"].lower()])))
    return frozenset(found)


def _normalise_unit(name: str | None) -> str:
    return _UNITS.get((name or "").lower(), "")


def _format_number(value: float, scale: str | None) -> str:
    """Return the number without a trailing fraction of zero: 1.50 is "1.5", 3 万 is "30000"."""
    scaled = round(value * 10 ** _HUNDRED.get((scale or "").lower(), 0), 6)
    return f"{scaled:.6f}".rstrip("0").rstrip(".")


def _parse_han_or_digits(text: str) -> str:
    if text[0].isdigit():
        return _format_number(float(text), None)
    whole, _, fraction = text.partition("点")
    digits = "".join(str(_DIGITS.get(char, 0)) for char in fraction)
    return _format_number(float(f"{_parse_han_number(whole)}.{digits or 0}"), None)


def _parse_han_number(text: str) -> int:
    """Return the value of a Chinese number below ten thousand; digits in a row are a year."""
    if len(text) > 1 and all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total = digit = 0
    for char in text:
        if char in _PLACES:
            total += (digit or 1) * _PLACES[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


# --- names ---------------------------------------------------------------------------------------

_CAPITALISED = re.compile(r"(?<![\w.])[A-Z][\w’'&-]*(?:\.[A-Z]\b)*")
_LATIN_IN_HAN = re.compile(rf"(?<=[{HAN_COMMON}])\s?([A-Za-z][\w-]+)")
_QUOTED = re.compile(r"[《「『]([^》」』\n]{2,30})[》」』]")
_SENTENCE_HEAD = re.compile(r"(?:^|[.!?:;]\s+|[\"“(*\-•]\s*|\d[.)]\s+)$")


def extract_names(text: str) -> frozenset[str]:
    """Return the terms of capitalised words inside sentences, of titles in 《》, and of Latin words
    within Chinese."""  # noqa: D205, D209
    found: set[str] = set()
    for match in _CAPITALISED.finditer(text):
        word = match[0]
        shouted = len(word) > 1 and word.isupper()
        first = _SENTENCE_HEAD.search(text, max(0, match.start() - 6), match.start())
        if (shouted or not first) and word.lower() not in _MONTHS:
            found.update(extract_terms(word))
    for pattern in (_LATIN_IN_HAN, _QUOTED):
        for match in pattern.finditer(text):
            found.update(extract_terms(match[1]))
    return frozenset(term for term in found if not term.isdigit())


# --- polarity ------------------------------------------------------------------------------------

_NEGATION = re.compile(
    r"\b(?:not(?! only)|no(?!\.)|never|cannot|without|neither|none|nobody|nothing|unless"
    r"|prevent(?:s|ed|ing)?|avoid(?:s|ed|ing)?|lack(?:s|ed|ing)?|fail(?:s|ed|ing)?)\b|n['’]t\b"
    r"|(?:不(?![仅但同断过少论管久足良锈便明]|得不)|没有?|未(?!来)|无(?![论数线锡限疑非关锡])|禁止|严禁|并非|绝非|尚未)",
    re.IGNORECASE,
)
_OPPOSITES = tuple(
    tuple(frozenset(side.split()) for side in pair.split("/"))
    for pair in [
        "increas rise rose grew grow/decreas fall fell declin drop",
        "higher highest high/lower lowest low",
        "maximum max/minimum min",
        "first/last",
        "allow permit/forbid prohibit forbidden",
        "includ/exclud",
        "open/close",
        "larger largest/smaller smallest",
        "win won/lose lost",
        "增加 上升 增长 提高 上涨/减少 下降 降低 下跌",
        "高于 大于 超过/低于 小于 不足",
        "最大 最高 最多/最小 最低 最少",
        "之前 以前/之后 以后",
        "允许 可以/禁止 不得",
        "包括 包含/排除 除外",
    ]
)


def is_negated(text: str) -> bool:
    """Return whether a sentence denies something: it has an odd number of negations."""
    return sum(1 for _ in _NEGATION.finditer(text)) % 2 == 1


def is_opposite(claim: frozenset[str], evidence: frozenset[str]) -> bool:
    """Return whether the terms of two sentences that are otherwise alike say opposite things."""
    for one, other in _OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            says, denies = claim & mine, evidence & theirs
            # A sentence with both sides ("between high and low") says neither.
            if says and denies and not claim & theirs and not evidence & mine:
                return True
    return False
