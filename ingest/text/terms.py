"""Reading text, Chinese and English: sentences, search terms, language.

Shared by the chunker, the lexical index and the grounding check, so that all three see the same
sentences and the same words. Rules, not models: fast, deterministic, nothing to download.

Limits: only English is stemmed; text in other scripts is split at white space (Japanese kana like
Chinese) and compared as written, but for characters that are traditional Chinese; a sentence that
ends in an abbreviation before a name ("in the U.S. Congress") is not told from one that goes on.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import filterfalse
from operator import add
from typing import Literal

import snowballstemmer

from ingest.text.scripts import IDEOGRAPHS, WIDE_LETTER, WIDE_LETTERS, split_words
from ingest.text.spelling import american, simplified

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
        _append(ranges, text, start, end)
        start = position = max(end, position)
    _append(ranges, text, start, len(text))
    return ranges


def _append(ranges: list[tuple[int, int]], text: str, start: int, end: int) -> None:
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
        _stop_ends(text, start, match.start(), word, wide_follows)
        if kind == "stop"
        else not (word[:1].islower() and (quoted or kind == "dots"))
    )
    return after if ends else None


def _past_closers(text: str, start: int, position: int) -> int:
    """Step over closing quotes and brackets; a straight quote closes only what was opened."""
    closing = _CLOSING.match(text, position)
    end = closing.end() if closing else position
    for index in range(position, end):
        if text[index] in "\"'":
            opened = text.count(text[index], max(start, index - _QUOTE_WINDOW), index)
            if opened % 2 == 0:
                return index
    return end


def _stop_ends(text: str, start: int, stop: int, following: str, wide_follows: bool) -> bool:
    """Tell whether the full stop at `stop` ends a sentence, from the words around it."""
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
    """Tell whether a word is "J", "U.S" or "Ph.D": letters with stops between."""
    parts = word.split(".")
    return all(len(part) == 1 and part.isalpha() for part in parts)


def _is_unit(text: str, start: int, stop: int, letter: str) -> bool:
    """Tell whether a letter is a unit: "1.4 m/s", "230 V", "5 h"."""
    return len(letter) == 1 and bool(_QUANTITY.search(text, max(start, stop - _WORD_WINDOW), stop))


def _is_roman(word: str) -> bool:
    return bool(word) and all(letter in "IVXLC" for letter in word)


_LETTER = rf"[^\W_{WIDE_LETTERS}]"
_TOKEN = re.compile(
    rf"[{WIDE_LETTERS}]+"
    r"|\d+(?:,\d{3})+(?:\.\d+)?(?!\w)"
    rf"|{_LETTER}+(?:[.\-_/'’‐‑–·&@]{_LETTER}+)*(?:\+\+|\#)?"
)
_FIRST_WIDE = "\u3005"
_CONNECTORS = re.compile(r"[.\-_/‐‑–·&@]")
_JOINING = frozenset("-_‐‑&")
"""What two parts stand between that are also written as one word: "e-mail", "max_tokens"."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DOTTED_NUMBER = re.compile(r"[a-z]{0,2}\d+(?:\.\d+)+[a-z]?")
_LETTERS_AND_DIGITS = re.compile(r"([a-z]{2,})(\d+)|(\d+(?:\.\d+)?)([a-z]{1,4})")
_FISCAL_YEAR = re.compile(r"(?:fy|cy)(\d\d|\d{4})")
_QUARTER = re.compile(r"(?:fy)?(\d\d|\d{4})?q([1-4])(?:fy)?(\d\d|\d{4})?|([1-4])q(\d\d|\d{4})")
_LONGEST_TERM = 64
_LONGEST_STEMMED = 30

_STOP_WORDS = split_words(
    "a about above after again against all am an and any are arent as at be because been before "
    "being below between both but by can cannot could couldnt did didnt do does doesnt doing dont "
    "down during each few for from further had hadnt has hasnt have havent having he her here hers "
    "herself him himself his how i if in into is isnt it its itself just me more most my myself no "
    "nor not of off on once only or other our ours ourselves out over own same she should shouldnt "
    "so some such than that the their theirs them themselves then there these they this those "
    "through to too under until up us very was wasnt we were werent what when where which while "
    "who whom why will with wont would wouldnt you your yours yourself yourselves"
)
_STOP_UNLESS_CAPITALS = frozenset({"IT", "US", "WHO"})
_STOP_CHARACTERS = frozenset("的了吗呢吧啊呀嘛")


TERMS_VERSION = "2"
"""Changes whenever the same text would give other terms; the index remembers it."""


