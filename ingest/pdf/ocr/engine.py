"""Defines an OCR engine: it reads the picture of a page and gives words with their places.

The words of an engine go through the same later stages as words from a text layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ingest.pdf.page.content import Rect
from ingest.pdf.page.raster import Raster


@dataclass(frozen=True, slots=True)
class OcrWord:
    """A run of text found in a picture; `rect` in its points, confidence 0..1, `line` from 0."""

    text: str
    rect: Rect
    confidence: float
    line: int


class OcrEngine(Protocol):
    """Reads the picture of a page. May be called from several threads at once."""

    @property
    def name(self) -> str:
        """What it is called in warnings."""
        ...

    def read(self, raster: Raster) -> list[OcrWord]:
        """Return the words of a picture whose lines are level; raises OcrFailed."""
        ...


FindEngine: TypeAlias = Callable[[], OcrEngine | None]
"""Finds the engine when the first page needs one; None where there is none."""


class ScriptedOcrEngine:
    """A fake that gives the same words for every page, and counts the pages it was given."""

    name = "scripted"

    def __init__(self, words: Sequence[OcrWord]) -> None:
        """Take the words to give."""
        self.words = list(words)
        self.pages = 0

    def read(self, raster: Raster) -> list[OcrWord]:
        """Return the words given at the start."""
        self.pages += 1
        return list(self.words)
