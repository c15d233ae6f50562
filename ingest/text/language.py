"""Recognises the language of a text by its script, and of Latin text by its commonest words.

`language_of` only distinguishes Chinese and English; `detect_language` names one of several
languages.

Limits: `detect_language` looks at the beginning of a text; it gives "" for a Latin language that is
not listed, for mixed text and for a few words.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

from ingest.text.scripts import HAN, HAN_COMPATIBILITY, IDEOGRAPHS, KANA

_SAMPLE = 4000
_LEAST_LETTERS = 12
_LEAST_WORDS = 4
"""A language is recognised by this many of its common words, if they are 1.5 times as many as those
of any other language."""

_SCRIPTS = {
    "ja": re.compile(f"[{KANA}]"),
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "zh": re.compile(f"[{HAN}{HAN_COMPATIBILITY}]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "hi": re.compile("[\u0900-\u097f]"),
}
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]+")
_LETTERS_PER_WORD = 3.0
"""A character of a wide script counts as this many Latin letters."""
_WIDE = frozenset({"zh", "ja", "ko"})
_KANA_SHARE = 0.1

_COMMON = {
    "en": "the of and to in is that for it as was with be by on not are this which or from at have",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch",
    "fr": "le la les et des en un une du dans est que pour qui sur par au avec ne pas ce plus sont",
    "es": "el la de que y los se del las un por con una para su es al lo como más o pero sus este",
    "it": "il di che la e in un per è non una sono con si da del le della dei nel alla più come",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas foi ao",
    "nl": "de het een en van in is dat op te zijn voor met die niet aan er om ook als bij maar",
}
_LANGUAGES_OF = {
    word: tuple(code for code, listed in _COMMON.items() if word in listed.split())
    for word in {word for listed in _COMMON.values() for word in listed.split()}
}


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the text's language, "" where it is not clear."""
    text = text[:_SAMPLE]
    words = [word.lower() for word in _LATIN.findall(text)]
    letters: Counter[str] = Counter({"latin": sum(map(len, words))})
    if not text.isascii():
        for code, script in _SCRIPTS.items():
            share = _LETTERS_PER_WORD if code in _WIDE else 1.0
            letters[code] = round(share * len(script.findall(text)))
        if letters["ja"] > _KANA_SHARE * letters["zh"]:  # Japanese is written in both
            letters["ja"] += letters.pop("zh", 0)
    leading, count = letters.most_common(1)[0]
    if count < _LEAST_LETTERS:
        return ""
    return _guess_latin_language(words) if leading == "latin" else leading


def _guess_latin_language(words: list[str]) -> str:
    found = Counter(code for word in words for code in _LANGUAGES_OF.get(word, ()))
    ranked = [*found.most_common(2), ("", 0), ("", 0)]
    (leading, count), (_, second) = ranked[0], ranked[1]
    return leading if count >= _LEAST_WORDS and count >= 1.5 * second else ""


_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_CHARACTERS_PER_WORD = 1.5
"""A Chinese word has about this many characters, so they are counted against Latin words."""


def language_of(text: str) -> Literal["en", "zh"]:
    """Return "zh" where Chinese words outnumber Latin ones, else "en" (also for no text)."""
    if text.isascii():  # as most English passages are: two searches in each would cost too much
        return "en"
    ideographs = len(_IDEOGRAPH.findall(text))
    words = len(_LATIN_WORD.findall(text)) if ideographs else 0
    return "zh" if ideographs > _CHARACTERS_PER_WORD * words else "en"
