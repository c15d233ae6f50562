"""Measures how much of a page's text layer is readable.

A font that names its glyphs wrongly gives nonsense, so each font of a page is judged by its own
letters: characters that stand for nothing (U+FFFD, private use, "(cid:12)") and bytes taken for
letters of another encoding count as lost. Where there is enough text, Latin words must have the
pairs of letters that words of European languages have, and Chinese text the characters that every
text has. Limits: other scripts are taken to be readable; a
swapped pair of letters, or a font with a few words only, is not noticed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from operator import concat

from ingest.pdf.page.content import PageContent
from ingest.text.legibility import count_lost_characters
from ingest.text.scripts import HAN_LETTER

_LATIN_WORD = re.compile(r"(?<![a-z\d])[a-z]{4,}(?![a-z\d])")
_PAIRS = re.findall(
    "..",
    "thheineranreonatenndtiesorteofedisitalarsttontngsehaasouiole"
    "vecomedehiriroicneearacelichllbemasiomurlaelienleiungeusueta"
    "trnoscdidadocailnsecponaamsomoviulkikajaszrzukemac",
)

_COMMON_HAN = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后"
    "小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长"
    "知定分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新"
    "性应信息系统数据管第四五六七八九水电表据位期及关合政市民加平度量体产品安制由目内使或基"
    "這來個國說們為時會過後麼對學沒發開當經頭長從動兩將與進實無點種聲話問機給幾業間應系統數據關體產"
)


@dataclass(frozen=True, slots=True)
class ReadabilityThresholds:
    """When the text of a font is nonsense."""

    sample: int = 3000
    """Characters: so many of a font are enough to judge it."""
    fewest_pairs: int = 150
    """Text with fewer pairs of Latin letters is not judged by them."""
    least_pairs: float = 0.25
    """Least share of common pairs: texts have 0.4 and more, random letters and letters of a
    shifted alphabet 0.12."""
    fewest_han: int = 80
    """Text with fewer Chinese characters is not judged by them."""
    least_han: float = 0.1
    """Least share of common characters: Chinese text has 0.3 and more, characters taken at random
    0.03."""
    lost_share: float = 0.5
    """A font with at least this share of characters lost is not looked at further. Set by hand."""


READABILITY = ReadabilityThresholds()


def measure_legibility(page: PageContent, limits: ReadabilityThresholds = READABILITY) -> float:
    """Return the share, 0..1, of the page's characters that can be read; 1.0 where it has none."""
    fonts: dict[str, list[str]] = {}
    for line in (*page.lines, *page.sideways):
        for word in line.words:
            fonts.setdefault(word.style.font, []).append(word.text)
    total = lost = 0
    for words in fonts.values():
        text = " ".join(words)
        length = len(text) - len(words) + 1
        total += length
        lost += min(length, _count_lost_characters(text, length, limits))
    return 1.0 - lost / total if total else 1.0


def _count_lost_characters(text: str, length: int, limits: ReadabilityThresholds) -> int:
    """Return how many characters of the text of one font cannot be read."""
    if text.isascii() and "cid" not in text and "/" not in text and text.isprintable():
        return length if _is_shuffled(text, limits) else 0
    lost = count_lost_characters(text, length)
    if lost < limits.lost_share * length and (
        _is_shuffled(text, limits) or _is_random_han(text, limits)
    ):
        return length
    return lost


def _is_shuffled(text: str, limits: ReadabilityThresholds) -> bool:
    """Whether Latin words are made of pairs of letters that words do not have."""
    run = " ".join(_LATIN_WORD.findall(text[: limits.sample].lower()))
    counts = Counter(map(concat, run, run[1:]))
    total = sum(count for pair, count in counts.items() if " " not in pair)
    if total < limits.fewest_pairs:
        return False
    return sum(counts[pair] for pair in _PAIRS) < limits.least_pairs * total


def _is_random_han(text: str, limits: ReadabilityThresholds) -> bool:
    """Whether Chinese text lacks the characters that no text is without."""
    found = HAN_LETTER.findall(text[: limits.sample])
    if len(found) < limits.fewest_han:
        return False
    return sum(letter in _COMMON_HAN for letter in found) < limits.least_han * len(found)