def terms(text: str) -> list[str]:
    """Return the search terms of a text, in order, with repetitions: what BM25 counts.

    English words are lower case stems in American spelling, without stop words; numbers and
    identifiers ("v2.5", "AB-1234", "maxTokens", "750W") stay whole and give their parts besides,
    periods ("FY22", "2Q23") the year in full; Chinese runs give simplified characters and pairs.
    """
    found: list[str] = []
    for token in _TOKEN.findall(simplified(unicodedata.normalize("NFKC", text))):
        if token[0] >= _FIRST_WIDE and WIDE_LETTER.match(token):
            found.extend(filterfalse(_STOP_CHARACTERS.__contains__, token))
            found.extend(map(add, token, token[1:]))
        elif "," in token:  # which stands in nothing but large numbers
            found.append(token.replace(",", ""))
        elif len(token) > _LONGEST_TERM:
            found.append(_folded(token[:_LONGEST_TERM]))  # a checksum, not worth remembering
        else:
            found.extend(_word_terms(token))
    return found


_ASKING = split_words(
    "什么 怎么 怎样 如何 哪个 哪些 哪里 哪儿 多少 为什么 为何 请问 什 么 怎 何 哪 谁 几 是 "
    "在 有 和 与 "
    "或 及 被 把 对 从 到 以 于 而 也 都 就 还 又 很 这 那 其 之 者 所 个 会 能 可以 请 多 "
    "少 为 样 些 里 "
    "是什 么是 是谁 是多 是哪"
)
"""Characters and pairs with which Chinese asks and joins: they stand in any passage."""


def query_terms(text: str) -> list[str]:
    """Return the search terms of a question: its terms without those of asking, if any are left."""
    asked = terms(text)
    return [term for term in asked if term not in _ASKING] or asked


def is_stop_word(word: str) -> bool:
    """Tell whether an English word, in lower case, is no search term."""
    return word in _STOP_WORDS


@lru_cache(maxsize=1 << 16)
def _word_terms(token: str) -> tuple[str, ...]:
    if token in _STOP_UNLESS_CAPITALS:
        return (token.lower(),)
    bare = token.replace("’", "'").removesuffix("'s").replace("'", "")
    word = _folded(bare)
    if any(char.isdigit() for char in word):
        return _identifier_terms(word)
    parts = [part for part in _CONNECTORS.split(bare) if part]
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        return (_folded("".join(parts)),)  # U.S., A/B
    joined = len(parts) == 2 and any(mark in _JOINING for mark in bare)
    if len(parts) == 1:
        parts = _HUMP.split(bare)
        joined = len(parts) > 1
    folded = [_folded(part) for part in parts]
    stems = [stem for part in folded for stem in _stemmed(part)]
    if joined and stems:
        stems.extend(_stemmed("".join(folded)))  # e-mail is email, maxTokens is max_tokens
    return tuple(stems)


def _identifier_terms(word: str) -> tuple[str, ...]:
    if _DOTTED_NUMBER.fullmatch(word) or word.isdigit():
        return (word,)
    found = [word]
    parts = [part for part in _CONNECTORS.split(word) if part]
    if len(parts) > 1:
        found.append("".join(parts))
        for part in parts:
            if part.isalpha() and len(part) > 1:
                found.extend(_stemmed(part))
            elif len(part) > 1 or part.isdigit():
                found.append(part)
    elif split := _LETTERS_AND_DIGITS.fullmatch(word):
        found.extend(part for part in split.groups() if part)
    for part in parts:
        found.extend(_period_terms(part))
    return tuple(dict.fromkeys(found))


def _period_terms(word: str) -> Iterator[str]:
    """Yield year and quarter that a fiscal period names: "fy22" 2022, "2q23" q2 and 2023."""
    if year := _FISCAL_YEAR.fullmatch(word):
        yield _four_digits(year[1])
    elif quarter := _QUARTER.fullmatch(word):
        before, first, after, second, year_of_second = quarter.groups()
        yield f"q{first or second}"
        if found := before or after or year_of_second:
            yield _four_digits(found)


def _four_digits(year: str) -> str:
    return year if len(year) == 4 else f"20{year}"


def _folded(token: str) -> str:
    """Lower case, without accents."""
    if token.isascii():
        return token.lower()
    decomposed = unicodedata.normalize("NFD", token.lower())
    return unicodedata.normalize(
        "NFC", "".join(c for c in decomposed if not unicodedata.combining(c))
    )


class _Stemmers(threading.local):
    """One stemmer per thread: they keep state while they work."""

    def __init__(self) -> None:
        self.english = snowballstemmer.stemmer("english")


_stemmers = _Stemmers()


def _stemmed(word: str) -> tuple[str, ...]:
    if word in _STOP_WORDS:
        return ()
    if not word.isascii() or len(word) > _LONGEST_STEMMED:
        return (word,)
    return (str(_stemmers.english.stemWord(american(word))),)


_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_CHARACTERS_PER_WORD = 1.5
"""A Chinese word has about this many characters, so they are counted against Latin words."""


def language_of(text: str) -> Literal["en", "zh"]:
    """Return "zh" where Chinese words outnumber Latin ones, else "en" (also for no text)."""
    if text.isascii():  # as most English passages are: two searches of each cost too much
        return "en"
    ideographs = len(_IDEOGRAPH.findall(text))
    words = len(_LATIN_WORD.findall(text)) if ideographs else 0
    return "zh" if ideographs > _CHARACTERS_PER_WORD * words else "en"
