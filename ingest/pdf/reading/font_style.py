"""Turns the flags and the font name of a PyMuPDF span into one style.

Limits: fonts that are named neither bold nor heavy and flagged as neither are regular.
"""

from __future__ import annotations

from typing import Any

from ingest.pdf.page.content import Style

_ITALIC, _MONO, _BOLD = 2, 8, 16  # bits of a span's flags
_FAKE_BOLD, _FILLED, _STROKED = 8, 16, 32  # bits of a span's char_flags
_BOLD_NAMES = ("bold", "black", "heavy", "semibold", "demi", "-medi", "cmbx")
_BOLD_ENDS = (".b", ".bi", ",bold")
_MONO_NAMES = ("mono", "courier", "consol", "typewriter", "cmtt", "code")


def style_of(span: dict[str, Any], styles: dict[tuple[Any, ...], Style]) -> Style:
    """Return the style of a span; `styles` holds those made before, by what they depend on."""
    key = (span["font"], span["size"], span["flags"], span["char_flags"], span["color"])
    if key not in styles:
        name = span["font"].lower()
        flags, painted = span["flags"], span["char_flags"]
        styles[key] = Style(
            font=span["font"],
            size=round(span["size"], 1),
            bold=bool(flags & _BOLD or painted & _FAKE_BOLD)
            or painted & (_FILLED | _STROKED) == (_FILLED | _STROKED)
            or any(part in name for part in _BOLD_NAMES)
            or name.endswith(_BOLD_ENDS),
            italic=bool(flags & _ITALIC)
            or "italic" in name
            or "oblique" in name
            or name.endswith((".i", ".bi")),
            mono=bool(flags & _MONO) or any(part in name for part in _MONO_NAMES),
            color=span["color"],
            invisible=not painted & (_FILLED | _STROKED),
        )
    return styles[key]
