"""Splits a recognised line into words: finds lost blanks again and makes places exact.

PP-OCR was trained on text in which few blanks follow punctuation, so "i.e.,itis" comes for
"i.e., it is". The picture shows the gaps between words; those that the text has a blank for are
matched, at the others the text is split where the usual widths of its letters say. Limits: Chinese
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
"""Widths of letters in those of an "n", in common text faces; the others are below."""
_CAPITAL_WIDTH, _WIDE_WIDTH, _LETTER_WIDTH = 1.3, 2.0, 1.0
_LEAST_WIDTH = 0.1
_LEAST_EXTENT = 0.5
"""Points: words count as at least this wide."""


@dataclass(frozen=True, slots=True)
class BlankWidthThresholds:
    """How wide white between letters must be to be a blank. In font sizes; set by hand."""

    least: float = 0.2
    least_alone: float = 0.35
    least_digits: float = 0.45
    """A blank is at least this wide; it is wider where the line has no other to go by, and between
    digits, which often stand wide apart."""
    blanks_share: float = 0.7
    """It is at least this share of the line's other blanks,"""
    letter_gaps: float = 2.0
    letter_gaps_alone: float = 3.5
    """and at least this many times a gap between letters."""
    size_of_box: float = 0.74
    """The font size, in heights of the line's box."""
    tolerance: int = 2
    """Letters: the recogniser's places are good to so many."""
    reach: float = 0.8
    """A blank that was read is looked for within this distance;"""
    distance_cost: float = 0.35
    """each size of distance counts against it as this much less white."""
    stop_bonus: float = 0.25
    """So much of a misfit is forgiven behind a stop or comma."""


BLANK_WIDTHS = BlankWidthThresholds()


@dataclass(frozen=True, slots=True)
class LetterPlace:
    """A letter of a line and the middle of its place, in pixels of the picture."""

    text: str
    x: float


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """A recognised line: its text with the blanks that were seen, its box in points.

    `glyphs` are the letters without blanks, left to right; empty where places are not known.
    """

    text: str
    rect: Rect
    confidence: float
    glyphs: tuple[LetterPlace, ...] = ()


def split_recognised_line(
    line: RecognisedLine,
    ink: Ink,
    scale: float,
    number: int,
    limits: BlankWidthThresholds = BLANK_WIDTHS,
) -> list[OcrWord]:
    """Return the words of a line; `number` is that of the line, `scale` pixels to the point."""
    letters = line.text.replace(" ", "")
    if len(line.glyphs) != len(letters) or len(letters) < 2:
        return _split_by_proportion(line, number)
    size = limits.size_of_box * line.rect.height * scale
    inked = np.flatnonzero(ink.find_inked_columns())
    if not len(inked):
        return _split_by_proportion(line, number)
    extent = float(inked[0]), float(inked[-1]) + 1
    middles = [glyph.x - ink.left for glyph in line.glyphs]
    places = _LetterPlaces(line.text, letters, middles, size, extent, limits)
    bounds = places.find_word_bounds(_find_white_runs(ink))
    starts = [(0, extent[0]), *((at, end) for at, _, end in bounds)]
    ends = [*((at, start) for at, start, _ in bounds), (len(letters), extent[1])]
    words: list[OcrWord] = []
    for (first, x0), (last, x1) in zip(starts, ends, strict=True):
        left, right = (ink.left + x0) / scale, (ink.left + x1) / scale
        rect = Rect(left, line.rect.y0, max(right, left + _LEAST_EXTENT), line.rect.y1)
        words.append(OcrWord(letters[first:last], rect, line.confidence, number))
    return words


def _split_by_proportion(line: RecognisedLine, number: int) -> list[OcrWord]:
    unit = line.rect.width / max(len(line.text), 1)
    words: list[OcrWord] = []
    for match in re.finditer(r"\S+", line.text):
        x0 = line.rect.x0 + match.start() * unit
        width = max(len(match[0]) * unit, _LEAST_EXTENT)
        rect = Rect(x0, line.rect.y0, x0 + width, line.rect.y1)
        words.append(OcrWord(match[0], rect, line.confidence, number))
    return words


def _find_white_runs(ink: Ink) -> list[tuple[float, float]]:
    """Return (start, end) of the white between the first and the last ink, in columns."""
    white = np.concatenate(([True], ~ink.find_inked_columns(), [True]))
    edges = np.flatnonzero(np.diff(white.astype(np.int8)))
    starts, ends = edges[1:-1:2], edges[2:-1:2]
    return [(float(start), float(end)) for start, end in zip(starts, ends, strict=True)]


