"""Extracts search terms, Chinese and English: what BM25 counts and the grounding check compares.

English words are stemmed, Chinese gives characters and pairs. Rules, not models: fast,
deterministic, nothing to download.

Limits: only English is stemmed; text in other scripts is split at white space (Japanese kana like
Chinese) and compared as written, except that traditional Chinese characters are simplified.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import filterfalse
from operator import add

import snowballstemmer

from ingest.text.scripts import FIRST_WIDE_LETTER, WIDE_LETTER, WIDE_LETTERS, split_words
from ingest.text.spelling import to_american_spelling, to_simplified_chinese

_LETTER = rf"[^\W_{WIDE_LETTERS}]"
_TOKEN = re.compile(
    rf"[{WIDE_LETTERS}]+"
    r"|\d+(?:,\d{3})+(?:\.\d+)?(?!\w)"
    rf"|{_LETTER}+(?:[.\-_/'’‐‑–·&@]{_LETTER}+)*(?:\+\+|\#)?"
)
_CONNECTORS = re.compile(r"[.\-_/‐‑–·&@]")
_JOINING = frozenset("-_‐‑&")
"""Signs between two parts that are also written as one word: "e-mail", "max_tokens"."""
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


def extract_terms(text: str) -> list[str]:
    """Return the search terms of a text, in order, with repetitions: what BM25 counts.

    English words are lower case stems in American spelling, without stop words; numbers and
    identifiers ("v2.5", "AB-1234", "maxTokens", "750W") stay whole and give their parts as well;
    periods ("FY22", "2Q23") also give the year in full; Chinese runs give simplified characters and
    pairs.
    """
    found: list[str] = []
    for token in _TOKEN.findall(to_simplified_chinese(unicodedata.normalize("NFKC", text))):
        if token[0] >= FIRST_WIDE_LETTER and WIDE_LETTER.match(token):
            found.extend(filterfalse(_STOP_CHARACTERS.__contains__, token))
            found.extend(map(add, token, token[1:]))
        elif "," in token:  # only large numbers have one
            found.append(token.replace(",", ""))
        elif len(token) > _LONGEST_TERM:
            # A checksum or the like: its beginning is enough.
            found.append(_fold_case_and_accents(token[:_LONGEST_TERM]))
        else:
            found.extend(_word_terms(token))
    return found


_QUESTION_WORDS = split_words(
    "什么 怎么 怎样 如何 哪个 哪些 哪里 哪儿 多少 为什么 为何 请问 什 么 怎 何 哪 谁 几 是 "
    "在 有 和 与 "
    "或 及 被 把 对 从 到 以 于 而 也 都 就 还 又 很 这 那 其 之 者 所 个 会 能 可以 请 多 "
    "少 为 样 些 里 "
    "是什 么是 是谁 是多 是哪"
)
"""Characters and pairs of Chinese question words and joining words: any passage has them."""


def query_terms(text: str) -> list[str]:
    """Return the terms of a question without question words, or all terms if no others are left."""
    terms = extract_terms(text)
    return [term for term in terms if term not in _QUESTION_WORDS] or terms


def is_stop_word(word: str) -> bool:
    """Return whether an English word, in lower case, is no search term."""
    return word in _STOP_WORDS


@lru_cache(maxsize=1 << 16)
def _word_terms(token: str) -> tuple[str, ...]:
    if token in _STOP_UNLESS_CAPITALS:
        return (token.lower(),)
    bare = token.replace("’", "'").removesuffix("'s").replace("'", "")
    word = _fold_case_and_accents(bare)
    if any(char.isdigit() for char in word):
        return _identifier_terms(word)
    parts = [part for part in _CONNECTORS.split(bare) if part]
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        return (_fold_case_and_accents("".join(parts)),)  # U.S., A/B
    joined = len(parts) == 2 and any(mark in _JOINING for mark in bare)
    if len(parts) == 1:
        parts = _HUMP.split(bare)
        joined = len(parts) > 1
    folded = [_fold_case_and_accents(part) for part in parts]
    stems = [stem for part in folded for stem in _stem_word(part)]
    if joined and stems:
        stems.extend(_stem_word("".join(folded)))  # e-mail is email, maxTokens is max_tokens
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
                found.extend(_stem_word(part))
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


def _fold_case_and_accents(token: str) -> str:
    """Return the token in lower case, without accents."""
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


def _stem_word(word: str) -> tuple[str, ...]:
    if word in _STOP_WORDS:
        return ()
    if not word.isascii() or len(word) > _LONGEST_STEMMED:
        return (word,)
    return (str(_stemmers.english.stemWord(to_american_spelling(word))),)
