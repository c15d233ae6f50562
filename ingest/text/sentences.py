"""Splits text into sentences, Chinese and English.

Shared by the chunker, the lexical index and the grounding check, so that all three see the same
sentences. Rules, not models: fast, deterministic, nothing to download.

Limits: after an abbreviation before a name ("in the U.S. Congress") a sentence that ends cannot be
distinguished from one that goes on.
"""

from __future__ import annotations

import re

from ingest.text.scripts import WIDE_LETTER, split_words

_CLOSERS = "」』”’）〉》】)\\]}\"'»"
_BOUNDARY = re.compile(
    r"(?P<line>\n\s*)"
    r"|(?P<wide>[。！？；｡]+|…{2,}|[。！？；…]{0,9}[！？。][!?…]*)"
    r"|(?P<mark>[!?]+)"
    r"|(?P<dots>\.{3,}|…|(?:\.[^\S\n]){2,}\.)"
    r"|(?P<stop>\.)"
)
_CLOSING = re.compile(rf"[{_CLOSERS}]*")
_MARKERS = re.compile(r"(?:[ ]?(?:\[\d{1,3}(?:[^\S\n]?[,，、–-][^\S\n]?\d{1,3})*\]|【\d{1,3}】))+")
_LAST_WORD = re.compile(r"[^\s(（\[“\"'‘/]*$")
_NEXT_WORD = re.compile(r"[\s(（\[“\"'‘「『《<*_]*([^\s,.;:!?，。；：！？)）\]”\"’]*)")
_QUANTITY = re.compile(r"\d[ \u00a0\u202f]?(?:[^\W\d_]{1,3}[/·])?[^\W\d_]$")
_WORD_WINDOW = 40
_QUOTE_WINDOW = 2_000
"""How far a word or a quotation before a full stop may reach back: keeps the search linear."""

_NEVER_LAST = split_words(
    "dr mr mrs ms prof st mt fig figs eq eqs sec sect chap tab ref refs vs e.g i.e eg ie cf viz "
    "gen sen rep gov lt col capt sgt cmdr rev hon messrs mme mlle approx resp incl excl ca esp "
    "dept univ assn bros ed eds trans fn ft ext tel adm maj supt"
)
_BEFORE_NUMBER = split_words(
    "no nos p pp vol vols art arts ch para paras pt pts jan feb mar apr jun jul aug sep sept oct "
    "nov dec app nr cl item step"
)
_MAYBE_LAST = split_words(
    "etc inc ltd co corp llc plc jr sr al a.m p.m ph.d m.d b.a m.a b.sc m.sc d.c u.s u.k e.u u.n "
    "no bc ad est"
)
_STARTERS = split_words(
    "the this that these those it its he she they we you i there here in on at by for from to with "
    "as if when while although however moreover furthermore therefore thus hence so but and or yet "
    "after before during since because a an our their his her my your what which who how why where "
    "all some many most both each no not one two three first second finally also then now"
)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the character ranges `[start, end)` of the sentences, in order, not overlapping.

    Together they cover every character that is not white space; none begins or ends in white
    space. A line break always ends a sentence, so each row of a pipe table is one. Citation
    markers such as "[2]" after the final stop belong to the sentence before them.
    """
    ranges: list[tuple[int, int]] = []
    start = 0
    position = 0
    while (match := _BOUNDARY.search(text, position)) is not None:
        position = match.end()
        if match.lastgroup == "line":
            end: int | None = match.start()
        else:
            end = _sentence_end(text, start, match)
        if end is None:
            continue
        _append_stripped_range(ranges, text, start, end)
        start = position = max(end, position)
    _append_stripped_range(ranges, text, start, len(text))
    return ranges


def _append_stripped_range(ranges: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        ranges.append((start, end))


def _sentence_end(text: str, start: int, match: re.Match[str]) -> int | None:
    """Return where the sentence ends that this punctuation closes, None when it goes on."""
    kind = match.lastgroup
    end = _past_closers(text, start, match.end())
    marked = _MARKERS.match(text, end)
    after = marked.end() if marked else end
    if after >= len(text):
        return after
    if kind == "wide":
        return None if text[after] in "，、,：" else after
    follower = text[after]
    wide_follows = bool(WIDE_LETTER.match(follower))
    if not (follower.isspace() or wide_follows or marked):
        return None
    quoted = end > match.end()
    following = _NEXT_WORD.match(text, after)
    word = following[1] if following else ""
    ends = (
        _ends_sentence(text, start, match.start(), word, wide_follows)
        if kind == "stop"
        else not (word[:1].islower() and (quoted or kind == "dots"))
    )
    return after if ends else None


def _past_closers(text: str, start: int, position: int) -> int:
    """Return the position after closing quotes and brackets.

    A straight quote closes only where one was opened before it in the sentence.
    """
    closing = _CLOSING.match(text, position)
    end = closing.end() if closing else position
    for index in range(position, end):
        if text[index] in "\"'":
            opened = text.count(text[index], max(start, index - _QUOTE_WINDOW), index)
            if opened % 2 == 0:
                return index
    return end


def _ends_sentence(text: str, start: int, stop: int, following: str, wide_follows: bool) -> bool:
    """Return whether the full stop at `stop` ends a sentence, judged by the words around it."""
    before = _LAST_WORD.search(text, max(start, stop - _WORD_WINDOW), stop)
    raw = before[0] if before else ""
    word = raw.lower()
    if wide_follows:
        return not (raw.isdigit() or word in _NEVER_LAST or len(raw) <= 1)
    if not raw:
        return True
    if word in _NEVER_LAST:
        return False
    if word in _BEFORE_NUMBER and (following[:1].isdigit() or _is_roman(following)):
        return False
    if raw.isdigit() and not text[start : stop - len(raw)].strip():
        return False  # "1. Introduction": the number of a list item
    starts_sentence = following.lower() in _STARTERS and not following[:1].islower()
    if word in _MAYBE_LAST or (_is_initials(raw) and not _is_unit(text, start, stop, raw)):
        return starts_sentence
    if following[:1].islower():
        return text[start : start + 1].islower()  # text written without capitals
    return True


def _is_initials(word: str) -> bool:
    """Return whether a word is like "J" or "U.S": single letters with stops between."""
    parts = word.split(".")
    return all(len(part) == 1 and part.isalpha() for part in parts)


def _is_unit(text: str, start: int, stop: int, letter: str) -> bool:
    """Return whether a letter is a unit: "1.4 m/s", "230 V", "5 h"."""
    return len(letter) == 1 and bool(_QUANTITY.search(text, max(start, stop - _WORD_WINDOW), stop))


def _is_roman(word: str) -> bool:
    return bool(word) and all(letter in "IVXLC" for letter in word)
