"""Turns bytes into text: finds the encoding, repairs text encoded twice, reports what was lost.

It tries in this order: a byte order mark, UTF-16 without one, strict UTF-8, the encoding the file
declares, the Chinese encodings, broken UTF-8, then a guess by charset-normalizer. GB18030 and Big5
are distinguished by counting characters that are frequent in Chinese, which is right even for a
single sentence.

Text is encoded twice when UTF-8 was taken for Windows-1252 or GBK and saved as UTF-8 again: "Ã¼"
for "ü" and "浣犲ソ" for "你好". It is repaired where the misread bytes are still complete: they are
UTF-8 from end to end, which the bytes of a correctly read text never are.

Limits: short text in a one-byte encoding (accents in a few words) is a guess, and a warning says
so. A text in which only some places were encoded twice is left as it is.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from ingest.formats.common.detect import read_as_text
from ingest.text.scripts import HAN_LETTER, HAN_OR_COMPATIBLE
from ingest.types import ParseWarning

_SUSPECT = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_REPAIR_SAMPLE = 2000
_LEAST_HAN = 4
_MOST_LOST = 0.15
"""GBK has no character for some pairs of bytes: what was lost with them stays lost. In text that
was read correctly, far more than this share is no UTF-8."""

_WINDOWS = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(256)}
"""Characters to bytes; the five bytes that Windows-1252 leaves undefined stand for themselves."""


def undo_double_encoding(text: str) -> tuple[str, str] | None:
    """Return the intended text and the encoding it was taken for; None for text that is right."""
    if text.isascii():
        return None
    if _SUSPECT.search(text):
        meant = _undo_windows(text)
        return None if meant is None else (meant, "windows-1252")
    meant = _undo_gbk(text)
    return None if meant is None else (meant, "gbk")


def _undo_windows(text: str) -> str | None:
    try:
        return bytes(_WINDOWS[char] for char in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None


def _undo_gbk(text: str) -> str | None:
    if len(HAN_LETTER.findall(text[:_REPAIR_SAMPLE])) < _LEAST_HAN or not _is_mostly_utf8(
        text[:_REPAIR_SAMPLE], cut=True
    ):
        return None
    meant = _reinterpret_as_utf8(text)
    return meant if _is_mostly_utf8(text, cut=False) and HAN_LETTER.search(meant) else None


def _is_mostly_utf8(text: str, *, cut: bool) -> bool:
    """Return whether the bytes of a text, or of its beginning, are UTF-8 but for a few places."""
    meant = _reinterpret_as_utf8(text)
    meant = meant[:-2] if cut else meant
    return meant.count("\ufffd") <= _MOST_LOST * len(_BEYOND_ASCII.findall(meant))


def _reinterpret_as_utf8(text: str) -> str:
    whole = text.replace("\ufffd", "?")  # one lost character, not the four bytes of its sign
    return whole.encode("gb18030", "replace").decode("utf-8", "replace")


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252"}
_FREQUENT = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
    "她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三"
    "已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女"
    "問關這個來說們為時會對過學後沒還發當開見經頭動兩長樣現將與進實點種聲話兒國裡麼從"
)
_FREQUENT_SHARE = 0.08
_SAMPLE = 1 << 16
_PARITY_HEAD = 8_192


def decode_text(data: bytes, declared: str = "") -> tuple[str, tuple[ParseWarning, ...]]:
    """Return the text and a `bad_encoding` warning where bytes were replaced or guessed.

    `declared` is the encoding the file itself names, if any. Text that was encoded twice is
    repaired, with a `text_repaired` warning.
    """
    text, warnings = _detect_and_decode(data, declared)
    found = undo_double_encoding(text)
    if found is None:
        return text, warnings
    meant, taken_for = found
    message = f"The text had been read as {taken_for} and saved as UTF-8: that was undone."
    if lost := meant.count("\ufffd"):
        message += f" {lost} characters were lost by it."
    return meant, (*warnings, ParseWarning("text_repaired", message))


def _detect_and_decode(data: bytes, declared: str) -> tuple[str, tuple[ParseWarning, ...]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_with_replacement(data, encoding)
    if b"\x00" in data[:_PARITY_HEAD] and read_as_text(data[:_PARITY_HEAD]) is not None:
        little = data[1:_PARITY_HEAD:2].count(0) > data[0:_PARITY_HEAD:2].count(0)
        return _decode_with_replacement(data, "utf-16-le" if little else "utf-16-be")
    for encoding in ("utf-8", _find_codec(declared)):
        text = _decode_strictly(data, encoding) if encoding else ""
        if text:
            return text, ()
    if text := _decode_chinese(data):
        return text, ()
    if _is_broken_utf8(data):
        return _decode_with_replacement(data, "utf-8")
    return _decode_by_guess(data)


def _find_codec(name: str) -> str:
    """Return the codec for a declared name, the superset that browsers use; empty if unknown."""
    try:
        known = codecs.lookup(name.strip()).name if name.strip() else ""
    except (LookupError, ValueError):
        return ""
    return _SUPERSETS.get(known, known)


def _decode_strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError, ValueError):
        return ""


def _decode_with_replacement(data: bytes, encoding: str) -> tuple[str, tuple[ParseWarning, ...]]:
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    lost = text.count("\ufffd") - data.decode(encoding, "ignore").count("\ufffd")
    if lost <= 0:
        return text, ()
    message = f"{lost} places are not valid {encoding.upper()} and were replaced."
    return text, (ParseWarning("bad_encoding", message),)


def _is_broken_utf8(data: bytes) -> bool:
    """Return whether most of what is not ASCII is valid UTF-8."""
    text = data[:_SAMPLE].decode("utf-8", "replace")
    lost = text.count("\ufffd")
    valid = sum(1 for char in text if ord(char) > 0x7F) - lost
    return 0 < lost <= valid


def _decode_chinese(data: bytes) -> str:
    """Return the text of the Chinese encoding it is written in, empty when it is neither."""
    texts = [_decode_strictly(data, encoding) for encoding in ("gb18030", "big5")]
    best = max(texts, key=_chinese_share)
    return best if _chinese_share(best) >= _FREQUENT_SHARE else ""


def _decode_by_guess(data: bytes) -> tuple[str, tuple[ParseWarning, ...]]:
    best = from_bytes(data[:_SAMPLE]).best()
    encoding = best.encoding if best is not None else "cp1252"
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    message = f"The encoding is not named in the file; {encoding} was guessed."
    return text, (ParseWarning("bad_encoding", message),)


def _chinese_share(text: str) -> float:
    """Return the share of frequent characters among the Chinese ones of the first part."""
    wide = HAN_OR_COMPATIBLE.findall(text[:_SAMPLE])
    return sum(1 for char in wide if char in _FREQUENT) / len(wide) if wide else 0.0
