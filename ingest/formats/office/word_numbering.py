"""Counts the numbers that Word shows before paragraphs: "1.2", "(a)", "第三章".

They are not in the text of a DOCX: each paragraph only names its list and level. So they are
counted here, in the way Word counts them.

Limits: formats beyond decimal, letters, Roman and Chinese counting are shown as decimal; "restart
after" rules other than "after any higher level" are not followed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

from ingest.formats.office.word_styles import read_child_value

_PLACEHOLDER = re.compile(r"%([1-9])")
_DIGITS = "零一二三四五六七八九"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_CHINESE = ("chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting")


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    pattern: str
    start: int


class Numbering:
    """Counts the lists of one document; call `label` for each numbered paragraph, in order."""

    def __init__(self, root: Any | None) -> None:
        """Read the numbering part (`w:numbering`), None when the document has none."""
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        for abstract in root.iterchildren(qn("w:abstractNum")):
            self._levels[abstract.get(qn("w:abstractNumId"))] = _read_levels(abstract)
        for number in root.iterchildren(qn("w:num")):
            reference = number.find(qn("w:abstractNumId"))
            if reference is not None:
                self._abstract[number.get(qn("w:numId"))] = reference.get(qn("w:val"))

    def next_label(self, list_id: str, level: int) -> str:
        """Count one paragraph and return its number as shown, "" for a bullet."""
        abstract = self._abstract.get(list_id, "")
        levels = self._levels.get(abstract, {})
        this = levels.get(level)
        if this is None:
            return ""
        counts = self._counts.setdefault(abstract, {})
        counts[level] = counts.get(level, this.start - 1) + 1
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        if this.format in ("bullet", "none"):
            return ""

        def format_placeholder(match: re.Match[str]) -> str:
            other = int(match[1]) - 1
            style = levels.get(other, this)
            return _format_number(counts.setdefault(other, style.start), style.format)

        return _PLACEHOLDER.sub(format_placeholder, this.pattern).strip()


def _read_levels(abstract: Any) -> dict[int, _Level]:
    found: dict[int, _Level] = {}
    for level in abstract.iterchildren(qn("w:lvl")):
        index = int(level.get(qn("w:ilvl"), "0"))
        start = read_child_value(level, "w:start", "1")
        found[index] = _Level(
            format=read_child_value(level, "w:numFmt", "decimal"),
            pattern=read_child_value(level, "w:lvlText", ""),
            start=int(start) if start.lstrip("-").isdigit() else 1,
        )
    return found


def _format_number(number: int, style: str) -> str:
    if style in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if style == "lowerLetter" else letter.upper()
    if style in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        roman = _to_roman(number)
        return roman.lower() if style == "lowerRoman" else roman
    if style in _CHINESE and 0 <= number < 100:
        return _to_chinese(number)
    if style == "decimalZero":
        return f"{number:02d}"
    return str(number)


def _to_roman(number: int) -> str:
    parts: list[str] = []
    for value, letters in _ROMAN:
        parts.append(letters * (number // value))
        number %= value
    return "".join(parts)


def _to_chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
