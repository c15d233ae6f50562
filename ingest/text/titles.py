"""Makes keys of document titles, and finds the keys of titles that another text mentions.

A key is the title's words in lower case, without what stands in brackets at its end ("Mercury
(planet)"). In running text every sequence of words that begins with a capital letter or a digit may
be a title, and everything in title marks (《》 and quotation marks).

Limits: in Chinese only titles in such marks are found; a title of more than eight words, or of one
word with fewer than four letters, is not found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ingest.text.spelling import to_simplified_chinese

_LONGEST = 8
"""Words."""
_SHORTEST_WORD = 4
_MOST_CHARACTERS = 2_000
_WORD = re.compile(r"\w+")
_BRACKETED = re.compile(r"\s*[(（\[【][^()（）\[\]【】]*[)）\]】]\s*$")
_MARKED = re.compile(r"《([^《》]{2,60})》|“([^“”]{2,80})”|「([^「」]{2,60})」|\"([^\"]{2,80})\"")


def title_key(title: str) -> str:
    """Return the key of a title, empty where it is too short to be recognised as a name."""
    words = _WORD.findall(_normalise_title(_BRACKETED.sub("", title)))
    return _build_title_key(words) if len(words) <= _LONGEST else ""


@lru_cache(maxsize=1 << 11)
def mentioned_keys(text: str) -> frozenset[str]:
    """Return the keys of all titles that `text` may be mentioning."""
    text = text[:_MOST_CHARACTERS]
    keys = {
        title_key(next(part for part in found.groups() if part))
        for found in _find_marked_titles(text)
    }
    words = _WORD.findall(to_simplified_chinese(unicodedata.normalize("NFKC", text)))
    folded = [word.casefold() for word in words]
    for start, word in enumerate(words):
        if word[0].isupper() or word[0].isdigit():
            key = folded[start]
            keys.add(_build_title_key([key]))
            for other in folded[start + 1 : start + _LONGEST]:
                key = f"{key} {other}"  # each is the one before and a word more
                keys.add(key)
    return frozenset(keys - {""})


def _find_marked_titles(text: str) -> Iterator[re.Match[str]]:
    return _MARKED.finditer(text)


def _normalise_title(text: str) -> str:
    return to_simplified_chinese(unicodedata.normalize("NFKC", text)).casefold()


def _build_title_key(words: list[str]) -> str:
    if not words or (len(words) == 1 and _is_short(words[0])):
        return ""
    return " ".join(words)


def _is_short(word: str) -> bool:
    return len(word) < (_SHORTEST_WORD if word.isascii() else 2) or word.isdigit()
