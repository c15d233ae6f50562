"""Checks and cleans the names and metadata that people give.

Names are never used as paths, so slashes and dots are allowed. Limits: the meaning is not checked;
there are no reserved names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from ingest.errors import InvalidRequest

NAME_LENGTH = 512
_KEY_LENGTH = 64
_VALUE_LENGTH = 4_000
_ENTRIES = 64
_BAD_IN_KEYS = frozenset("\"'\\")


def clean_name(name: str, what: str, limit: int = NAME_LENGTH) -> str:
    """Return the name in NFC without surrounding space. Raises InvalidRequest."""
    cleaned = unicodedata.normalize("NFC", name).strip()
    if not cleaned:
        raise InvalidRequest(f"{what} must not be empty.")
    if len(cleaned) > limit:
        raise InvalidRequest(f"{what} has more than {limit} characters.")
    if not _is_printable(cleaned):
        raise InvalidRequest(f"{what} has control characters in it: {cleaned!r}.")
    return cleaned


def clean_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the metadata as stored: text keys and values in NFC. Raises InvalidRequest."""
    if len(metadata) > _ENTRIES:
        raise InvalidRequest(f"Metadata has more than {_ENTRIES} entries.")
    cleaned: dict[str, str] = {}
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise InvalidRequest("Metadata keys and values are text.")
        name = clean_name(key, "A metadata key", _KEY_LENGTH)
        if _BAD_IN_KEYS & set(name):
            raise InvalidRequest(f"A metadata key has no quotes or backslashes: {name!r}.")
        if len(value) > _VALUE_LENGTH:
            raise InvalidRequest(f"The metadata value of {name!r} is too long.")
        if "\x00" in value or any(unicodedata.category(c) == "Cs" for c in value):
            raise InvalidRequest(f"The metadata value of {name!r} is not text.")
        cleaned[name] = unicodedata.normalize("NFC", value)
    return cleaned


def remove_invisible(text: str) -> str:
    """Return text without controls, bidi marks and surrogates: invisible, they may mislead."""
    if not (text.isascii() and text.isprintable()):  # most names: no look at each character
        text = "".join(mark for mark in text if not _is_invisible(mark))
    return " ".join(text.split())


def _is_invisible(mark: str) -> bool:
    if mark.isspace():
        return False
    category = unicodedata.category(mark)
    joiner = mark in "\u200c\u200d"  # needed to write Persian, Hindi and joined emoji
    return category in {"Cc", "Cs", "Cn"} or (category == "Cf" and not joiner)


def _is_printable(text: str) -> bool:
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
