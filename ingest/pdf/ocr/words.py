"""The words of a recognised line: blanks the recogniser lost are found again, places made exact.

PP-OCR was trained on text in which few blanks follow punctuation, so "i.e.,itis" comes for
"i.e., it is". The picture shows the gaps between words; those that the text has a blank for are
matched, at the others the text is parted where the usual widths of its letters say. Limits: Chinese
characters get no blanks between them or beside them, other than after the number of a section.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ingest.pdf.ocr.engine import OcrWord
from ingest.pdf.ocr.ink import Ink
from ingest.pdf.page.content import Rect
from ingest.text.scripts import HAN_LETTER

_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef、。“”‘’…—]")
_NUMBER = re.compile(r"[表图]?\d[\d.–-]*")
_CLOSING = frozenset(".,;:!?)]}%'’”\"°")
_OPENING = frozenset("([{“‘$€£#")
_WIDTHS = {
    **dict.fromkeys(".,:;'!|’‘`", 0.5),
    **dict.fromkeys("iljt()[]", 0.58),
    **dict.fromkeys("frI-", 0.67),
    **dict.fromkeys("acesz", 0.88),
    **dict.fromkeys("wMWO@%", 1.6),
    **dict.fromkeys("m—", 1.56),
}
"""Of an "n", in common text faces; capitals are 1.3, Chinese characters 2."""
_LEAST, _LEAST_ALONE, _LEAST_DIGITS = 0.2, 0.35, 0.45
"""A blank is at least this wide, in font sizes; where the line has no other to go by, and between
digits, which often stand wide apart, it is wider."""
_OF_BLANKS = 0.7
_OF_LETTERS, _OF_LETTERS_ALONE = 2.0, 3.5
"""... this share of the line's other blanks, and this many times a gap between letters."""
_SIZE_OF_BOX = 0.74
_AWAY = 2
"""The recogniser's places of letters are good to so many letters."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A letter of a line and the middle of its place, in pixels of the picture."""

    text: str
    x: float


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A recognised line: its text with the blanks that were seen, its box in points.

    `glyphs` are the letters without blanks, left to right; empty where places are not known.
    """

    text: str
    rect: Rect
    confidence: float
    glyphs: tuple[Glyph, ...] = ()


def words_of(line: ReadLine, ink: Ink, scale: float, number: int) -> list[OcrWord]:
    """Return the words of a line; `number` is that of the line, `scale` pixels to the point."""
    letters = line.text.replace(" ", "")
    if len(line.glyphs) != len(letters) or len(letters) < 2:
        return _by_proportion(line, number)
    size = _SIZE_OF_BOX * line.rect.height * scale
    inked = np.flatnonzero(ink.columns())
    if not len(inked):
        return _by_proportion(line, number)
    extent = float(inked[0]), float(inked[-1]) + 1
    middles = [glyph.x - ink.left for glyph in line.glyphs]
    bounds = _Places(line.text, letters, middles, size, extent).parted(_white_runs(ink))
    starts = [(0, extent[0]), *((at, end) for at, _, end in bounds)]
    ends = [*((at, start) for at, start, _ in bounds), (len(letters), extent[1])]
    words: list[OcrWord] = []
    for (first, x0), (last, x1) in zip(starts, ends, strict=True):
        left, right = (ink.left + x0) / scale, (ink.left + x1) / scale
        rect = Rect(left, line.rect.y0, max(right, left + 0.5), line.rect.y1)
        words.append(OcrWord(letters[first:last], rect, line.confidence, number))
    return words


def _by_proportion(line: ReadLine, number: int) -> list[OcrWord]:
    unit = line.rect.width / max(len(line.text), 1)
    words: list[OcrWord] = []
    for match in re.finditer(r"\S+", line.text):
        x0 = line.rect.x0 + match.start() * unit
        rect = Rect(x0, line.rect.y0, x0 + max(len(match[0]) * unit, 0.5), line.rect.y1)
        words.append(OcrWord(match[0], rect, line.confidence, number))
    return words


def _white_runs(ink: Ink) -> list[tuple[float, float]]:
    """Return (start, end) of the white between the first and the last ink, in columns."""
    white = np.concatenate(([True], ~ink.columns(), [True]))
    edges = np.flatnonzero(np.diff(white.astype(np.int8)))
    starts, ends = edges[1:-1:2], edges[2:-1:2]
    return [(float(start), float(end)) for start, end in zip(starts, ends, strict=True)]


class _Places:
    """The letters of a line, where each roughly stands, and which follow a blank."""

    def __init__(
        self,
        text: str,
        letters: str,
        middles: Sequence[float],
        size: float,
        extent: tuple[float, float],
    ) -> None:
        self._letters = letters
        self._middles = middles
        self._size = size
        self._extent = extent
        self._seen = _blanks(text)
        self._wide = bool(HAN_LETTER.search(text))

    def parted(self, runs: Sequence[tuple[float, float]]) -> list[tuple[int, float, float]]:
        """Return (number of the first letter, end of the word before, start) of every word."""
        matched = self._match(runs)
        found = dict(matched)
        for at in self._seen:
            x = (self._middles[at - 1] + self._middles[at]) / 2
            found.setdefault(at, (x, x))
        used = set(matched.values())
        least = self._least([end - start for start, end in used], runs)
        for run in runs:
            if run not in used and run[1] - run[0] >= least:
                self._add(run, found)
        return [(at, *found[at]) for at in sorted(found)]

    def _match(self, runs: Sequence[tuple[float, float]]) -> dict[int, tuple[float, float]]:
        """Return for the blanks that were seen the white of the picture that they mean."""
        matched: dict[int, tuple[float, float]] = {}
        middles = [(start + end) / 2 for start, end in runs]
        last = -1
        for at in self._seen:
            x = (self._middles[at - 1] + self._middles[at]) / 2
            first = max(last + 1, bisect_left(middles, x - 0.8 * self._size))
            end = bisect_left(middles, x + 0.8 * self._size)
            if first < end:
                fits = [
                    (runs[i][1] - runs[i][0]) - 0.35 * abs(middles[i] - x)
                    for i in range(first, end)
                ]
                last = first + fits.index(max(fits))
                matched[at] = runs[last]
        return matched

    def _least(self, blanks: list[float], runs: Sequence[tuple[float, float]]) -> float:
        """Return how wide white must be to be a blank, in pixels."""
        widths = sorted(end - start for start, end in runs)
        letters = median(widths[: max(1, len(widths) - len(blanks))] or [0.0])
        if not blanks:
            return max(_LEAST_ALONE * self._size, _OF_LETTERS_ALONE * letters)
        least = max(_LEAST * self._size, _OF_LETTERS * letters)
        return max(least, _OF_BLANKS * median(blanks))

    def _add(self, run: tuple[float, float], found: dict[int, tuple[float, float]]) -> None:
        """Part the word that white runs through, if letters may stand so far apart there."""
        near = bisect_left(self._middles, (run[0] + run[1]) / 2)
        before = max((at for at, (_, end) in found.items() if end <= run[0]), default=0)
        after = len(self._letters)
        after = min((at for at, (start, _) in found.items() if start >= run[1]), default=after)
        left = found[before][1] if before else self._extent[0]
        right = found[after][0] if after in found else self._extent[1]
        shares = run[0] - left, right - run[1]
        span = range(max(before + 1, near - _AWAY), min(after - 1, near + _AWAY) + 1)
        if min(shares) <= 0 or not span:
            return
        best = min(span, key=lambda at: self._misfit(before, at, after, shares))
        if best not in found and self._may_part(best, run):
            found[best] = run

    def _may_part(self, at: int, run: tuple[float, float]) -> bool:
        before, after = self._letters[at - 1], self._letters[at]
        if self._wide:
            return bool(_NUMBER.fullmatch(self._letters, 0, at)) and bool(HAN_LETTER.match(after))
        loose = (before in ".,-" and after.isdigit()) or after == "1" or before.isdigit()
        if loose and (before.isdigit() or after.isdigit()):
            return run[1] - run[0] >= _LEAST_DIGITS * self._size
        return before not in _OPENING and after not in _CLOSING

    def _misfit(self, before: int, at: int, after: int, shares: tuple[float, float]) -> float:
        """Return how badly the ink left and right of the white fits the letters' widths."""
        left, right = _width(self._letters[before:at]), _width(self._letters[at:after])
        unit = (shares[0] + shares[1]) / (left + right)
        misfit = abs(left * unit - shares[0])
        return misfit - (0.25 * self._size if self._letters[at - 1] in ",.;:" else 0.0)


def _blanks(text: str) -> list[int]:
    """Return the numbers of the letters that follow a blank."""
    found: list[int] = []
    count = 0
    for before, char in zip(" " + text, text, strict=False):
        if char != " ":
            if before == " " and count:
                found.append(count)
            count += 1
    return found


def _width(text: str) -> float:
    """Return the usual width of letters, in widths of an "n"."""
    width = 0.0
    for char in text:
        plain = 2.0 if _WIDE.match(char) else 1.3 if char.isupper() else 1.0
        width += _WIDTHS.get(char, plain)
    return max(width, 0.1)
