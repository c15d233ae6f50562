"""Text that was encoded twice: UTF-8 taken for Windows-1252 or GBK and saved as UTF-8 again.

"Ã¼" for "ü" and "浣犲ソ" for "你好". It can be undone where the bytes that were misread are still
there: they are, and are UTF-8 from end to end, in no text that was read rightly. Limits: one
mistake over the whole text; a text in which right and wrong places stand side by side is left.
"""

from __future__ import annotations

import re

_SUSPECT = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_HAN = re.compile("[\u3400-\u9fff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_REPAIR_SAMPLE = 2000
_LEAST_HAN = 4
_MOST_LOST = 0.15
"""GBK has no character for some pairs of bytes: what was lost with them stays lost. Of text that
was read rightly far more than this is no UTF-8."""

_WINDOWS = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(256)}
"""Characters to bytes; the five bytes that Windows-1252 leaves open are themselves."""


def undo(text: str) -> tuple[str, str] | None:
    """Return the text as it was meant and the encoding it was taken for; None where it is right."""
    if text.isascii():
        return None
    if _SUSPECT.search(text):
        meant = _from_windows(text)
        return None if meant is None else (meant, "windows-1252")
    meant = _from_gbk(text)
    return None if meant is None else (meant, "gbk")


def _from_windows(text: str) -> str | None:
    try:
        return bytes(_WINDOWS[char] for char in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None


def _from_gbk(text: str) -> str | None:
    if len(_HAN.findall(text[:_REPAIR_SAMPLE])) < _LEAST_HAN or not _is_meant(
        text[:_REPAIR_SAMPLE], cut=True
    ):
        return None
    meant = _read_again(text)
    return meant if _is_meant(text, cut=False) and _HAN.search(meant) else None


def _is_meant(text: str, *, cut: bool) -> bool:
    """Whether the bytes of a text, or of its beginning, are UTF-8 but for a few places."""
    meant = _read_again(text)
    meant = meant[:-2] if cut else meant
    return meant.count("\ufffd") <= _MOST_LOST * len(_BEYOND_ASCII.findall(meant))


def _read_again(text: str) -> str:
    whole = text.replace("\ufffd", "?")  # one lost character, not the four bytes of its sign
    return whole.encode("gb18030", "replace").decode("utf-8", "replace")
