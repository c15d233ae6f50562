"""Finds how the body text of a document is set: what most of its letters look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.pdf.page.content import PageContent

_SIZE_WITHOUT_TEXT = 10.0
"""Points; the size assumed for a document without letters. Set by hand."""


@dataclass(frozen=True, slots=True)
class BodyStyle:
    """How running text is set: size in points, weight, colour, whether letters have one width."""

    size: float
    bold: bool
    color: int
    mono: bool = False


def body_style_of(pages: Iterable[PageContent]) -> BodyStyle:
    """Return how most of the letters of the document are set."""
    sizes: Counter[tuple[float, bool, int, bool]] = Counter()
    for page in pages:
        for line in page.lines:
            for word in line.words:
                style = word.style
                key = (round(style.size * 2) / 2, style.bold, style.color, style.mono)
                sizes[key] += len(word.text)
    if not sizes:
        return BodyStyle(_SIZE_WITHOUT_TEXT, False, 0)
    (size, bold, color, mono), _ = sizes.most_common(1)[0]
    return BodyStyle(size, bold, color, mono)
