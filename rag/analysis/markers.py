"""Finds the citation markers in a stream of answer text; none is cut in two.

Models write markers in many ways: `[1, 2]`, `[1-3]`, `[^1]`, `【1】`, `［１］`, `[Passage 1]`,
`【1:0†source】`. All become numbers, which are written as `[1][2]`. What stands in code (between
backticks) is no marker, nor is a number of four digits (a year) or a list with a zero in it (an
interval).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

MARKER = re.compile(r"\[(\d{1,3})\]")
"""A marker in the form that answers have."""

_OPEN = r"\[【［"
_WORD = (
    r"(?:[Pp]assages?|[Ss]ources?|[Rr]ef(?:s|\.|erences?)?|[Cc]itations?|来源|段落|资料|文献|引用)"
)
_BETWEEN = r"(?:[,，、;；&]|[-–—~～]|and|和)"
_GAP = r"\s{0,3}"
"""Bounded: a regular expression tries every way to divide white space among unbounded gaps."""
_FORM = re.compile(
    rf"[{_OPEN}]{_GAP}\^?{_GAP}{_WORD}?{_GAP}[:：#]?{_GAP}"
    rf"(?P<list>\d{{1,3}}(?:{_GAP}{_BETWEEN}{_GAP}\^?{_GAP}\d{{1,3}})*)"
    rf"(?:[:：]\d{{1,3}})?(?:†[^\]】］\n]{{0,40}})?{_GAP}[\]】］]"
)
_PARTIAL_FORM = re.compile(
    rf"[{_OPEN}]{_GAP}\^?{_GAP}(?:[A-Za-z.]{{0,10}}|[来源段落资料文献引用]{{0,2}}){_GAP}[:：#]?"
    rf"[\d\s,，、;；&\-–—~～^:：and和]*(?:†[^\]】］\n]{{0,40}})?"
)
_LONGEST_PARTIAL_FORM = 64
_NUMBER = re.compile(r"(?P<dash>[-–—~～])?\s*\^?\s*(?P<number>\d{1,3})")
_LONGEST_RANGE = 10
_TURN = re.compile(rf"[{_OPEN}]|`+|\n")


@dataclass(frozen=True, slots=True)
class MarkerGroup:
    """One place in the text with the numbers it points to, in order, each once.

    `space` is the white space before it, which is dropped with the marker if that points nowhere.
    """

    numbers: tuple[int, ...]
    space: str = ""


class MarkerScanner:
    """Splits a stream into text and markers: call `feed` for each piece, then `finish`."""

    def __init__(self) -> None:
        self._held = ""
        """Text that is not yielded yet: it may be the beginning of a marker."""
        self._code = ""
        """The backticks that opened the code we are in, "" outside code."""

    def feed(self, piece: str) -> Iterator[str | MarkerGroup]:
        """Yield what is certain with this piece; what may be a part of a marker waits."""
        self._held += piece
        yield from self._scan_text(final=False)

    def finish(self) -> Iterator[str | MarkerGroup]:
        """Yield the rest."""
        yield from self._scan_text(final=True)

    def _scan_text(self, *, final: bool) -> Iterator[str | MarkerGroup]:
        while self._held:
            turn = _TURN.search(self._held)
            if turn is None:
                # White space at the end waits: it goes with a marker that may come next.
                yield from self._take_text(
                    len(self._held) if final else len(self._held.rstrip(" \t"))
                )
                return
            sign = turn[0]
            if sign == "\n":
                yield from self._take_text(turn.end())
                self._code = self._code if len(self._code) > 2 else ""  # unclosed inline code
            elif sign[0] == "`":
                # More backticks may follow in the next piece, and their number matters.
                if turn.end() == len(self._held) and not final:
                    yield from self._take_text(turn.start())
                    return
                yield from self._take_text(turn.end())
                self._code = self._after_ticks(sign)
            elif self._code:
                yield from self._take_text(turn.end())
            else:
                is_incomplete = yield from self._take_bracket(turn.start(), final=final)
                if is_incomplete:
                    return

    def _take_bracket(self, start: int, *, final: bool) -> Generator[str | MarkerGroup, None, bool]:
        """Take the bracket at `start`; return True when more text is needed to know it."""
        before = len(self._held[:start].rstrip(" \t"))
        whole = _FORM.match(self._held, start)
        if whole is not None:
            numbers = _parse_numbers(whole["list"])
            yield from self._take_text(before if numbers else whole.end())
            if numbers:
                space = self._held[: start - before]
                self._held = self._held[whole.end() - before :]
                yield MarkerGroup(numbers, space)
            return False
        rest = self._held[start:]
        if not final and len(rest) <= _LONGEST_PARTIAL_FORM and _PARTIAL_FORM.fullmatch(rest):
            yield from self._take_text(before)
            return True
        yield from self._take_text(start + 1)
        return False

    def _take_text(self, end: int) -> Iterator[str]:
        text, self._held = self._held[:end], self._held[end:]
        if text:
            yield text

    def _after_ticks(self, ticks: str) -> str:
        if not self._code:
            return ticks
        return "" if ticks == self._code else self._code


def _parse_numbers(listed: str) -> tuple[int, ...]:
    """Return the numbers of "1, 3-5"; empty when the list holds a zero, so is no list of markers.

    A lone zero stays: it is a marker that points nowhere.
    """
    found: list[int] = []
    for match in _NUMBER.finditer(listed):
        number = int(match["number"])
        last = found[-1] if found else number
        if match["dash"] and last < number <= last + _LONGEST_RANGE:
            found.extend(range(last + 1, number + 1))
        else:
            found.append(number)
    if 0 in found and len(found) > 1:
        return ()
    return tuple(dict.fromkeys(found))


_SPACED_MARKER = re.compile(r"[ \t]?\[\d{1,3}\]")


def without_markers(text: str) -> str:
    """Return the text without `[n]` markers and the single space before each."""
    return _SPACED_MARKER.sub("", text)