class _LetterPlaces:
    """The letters of a line, where each roughly stands, and which follow a blank."""

    def __init__(
        self,
        text: str,
        letters: str,
        middles: Sequence[float],
        size: float,
        extent: tuple[float, float],
        limits: BlankWidthThresholds,
    ) -> None:
        self._limits = limits
        self._letters = letters
        self._middles = middles
        self._size = size
        self._extent = extent
        self._seen = _find_blanks(text)
        self._wide = bool(HAN_LETTER.search(text))

    def find_word_bounds(
        self, runs: Sequence[tuple[float, float]]
    ) -> list[tuple[int, float, float]]:
        """Return (number of the first letter, end of the word before, start) of every word."""
        matched = self._match_blanks(runs)
        found = dict(matched)
        for at in self._seen:
            x = (self._middles[at - 1] + self._middles[at]) / 2
            found.setdefault(at, (x, x))
        used = set(matched.values())
        least = self._compute_least_blank([end - start for start, end in used], runs)
        for run in runs:
            if run not in used and run[1] - run[0] >= least:
                self._split_word_at_run(run, found)
        return [(at, *found[at]) for at in sorted(found)]

    def _match_blanks(self, runs: Sequence[tuple[float, float]]) -> dict[int, tuple[float, float]]:
        """Return for the blanks that were seen the white of the picture that they mean."""
        matched: dict[int, tuple[float, float]] = {}
        middles = [(start + end) / 2 for start, end in runs]
        last = -1
        for at in self._seen:
            x = (self._middles[at - 1] + self._middles[at]) / 2
            reach = self._limits.reach * self._size
            first = max(last + 1, bisect_left(middles, x - reach))
            end = bisect_left(middles, x + reach)
            if first < end:
                cost = self._limits.distance_cost
                fits = [
                    (runs[i][1] - runs[i][0]) - cost * abs(middles[i] - x)
                    for i in range(first, end)
                ]
                last = first + fits.index(max(fits))
                matched[at] = runs[last]
        return matched

    def _compute_least_blank(
        self, blanks: list[float], runs: Sequence[tuple[float, float]]
    ) -> float:
        """Return how wide white must be to be a blank, in pixels."""
        widths = sorted(end - start for start, end in runs)
        letters = median(widths[: max(1, len(widths) - len(blanks))] or [0.0])
        limits = self._limits
        if not blanks:
            return max(limits.least_alone * self._size, limits.letter_gaps_alone * letters)
        least = max(limits.least * self._size, limits.letter_gaps * letters)
        return max(least, limits.blanks_share * median(blanks))

    def _split_word_at_run(
        self, run: tuple[float, float], found: dict[int, tuple[float, float]]
    ) -> None:
        """Split the word that white runs through, if a word may end there."""
        near = bisect_left(self._middles, (run[0] + run[1]) / 2)
        before = max((at for at, (_, end) in found.items() if end <= run[0]), default=0)
        after = len(self._letters)
        after = min((at for at, (start, _) in found.items() if start >= run[1]), default=after)
        left = found[before][1] if before else self._extent[0]
        right = found[after][0] if after in found else self._extent[1]
        shares = run[0] - left, right - run[1]
        tolerance = self._limits.tolerance
        span = range(max(before + 1, near - tolerance), min(after - 1, near + tolerance) + 1)
        if min(shares) <= 0 or not span:
            return
        best = min(span, key=lambda at: self._measure_misfit(before, at, after, shares))
        if best not in found and self._can_split_at(best, run):
            found[best] = run

    def _can_split_at(self, at: int, run: tuple[float, float]) -> bool:
        before, after = self._letters[at - 1], self._letters[at]
        if self._wide:
            return bool(_NUMBER.fullmatch(self._letters, 0, at)) and bool(HAN_LETTER.match(after))
        loose = (before in ".,-" and after.isdigit()) or after == "1" or before.isdigit()
        if loose and (before.isdigit() or after.isdigit()):
            return run[1] - run[0] >= self._limits.least_digits * self._size
        return before not in _OPENING and after not in _CLOSING

    def _measure_misfit(
        self, before: int, at: int, after: int, shares: tuple[float, float]
    ) -> float:
        """Return how badly the ink left and right of the white fits the letters' widths."""
        left = _estimate_width(self._letters[before:at])
        right = _estimate_width(self._letters[at:after])
        unit = (shares[0] + shares[1]) / (left + right)
        misfit = abs(left * unit - shares[0])
        bonus = self._limits.stop_bonus * self._size
        return misfit - (bonus if self._letters[at - 1] in ",.;:" else 0.0)


def _find_blanks(text: str) -> list[int]:
    """Return the numbers of the letters that follow a blank."""
    found: list[int] = []
    count = 0
    for before, char in zip(" " + text, text, strict=False):
        if char != " ":
            if before == " " and count:
                found.append(count)
            count += 1
    return found


def _estimate_width(text: str) -> float:
    """Return the usual width of letters, in widths of an "n"."""
    width = 0.0
    for char in text:
        plain = _CAPITAL_WIDTH if char.isupper() else _LETTER_WIDTH
        width += _WIDTHS.get(char, _WIDE_WIDTH if _WIDE.match(char) else plain)
    return max(width, _LEAST_WIDTH)
